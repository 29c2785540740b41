#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Scores of several classes: a row of probabilities an event, with labels and weights.
public struct MulticlassScores: Sendable {
  /// Row-major probabilities: `count` rows of `classes.count`.
  public let probabilities: [Double]
  /// The class of each event.
  public let labels: [Int32]
  /// The weight of each event.
  public let weights: [Double]
  /// The names of the classes.
  public let classes: [String]

  /// The number of events.
  public var count: Int { labels.count }

  /// Checks and keeps the scores.
  /// - Throws: ``MetricError`` where lengths, labels, scores or the sum of weights are wrong.
  public init(probabilities: [Double], labels: [Int32], weights: [Double], classes: [String])
    throws(MetricError)
  {
    let name = "multiclass metrics"
    try requireEqual(
      probabilities.count, labels.count * classes.count, "labels times classes", for: name)
    try requireEqual(labels.count, weights.count, "weights", for: name)
    try requireFinite(probabilities, "scores", for: name)
    if let bad = labels.first(where: { !classes.indices.contains(Int($0)) }) {
      throw MetricError.label(metric: name, label: Int(bad), classes: classes.count)
    }
    _ = try positiveSum(weights, of: "all events", for: name)
    self.probabilities = probabilities
    self.labels = labels
    self.weights = weights
    self.classes = classes
  }

  /// The class with the largest probability of each event; the first of equals.
  public var predictions: [Int32] {
    let k = classes.count
    return (0..<count).map { i in
      var best = 0
      for c in 1..<max(k, 1) where probabilities[i * k + c] > probabilities[i * k + best] {
        best = c
      }
      return Int32(best)
    }
  }

  /// The weighted share of events whose largest probability is that of their class.
  public var accuracy: Double {
    var (right, total) = (0.0, 0.0)
    for (i, prediction) in predictions.enumerated() {
      total += weights[i]
      if prediction == labels[i] { right += weights[i] }
    }
    return right / total
  }

  /// −Σw ln p(true class) / Σw; p is kept within [ε, 1−ε], ε = 2.2e-16.
  public var logLoss: Double {
    var (sum, total) = (0.0, 0.0)
    for i in 0..<count where weights[i] != 0 {
      let p = probabilities[i * classes.count + Int(labels[i])]
      sum -= weights[i] * log(min(max(p, .ulpOfOne), 1 - .ulpOfOne))
      total += weights[i]
    }
    return sum / total
  }

  /// The curve of one class against all others, with its probability as the score.
  public func oneAgainstRest(_ c: Int) throws(MetricError) -> RocCurve {
    let k = classes.count
    let scores = (0..<count).map { probabilities[$0 * k + c] }
    return RocCurve(
      try RankedScores(
        scores: scores, labels: labels, weights: weights, signal: Int32(c), metric: "roc",
        names: ("'\(classes[c])'", "all but '\(classes[c])'")))
  }

  /// The curve of class `i` against class `j` alone, with p_i/(p_i+p_j) as the score (½ for 0/0).
  public func oneAgainstOne(_ i: Int, _ j: Int) throws(MetricError) -> RocCurve {
    let k = classes.count
    let chosen = (0..<count).filter { labels[$0] == Int32(i) || labels[$0] == Int32(j) }
    let scores = chosen.map { e in
      let (a, b) = (probabilities[e * k + i], probabilities[e * k + j])
      return a + b > 0 ? a / (a + b) : 0.5
    }
    return RocCurve(
      try RankedScores(
        scores: scores, labels: chosen.map { labels[$0] }, weights: chosen.map { weights[$0] },
        signal: Int32(i), metric: "roc", names: ("'\(classes[i])'", "'\(classes[j])'")))
  }

  /// The areas of all classes, each against the rest.
  public func areas() throws(MetricError) -> [Double] {
    var areas: [Double] = []
    for c in classes.indices { areas.append(try oneAgainstRest(c).area) }
    return areas
  }

  /// The plain mean over classes of the areas against the rest.
  public func macroArea() throws(MetricError) -> Double {
    try areas().reduce(0, +) / Double(classes.count)
  }
}
