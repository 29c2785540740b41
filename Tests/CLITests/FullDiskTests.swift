import Foundation
import Testing

/// A disk that fills up at any moment of a run leaves whole files, words that say where, and a run that goes on.
@Suite struct FullDiskTests {
  private static let configuration = """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y]
    methods:
      fisher:
      net: {type: mlp, layers: [32, 32], epochs: 3}
    """

  /// From a limit at which not even the configuration fits, past checkpoints, models, scores and plots, to the report.
  @Test(arguments: [0, 2, 12, 40, 80])
  func aRunOnAFullDiskSaysSoAndGoesOnWhenThereIsRoom(blocks: Int) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let running = try program.start(
      ["train", "toy.yaml", "--out", "run", "--threads", "1"], largestFile: blocks)
    running.process.waitUntilExit()
    // What the program prints goes to files too: where even they are full, only the exit code is left.
    let result = try running.result()
    #expect(result.code == 1, "\(blocks) blocks: \(result.output) \(result.errors)")
    if blocks >= 2 {
      #expect(result.errors.contains("run/"), "\(result.errors)")
      let words = ["the system says: File too large", "the largest size that is allowed"]
      #expect(words.contains { result.errors.contains($0) }, "\(result.errors)")
    }
    try expectWholeFiles(program)
    let resume = program.exists("run/config.yaml") ? ["--resume"] : []
    let resumed = try program.run(
      ["train", "toy.yaml", "--out", "run", "--threads", "1"] + resume)
    #expect(resumed.code == 0, "\(resumed.errors)")
    #expect(program.exists("run/report.html"))
  }

  private func expectWholeFiles(_ program: Program) throws {
    let root = program.folder.appendingPathComponent("run")
    let names =
      FileManager.default.enumerator(atPath: root.path)?.compactMap { $0 as? String } ?? []
    let known = ["json", "yaml", "csv", "apus", "h5", "svg", "html", "checkpoint"]
    for name in names where !["models", "plots", "checkpoints"].contains(name) {
      let url = root.appendingPathComponent(name)
      #expect(known.contains(url.pathExtension), "a file that is not whole: \(name)")
      if url.pathExtension == "json" {
        #expect(throws: Never.self) {
          _ = try JSONSerialization.jsonObject(with: try Data(contentsOf: url))
        }
      }
    }
  }
}
