import Foundation
import Testing

/// Trees through the program: missing values, importances, saved models.
@Suite struct TreeTests {
  /// The toy with every fifth `y` missing.
  private func toyWithGaps() throws -> Program {
    let program = try Program()
    try program.writeToy()
    var lines = try program.read("toy.csv").split(separator: "\n").map(String.init)
    for i in stride(from: 1, to: lines.count, by: 5) {
      var cells = lines[i].split(separator: ",").map(String.init)
      cells[1] = "nan"
      lines[i] = cells.joined(separator: ",")
    }
    try program.write(lines.joined(separator: "\n") + "\n", "toy.csv")
    return program
  }

  private func configuration(_ methods: String, preprocess: String = "[standardize]") -> String {
    """
    events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
    inputs: [x, y, z]
    preprocess: \(preprocess)
    methods: \(methods)
    """
  }

  @Test func missingValuesAreTakenFromTrainingToApplying() throws {
    let program = try toyWithGaps()
    defer { program.clean() }
    try program.write(configuration("{bdt: {trees: 20}}"), "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == 0, "\(result.errors)")
    #expect(result.errors.contains("y") && result.errors.contains("is missing (NaN) in 120 of 600"))
    #expect(program.exists("run/plots/importance_bdt.svg"))
    let report = try program.read("run/report.html")
    #expect(report.contains("Importance of the inputs for bdt") && !report.contains("nan<"))
    let applied = try program.run("apply", "run/models/bdt.apus", "toy.csv", "--out", "s.csv")
    #expect(applied.code == 0, "\(applied.errors)")
    let scores = try program.read("s.csv").split(separator: "\n").dropFirst()
    #expect(scores.count == 600 && !scores.contains { $0.lowercased().contains("nan") })
    #expect(try program.run("report", "run").code == 0)
  }

  @Test func methodsThatTakeNoMissingValuesAreNamed() throws {
    let program = try toyWithGaps()
    defer { program.clean() }
    try program.write(configuration("{bdt: {trees: 5}, fisher: {}}"), "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == 1)
    #expect(result.errors.contains("Missing values are taken by"))
    #expect(result.errors.contains("but not by 'fisher'."))
    try program.write(configuration("{bdt: {trees: 5}}", preprocess: "[pca]"), "toy.yaml")
    let mixed = try program.run("train", "toy.yaml", "--out", "run2")
    #expect(mixed.code == 1 && mixed.errors.contains("'preprocess' mixes columns"))
  }

  @Test func flatnessKnowsTheSpectators() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    let base = configuration("{bdt: {trees: 20, flat_in: [z]}}")
      .replacing("inputs: [x, y, z]", with: "inputs: [x, y]\nspectators: [z]")
    try program.write(base, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == 0, "\(result.errors)")
  }
}
