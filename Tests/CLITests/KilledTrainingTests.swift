import Foundation
import Testing

/// A training that is killed again and again, without a chance to say goodbye, ends with the bits of an undisturbed one.
@Suite struct KilledTrainingTests {
  static let configuration = """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y]
    methods:
      quick: {type: mlp, layers: [4], epochs: 2, early_stopping: false}
      net: {type: mlp, layers: [16, 16], epochs: 4000, batch: 32, early_stopping: false, restore_best: false}
      quasi: {type: mlp, layers: [12], optimizer: lbfgs, epochs: 300, early_stopping: false, restore_best: false}
      trees: {type: bdt, trees: 20}
    """

  private func train(_ out: String, _ more: [String] = []) -> [String] {
    ["train", "toy.yaml", "--out", out, "--threads", "1"] + more
  }

  @Test func itEndsWithTheSameBits() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let start = Date()
    let whole = try program.run(train("whole"))
    #expect(whole.code == 0, "\(whole.errors)")
    let length = Date().timeIntervalSince(start)

    var moments: [Double] = []
    var kills = 0
    for attempt in 0..<12 {
      let isThere = program.exists("killed/run.json")
      let running = try program.start(train("killed", isThere ? ["--resume"] : []))
      // The first ends fall anywhere in the run, later ones soon after the start, so that many fall into writing.
      let moment = Double.random(in: 0.02...(attempt < 4 ? 0.7 * length : min(0.4, 0.7 * length)))
      moments.append(moment)
      Thread.sleep(forTimeInterval: moment)
      kill(running.process.processIdentifier, SIGKILL)
      running.process.waitUntilExit()
      if running.process.terminationReason == .uncaughtSignal {
        kills += 1
      } else if kills == 0 {
        // Done before the first signal came: once more from the start.
        try FileManager.default.removeItem(atPath: program.folder.path + "/killed")
      } else {
        break
      }
    }
    #expect(kills > 0, "the program was always done before \(moments)")
    if try program.run(train("killed", ["--resume"])).code != 0 {
      // The first kill may have come before there was a run to resume, or the run was done.
      _ = try program.run(train("killed"))
    }
    #expect(try numbers(program, "killed") == numbers(program, "whole"), "kills after \(moments) s")
    #expect(try program.read("killed/history.csv") == program.read("whole/history.csv"))
    for method in ["net", "quasi", "trees"] {
      for run in ["killed", "whole"] {
        let model = "\(run)/models/\(method).apus"
        let done = try program.run("apply", model, "toy.csv", "--out", "\(run).csv")
        #expect(done.code == 0, "\(done.errors)")
      }
      #expect(try program.read("killed.csv") == program.read("whole.csv"), "\(method)")
    }
    let left = try FileManager.default.contentsOfDirectory(atPath: program.folder.path + "/killed")
    let all = try FileManager.default.contentsOfDirectory(atPath: program.folder.path + "/whole")
    #expect(left.sorted() == all.sorted(), "nothing is left of the writing that was cut")
  }

  private func numbers(_ program: Program, _ run: String) throws -> NSDictionary {
    let data = Data(try program.read(run + "/metrics.json").utf8)
    let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    let methods = json?["methods"] as? [String: [String: Any]]
    return (methods ?? [:]).mapValues { method in method.filter { $0.key != "seconds" } }
      as NSDictionary
  }
}
