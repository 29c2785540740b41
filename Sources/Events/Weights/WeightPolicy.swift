public import ApusKernels

/// What training does with negative event weights: the same choice for every method.
///
/// Evaluation always keeps the signed weights.
public enum WeightPolicy: String, Sendable, Codable, CaseIterable {
  /// Uses the weights as they are: the loss of an event with negative weight is subtracted.
  case keep
  /// Leaves events with negative weights out of the training.
  case ignore
  /// Uses the absolute value. This changes the sum of weights of each class.
  case absolute
  /// Lets neighbours annihilate: the sum of weights of each class is kept, none stays negative.
  case pair

  /// What it does, in one sentence.
  public var summary: String {
    switch self {
    case .keep: "signed weights in the training loss"
    case .ignore: "events with negative weights are left out of the training"
    case .absolute: "absolute values of the weights in the training"
    case .pair: "negative weights annihilate with their neighbours of the same class"
    }
  }

  /// The training sample after the policy.
  ///
  /// `pair` cuts the events of each class into cells, each cell halved at the median of the input
  /// with the largest spread (in units of that input's spread over the class) as long as both halves
  /// keep a positive sum and a negative weight is left to settle; inside a final cell each weight becomes
  /// |w| Σw/Σ|w|. This is the rule of the cell resampler (Andersen and Maier, arXiv:2109.07851) with
  /// cells from a tree. Deterministic. Cost: O(inputs × n log n).
  /// - Throws: ``WeightError`` where `ignore` leaves a class empty, or `pair` meets a class whose sum
  ///   of weights is not positive.
  public func applied(to sample: Sample) throws(WeightError) -> Sample {
    guard sample.weights.contains(where: { $0 < 0 }) else { return sample }
    var result = sample
    switch self {
    case .keep: break
    case .ignore:
      result = sample.selecting(sample.weights.indices.filter { sample.weights[$0] >= 0 })
      let before = sample.positionsByClass
      for (i, left) in result.positionsByClass.enumerated() where left.isEmpty && !before[i].isEmpty
      {
        throw WeightError.emptied(
          policy: rawValue, group: sample.groupNames[i], events: before[i].count)
      }
    case .absolute: result.weights = sample.weights.map(abs)
    case .pair:
      for (name, positions) in zip(sample.groupNames, sample.positionsByClass)
      where !positions.isEmpty {
        let sum = positions.reduce(0.0) { $0 + sample.weights[$1] }
        guard sum > 0 else {
          throw WeightError.noWeight(what: "negative_weights: pair", group: name, sum: sum)
        }
        Annihilation(sample: sample, positions: positions).settle(&result.weights)
      }
    }
    return result
  }
}

/// Why weights can't be used as asked.
public enum WeightError: ApusError, Equatable {
  /// A policy leaves no event of a class.
  case emptied(policy: String, group: String, events: Int)
  /// A sum of weights must be positive.
  case noWeight(what: String, group: String, sum: Double)

  /// A failure of the work.
  public var kind: ErrorKind { .failure }

  /// What must hold, what was found, what to try.
  public var message: String {
    switch self {
    case .emptied(let policy, let group, let events):
      "negative_weights: \(policy) leaves no training event of '\(group)': all \(events) have negative "
        + "weights. Check the weight expression's sign, or take 'absolute'."
    case .noWeight(let what, let group, let sum):
      "\(what) needs a positive sum of weights for '\(group)', but the training events have "
        + "Σw = \(sum). Check the weight expression, or take 'ignore' or 'absolute'."
    }
  }
}

/// The cells in which negative weights annihilate with their neighbours.
private struct Annihilation {
  let inputs: [Float]
  let width: Int
  let weights: [Double]
  let positions: [Int]
  /// One over the variance of each input over the class; 0 for a constant input.
  var scale: [Double] = []

  init(sample: Sample, positions: [Int]) {
    inputs = sample.inputs
    width = sample.features.count
    weights = sample.weights
    self.positions = positions
    scale = variances(positions).map { $0 > 0 ? 1 / $0 : 0 }
  }

  func variances(_ cell: [Int]) -> [Double] {
    var (sums, squares) = (
      [Double](repeating: 0, count: width), [Double](repeating: 0, count: width)
    )
    for i in cell {
      for j in 0..<width {
        let x = Double(inputs[i * width + j])
        sums[j] += x
        squares[j] += x * x
      }
    }
    let n = Double(max(cell.count, 1))
    return (0..<width).map { j in
      let variance = squares[j] / n - sums[j] / n * (sums[j] / n)
      return variance.isFinite ? max(variance, 0) : 0
    }
  }

  func settle(_ result: inout [Double]) {
    var cells = [positions]
    while let cell = cells.popLast() {
      guard cell.contains(where: { weights[$0] < 0 }) else { continue }
      if let (a, b) = halves(cell) {
        cells.append(a)
        cells.append(b)
        continue
      }
      let sum = cell.reduce(0.0) { $0 + weights[$1] }
      let size = cell.reduce(0.0) { $0 + abs(weights[$1]) }
      for i in cell { result[i] = abs(weights[i]) * (sum / size) }
    }
  }

  /// The cell cut at a median so that both halves have a positive sum; nil where no input allows it.
  func halves(_ cell: [Int]) -> ([Int], [Int])? {
    if cell.count < 4 { return nil }
    let spread = zip(variances(cell), scale).map { $0 * $1 }
    let order = spread.indices.filter { spread[$0] > 0 }.sorted {
      (spread[$1], $0) < (spread[$0], $1)
    }
    for j in order {
      let sorted = sortedOrder(cell.map { Double(inputs[$0 * width + j]) }).map { cell[Int($0)] }
      let (low, high) = (Array(sorted[..<(cell.count / 2)]), Array(sorted[(cell.count / 2)...]))
      let sums = [low, high].map { $0.reduce(0.0) { $0 + weights[$1] } }
      if sums[0] > 0 && sums[1] > 0 { return (low, high) }
    }
    return nil
  }
}
