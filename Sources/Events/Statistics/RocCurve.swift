/// Signal efficiency against background efficiency for every cut `score >= threshold`.
///
/// Point 0 selects nothing (threshold +∞), the last one everything; events of equal score enter
/// together. Yields are cumulative **signed** sums of weights, so with negative weights the curve may run
/// backwards and leave [0, 1]; nothing is clipped. The sums of weights of both classes must be positive.
/// Cost: one sort.
public struct RocCurve: Sendable {
  /// The thresholds but the first.
  private let scores: [Double]
  /// Σw of selected signal at each threshold.
  public let signalYields: [Double]
  /// Σw of selected background at each threshold.
  public let backgroundYields: [Double]
  /// nil where only the points are kept.
  let ranked: RankedScores?
  /// Σw of all signal.
  public let signalTotal: Double
  /// Σw of all background.
  public let backgroundTotal: Double

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

  init(_ ranked: RankedScores) {
    var (signals, backgrounds) = ([0.0], [0.0])
    var (s, b) = (0.0, 0.0)
    signals.reserveCapacity(ranked.scores.count + 1)
    backgrounds.reserveCapacity(ranked.scores.count + 1)
    for group in ranked.groups {
      s += group.signal
      b += group.background
      signals.append(s)
      backgrounds.append(b)
    }
    (scores, signalYields, backgroundYields) = (ranked.scores, signals, backgrounds)
    (signalTotal, backgroundTotal) = (ranked.signal, ranked.background)
    self.ranked = ranked
  }

  private init(pointsOf curve: RocCurve) {
    (scores, signalYields, backgroundYields) = (
      curve.scores, curve.signalYields, curve.backgroundYields
    )
    (signalTotal, backgroundTotal, ranked) = (curve.signalTotal, curve.backgroundTotal, nil)
  }

  /// The points without the events behind them, in half the memory; ``rankArea`` and the errors of the area are NaN then.
  var withoutEvents: RocCurve { RocCurve(pointsOf: self) }

  /// Score thresholds, descending from +∞.
  public var thresholds: [Double] { [.infinity] + scores }
  /// The threshold of a point.
  func threshold(_ point: Int) -> Double { point == 0 ? .infinity : scores[point - 1] }
  /// The number of points.
  public var count: Int { signalYields.count }
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
