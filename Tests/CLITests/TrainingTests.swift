import Foundation
import Testing

/// The whole job through the program, on small events that the test makes.
@Suite struct TrainingTests {
  static let configuration = """
    events:
      files: toy.csv
      label: {column: label, signal: 1}
      weight: weight
    inputs: [x, y, "xy = x - y"]
    spectators: [event]
    split: {by: "event % 10", train: 0-5, validation: 6-7, test: 8-9}
    methods:
      fisher: {}
      other: {type: fisher}
    """

  private func trained(_ more: String...) throws -> Program {
    let program = try Program()
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let result = try program.run(["train", "toy.yaml", "--out", "run"] + more)
    try #require(result.code == 0, "\(result.errors)")
    return program
  }

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  @Test func aRunFolderHoldsAllThatIsPromised() throws {
    let program = try trained()
    defer { program.clean() }
    for name in [
      "config.yaml", "run.json", "metrics.json", "history.csv", "models/fisher.apus",
      "models/other.apus", "scores.h5", "plots/roc.svg", "report.html",
    ] {
      #expect(program.exists("run/" + name), "\(name)")
    }
    let run = try json(program, "run/run.json")
    #expect(run["status"] as? String == "finished")
    #expect(run["seed"] as? Int == 1)
    let inputs = try #require(run["inputs"] as? [[String: Any]])
    #expect(inputs.first?["events"] as? Int == 600)
    #expect((inputs.first?["checksum"] as? String)?.hasPrefix("sha256:") == true)
    #expect(try program.read("run/report.html").contains("fisher"))
  }

  @Test func metricsHaveTheFormOfTheManual() throws {
    let program = try trained()
    defer { program.clean() }
    let metrics = try json(program, "run/metrics.json")
    #expect(metrics["task"] as? String == "binary")
    #expect(metrics["classes"] as? [String] == ["background", "signal"])
    #expect(metrics["split"] as? [String: Int] == ["train": 360, "validation": 120, "test": 120])
    let weights = try #require(metrics["weights"] as? [String: Any])
    #expect(weights["policy"] as? String == "keep")
    // 300 events a class, a third with weight 0.5 and two thirds with 1.5.
    #expect(weights["sum"] as? [String: Double] == ["background": 350, "signal": 350])
    let methods = try #require(metrics["methods"] as? [String: [String: Any]])
    let fisher = try #require(methods["fisher"])
    let test = try #require(fisher["test"] as? [String: Any])
    // d = sqrt(1 + 1/4) between unit Gaussians: the best AUC is 0.785; 120 events give ± 0.04.
    let auc = try #require(test["auc"] as? Double)
    #expect(abs(auc - 0.785) < 0.12)
    let points = try #require(test["signal_efficiency_at_background"] as? [String: Double])
    #expect(points.keys.sorted() == ["0.01", "0.10", "0.30"])
    for name in ["auc_error", "accuracy", "loss"] { #expect(test[name] is Double, "\(name)") }
    #expect((fisher["train"] as? [String: Any])?["auc"] is Double)
    #expect((fisher["validation"] as? [String: Any])?["auc"] is Double)
    #expect((fisher["seconds"] as? [String: Double])?.keys.sorted() == ["apply", "train"])
    #expect(fisher["parameters"] is Int)
  }

  @Test func theSameConfigurationGivesTheSameNumbers() throws {
    let (a, b) = (try trained(), try trained())
    defer {
      a.clean()
      b.clean()
    }
    func numbers(_ program: Program) throws -> NSDictionary {
      let methods = try json(program, "run/metrics.json")["methods"] as? [String: [String: Any]]
      let bare = (methods ?? [:]).mapValues { method in method.filter { $0.key != "seconds" } }
      return bare as NSDictionary
    }
    #expect(try numbers(a) == numbers(b))
  }

  @Test func evaluateGivesTheSameNumbersAgain() throws {
    let program = try trained()
    defer { program.clean() }
    let before = try program.read("run/metrics.json")
    let result = try program.run("evaluate", "run")
    #expect(result.code == 0, "\(result.errors)")
    #expect(try program.read("run/metrics.json") == before)
  }

  @Test func evaluateScoresNewData() throws {
    let program = try trained()
    defer { program.clean() }
    try program.writeToy("new.csv", events: 400, seed: 9)
    let result = try program.run("evaluate", "run", "--data", "new.csv")
    #expect(result.code == 0, "\(result.errors)")
    let metrics = try json(program, "run/metrics_new.json")
    #expect(metrics["split"] as? [String: Int] == ["train": 0, "validation": 0, "test": 400])
  }

  @Test func reportIsWrittenAgain() throws {
    let program = try trained()
    defer { program.clean() }
    let before = try program.read("run/report.html")
    try FileManager.default.removeItem(at: program.folder.appendingPathComponent("run/report.html"))
    #expect(try program.run("report", "run").code == 0)
    #expect(try program.read("run/report.html") == before)
  }

  @Test func applyScoresRawColumnsThroughTheSavedFormulas() throws {
    let program = try trained()
    defer { program.clean() }
    let result = try program.run(
      "apply", "run/models/fisher.apus", "toy.csv", "--out", "scored.csv")
    #expect(result.code == 0, "\(result.errors)")
    let lines = try program.read("scored.csv").split(separator: "\n")
    #expect(lines.count == 601)
    let names = lines[0].split(separator: ",")
    #expect(names.contains("score_fisher") && names.contains("event"))
    // The same scores as in scores.h5, event by event.
    #expect(try program.run("convert", "run/scores.h5", "scores.csv").code == 0)
    let stored = try program.read("scores.csv").split(separator: "\n")
    let a = try #require(names.firstIndex(of: "score_fisher"))
    let b = try #require(stored[0].split(separator: ",").firstIndex(of: "score_fisher"))
    for (scored, kept) in zip(lines, stored).dropFirst() {
      let x = try #require(Float(scored.split(separator: ",")[a]))
      let y = try #require(Double(kept.split(separator: ",")[b]))
      #expect(x == Float(y))
    }
  }

  @Test func applySaysWhichColumnsAreMissing() throws {
    let program = try trained()
    defer { program.clean() }
    try program.write("X1,yy,event\n1,2,3\n", "bare.csv")
    let result = try program.run("apply", "run/models/fisher.apus", "bare.csv")
    #expect(result.code == 2)
    #expect(result.errors.contains("there is no column 'x'"), "\(result.errors)")
    #expect(result.errors.contains("there is no column 'y'"), "\(result.errors)")
    #expect(result.errors.contains("Did you mean 'yy'"), "\(result.errors)")
  }

  @Test func aFinishedRunIsNotReplacedUnasked() throws {
    let program = try trained()
    defer { program.clean() }
    let again = try program.run("train", "toy.yaml", "--out", "run")
    #expect(again.code == 2)
    #expect(again.errors.contains("run holds a finished run."), "\(again.errors)")
    #expect(try program.run("train", "toy.yaml", "--out", "run", "--force").code == 0)
    let resumed = try program.run("train", "toy.yaml", "--out", "run", "--resume")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("fisher: trained before"))
    let changed = try program.run("train", "toy.yaml", "--out", "run", "--resume", "--seed", "5")
    #expect(changed.code == 2)
    #expect(changed.errors.contains("was started with another configuration"), "\(changed.errors)")
  }

  @Test func checkTrainsAndWritesNothing() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let result = try program.run("check", "toy.yaml")
    #expect(result.code == 0, "\(result.errors)")
    for text in [
      "label 0 is background, label 1 is signal", "xy = x - y", "by event % 10", "Memory",
    ] {
      #expect(result.output.contains(text), "\(result.output)")
    }
    #expect(!program.exists("runs"))
  }

  @Test func valuesCanBeSetOnTheCommandLine() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let result = try program.run(
      "train", "toy.yaml", "--set", "inputs=[x]", "--set", "report={title: Only x}", "--seed", "7")
    #expect(result.code == 0, "\(result.errors)")
    let merged = try program.read("runs/toy/config.yaml")
    #expect(merged.contains("inputs: [x]") && merged.contains("seed: 7"), "\(merged)")
    #expect(try program.read("runs/toy/report.html").contains("Only x"))
  }
}
