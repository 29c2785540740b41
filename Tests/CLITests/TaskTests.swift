import Foundation
import Testing

/// The other tasks and ways to name samples, through the program.
@Suite struct TaskTests {
  private func train(_ configuration: String) throws -> (Program, [String: [String: Any]], String) {
    let program = try Program()
    try program.writeToy()
    try program.write(configuration, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run")
    try #require(result.code == 0, "\(result.errors)")
    let data = Data(try program.read("run/metrics.json").utf8)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    let methods = try #require(json["methods"] as? [String: [String: Any]])
    let tests = methods.compactMapValues { $0["test"] as? [String: Any] }
    return (program, tests, result.errors)
  }

  @Test func severalClassesGetAScoreEach() throws {
    let (program, tests, _) = try train(
      """
      events: {files: toy.csv, label: {column: kind, classes: {low: 0, middle: 1, high: 2}}, weight: weight}
      inputs: [x, y, z]
      methods: {mlp: {layers: [8], epochs: 5}}
      """.replacing("column: kind", with: "column: event").replacing(
        "{low: 0, middle: 1, high: 2}", with: "\(Self.kinds)"))
    defer { program.clean() }
    #expect(tests["mlp"]?["accuracy"] is Double && tests["mlp"]?["auc"] is Double)
    #expect((tests["mlp"]?["auc_by_class"] as? [String: Double])?.count == 3)
    let model = "run/models/mlp.apus"
    #expect(try program.run("apply", model, "toy.csv", "--out", "s.csv").code == 0)
    let names = try program.read("s.csv").prefix { $0 != "\n" }.split(separator: ",")
    for name in ["score_mlp_low", "score_mlp_middle", "score_mlp_high"] {
      #expect(names.contains(Substring(name)))
    }
  }

  /// Event numbers 0 to 599 in three classes.
  static let kinds: String = {
    let lists = (0..<3).map { kind in
      (0..<600).filter { $0 % 3 == kind }.map { String($0) }.joined(separator: ", ")
    }
    return "{low: [\(lists[0])], middle: [\(lists[1])], high: [\(lists[2])]}"
  }()

  @Test func aTargetIsEstimated() throws {
    let (program, tests, _) = try train(
      """
      events: {files: toy.csv, target: "3 * x - y", weight: weight}
      inputs: [x, y]
      methods: [linear]
      """)
    defer { program.clean() }
    // The target is linear in the inputs: only rounding to single precision is left.
    let error = try #require(tests["linear"]?["rmse"] as? Double)
    #expect(error < 1e-4)
  }

  /// A network with the loss `gaussian` estimates a mean, which is its score, and a deviation.
  @Test func aTargetIsEstimatedWithItsDeviation() throws {
    let (program, tests, _) = try train(
      """
      events: {files: toy.csv, target: "50 + 3 * x + 2 * z"}
      inputs: [x]
      methods: {net: {type: mlp, layers: [8], epochs: 60, batch: 32, learning_rate: 0.01, loss: gaussian}}
      """)
    defer { program.clean() }
    // What x does not tell is 2z, whose deviation is 2.
    #expect(abs((tests["net"]?["rmse"] as? Double ?? 0) - 2) < 0.4)
    let result = try program.run("apply", "run/models/net.apus", "toy.csv", "--out", "s.csv")
    #expect(result.code == 0 && result.output.contains("sigma its standard deviation"))
    let lines = try program.read("s.csv").split(separator: "\n")
    let names = lines[0].split(separator: ",")
    let place = try #require(names.firstIndex(of: "sigma_net"))
    #expect(names.contains("score_net"))
    let sigmas = lines.dropFirst().compactMap { Double($0.split(separator: ",")[place]) }
    #expect(sigmas.count == 600)
    let mean = sigmas.reduce(0, +) / 600
    #expect(abs(mean - 2) < 0.4 && sigmas.allSatisfy { $0 > 0 }, "\(mean)")
    let stored = try program.run("convert", "run/scores.h5", "scores.csv", "--columns", "sigma_net")
    #expect(stored.code == 0, "\(stored.errors)")
    #expect(try program.read("scores.csv").split(separator: "\n").count == 601)
  }

  @Test func samplesGiveTheClassesAndTheirSelectionsAreNoInputs() throws {
    let (program, tests, errors) = try train(
      """
      events:
        - {name: s, files: "to?.csv", class: signal, selection: "label == 1", weight: weight * 0.01}
        - {name: b, files: toy.csv, class: background, selection: label == 0, weight: weight}
      inputs: "*"
      balance: equal
      methods: logistic
      """)
    defer { program.clean() }
    // With the label or the event number among the inputs it would be 1.
    let auc = try #require(tests["logistic"]?["auc"] as? Double)
    #expect(auc > 0.6 && auc < 0.95)
    #expect(errors.isEmpty, "\(errors)")
    let report = try program.read("run/config.yaml")
    #expect(report.contains("balance: equal"))
    let again = try program.run("evaluate", "run", "--data", "s=toy.csv,b=toy.csv")
    #expect(again.code == 0, "\(again.errors)")
    #expect(again.output.contains("600 events"))
  }

  @Test func anInputThatHoldsTheAnswerIsPointedOut() throws {
    let (program, _, errors) = try train(
      """
      events: {files: toy.csv, label: label}
      inputs: [x, "copy = label * 2 + 1"]
      methods: fisher
      """)
    defer { program.clean() }
    #expect(errors.contains("'copy'") && errors.contains("does it hold the answer?"), "\(errors)")
  }

  @Test func largeDifferencesOfTheSumsOfWeightsArePointedOut() throws {
    let (program, _, errors) = try train(
      """
      events: {files: toy.csv, label: label, weight: "label == 1 ? 0.001 : 1"}
      inputs: [x, y]
      methods: fisher
      """)
    defer { program.clean() }
    #expect(errors.contains("'balance: equal'"), "\(errors)")
  }
}
