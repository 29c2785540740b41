internal import ApusEngine
public import ApusEvents

extension NeuralMethod: BlockMethod {
  /// Some rules, and `batch: 0`, look at all events at once.
  public var needsAllEvents: Bool { takesAllEvents }

  /// Learns from all events of a sample that is larger than memory; see ``Trainer/fit(_:streaming:validation:)``.
  ///
  /// Inputs that are far from standardized, and the target of a regression, are scaled by what the first block says,
  /// which is a random part of all events; the weights of the classes are balanced by their exact sums.
  public func fit(
    _ training: any SampleBlocks, validation: (any SampleBlocks)?, context: FitContext
  ) throws -> any Response {
    try checkSums(training)
    let architecture = architecture(
      for: training.task, inputs: training.features.count, classes: training.classes.count)
    let first = try training.block(0)
    let scale = InputScale(
      first.inputs, columns: training.features.count, weights: first.weights)
    let targets = targetScales(first)
    let isBalanced = values.flag("balance_classes")
    let model = architecture.build(RandomKey(seed: context.seed).fold("weights"))
    let trainer = try trainer(
      for: training.task, settings(model, events: training.count, context))
    let trained = try trainer.fit(
      model, streaming: PreparedBlocks(training, scale, targets, isBalanced: isBalanced),
      validation: validation.map { PreparedBlocks($0, scale, targets, isBalanced: isBalanced) })
    return NeuralResponse(
      trained, task: training.task, architecture: architecture, inputScale: scale,
      targets: targets)
  }

  private func checkSums(_ training: any SampleBlocks) throws {
    let names = training.task == .regression ? ["all events"] : training.classes
    for (name, sum) in zip(names, training.sums) where !(sum > 0) {
      throw FitError.unusable(
        method: Self.name,
        reason:
          "the training events of '\(name)' must have a positive sum of weights, found \(sum).")
    }
  }
}

/// The blocks of a sample as the network needs them: scaled, balanced, weights of mean 1.
private struct PreparedBlocks: TrainingBlocks {
  let sample: any SampleBlocks
  let scale: InputScale
  let targets: [(mean: Double, spread: Double)]
  /// What the weights of each class are multiplied with.
  let factors: [Double]

  init(
    _ sample: any SampleBlocks, _ scale: InputScale, _ targets: [(mean: Double, spread: Double)],
    isBalanced: Bool
  ) {
    (self.sample, self.scale, self.targets) = (sample, scale, targets)
    let sums = sample.sums
    let total = sums.reduce(0, +)
    let norm = Double(sample.count) / total
    if isBalanced, sample.task != .regression, sums.allSatisfy({ $0 > 0 }) {
      factors = sums.map { total / Double(sums.count) / $0 * norm }
    } else {
      factors = sums.map { _ in norm }
    }
  }

  var width: Int { sample.features.count }
  var hasClassTargets: Bool { sample.task == .multiclass }
  var targetCount: Int { sample.task.targetCount(sample.classes) }
  var counts: [Int] { sample.counts }
  var fingerprint: UInt64 { sample.fingerprint }

  func block(_ index: Int) throws -> TrainingBlock {
    let events = try sample.block(index)
    if events.task == .regression {
      return TrainingBlock(
        inputs: scale.apply(events.inputs),
        targets: events.scaledTargets(targets).map { Float($0) },
        weights: events.weights.map { Float($0 * factors[0]) })
    }
    return TrainingBlock(
      inputs: scale.apply(events.inputs), targets: events.labels.map { Float($0) },
      weights: zip(events.weights, events.labels).map { Float($0 * factors[Int($1)]) })
  }
}
