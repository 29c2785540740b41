import Foundation
import Testing

/// Each mistake that a user can make: its words and its exit code.
@Suite struct BadInputTests {
  struct Case: CustomTestStringConvertible {
    var name: String
    /// Files to write besides the toy and the configuration.
    var files: [String: String] = [:]
    /// Replacements in the configuration.
    var changes: [String: String] = [:]
    var code: Int32
    var words: [String]
    var testDescription: String { name }
  }

  static let configuration = """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y]
    split: {train: 0.6, validation: 0.2, test: 0.2}
    methods: {fisher: {}}
    """

  static let header = "x,y,z,label,weight,event\n"
  static let rows = (0..<40).map { "\($0 % 7),\($0 % 5),0.5,\($0 % 2),1,\($0)\n" }

  static func table(_ change: (inout [String]) -> Void) -> [String: String] {
    var own = rows
    change(&own)
    return ["bad.csv": header + own.joined()]
  }

  static let bad = ["toy.csv": "bad.csv"]

  static let cases: [Case] = [
    Case(
      name: "missing file", changes: ["toy.csv": "toi.csv"], code: 1,
      words: ["toi.csv: can't read the events", "Did you mean 'toy.csv'?"]),
    Case(
      name: "no file fits", changes: ["toy.csv": "toy_*.csv"], code: 1,
      words: ["no file fits 'toy_*.csv'"]),
    Case(
      name: "empty file", files: ["bad.csv": ""], changes: bad, code: 1,
      words: ["bad.csv", "empty"]),
    Case(
      name: "not a table", files: ["bad.csv": "%PDF-1.4 something"], changes: bad, code: 1,
      words: ["bad.csv", "PDF"]),
    Case(
      name: "ragged row", files: table { $0[10] = "1,2,3\n" }, changes: bad, code: 1,
      words: ["bad.csv, line 12", "6 cells"]),
    Case(
      name: "text cell", files: table { $0[10] = "1,high,0.5,0,1,10\n" }, changes: bad, code: 1,
      words: ["bad.csv:y, line 12", "'high'"]),
    Case(
      name: "NaN", files: table { $0[10] = "1,nan,0.5,0,1,10\n" }, changes: bad, code: 1,
      words: ["bad.csv", "'y'", "NaN", "10"]),
    Case(
      name: "infinity", files: table { $0[10] = "1,inf,0.5,0,1,10\n" }, changes: bad, code: 1,
      words: ["bad.csv", "'y'", "inf"]),
    Case(
      name: "missing column", changes: ["[x, y]": "[x, yy, energy]"], code: 2,
      words: [
        "there is no column 'yy' (input 'yy')", "Did you mean 'y'?", "there is no column 'energy'",
      ]),
    Case(
      name: "missing column of a formula", changes: ["[x, y]": "[x, 'w = y + 3*yy']"], code: 2,
      words: ["there is no column 'yy' (input 'w')", "  y + 3*yy\n        ^"]),
    Case(
      name: "unknown method", changes: ["fisher:": "fischer:"], code: 2,
      words: ["line 4: methods.fischer: there is no method 'fischer'", "Did you mean 'fisher'"]),
    Case(
      name: "unknown option", changes: ["{fisher: {}}": "{mlp: {epoch: 3}}"], code: 2,
      words: ["methods.mlp.epoch", "there is no option 'epoch'", "'epochs'"]),
    Case(
      name: "value out of range", changes: ["{fisher: {}}": "{mlp: {epochs: 0}}"], code: 2,
      words: ["methods.mlp.epochs", "got 0"]),
    Case(
      name: "unknown key", changes: ["inputs:": "input:"], code: 2,
      words: ["line 2: input: there is no such key. Did you mean 'inputs'?", "inputs: is missing"]),
    Case(
      name: "several mistakes at once",
      changes: ["0.6": "0.9", "{fisher: {}}": "{fisher: {a: 1}, b: {}}"],
      code: 2, words: ["3 problems", "split", "methods.fisher.a", "methods.b"]),
    Case(name: "broken YAML", changes: ["[x, y]": "[x, y"], code: 2, words: ["toy.yaml:3:", "^"]),
    Case(
      name: "broken formula", changes: ["[x, y]": "[x, \"r = (x + y\"]"], code: 2,
      words: ["line 2: inputs[1]", "'(' is not closed", "^"]),
    Case(
      name: "one class absent",
      files: table { rows in for i in rows.indices { rows[i] = "\(i),2,3,0,1,\(i)\n" } },
      changes: bad, code: 1, words: ["signal", "no event"]),
    Case(
      name: "all weights zero",
      files: table { rows in for i in rows.indices { rows[i] = "\(i),\(i % 3),3,\(i % 2),0,\(i)\n" }
      },
      changes: bad, code: 1, words: ["weight", "zero"]),
    Case(
      name: "unknown label", files: table { $0[3] = "1,2,0.5,7,1,3\n" },
      changes: ["toy.csv": "bad.csv", "signal: 1": "signal: 1, background: 0"], code: 1,
      words: ["the label column 'label'", "7 (1 events)", "Add a class"]),
    Case(
      name: "label of text", changes: ["column: label": "column: lable"], code: 2,
      words: ["there is no column 'lable' (label)", "Did you mean 'label'"]),
    Case(
      name: "balance without classes",
      changes: [
        "label: {column: label, signal: 1}": "target: z",
        "{fisher: {}}": "{linear: {}}\nbalance: equal",
      ], code: 2,
      words: ["balance: has no meaning where a target is estimated"]),
    Case(
      name: "ignored options",
      changes: ["{fisher: {}}": "{mlp: {optimizer: lbfgs, batch: 64, schedule: cosine}}"], code: 2,
      words: ["methods.mlp.optimizer: 'lbfgs'", "would ignore 'batch' and 'schedule'", "'adam'"]),
    Case(
      name: "empty selection", changes: ["inputs:": "selection: x > 1000\ninputs:"], code: 1,
      words: ["no event"]),
  ]

  @Test(arguments: cases)
  func mistakesAreSaidInWords(_ one: Case) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 60)
    for (name, text) in one.files { try program.write(text, name) }
    var configuration = Self.configuration
    for (old, new) in one.changes {
      #expect(configuration.contains(old))
      configuration = configuration.replacingOccurrences(of: old, with: new)
    }
    try program.write(configuration, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == one.code, "\(result.errors)")
    for words in one.words { #expect(result.errors.contains(words), "\(result.errors)") }
    #expect(!program.exists("run/metrics.json"))
  }

  @Test func aConstantColumnIsReportedAndTrainingGoesOn() throws {
    let program = try Program()
    defer { program.clean() }
    let files = Self.table { _ in }
    for (name, text) in files { try program.write(text, name) }
    let text = Self.configuration.replacingOccurrences(of: "toy.csv", with: "bad.csv")
    try program.write(text.replacingOccurrences(of: "[x, y]", with: "[x, y, z]"), "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == 0, "\(result.errors)")
    #expect(
      result.errors.contains("'z'") && result.errors.contains("is 0.5 for all 40 events"),
      "\(result.errors)")
  }

  @Test func aTruncatedFileIsSaid() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    #expect(try program.run("convert", "toy.csv", "whole.h5").code == 0)
    let whole = try Data(contentsOf: program.folder.appendingPathComponent("whole.h5"))
    try whole.prefix(whole.count / 2).write(to: program.folder.appendingPathComponent("half.h5"))
    let result = try program.run("inspect", "half.h5")
    #expect(result.code == 1)
    #expect(
      result.errors.contains("half.h5") && result.errors.contains("must be whole"),
      "\(result.errors)")
  }

  @Test func aFullDiskIsSaid() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    // A file stands where the folder of the output should be.
    let result = try program.run("convert", "toy.csv", "toy.csv/out.csv")
    #expect(result.code == 1)
    #expect(result.errors.contains("toy.csv/out.csv"), "\(result.errors)")
  }

  @Test func aFolderThatCannotBeMadeIsSaidBeforeReading() throws {
    let program = try Program()
    defer { program.clean() }
    try program.write(Self.configuration, "toy.yaml")
    // A file stands where the folder should be; permissions would not stop a test that runs as root.
    try program.write("", "occupied")
    let result = try program.run("train", "toy.yaml", "--out", "occupied/run")
    #expect(result.code == 1)
    #expect(result.errors.contains("occupied/run: can't write"), "\(result.errors)")
    #expect(result.errors.contains("--out"), "\(result.errors)")
  }

  @Test func aFolderOfOtherThingsIsLeftAlone() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(Self.configuration, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", ".", "--force")
    #expect(result.code == 2)
    #expect(result.errors.contains("is not empty and holds no run"), "\(result.errors)")
    #expect(program.exists("toy.csv"))
  }
}
