public import ApusEngine
public import ApusEvents

/// Events in memory as a training loop needs them: one row an event in every tensor.
public struct TrainingData: Sendable {
  /// The inputs of the model, each with the events along axis 0.
  public var inputs: [Tensor]
  /// The targets of the loss, each with the events along axis 0.
  public var targets: [Tensor]
  /// The weight of each event, possibly negative.
  public var weights: [Double]

  /// The number of events.
  public var count: Int { weights.count }

  /// Makes data; nil counts every event once.
  public init(inputs: [Tensor], targets: [Tensor], weights: [Double]? = nil) {
    self.inputs = inputs
    self.targets = targets
    let count = inputs.first?.shape.first ?? 0
    self.weights = weights ?? [Double](repeating: 1, count: count)
  }

  /// The events of a sample.
  ///
  /// Targets: 0 or 1 as numbers for two classes, class numbers for more, numbers else (a row of several).
  public init(_ sample: Sample) {
    let table = Tensor(sample.inputs, shape: [sample.count, sample.features.count])
    let target: Tensor
    switch sample.task {
    case .binary: target = Tensor(sample.labels.map(Float.init))
    case .multiclass: target = Tensor(sample.labels)
    case .regression where sample.targetCount > 1:
      target = Tensor(
        sample.targets.map { Float($0) }, shape: [sample.count, sample.targetCount])
    case .regression: target = Tensor(sample.targets.map { Float($0) })
    }
    self.init(inputs: [table], targets: [target], weights: sample.weights)
  }

  /// Whether all events count the same.
  var isUniform: Bool { weights.allSatisfy { $0 == weights[0] } }

  /// The weights times N/Σw, so that their mean is 1 and a batch needs only its size to normalise.
  var scaledWeights: Tensor {
    let total = weights.reduce(0, +)
    return Tensor(weights.map { Float($0 * Double(count) / total) })
  }

  /// A number that differs where the data differ: for checkpoints.
  func fingerprint() throws -> UInt64 {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    func mix(_ bits: UInt64) { hash = (hash ^ bits) &* 0x100_0000_01B3 }
    for tensor in inputs + targets {
      for value in try tensor.doubles() { mix(value.bitPattern) }
    }
    for weight in weights { mix(weight.bitPattern) }
    return hash
  }
}

/// Weights that give every class the same sum, while the sum of all stays.
/// - Returns: The weights times a factor for each class; unchanged where a class has no positive sum.
public func balancedWeights(_ weights: [Double], labels: [Int32], classes: Int) -> [Double] {
  var sums = [Double](repeating: 0, count: classes)
  for (weight, label) in zip(weights, labels) { sums[Int(label)] += weight }
  guard sums.allSatisfy({ $0 > 0 }) else { return weights }
  let share = sums.reduce(0, +) / Double(classes)
  return zip(weights, labels).map { $0 * share / sums[Int($1)] }
}
