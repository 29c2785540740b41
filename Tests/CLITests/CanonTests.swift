import Foundation
import Testing

/// The classical methods through the program: what they say of themselves, many in one report.
@Suite struct CanonTests {
  private func train(_ methods: String) throws -> Program {
    let program = try Program()
    try program.writeToy()
    try program.write(
      """
      events: {files: toy.csv, label: {column: label, signal: 1}, weight: weight}
      inputs: [x, y, z]
      preprocess: [standardize]
      methods: \(methods)
      """, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    #expect(result.code == 0, "\(result.errors)")
    #expect(!result.output.contains(" nan"))
    return program
  }

  private func json(_ program: Program, _ name: String) throws -> [String: Any] {
    let data = Data(try program.read(name).utf8)
    return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
  }

  private func methods(_ program: Program) throws -> [String: [String: Any]] {
    try #require(try json(program, "run/metrics.json")["methods"] as? [String: [String: Any]])
  }

  @Test func everyMethodSaysWhatItNeeds() throws {
    let program = try train(
      "{fisher: {}, cuts: {evaluations: 500}, rules: {trees: 20}, bdt: {trees: 20}, "
        + "function_discriminant: {evaluations: 200}}")
    defer { program.clean() }
    let found = try methods(program)
    for (name, kind) in [
      ("fisher", "permutation"), ("cuts", "permutation"), ("function_discriminant", "permutation"),
      ("rules", "share"), ("bdt", "share"),
    ] {
      let importance = found[name]?["importance"] as? [String: Any]
      #expect(importance?["kind"] as? String == kind, "\(name)")
      let values = importance?["values"] as? [String: Double] ?? [:]
      #expect(values.keys.sorted() == ["x", "y", "z"], "\(name)")
      #expect((importance?["errors"] != nil) == (kind == "permutation"))
      #expect(program.exists("run/plots/importance_\(name).svg"))
    }
    let test = found["function_discriminant"]?["test"] as? [String: Any]
    let loss = test?["loss"] as? Double
    #expect(loss.map { $0 > 0 && $0 < 2 } == true)
    let report = try program.read("run/report.html")
    for title in [
      "Best cuts at each signal efficiency", "Rules and lines", "Coefficients",
      "Parameters of p0 + p1*x", "Rise of 1 − AUC",
    ] { #expect(report.contains(title), "\(title)") }
    // Scores alone do not give importances again, so they are kept.
    #expect(try program.run("evaluate", "run").code == 0)
    func kept(_ all: [String: [String: Any]]) -> NSDictionary? {
      all["fisher"]?["importance"] as? NSDictionary
    }
    #expect(try kept(methods(program)) == kept(found) && kept(found) != nil)
    #expect(try program.run("report", "run").code == 0)
    #expect(try program.read("run/report.html") == report)
  }

  /// Cuts are written in the unit of the input, not in that of the standardised one.
  @Test func cutsAreInTheUnitsOfTheInputs() throws {
    let program = try Program()
    defer { program.clean() }
    var lines = ["m,label"]
    for i in 0..<400 {
      lines.append("\(1000 + i),\(i % 200 >= 100 && i < 300 ? 1 : 0)")
    }
    try program.write(lines.joined(separator: "\n") + "\n", "mass.csv")
    try program.write(
      """
      events: {files: mass.csv, label: {column: label, signal: 1}}
      inputs: [m]
      preprocess: [standardize]
      methods: {cuts: {evaluations: 2000}}
      """, "mass.yaml")
    #expect(try program.run("train", "mass.yaml", "--out", "run").code == 0)
    let found = try json(program, "run/report.json")["methods"] as? [[String: Any]]
    let table = (found?.first?["tables"] as? [[String: Any]])?.first
    let cells = (table?["rows"] as? [[String]])?.map { $0[3] } ?? []
    #expect(
      !cells.isEmpty && cells.allSatisfy { $0.contains("1") && !$0.contains("-") }, "\(cells)")
    let borders = cells.flatMap { $0.split(separator: " ").compactMap { Double($0) } }
    #expect(!borders.isEmpty && borders.allSatisfy { $0 > 999 && $0 < 1400 }, "\(cells)")
  }

  @Test func manyMethodsShareNoPlot() throws {
    let names = (0..<10).map { "f\($0): {type: fisher, shrinkage: 0.\($0)}" }
    let program = try train("{" + names.joined(separator: ", ") + "}")
    defer { program.clean() }
    #expect(program.exists("run/plots/roc.svg") && program.exists("run/plots/roc_log_2.svg"))
    let first = try program.read("run/plots/roc.svg")
    #expect(first.components(separatedBy: "(AUC").count - 1 == 7)
    let report = try program.read("run/report.html")
    #expect(report.contains("others, which is not significant"))
  }
}
