import ApusEvents

/// Values in ascending order with their weights, equal values as one.
struct WeightedOrder {
  var values: [Double] = []
  /// |w| of each value.
  var weights: [Double] = []
  /// Running sums of `weights`.
  var cumulative: [Double] = []

  init(_ unsorted: [Double], weights given: [Double]) {
    for at in sortedOrder(unsorted) {
      let (value, weight) = (unsorted[Int(at)], abs(given[Int(at)]))
      if weight == 0 { continue }
      if values.last == value {
        weights[weights.count - 1] += weight
      } else {
        values.append(value)
        weights.append(weight)
      }
    }
    var sum = 0.0
    cumulative = weights.map {
      sum += $0
      return sum
    }
  }

  /// The least value at or below which this share of the weight lies.
  func quantile(_ share: Double) -> Double { values[place(share)] }

  private func place(_ share: Double) -> Int {
    let goal = share * (cumulative.last ?? 0)
    var (low, high) = (0, values.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] >= goal { high = middle } else { low = middle + 1 }
    }
    return low
  }

  /// Edges of at most `bins` bins of about equal weight, between values; half a unit around a single value.
  func edges(bins: Int) -> [Double] {
    guard let first = values.first, let last = values.last, first < last else {
      let only = values.first ?? 0
      return [only - 0.5, only + 0.5]
    }
    var edges = [first]
    for b in 1..<max(bins, 1) {
      let at = place(Double(b) / Double(bins))
      guard at + 1 < values.count else { break }
      let edge = (values[at] + values[at + 1]) / 2
      if edge > edges[edges.count - 1] { edges.append(edge) }
    }
    return last > edges[edges.count - 1] ? edges + [last] : edges
  }
}
