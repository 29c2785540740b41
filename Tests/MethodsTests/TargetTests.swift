import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import TestSupport
import Testing

/// Regression of several targets, against Tests/Golden/targets.json (Tools/reference/targets.py, scikit-learn).
@Suite struct TargetTests {
  let golden: JSONValue
  let sample: Sample

  init() throws {
    golden = try loadGolden("targets.json")
    sample = Sample(
      inputs: golden.at("x").flat.map { Float($0) }, features: ["a", "b", "c"],
      targets: golden.at("t").flat, weights: golden.at("w").flat, classes: ["first", "second"],
      task: .regression)
  }

  private func learn<M: Method>(
    _ type: M.Type, _ options: Given = [], _ sample: Sample? = nil
  ) throws -> any Response {
    try made(type, options).learn(sample ?? self.sample, validation: nil, context: silent())
  }

  private func answers(_ model: any Response, _ inputs: [Float]? = nil) throws -> [Double] {
    let inputs = inputs ?? sample.inputs
    return try model.scores(for: inputs, count: inputs.count / 3, threads: 2)
  }

  /// One fit a target, in rows.
  private func separate<M: Method>(_ type: M.Type, _ options: Given = []) throws -> [Double] {
    let columns = try (0..<2).map {
      try answers(
        try made(type, options).fit(sample.withTarget($0), validation: nil, context: silent()))
    }
    return (0..<sample.count).flatMap { i in columns.map { $0[i] } }
  }

  @Test func linearModelsAreThoseOfScikitLearnAndOfSeparateFits() throws {
    expectClose(
      try answers(try learn(LinearRegression.self)), golden.at("linear").flat, absolute: 1e-6)
    expectClose(
      try answers(try learn(Ridge.self, [("alpha", .real(20))])), golden.at("ridge").flat,
      absolute: 1e-6)
    #expect(
      try answers(try learn(LinearRegression.self)) == (try separate(LinearRegression.self)))
    #expect(try answers(try learn(Ridge.self)) == (try separate(Ridge.self)))
  }

  /// One tree for both targets: the cut that lowers the sum of their variances most.
  @Test func treesAreThoseOfScikitLearn() throws {
    let tree: Given = [("leaves", .integer(12)), ("min_events", .integer(5))]
    expectClose(
      try answers(try learn(DecisionTree.self, tree)), golden.at("tree").flat, absolute: 1e-6)
    let forest: Given = [
      ("trees", .integer(1)), ("bootstrap", .flag(false)), ("min_events", .integer(3)),
      ("depth", .integer(6)),
    ]
    expectClose(
      try answers(try learn(RandomForest.self, forest)), golden.at("forest").flat, absolute: 1e-6)
  }

  /// A target that tells nothing leaves no trace where the other has the same cuts; units of a target do not matter.
  @Test func unitsOfATargetDoNotMatter() throws {
    var scaled = sample
    scaled.targets = sample.targets.enumerated().map { $0 % 2 == 0 ? $1 * 1000 - 7000 : $1 }
    for type in [RandomForest.self, ExtraTrees.self] as [any Method.Type] {
      func all(_ sample: Sample) throws -> [Double] {
        let method = try type.init(
          options: resolve(ConfigurationValue(.null), against: type.options, path: "").0)
        return try answers(try method.learn(sample, validation: nil, context: silent()))
      }
      let (plain, large) = (try all(sample), try all(scaled))
      expectClose(
        large.enumerated().map { $0 % 2 == 0 ? ($1 + 7000) / 1000 : $1 }, plain, absolute: 1e-6)
    }
  }

  @Test func neighboursAreThoseOfScikitLearn() throws {
    var plain = sample
    plain.weights = sample.weights.map { _ in 1 }
    let model = try learn(
      NearestNeighbours.self,
      [("k", .integer(9)), ("weights", .text("distance")), ("scale", .flag(false))], plain)
    let queries = golden.at("x").flat.map { Float($0 + 0.03) }
    let found = try answers(model, queries)
    // Where neighbours are as far away as others the choice is free.
    let wanted = golden.at("knn").flat
    let off = zip(found, wanted).count { abs($0 - $1) > 1e-5 }
    #expect(off < wanted.count / 20, "\(off) of \(wanted.count)")
    #expect(
      try answers(try learn(NearestNeighbours.self)) == (try separate(NearestNeighbours.self)))
  }

  @Test func processesAreThoseOfScikitLearn() throws {
    var plain = sample
    plain.weights = sample.weights.map { _ in 1 }
    let fixed = try learn(
      GaussianProcessMethod.self, [("optimise", .flag(false)), ("scale", .flag(false))], plain)
    expectClose(
      try answers(fixed), golden.at("process", "predictions").flat, absolute: 1e-6, relative: 1e-6)
    let best = try learn(
      GaussianProcessMethod.self, [("scale", .flag(false)), ("iterations", .integer(200))], plain)
    expectClose(try answers(best), golden.at("best_process", "predictions").flat, absolute: 2e-3)
  }

  /// Every other method learns one target after the other, and says so with the same numbers.
  @Test func otherMethodsLearnOneTargetAfterTheOther() throws {
    func same<M: Method>(_ type: M.Type, _ options: Given = []) throws {
      #expect(!M.takesSeveralTargets)
      let model = try learn(type, options)
      #expect(try answers(model) == (try separate(type, options)), "\(M.name)")
      let back = try M.recall(try model.record())
      #expect(try answers(back) == (try answers(model)), "\(M.name)")
    }
    try same(BoostedTrees.self, [("trees", .integer(10))])
    try same(BoostedTrees.self, [("trees", .integer(10)), ("loss", .text("quantile"))])
    try same(SupportVectorMachine.self)
    try same(Lasso.self)
  }

  @Test func historiesAndTablesNameTheirTargets() throws {
    let model = try learn(BoostedTrees.self, [("trees", .integer(4))])
    #expect(model.history.count == 4)
    #expect(model.history[0].values.contains { $0.name == "loss_first" })
    #expect(model.history[3].values.contains { $0.name == "loss_second" })
    #expect(abs(model.importances.reduce(0, +) - 1) < 1e-12)
  }

  @Test func aRecordWithoutItsModelsIsRefused() throws {
    let record = try learn(BoostedTrees.self, [("trees", .integer(2))]).record()
    let broken = record.description.replacing("\"second\"", with: "\"second\",\"third\"")
    let error = #expect(throws: RecordError.self) {
      try BoostedTrees.recall(ModelRecord(description: broken, tensors: record.tensors))
    }
    #expect(error?.message.contains("a model of its own for each of its targets") == true)
    #expect(throws: (any Error).self) {
      try BoostedTrees.recall(ModelRecord(description: record.description, tensors: []))
    }
  }

  @Test func numbersAreThoseOfScikitLearn() throws {
    let scores = try answers(try learn(LinearRegression.self))
    let found = try Evaluation(Predictions(scores, for: sample))
    for (k, name) in sample.classes.enumerated() {
      let own = try #require(found.json["by_target"]?[name])
      for number in ["mse", "mae", "r2"] {
        expectClose(
          own[number]?.double ?? .nan, golden.at("metrics", number).flat[k], absolute: 1e-6, number)
      }
    }
    expectClose(found["mse"] ?? .nan, golden.at("metrics", "mean_mse").flat[0], absolute: 1e-6)
    expectClose(found["r2"] ?? .nan, golden.at("metrics", "mean_r2").flat[0], absolute: 1e-6)
    expectClose(
      try Metric.named("mse")?.value(Predictions(scores, for: sample)) ?? .nan, found["mse"] ?? 0)
  }

  /// Neighbours of both targets coincide only where both targets do.
  @Test func eventsOfOneTargetAndAnotherAreNotMerged() throws {
    let twice = Sample(
      inputs: [1, 1, 2, 2], features: ["x"], targets: [0, 0, 0, 8, 5, 5, 5, 5],
      weights: [1, 1, 1, 3], classes: ["a", "b"], task: .regression)
    let model = try learn(NearestNeighbours.self, [("k", .integer(3))], twice)
    // Two events at 1 and one of weight 4 at 2.
    let found = try model.scores(for: [1], count: 1, threads: 1)
    expectClose(found, [20.0 / 6, 28.0 / 6], absolute: 1e-12)
  }
}
