import Foundation
import Testing

/// What the program says to words and files that are nearly right.
@Suite struct MistakenWordsTests {
  private let configuration = """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y]
    split: {train: 0.8, test: 0.2}
    methods: {fisher: {}, mlp: {epochs: 2}}
    """

  private func withProgram(_ body: (Program) throws -> Void) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 200)
    try program.write(configuration, "toy.yaml")
    try body(program)
  }

  @Test(arguments: [
    (["--verison"], "Did you mean '--version'?"),
    (["--hepl"], "Did you mean '--help'?"),
    (
      ["train", "folder"],
      "folder: a configuration is a YAML file, but this is a folder. It holds a.yaml."
    ),
    (
      ["check", "toy.yml"],
      "there is no such file, or it may not be opened. Did you mean 'toy.yaml'"
    ),
  ])
  func aWrongCommandLineEndsWithTwo(words: [String], expected: String) throws {
    try withProgram { program in
      try FileManager.default.createDirectory(
        at: program.folder.appendingPathComponent("folder"), withIntermediateDirectories: true)
      try program.write("{}", "folder/a.yaml")
      let result = try program.run(words)
      #expect(result.code == 2)
      #expect(result.errors.contains(expected), "\(result.errors)")
    }
  }

  @Test func aLabelThatIsNoNumberNamesTheClassOfAllOthers() throws {
    try withProgram { program in
      try program.write(try program.read("toy.csv") + "1,2,3,nan,1,200\n", "toy.csv")
      let result = try program.run(["check", "toy.yaml"])
      #expect(result.code == 1)
      #expect(
        result.errors.contains("(background: all others; signal: 1), but also holds nan (1 events)")
      )
    }
  }

  @Test func aShortHdf5FileSaysHowMuchIsMissing() throws {
    try withProgram { program in
      #expect(try program.run(["convert", "toy.csv", "toy.h5"]).code == 0)
      let url = program.folder.appendingPathComponent("toy.h5")
      let bytes = try Data(contentsOf: url)
      try bytes.prefix(bytes.count / 2).write(to: url)
      let result = try program.run(["inspect", "toy.h5"])
      #expect(result.code == 1)
      #expect(
        result.errors.contains(
          "its header promises \(bytes.count) bytes and it has \(bytes.count / 2): the rest is missing"
        ))
    }
  }

  @Test func aRunInWhichNothingWasLearnedNamesNoOtherMethods() throws {
    try withProgram { program in
      // Its only method has no answer for negative weights.
      let text = configuration.replacingOccurrences(
        of: "weight: weight", with: "weight: weight - 1"
      )
      .replacingOccurrences(of: "{fisher: {}, mlp: {epochs: 2}}", with: "{svm: {}}")
      try program.write(text, "toy.yaml")
      let result = try program.run(["train", "toy.yaml", "--out", "run"])
      #expect(result.code == 1)
      #expect(result.errors.contains("No method was trained; see run."), "\(result.errors)")
    }
  }

  @Test func checkCountsMemoryAndTimeOfEachMethod() throws {
    try withProgram { program in
      try program.write(
        configuration.replacingOccurrences(
          of: "mlp: {epochs: 2}", with: "wide: {type: mlp, layers: [4000, 4000]}, gp: {}"),
        "toy.yaml")
      let result = try program.run(["check", "toy.yaml"])
      #expect(result.code == 0, "\(result.errors)")
      let rows = result.output.split(separator: "\n").map {
        $0.split(separator: " ").map(String.init)
      }
      let wide = try #require(rows.first { $0.first == "wide" })
      // (2 + 1) 4000 + (4000 + 1) 4000 + 4001 weights and biases of 24 bytes, and activations of a batch.
      let megabytes = try #require(Double(wide[2]))
      #expect(megabytes > 384 && megabytes < 450 && wide[3] == "MB")
      let process = try #require(rows.first { $0.first == "gp" })
      // 160 training events: 40 · 160² bytes.
      #expect(process[2...3] == ["1.02", "MB"])
    }
  }

  @Test func theCommitOfARunIsThatOfTheProgram() throws {
    try withProgram { program in
      let copy = program.folder.appendingPathComponent("apus")
      try FileManager.default.copyItem(at: Program.executable, to: copy)
      func run(_ name: String) throws -> String {
        let process = Process()
        process.executableURL = copy
        process.arguments = ["train", "toy.yaml", "--out", name]
        process.currentDirectoryURL = program.folder
        process.standardOutput = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return try program.read(name + "/run.json")
      }
      #expect(try run("without").contains("\"commit\": null"))
      try program.write("0123abc\n", "apus.commit")
      #expect(try run("noted").contains("\"commit\": \"0123abc\""))
      // Built again since: the note is not of this program.
      try FileManager.default.setAttributes(
        [.modificationDate: Date(timeIntervalSinceNow: 60)], ofItemAtPath: copy.path)
      #expect(try run("older").contains("\"commit\": null"))
    }
  }

  @Test func theEndOfTheTerminalKeepsWhatWasLearned() throws {
    try withProgram { program in
      try program.write(
        configuration.replacingOccurrences(
          of: "epochs: 2", with: "epochs: 100000, early_stopping: false"),
        "toy.yaml")
      // Tests may run under nohup, which programs inherit and honour.
      signal(SIGHUP, SIG_DFL)
      let running = try program.start(["train", "toy.yaml", "--out", "run"])
      let deadline = Date(timeIntervalSinceNow: 30)
      while !program.exists("run/checkpoints"), Date() < deadline { usleep(20_000) }
      usleep(300_000)
      kill(running.process.processIdentifier, SIGHUP)
      running.process.waitUntilExit()
      let result = try running.result()
      #expect(result.code == 1)
      #expect(
        result.errors.contains("go on with the same command and --resume"), "\(result.errors)")
    }
  }
}
