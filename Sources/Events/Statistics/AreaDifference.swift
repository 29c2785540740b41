/// Returns the difference of the areas under the ROC curves of two scores of the same events, and its
/// standard error.
///
/// The two areas are correlated, because they come from the same events, so their difference is known
/// better than either (DeLong, DeLong and Clarke-Pearson 1988, doi:10.2307/2531595). With V the weighted
/// share of the other class that an event is ranked right against, D = V₁ − V₂ and d = A₁ − A₂:
/// Var = n_S/(n_S−1) Σ_S w²(D−d)²/(Σ_S w)² + the same over background, n = (Σw)²/Σw². With unit weights
/// this is DeLong's estimate exactly. Cost: two sorts.
/// - Parameters:
///   - first: The scores of one method; larger is more signal-like.
///   - second: The scores of the other, of the same events in the same order.
///   - labels: The class of each event.
///   - weights: The weight of each event, signed.
///   - signal: The label of signal; every other label is background.
/// - Returns: A₁ − A₂ and its error, which is NaN where a class has no more than one effective entry.
/// - Throws: ``MetricError`` where a score is not finite or a class has no positive sum of weights.
public func areaDifference(
  _ first: [Double], _ second: [Double], labels: [Int32], weights: [Double], signal: Int32 = 1
) throws(MetricError) -> (value: Double, error: Double) {
  let name = "auc difference"
  try requireEqual(first.count, second.count, "scores of the second method", for: name)
  // Checks lengths, finiteness and sums in the words of every rank statistic.
  _ = try RankedScores(
    scores: first, labels: labels, weights: weights, signal: signal, metric: name)
  let ranked = try RankedScores(
    scores: second, labels: labels, weights: weights, signal: signal, metric: name)
  let isSignal = labels.map { $0 == signal }
  let totals = (signal: ranked.signal, background: ranked.background)
  let a = placements(first, isSignal, weights, totals)
  let b = placements(second, isSignal, weights, totals)
  let differences = zip(a, b).map { $0 - $1 }
  let value = isSignal.indices.reduce(0.0) { sum, event in
    isSignal[event] ? sum + weights[event] * differences[event] : sum
  }
  let mean = value / totals.signal
  var parts = (signal: 0.0, background: 0.0)
  for event in differences.indices {
    let deviation = weights[event] * (differences[event] - mean)
    if isSignal[event] {
      parts.signal += deviation * deviation
    } else {
      parts.background += deviation * deviation
    }
  }
  let signals = totals.signal * totals.signal / ranked.signalSquares
  let backgrounds = totals.background * totals.background / ranked.backgroundSquares
  guard signals > 1, backgrounds > 1 else { return (mean, .nan) }
  let variance =
    signals / (signals - 1) * parts.signal / (totals.signal * totals.signal)
    + backgrounds / (backgrounds - 1) * parts.background / (totals.background * totals.background)
  return (mean, variance.squareRoot())
}

/// The weighted share of the other class that each event is ranked right against; ties count half.
func placements(
  _ scores: [Double], _ isSignal: [Bool], _ weights: [Double],
  _ totals: (signal: Double, background: Double)
) -> [Double] {
  let order = sortedOrder(scores)
  var result = [Double](repeating: 0, count: scores.count)
  var below = (signal: 0.0, background: 0.0)
  var start = 0
  while start < order.count {
    var end = start
    var here = (signal: 0.0, background: 0.0)
    while end < order.count, scores[Int(order[end])] == scores[Int(order[start])] {
      let event = Int(order[end])
      if isSignal[event] {
        here.signal += weights[event]
      } else {
        here.background += weights[event]
      }
      end += 1
    }
    for place in start..<end {
      let event = Int(order[place])
      result[event] =
        isSignal[event]
        ? (below.background + here.background / 2) / totals.background
        : (totals.signal - below.signal - here.signal / 2) / totals.signal
    }
    below = (below.signal + here.signal, below.background + here.background)
    start = end
  }
  return result
}
