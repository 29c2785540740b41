import Foundation
import Testing

@Suite struct ShapleyTests {
  /// The columns of a text table.
  private func columns(_ program: Program, _ name: String) throws -> [String: [Double]] {
    let lines = try program.read(name).split(separator: "\n").map { $0.split(separator: ",") }
    var columns: [String: [Double]] = [:]
    for (i, column) in lines[0].enumerated() {
      columns[String(column)] = lines.dropFirst().map { Double($0[i]) ?? .nan }
    }
    return columns
  }

  /// What the inputs moved, and the base value, make up the score of every event.
  @Test func shapleyValuesAddUpToTheScore() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 600)
    try program.write(
      """
      events: {files: toy.csv, label: label, weight: weight}
      inputs: [x, y]
      preprocess: [standardize]
      methods: {bdt: {trees: 20, depth: 3}, fisher: {}}
      """, "toy.yaml")
    let trained = try program.run("train", "toy.yaml", "--out", "run")
    #expect(trained.code == 0, "\(trained.errors)")
    let applied = try program.run(
      "apply", "run/models/bdt.apus", "toy.csv", "--shapley", "--out", "s.csv")
    #expect(applied.code == 0, "\(applied.errors)")
    let found = try columns(program, "s.csv")
    let (score, base) = (found["score_bdt"] ?? [], found["shapley_bdt_base"] ?? [])
    let (x, y) = (found["shapley_bdt_x"] ?? [], found["shapley_bdt_y"] ?? [])
    #expect(score.count == 600 && base.count == 600 && x.count == 600 && y.count == 600)
    for i in score.indices {
      let odds = log(score[i] / (1 - score[i]))
      #expect(abs(base[i] + x[i] + y[i] - odds) < 1e-4 * (1 + abs(odds)), "event \(i)")
    }
    #expect(x.contains { abs($0) > 0.1 })
    // A linear method has none, and says so.
    let refused = try program.run(
      "apply", "run/models/fisher.apus", "toy.csv", "--shapley", "--out", "f.csv")
    #expect(
      refused.code == 2 && refused.errors.contains("exact Shapley values exist for sums of trees"))
    #expect(!program.exists("f.csv"))
  }

  /// Of a model a target and of one tree for all: base and inputs make up each estimate.
  @Test func shapleyValuesOfSeveralTargetsWereRefused() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 600)
    try program.write(
      """
      events: {files: toy.csv, target: {p: "3 * x - y", q: "x * y"}}
      inputs: [x, y]
      methods: {bdt: {trees: 20, depth: 3}, tree: {depth: 3}}
      """, "toy.yaml")
    #expect(try program.run("train", "toy.yaml", "--out", "run").code == 0)
    for name in ["bdt", "tree"] {
      let applied = try program.run(
        "apply", "run/models/\(name).apus", "toy.csv", "--shapley", "--out", "\(name).csv")
      #expect(applied.code == 0, "\(applied.errors)")
      let found = try columns(program, "\(name).csv")
      for target in ["p", "q"] {
        let score = try #require(found["score_\(name)_\(target)"])
        let parts = ["x", "y", "base"].compactMap { found["shapley_\(name)_\(target)_\($0)"] }
        #expect(parts.count == 3 && score.count == 600, "\(found.keys.sorted())")
        for i in score.indices {
          let sum = parts.reduce(0) { $0 + $1[i] }
          #expect(abs(sum - score[i]) < 1e-4 * (1 + abs(score[i])), "\(name), event \(i)")
        }
      }
    }
  }

  @Test func metricsHaveTheCoverOfEachInput() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy(events: 600)
    try program.write(
      """
      events: {files: toy.csv, label: label}
      inputs: [x, y]
      methods: {bdt: {trees: 10}}
      """, "toy.yaml")
    #expect(try program.run("train", "toy.yaml", "--out", "run").code == 0)
    func cover() throws -> [String: Double] {
      let data = Data(try program.read("run/metrics.json").utf8)
      let json = try JSONSerialization.jsonObject(with: data) as? [String: Any]
      let method = (json?["methods"] as? [String: Any])?["bdt"] as? [String: Any]
      return (method?["importance"] as? [String: Any])?["cover"] as? [String: Double] ?? [:]
    }
    let before = try cover()
    #expect(before.count == 2 && abs(before.values.reduce(0, +) - 1) < 1e-9)
    #expect(try program.run("evaluate", "run").code == 0)
    #expect(try cover() == before)
  }
}
