import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// A network that estimates the mean and the deviation of a target.
@Suite struct GaussianTests {
  /// y = 100 + 30x + σ(x)·noise with σ(x) = 2 + 6|x|: the resolution depends on where one looks.
  private func calorimeter(_ count: Int, seed: UInt64) throws -> (Sample, mean: [Double], [Double])
  {
    let key = RandomKey(seed: seed)
    let x = try (Tensor.uniform([count], key: key.fold("x")) * 2 - 1).scalars(as: Float.self)
    let noise = try Tensor.normal([count], key: key.fold("noise"), dtype: .float64).doubles()
    let means = x.map { 100 + 30 * Double($0) }, sigmas = x.map { 2 + 6 * abs(Double($0)) }
    let targets = (0..<count).map { means[$0] + sigmas[$0] * noise[$0] }
    let sample = Sample(
      inputs: x, features: ["x"], targets: targets, weights: x.map { _ in 1 }, task: .regression)
    return (sample, means, sigmas)
  }

  private let options: [(String, Content)] = [
    ("loss", .text("gaussian")),
    ("layers", .list([24, 24].map { ConfigurationValue(.integer($0)) })),
    ("epochs", .integer(80)), ("learning_rate", .real(0.01)),
  ]

  @Test func meanAndDeviationAreFound() throws {
    let (training, _, _) = try calorimeter(4000, seed: 1)
    let (test, means, sigmas) = try calorimeter(1000, seed: 2)
    let model = try mlp(options).fit(
      training, validation: nil, context: FitContext(seed: 1, threads: 2))
    let scores = try model.scores(for: test.inputs, count: 1000, threads: 2)
    let found = try #require(
      try model.deviations(for: test.inputs, count: 1000, threads: 2))
    #expect(scores.count == 1000 && found.count == 1000)
    let off = zip(scores, means).reduce(0) { $0 + abs($1.0 - $1.1) } / 1000
    #expect(off < 0.6, "mean: \(off)")
    let ratio = zip(found, sigmas).map { $0 / $1 }.sorted()
    #expect(ratio[50] > 0.75 && ratio[950] < 1.3, "σ over truth: \(ratio[50]) to \(ratio[950])")
    // Pulls of a right model are normal.
    let pulls = (0..<1000).map { (test.targets[$0] - scores[$0]) / found[$0] }
    let width = (pulls.reduce(0) { $0 + $1 * $1 } / 1000).squareRoot()
    #expect(abs(width - 1) < 0.07, "pulls: \(width)")
    let restored = try NeuralMethod.restore(try model.record())
    #expect(try restored.deviations(for: test.inputs, count: 1000, threads: 2) == found)
    #expect(try restored.scores(for: test.inputs, count: 1000, threads: 2) == scores)
  }

  @Test func otherLossesHaveNoDeviationAndOtherTasksNoGaussian() throws {
    let data = toySample(.regression, events: 60)
    let model = try mlp([("layers", .integer(4)), ("epochs", .integer(2))]).fit(
      data, validation: nil, context: FitContext(seed: 1, threads: 1))
    #expect(try model.deviations(for: data.inputs, count: 60, threads: 1) == nil)
    let error = #expect(throws: OptionProblems.self) {
      try mlp(options).check(task: .binary, inputs: 1, classes: 2)
    }
    #expect(
      error?.message
        == "loss: 'gaussian' does not fit the task 'binary', which takes 'binary_cross_entropy', 'focal', "
        + "'hinge', 'mse', 'mae'.")
  }

  /// E06: event weights of 1/σ² are inverse-variance squares.
  @Test func weightsOfOneOverTheVarianceAreInverseVarianceSquares() throws {
    let x = Tensor.iota([100, 1], dtype: .float64) / 100
    let sigma = try ((x * 4).exp() * 0.02).reshaped([100]).detached()
    let noise = Tensor.normal([100], key: RandomKey(seed: 4), dtype: .float64)
    let y = try (x.reshaped([100]) * 2 + noise * sigma).detached()
    let pair = Tensor.concatenate([y.expanded(at: 1), sigma.expanded(at: 1)], axis: 1)
    func line(_ loss: Loss, _ target: Tensor, _ weights: [Double]?) throws -> [Double] {
      let data = TrainingData(inputs: [x], targets: [target], weights: weights)
      let start = Dense(1, 1, initialiser: .constant(0), dtype: .float64)
      let trained = try Trainer<Dense>(loss).fit(start, with: Newton(), on: data).model
      return try trained.parameters.flatMap { try $0.tensor.doubles() }
    }
    let weights = try sigma.doubles().map { 1 / ($0 * $0) }
    expectClose(
      try line(.squared, y, weights), try line(.inverseVariance, pair, nil), absolute: 1e-9)
  }
}

/// The Fisher metric of a network's outputs: F12 for networks.
@Suite struct MetricTests {
  /// Where the link is canonical, or residuals are what the model expects, the metric is the matrix of second derivatives.
  @Test func theMetricIsTheHessianWhereTheyMustAgree() throws {
    let key = RandomKey(seed: 3)
    let x = try Tensor.normal([12, 2], key: key, dtype: .float64).detached()
    let weights = (0..<12).map { 0.5 + Double($0) / 6 }
    func compare(_ loss: Loss, _ outputs: Int, _ data: TrainingData, _ point: [Double]? = nil)
      throws
    {
      let model = Dense(2, outputs, key: key, dtype: .float64)
      let trainer = Trainer<Dense>(loss)
      let place =
        try point ?? Tensor.normal([3 * outputs], key: key.fold("p"), dtype: .float64).doubles()
      let metric = try trainer.objective(model, data, curvature: .metric).curvature(at: place)
      let hessian = try trainer.objective(model, data, curvature: .hessian).curvature(at: place)
      #expect(metric.count == 9 * outputs * outputs)
      expectClose(metric, hessian, absolute: 1e-12, relative: 1e-10, "\(loss)")
    }
    func data(_ targets: Tensor) -> TrainingData {
      TrainingData(inputs: [x], targets: [targets], weights: weights)
    }
    let numbers = try Tensor.normal([12], key: key.fold("y"), dtype: .float64).detached()
    try compare(.squared, 1, data(numbers))
    try compare(.binaryCrossEntropyFromLogits, 1, data(Tensor((0..<12).map { Double($0 % 2) })))
    try compare(.crossEntropyFromLogits, 3, data(Tensor((0..<12).map { Int32($0 % 3) })))
    // Each event twice, one deviation above and one below its mean, which are the numbers 0.3 and e^0.4.
    let twice = Tensor.concatenate([x, x])
    let sides = (0..<24).map { 0.3 + ($0 < 12 ? 1 : -1) * 0.8.exponential.squareRoot() }
    try compare(
      .gaussian, 2,
      TrainingData(inputs: [twice], targets: [Tensor(sides)], weights: weights + weights),
      [0, 0, 0, 0, 0.3, 0.8])
  }

  /// On a ridge that plain descent follows slowly, the natural gradient goes straight.
  @Test func theNaturalGradientNeedsFewStepsWhereInputsAreNearlyEqual() throws {
    let key = RandomKey(seed: 5)
    let first = Tensor.normal([300, 1], key: key, dtype: .float64)
    let second = first + Tensor.normal([300, 1], key: key.fold("b"), dtype: .float64) * 0.02
    let x = try Tensor.concatenate([first, second], axis: 1).detached()
    let chance = (x.matmul(Tensor([10.0, -9.0], shape: [2, 1]))).reshaped([300]).sigmoid()
    let y = (Tensor.uniform([300], key: key.fold("y"), dtype: .float64) .< chance)
    let data = TrainingData(inputs: [x], targets: [try y.cast(to: .float64).detached()])
    let trainer = Trainer<Dense>(.binaryCrossEntropyFromLogits)
    let model = Dense(2, 1, initialiser: .constant(0), dtype: .float64)
    let least = try Newton().minimise(
      try trainer.objective(model, data, curvature: .hessian), from: [0, 0, 0], steps: 50
    ).value
    let natural = try NaturalGradient(damping: 0, isGuarded: true).minimise(
      try trainer.objective(model, data, curvature: .metric), from: [0, 0, 0], steps: 8)
    #expect(natural.value < least + 1e-9, "\(natural.value) and \(least)")
    var plain = trainer
    plain.settings.optimizer = SGD()
    plain.settings.learningRate = 0.5
    plain.settings.batch = nil
    plain.settings.epochs = 100
    let history = try plain.fit(model, on: data).history
    #expect((history.last?.values[0].value ?? 0) > least + 1e-4)
  }

  @Test func frozenParametersStayAndTheLastModelIsKeptWhereAsked() throws {
    let data = try rings(60)
    var settings = TrainingSettings()
    settings.epochs = 5
    settings.isFrozen = { $0.hasPrefix("0.") }
    let net = Sequential(key: RandomKey(seed: 1)) {
      Dense(2, 4, activation: .tanh)
      Dense(4, 1)
    }
    for rule in [LBFGS(), Newton(), NaturalGradient(isGuarded: true)] as [any Minimiser] {
      let trained = try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(
        net, with: rule, on: data)
      for (old, new) in zip(net.parameters, trained.model.parameters) {
        let isSame = try old.tensor.doubles() == new.tensor.doubles()
        #expect(isSame == old.path.hasPrefix("0."), "\(rule.name), \(old.path)")
      }
      #expect(trained.history.count > 1)
    }
  }

  @Test func aLossWithoutMetricIsRefused() throws {
    let data = try rings(20)
    let trainer = Trainer<Dense>(.hinge)
    #expect(throws: (any Error).self) {
      _ = try trainer.fit(
        Dense(2, 1, initialiser: .constant(0)), with: NaturalGradient(), on: data)
    }
  }
}

extension Double {
  fileprivate var exponential: Double { (try? Tensor(self, dtype: .float64).exp().scalar()) ?? 0 }
}
