import Foundation
import Testing

/// Ctrl-C at any moment leaves a valid run folder, and going on ends where an undisturbed run ends.
@Suite struct InterruptionTests {
  static let configuration = """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y]
    methods:
      quick: {type: mlp, layers: [4], epochs: 2, early_stopping: false}
      net: {type: mlp, layers: [8, 8], epochs: 3000, batch: 64, early_stopping: false}
    """

  private func prepared() throws -> Program {
    let program = try Program()
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    return program
  }

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  /// Waits until a file of the run holds a text, at most a minute.
  private func wait(for text: String, in url: URL) throws {
    for _ in 0..<600 {
      if try String(contentsOf: url, encoding: .utf8).contains(text) { return }
      Thread.sleep(forTimeInterval: 0.1)
    }
    Issue.record("'\(text)' did not come")
  }

  @Test func aStoppedRunGoesOnToTheSameNumbers() throws {
    let program = try prepared()
    defer { program.clean() }
    let running = try program.start(["train", "toy.yaml", "--out", "stopped", "--threads", "1"])
    try wait(for: "net: epoch", in: running.output)
    running.process.interrupt()
    running.process.waitUntilExit()
    let result = try running.result()
    #expect(result.code == 1)
    #expect(result.errors.contains("stopped in 'net'"), "\(result.errors)")
    #expect(result.errors.contains("--resume"), "\(result.errors)")
    #expect(try json(program, "stopped/run.json")["status"] as? String == "stopped")
    #expect(program.exists("stopped/checkpoints/net.checkpoint"))
    #expect(program.exists("stopped/models/quick.apus"))
    #expect(!program.exists("stopped/models/net.apus"))
    let methods = try json(program, "stopped/metrics.json")["methods"] as? [String: Any]
    #expect(methods?.keys.sorted() == ["quick"])

    let refused = try program.run("train", "toy.yaml", "--out", "stopped")
    #expect(refused.code == 2)
    #expect(refused.errors.contains("holds a run that was stopped"), "\(refused.errors)")

    let resumed = try program.run(
      "train", "toy.yaml", "--out", "stopped", "--resume", "--threads", "1")
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(resumed.output.contains("quick: trained before"))
    let whole = try program.run("train", "toy.yaml", "--out", "whole", "--threads", "1")
    #expect(whole.code == 0, "\(whole.errors)")
    #expect(try numbers(program, "stopped") == numbers(program, "whole"))
    #expect(try program.read("stopped/history.csv") == program.read("whole/history.csv"))
    #expect(!program.exists("stopped/checkpoints/net.checkpoint"))
  }

  private func numbers(_ program: Program, _ run: String) throws -> NSDictionary {
    let methods = try json(program, run + "/metrics.json")["methods"] as? [String: [String: Any]]
    return (methods ?? [:]).mapValues { method in method.filter { $0.key != "seconds" } }
      as NSDictionary
  }

  /// oneDNN keeps the stack of some products in the heap, where a signal's handler once wrote its frame.
  @Test func aSignalWithinAProductCorruptedTheHeap() throws {
    let program = try prepared()
    defer { program.clean() }
    // Batches of 160 events: 160 terms in the products of the gradients.
    let text = Self.configuration.replacingOccurrences(
      of: "layers: [8, 8], epochs: 3000, batch: 64",
      with:
        "layers: [64, 64], epochs: 100000, batch: 160")
    try program.write(text, "toy.yaml")
    for round in 0..<10 {
      let running = try program.start(["train", "toy.yaml", "--out", "run", "--force"])
      try wait(for: "net: epoch", in: running.output)
      Thread.sleep(forTimeInterval: 0.013 * Double(round))
      running.process.terminate()
      running.process.waitUntilExit()
      let result = try running.result()
      #expect(result.code == 1, "\(result.errors)")
      #expect(result.errors.contains("--resume"), "\(result.errors)")
    }
  }
}
