/// Signal efficiency against background efficiency for every cut `score >= threshold`.
///
/// Point 0 selects nothing (threshold +∞), the last one everything; events of equal score enter
/// together. Yields are cumulative **signed** sums of weights, so with negative weights the curve may run
/// backwards and leave [0, 1]; nothing is clipped. The sums of weights of both classes must be positive.
/// Cost: one sort.
public struct RocCurve: Sendable {
  /// Score thresholds, descending from +∞.
  public let thresholds: [Double]
  /// Σw of selected signal at each threshold.
  public let signalYields: [Double]
  /// Σw of selected background at each threshold.
  public let backgroundYields: [Double]
  let ranked: RankedScores

  /// Sorts scores into a curve.
  /// - Parameters:
  ///   - scores: Larger is more signal-like.
  ///   - labels: The class of each event.
  ///   - weights: The weight of each event.
  ///   - signal: The label of signal; every other label is background.
  /// - Throws: ``MetricError`` where a score is not finite or a class has no positive sum of weights.
  public init(scores: [Double], labels: [Int32], weights: [Double], signal: Int32 = 1)
    throws(MetricError)
  {
    try self.init(
      RankedScores(
        scores: scores, labels: labels, weights: weights, signal: signal, metric: "roc"))
  }

  init(_ scores: RankedScores) {
    ranked = scores
    var (points, signals, backgrounds) = ([Double.infinity], [0.0], [0.0])
    var (s, b) = (0.0, 0.0)
    points.reserveCapacity(ranked.groups.count + 1)
    signals.reserveCapacity(ranked.groups.count + 1)
    backgrounds.reserveCapacity(ranked.groups.count + 1)
    for group in ranked.groups {
      s += group.signal
      b += group.background
      points.append(group.score)
      signals.append(s)
      backgrounds.append(b)
    }
    (thresholds, signalYields, backgroundYields) = (points, signals, backgrounds)
  }

  /// Σw of all signal.
  public var signalTotal: Double { ranked.signal }
  /// Σw of all background.
  public var backgroundTotal: Double { ranked.background }
  /// The number of points.
  public var count: Int { thresholds.count }
  /// Signal efficiency (true positive rate, sensitivity) at each threshold.
  public var signalEfficiencies: [Double] { signalYields.map { $0 / signalTotal } }
  /// Background efficiency (false positive rate, mistag rate) at each threshold.
  public var backgroundEfficiencies: [Double] { backgroundYields.map { $0 / backgroundTotal } }

  /// The curve with few points for a plot: those that a polyline within `tolerance` needs.
  ///
  /// Points are kept whenever either efficiency moved by `tolerance`, or its logarithm by ten
  /// times that (so that a logarithmic axis is smooth), since the last point kept.
  public func points(tolerance: Double = 0.002) -> [(signal: Double, background: Double)] {
    var kept: [(signal: Double, background: Double)] = []
    for i in 0..<count {
      let (s, b) = (signalYields[i] / signalTotal, backgroundYields[i] / backgroundTotal)
      if let last = kept.last, i < count - 1 {
        let near = abs(s - last.signal) < tolerance && abs(b - last.background) < tolerance
        let ratio =
          b > 0 && last.background > 0 ? b / last.background : (b == last.background ? 1 : 99)
        if near && ratio < 1 + 10 * tolerance && ratio > 1 - 10 * tolerance { continue }
      }
      kept.append((s, b))
    }
    return kept
  }
}
