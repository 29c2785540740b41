import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// Networks with an output a target.
@Suite struct SeveralTargetTests {
  private let options: [(String, Content)] = [
    ("layers", .list([.init(.integer(16))])), ("epochs", .integer(60)),
    ("learning_rate", .real(0.02)), ("batch", .integer(32)),
  ]

  /// The mean over the targets of what each alone would give.
  @Test(arguments: ["mse", "mae", "huber", "quantile", "gaussian"])
  func theLossIsTheMeanOverTheTargets(name: String) throws {
    let loss = try #require(Loss.named.first { $0.name == name }?.value)
    let key = RandomKey(seed: 3), width = loss.outputsPerEstimate
    let outputs = Tensor.normal([5, 2 * width], key: key, dtype: .float64)
    let truth = Tensor.normal([5, 2], key: key.fold("t"), dtype: .float64)
    let all = try loss.perEvent(outputs, truth).doubles()
    let each = try (0..<2).map { k in
      let own = (0..<width).map { outputs.sliced(axis: 1, (2 * $0 + k)..<(2 * $0 + k + 1)) }
      return try loss.perEvent(
        Tensor.concatenate(own, axis: 1), truth.sliced(axis: 1, k..<k + 1).reshaped([5])
      ).doubles()
    }
    expectClose(all, zip(each[0], each[1]).map { ($0 + $1) / 2 }, absolute: 1e-12)
  }

  /// One output layer after another, and what the predictor makes of it.
  @Test(arguments: ["auto", "gaussian"]) func bothTargetsAreLearned(loss: String) throws {
    let data = severalTargets(events: 1200), test = severalTargets(events: 400, seed: 5)
    let model = try mlp(options + [("loss", .text(loss))]).fit(
      data, validation: nil, context: FitContext(seed: 1, threads: 2))
    let scores = try model.scores(for: test.inputs, count: 400, threads: 2)
    let found = try Evaluation(Predictions(scores, for: test))
    for name in test.classes {
      let r2 = found.json["by_target"]?[name]?["r2"]?.double ?? 0
      #expect(r2 > 0.93, "\(name): \(r2)")
    }
    let deviations = try model.deviations(for: test.inputs, count: 400, threads: 2)
    #expect((deviations?.count ?? 0) == (loss == "gaussian" ? 800 : 0))
    let restored = try NeuralMethod.restore(try model.record())
    #expect(try restored.scores(for: test.inputs, count: 400, threads: 2) == scores)
    #expect(try restored.deviations(for: test.inputs, count: 400, threads: 2) == deviations)
    guard let deviations else { return }
    // The noise of the targets is 0.1 and 2.
    for (k, noise) in [0.1, 2.0].enumerated() {
      let own = stride(from: k, to: 800, by: 2).map { deviations[$0] }.sorted()
      #expect(own[200] > 0.6 * noise && own[200] < 2.5 * noise, "\(k): \(own[200])")
    }
    // Pulls of a right model are normal.
    let predictions = Predictions(
      task: .regression, scores: scores, targets: test.targets, weights: test.weights,
      classes: test.classes, deviations: deviations)
    let width = try Evaluation(predictions).json["by_target"]?["offset"]?["pull_width"]?.double
    #expect(abs((width ?? 0) - 1) < 0.3, "\(width ?? .nan)")
  }

  /// Blocks of one block are the same events in the same order.
  @Test func blocksGiveTheSameNetwork() throws {
    let data = severalTargets(events: 300)
    let method = try mlp(options)
    let whole = try method.fit(data, validation: data, context: FitContext(seed: 1, threads: 1))
    let blocks = try method.fit(
      WholeSample(data), validation: WholeSample(data), context: FitContext(seed: 1, threads: 1))
    expectClose(
      try blocks.scores(for: data.inputs, count: 300, threads: 1),
      try whole.scores(for: data.inputs, count: 300, threads: 1), absolute: 1e-4, relative: 1e-5)
  }

  /// The natural gradient of squares with two outputs, as those of one.
  @Test(arguments: ["mse", "gaussian"]) func theFisherMetricFitsTheLoss(name: String) throws {
    let loss = try #require(Loss.named.first { $0.name == name }?.value)
    let key = RandomKey(seed: 3), width = 2 * loss.outputsPerEstimate
    let outputs = Tensor.normal([4, width], key: key, dtype: .float64)
    let moves = Tensor.normal([1, 4, width], key: key.fold("m"), dtype: .float64)
    let all = try loss.metric(outputs, moves).doubles()
    let each = try (0..<2).map { k in
      let places = (0..<loss.outputsPerEstimate).map { 2 * $0 + k }
      return try loss.metric(
        Tensor.concatenate(places.map { outputs.sliced(axis: 1, $0..<$0 + 1) }, axis: 1),
        Tensor.concatenate(places.map { moves.sliced(axis: 2, $0..<$0 + 1) }, axis: 2)
      ).doubles()
    }
    for event in 0..<4 {
      for place in 0..<width {
        let own = each[place % 2][event * width / 2 + place / 2]
        expectClose(all[event * width + place], own / 2, absolute: 1e-12)
      }
    }
  }
}
