#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Weighted counts of right and wrong decisions of a cut `score > threshold`.
public struct BinaryCounts: Sendable, Equatable {
  /// Σw of signal called signal.
  public var truePositives = 0.0
  /// Σw of background called signal.
  public var falsePositives = 0.0
  /// Σw of background called background.
  public var trueNegatives = 0.0
  /// Σw of signal called background.
  public var falseNegatives = 0.0

  /// Counts the decisions; label 1 is signal.
  public init(scores: [Double], labels: [Int32], weights: [Double], threshold: Double = 0.5)
    throws(MetricError)
  {
    try requireEqual(scores.count, labels.count, "labels", for: "counts")
    try requireEqual(scores.count, weights.count, "weights", for: "counts")
    try requireFinite(scores, "scores", for: "counts")
    for i in scores.indices {
      switch (labels[i] == 1, scores[i] > threshold) {
      case (true, true): truePositives += weights[i]
      case (true, false): falseNegatives += weights[i]
      case (false, true): falsePositives += weights[i]
      case (false, false): trueNegatives += weights[i]
      }
    }
  }

  /// Σw of all events.
  public var total: Double { truePositives + falsePositives + trueNegatives + falseNegatives }
  /// (TP + TN) / total.
  public var accuracy: Double { (truePositives + trueNegatives) / total }
  /// TP / (TP + FN): the signal efficiency, or true positive rate.
  public var sensitivity: Double { truePositives / (truePositives + falseNegatives) }
  /// TN / (TN + FP); one minus it is the mistag rate.
  public var specificity: Double { trueNegatives / (trueNegatives + falsePositives) }
  /// TP / (TP + FP): the purity.
  public var precision: Double { truePositives / (truePositives + falsePositives) }
}

/// The weighted share of events on the right side of the threshold; label 1 is signal.
public func accuracy(
  scores: [Double], labels: [Int32], weights: [Double], threshold: Double = 0.5
) throws(MetricError) -> Double {
  _ = try positiveSum(weights, of: "all events", for: "accuracy")
  return try BinaryCounts(scores: scores, labels: labels, weights: weights, threshold: threshold)
    .accuracy
}

/// The weighted mean of −ln of the probability given to the true class of two.
///
/// −Σw [y ln p + (1−y) ln(1−p)] / Σw, with p kept within [ε, 1−ε], ε = 2.2e-16, as scikit-learn does.
public func logLoss(
  scores: [Double], labels: [Int32], weights: [Double]
) throws(MetricError) -> Double {
  try requireEqual(scores.count, labels.count, "labels", for: "loss")
  try requireEqual(scores.count, weights.count, "weights", for: "loss")
  try requireFinite(scores, "scores", for: "loss")
  let total = try positiveSum(weights, of: "all events", for: "loss")
  var sum = 0.0
  for i in scores.indices where weights[i] != 0 {
    let p = min(max(scores[i], .ulpOfOne), 1 - .ulpOfOne)
    sum -= weights[i] * (labels[i] == 1 ? log(p) : log1p(-p))
  }
  return sum / total
}

/// Weighted counts of true classes (rows) against predicted classes (columns).
public struct ConfusionMatrix: Sendable, Equatable {
  /// The names of the classes.
  public let classes: [String]
  /// Σw by true class, then predicted class.
  public let sums: [[Double]]

  /// Counts from predicted classes.
  public init(labels: [Int32], predictions: [Int32], weights: [Double], classes: [String])
    throws(MetricError)
  {
    try requireEqual(predictions.count, labels.count, "labels", for: "confusion matrix")
    try requireEqual(predictions.count, weights.count, "weights", for: "confusion matrix")
    var sums = [[Double]](
      repeating: [Double](repeating: 0, count: classes.count), count: classes.count)
    for i in labels.indices {
      for label in [labels[i], predictions[i]] where !classes.indices.contains(Int(label)) {
        throw MetricError.label(
          metric: "confusion matrix", label: Int(label), classes: classes.count)
      }
      sums[Int(labels[i])][Int(predictions[i])] += weights[i]
    }
    (self.classes, self.sums) = (classes, sums)
  }

  /// The matrix with each row divided by its sum, so that rows show efficiencies; a row whose sum
  /// is zero stays zero.
  public var normalised: [[Double]] {
    sums.map { row in
      let total = row.reduce(0, +)
      return total == 0 ? row : row.map { $0 / total }
    }
  }
}
