internal import ApusEvents

/// The differences of the methods' AUC on the same test events, with the correlation accounted for.
///
/// DeLong, DeLong and Clarke-Pearson 1988 (doi:10.2307/2531595) for paired curves, with weights: an event's
/// placement V is the weighted share of the other class that it is ranked right against, and the variance of
/// A₁−A₂ is n/(n−1) Σw²(d−D)²/(Σw)² summed over the classes, d = V₁−V₂, D its weighted mean, n = (Σw)²/Σw².
/// Binary only; cost O(n log n) a method.
func areaDifferences(_ result: StudyResult) -> [ReportData.Difference] {
  let outcomes = result.outcomes.filter { $0.failure == nil && $0.evaluations[.test]?.roc != nil }
  guard result.configuration.task == .binary, outcomes.count > 1 else { return [] }
  let chosen = result.chosen(.test)
  let labels = chosen.map { result.events.labels[$0] }
  let weights = chosen.map { result.events.weights[$0] }
  let placements = outcomes.map { outcome in
    rankPlacements(chosen.map { outcome.scores[$0] }, labels, weights)
  }
  var all: [ReportData.Difference] = []
  for i in outcomes.indices {
    for j in outcomes.indices where j > i {
      let (value, error) = pairedDifference(placements[i], placements[j], labels, weights)
      all.append(
        .init(first: outcomes[i].name, second: outcomes[j].name, value: value, error: error))
    }
  }
  return all
}

/// The weighted share of the other class that each event is ranked right against; ties count half.
private func rankPlacements(_ scores: [Double], _ labels: [Int32], _ weights: [Double]) -> [Double]
{
  let order = scores.indices.sorted { scores[$0] < scores[$1] }
  var totals = [0.0, 0.0]
  for i in labels.indices { totals[labels[i] == 1 ? 1 : 0] += weights[i] }
  var placements = [Double](repeating: 0, count: scores.count)
  var below = [0.0, 0.0]
  var start = 0
  while start < order.count {
    var end = start
    var tied = [0.0, 0.0]
    while end < order.count, scores[order[end]] == scores[order[start]] {
      tied[labels[order[end]] == 1 ? 1 : 0] += weights[order[end]]
      end += 1
    }
    for i in order[start..<end] {
      placements[i] =
        labels[i] == 1
        ? (below[0] + tied[0] / 2) / totals[0]
        : (totals[1] - below[1] - tied[1] / 2) / totals[1]
    }
    below = [below[0] + tied[0], below[1] + tied[1]]
    start = end
  }
  return placements
}

private func pairedDifference(
  _ a: [Double], _ b: [Double], _ labels: [Int32], _ weights: [Double]
) -> (value: Double, error: Double) {
  var (value, variance) = (0.0, 0.0)
  for label in [Int32(0), 1] {
    let own = labels.indices.filter { labels[$0] == label }
    let sum = own.reduce(0) { $0 + weights[$1] }
    let squares = own.reduce(0) { $0 + weights[$1] * weights[$1] }
    let mean = own.reduce(0) { $0 + weights[$1] * (a[$1] - b[$1]) } / sum
    let spread = own.reduce(0.0) { total, i in
      let distance = weights[i] * (a[i] - b[i] - mean)
      return total + distance * distance
    }
    let entries = squares > 0 ? sum * sum / squares : 0
    variance += entries > 1 ? entries / (entries - 1) * spread / (sum * sum) : .nan
    // Both classes give the same area; the mean of the two is as good as either.
    value += mean / 2
  }
  return (value, variance.squareRoot())
}
