import Foundation
import Testing

/// The built program and a folder of its own for each test.
struct Program {
  let folder: URL

  init() throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "apus-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// Removes what the test wrote.
  func clean() { try? FileManager.default.removeItem(at: folder) }

  /// The program beside the test bundle, in the same build folder.
  static let executable: URL = {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    return tests.deletingLastPathComponent().appendingPathComponent("apus")
  }()

  struct Result {
    var code: Int32
    var output: String
    var errors: String
  }

  /// Runs the program in its folder.
  func run(_ arguments: String...) throws -> Result { try run(arguments) }

  /// Runs the program in its folder.
  func run(_ arguments: [String]) throws -> Result {
    let process = try start(arguments)
    process.process.waitUntilExit()
    return try process.result()
  }

  struct Running {
    let process: Process
    let output: URL
    let errors: URL

    func result() throws -> Result {
      Result(
        code: process.terminationStatus, output: try String(contentsOf: output, encoding: .utf8),
        errors: try String(contentsOf: errors, encoding: .utf8))
    }
  }

  /// Starts the program without waiting. Output goes to files, so that no pipe can fill up.
  ///
  /// - Parameter largestFile: The most 512-byte blocks that a file may grow to, as on a disk that fills up; nil
  ///   for no limit.
  func start(_ arguments: [String], largestFile: Int? = nil) throws -> Running {
    let logs = FileManager.default.temporaryDirectory
    let names = (0..<2).map { _ in logs.appendingPathComponent("apus-log-" + UUID().uuidString) }
    for name in names { _ = FileManager.default.createFile(atPath: name.path, contents: nil) }
    let process = Process()
    process.executableURL = Self.executable
    process.arguments = arguments
    if let largestFile {
      // Without the trap the signal that comes with the limit would end the program.
      let script = "trap '' XFSZ; ulimit -f \(largestFile); exec \"$0\" \"$@\""
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", script, Self.executable.path] + arguments
    }
    process.currentDirectoryURL = folder
    process.standardOutput = try FileHandle(forWritingTo: names[0])
    process.standardError = try FileHandle(forWritingTo: names[1])
    try process.run()
    return Running(process: process, output: names[0], errors: names[1])
  }

  /// Writes a file into the folder.
  func write(_ text: String, _ name: String) throws {
    try text.write(to: folder.appendingPathComponent(name), atomically: true, encoding: .utf8)
  }

  /// Reads a file of the folder.
  func read(_ name: String) throws -> String {
    try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
  }

  func exists(_ name: String) -> Bool {
    FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
  }

  /// Two shifted Gaussians as a CSV table: signal one to the right in `x` and half to the left in `y`.
  ///
  /// `z` is noise, `weight` is 0.5 or 1.5, `event` counts. A fixed generator makes the same events everywhere.
  func writeToy(_ name: String = "toy.csv", events: Int = 600, seed: UInt64 = 1) throws {
    var state = seed
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) * 0x1p-53
    }
    func normal() -> Double { (-2 * log(uniform())).squareRoot() * cos(2 * .pi * uniform()) }
    var text = "x,y,z,label,weight,event\n"
    for i in 0..<events {
      let s = Double(i % 2)
      let row = [normal() + s, normal() - 0.5 * s, normal()]
      text += row.map { "\(Float($0))" }.joined(separator: ",")
      text += ",\(i % 2),\(i % 3 == 0 ? 0.5 : 1.5),\(i)\n"
    }
    try write(text, name)
  }
}
