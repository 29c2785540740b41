import Foundation
import Testing

/// TMVA's `BoostType`, which is one method there and three here.
@Suite struct BoostKindTests {
  private func trained(_ program: Program, _ methods: String) throws -> [String: Any] {
    try program.write(
      """
      events: {files: toy.csv, label: label, weight: weight}
      inputs: [x, y, z]
      methods: {it: \(methods)}
      """, "toy.yaml")
    let result = try program.run("train", "toy.yaml", "--out", "run", "--force")
    try #require(result.code == 0, "\(result.errors)")
    let data = Data(try program.read("run/metrics.json").utf8)
    let json = try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    return try #require((json["methods"] as? [String: [String: Any]])?["it"])
  }

  @Test(arguments: [
    (
      "{type: BDT, BoostType: AdaBoost, NTrees: 20, MaxDepth: 2, AdaBoostBeta: 0.3}",
      "{type: adaboost, trees: 20, depth: 2, beta: 0.3}", "adaboost"
    ),
    (
      "{type: bdt, BoostType: realadaboost, NTrees: 9}",
      "{type: adaboost, boost: RealAdaBoost, trees: 9}", "adaboost"
    ),
    (
      "{type: bdt, NTrees: 9, boosttype: Bagging, MaxDepth: 4}",
      "{type: random_forest, trees: 9, max_features: all, depth: 4, min_node_size: 5}",
      "random_forest"
    ),
    ("{type: adaboost, BoostType: Grad, NTrees: 9}", "{type: bdt, trees: 9}", "bdt"),
    (
      "{type: committee, methods: {a: {type: bdt, BoostType: AdaBoost, NTrees: 5}}}",
      "{type: committee, methods: {a: {type: adaboost, trees: 5}}}", "committee"
    ),
  ])
  func theWordIsTheMethod(words: String, ours: String, type: String) throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    let found = try trained(program, words)
    let wanted = try trained(program, ours)
    #expect(found["type"] as? String == type)
    let (a, b) = (found["test"] as? [String: Any], wanted["test"] as? [String: Any])
    #expect(
      a?["auc"] as? Double == b?["auc"] as? Double && a?["loss"] as? Double == b?["loss"] as? Double
    )
    let model = try program.run("apply", "run/models/it.apus", "toy.csv", "--out", "s.csv")
    #expect(model.code == 0, "\(model.errors)")
  }

  @Test func optionsAreThoseOfTheMethodThatIsMeant() throws {
    let program = try Program()
    defer { program.clean() }
    try program.writeToy()
    try program.write(
      """
      events: {files: toy.csv, label: label}
      inputs: [x, y, z]
      methods: {it: {type: bdt, BoostType: AdaBoost, Shrinkage: 0.1}, other: {type: bdt, BoostType: AdaBoostR2}}
      """, "toy.yaml")
    let errors = try program.run("check", "toy.yaml").errors
    #expect(errors.contains("methods.it.Shrinkage: there is no option 'Shrinkage'"), "\(errors)")
    #expect(errors.contains("methods.other.BoostType: must be one of"), "\(errors)")
  }
}
