import Foundation
import Testing

/// What a run must never do: trap, lose what was there, or give numbers that mean something else.
@Suite struct RunSafetyTests {
  private func program(_ changes: [String: String] = [:]) throws -> Program {
    let program = try Program()
    try program.writeToy(events: 200)
    var text = """
      events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
      inputs: [x, y]
      split: {train: 0.6, validation: 0.2, test: 0.2}
      methods: {fisher: {}, logistic: {}}
      """
    for (old, new) in changes { text = text.replacingOccurrences(of: old, with: new) }
    try program.write(text, "toy.yaml")
    return program
  }

  private func rows(_ program: Program, _ name: String = "toy.csv") throws -> [String] {
    try program.read(name).split(separator: "\n").map(String.init)
  }

  @Test func anAreaWithoutErrorTrappedThePlotOfAreas() throws {
    let program = try program()
    defer { program.clean() }
    // Five signal events: one of them falls into the test part, so that the area has no error.
    let all = try rows(program)
    var signal = 0
    let few = all.enumerated().filter { index, row in
      if index == 0 || row.split(separator: ",")[3] == "0" { return true }
      signal += 1
      return signal <= 5
    }.map(\.element)
    try program.write(few.joined(separator: "\n") + "\n", "toy.csv")
    let result = try program.run(["train", "toy.yaml", "--out", "run"])
    #expect(result.code == 0, "\(result.errors)")
    #expect(program.exists("run/report.html"))
  }

  @Test(arguments: [
    "weight: weight": "weight: 1e16", "inputs: [x, y]": "inputs: [x, \"c = 1e20 + 0*x\"]",
  ])
  func constantNumbersOfAnySizeTrappedTheHistogram(old: String, new: String) throws {
    let program = try program([old: new])
    defer { program.clean() }
    let result = try program.run(["train", "toy.yaml", "--out", "run"])
    #expect(result.code == 0, "\(result.errors)")
  }

  @Test func scoresWereWrittenOverTheEventsThatTheyAreMadeOf() throws {
    let program = try program()
    defer { program.clean() }
    #expect(try program.run(["train", "toy.yaml", "--out", "run"]).code == 0)
    let before = try program.read("toy.csv")
    for name in ["toy.csv", "./toy.csv"] {
      let result = try program.run(["apply", "run/models/fisher.apus", "toy.csv", "--out", name])
      #expect(result.code == 2)
      #expect(result.errors.contains("can't be written over what they are made of"))
    }
    #expect(try program.read("toy.csv") == before)
  }

  @Test func aResumedRunTookModelsThatHadLearnedItsTestEvents() throws {
    let program = try program()
    defer { program.clean() }
    #expect(try program.run(["train", "toy.yaml", "--out", "run"]).code == 0)
    let all = try rows(program)
    try program.write(
      ([all[0]] + all.dropFirst().reversed()).joined(separator: "\n") + "\n", "toy.csv")
    let result = try program.run(["train", "toy.yaml", "--out", "run", "--resume"])
    #expect(result.code == 2)
    #expect(result.errors.contains("toy.csv is not the file that the run in run was started with"))
    #expect(try program.read("run/run.json").contains("\"status\": \"finished\""))
  }

  @Test func aRunThatCanNotBeginLeavesTheOneBefore() throws {
    let program = try program()
    defer { program.clean() }
    #expect(try program.run(["train", "toy.yaml", "--out", "run"]).code == 0)
    let before = try program.read("run/metrics.json")
    let wrong = try program.run([
      "train", "toy.yaml", "--out", "run", "--force", "--set", "inputs=[x, q]",
    ])
    #expect(wrong.code == 2)
    #expect(try program.read("run/metrics.json") == before)
    #expect(try program.read("run/run.json").contains("\"status\": \"finished\""))
    #expect(program.exists("run/models/fisher.apus"))
    let right = try program.run([
      "train", "toy.yaml", "--out", "run", "--force", "--set", "methods={fisher: {}}",
    ])
    #expect(right.code == 0, "\(right.errors)")
    #expect(!program.exists("run/models/logistic.apus"))
  }

  @Test func evaluationOnNewEventsChecksThemAsTrainingDoes() throws {
    let program = try program()
    defer { program.clean() }
    #expect(try program.run(["train", "toy.yaml", "--out", "run"]).code == 0)
    let all = try rows(program)
    var broken = all
    broken[3] = "nan,1,1,0,1,2"
    let background = all.filter { !$0.contains(",1,1.5,") && !$0.contains(",1,0.5,") }
    let cases = [
      ("nan.csv", broken, "NaN"), ("one.csv", background, "no events of 'signal'"),
      ("none.csv", [all[0]], "none.csv: there is no event in the files"),
    ]
    for (name, lines, words) in cases {
      try program.write(lines.joined(separator: "\n") + "\n", name)
      let result = try program.run(["evaluate", "run", "--data", name])
      #expect(result.code == 1, "\(name)")
      #expect(result.errors.contains(words), "\(name): \(result.errors)")
    }
  }

  @Test func aClassThatIsAbsentFromAPartIsSaid() throws {
    let split = "split: {train: 0.6, validation: 0.2, test: 0.2}"
    for (division, code, words) in [
      ("by: \"event % 2\", train: 0, test: 1", 1, "the train part must hold events of 'signal'"),
      (
        "by: \"where(label == 0, event % 4 / 2, 0)\", train: 0, test: 1", 0,
        "Its metrics are unknown."
      ),
    ] as [(String, Int32, String)] {
      let program = try program([split: "split: {\(division)}"])
      defer { program.clean() }
      let result = try program.run(["train", "toy.yaml", "--out", "run"])
      #expect(result.code == code, "\(result.errors)")
      #expect(result.errors.contains(words), "\(result.errors)")
    }
  }

  @Test func whatAMethodCanNotDoIsSaidBeforeAnyLearns() throws {
    let program = try program()
    defer { program.clean() }
    let cases = [
      ("methods={fisher: {}, mlp: {loss: mape}}", "methods.mlp.loss: 'mape' does not fit"),
      (
        "methods={mlp: {layers: [300, 300], optimizer: newton}}",
        "newton takes all second derivatives"
      ),
      ("methods={mlp: {layers: [65536, 65536, 65536, 65536]}}", "Take smaller layers"),
      ("methods=[]", "must name at least one method"),
    ]
    for (change, words) in cases {
      for command in ["check", "train"] {
        let result = try program.run([command, "toy.yaml", "--set", change])
        #expect(result.code == 2, "\(change)")
        #expect(result.errors.contains(words), "\(result.errors)")
      }
    }
  }

  @Test func benchPrintsOneObjectACase() throws {
    let program = try program()
    defer { program.clean() }
    let result = try program.run(["bench", "jet-mlp-128", "--json"])
    #expect(result.code == 0, "\(result.errors)")
    let line = try #require(result.output.split(separator: "\n").first)
    let json = try #require(
      try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    #expect(
      Set(json.keys) == ["case", "seconds_per_step", "samples_per_second", "threads", "loss"])
    #expect(json["case"] as? String == "jet-mlp-128")
    #expect((json["seconds_per_step"] as? Double ?? 0) > 0)
    let plan = try program.run(["bench", "--explain", "jet-mlp-128"])
    #expect(plan.code == 0 && plan.output.contains("of peak"), "\(plan.errors)")
  }
}
