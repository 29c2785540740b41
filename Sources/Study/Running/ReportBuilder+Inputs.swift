internal import ApusEvents

extension ReportBuilder {
  /// How many of the most separating inputs get histograms.
  private static let shownInputs = 12
  /// Beyond so many inputs a matrix of correlations is neither read nor cheap.
  private static let correlatedInputs = 40

  /// The inputs before any transform, on training events, the most separating first.
  func inputs() -> [ReportData.InputSummary] {
    let training = byGroup(.train)
    var all = (0..<events.plainWidth).map { index in
      (index, summary(index, training))
    }
    if !isRegression {
      all.sort { ($0.1.separation ?? -1, $1.0) > ($1.1.separation ?? -1, $0.0) }
    }
    for rank in all.indices.prefix(Self.shownInputs) {
      let values = column(all[rank].0)
      let range = coreRange(values, training)
      let counts = countRange(values, training)
      all[rank].1.histograms = histograms(
        values, of: training, bins: counts.map { Int($0.upperBound - $0.lowerBound) } ?? 40,
        within: counts ?? range)
    }
    return all.map(\.1)
  }

  private func column(_ index: Int) -> [Double] { events.input(index, of: Array(0..<events.count)) }

  /// The range that holds all but the outermost 0.2 % of the events, so that tails don't squeeze a plot.
  private func coreRange(_ values: [Double], _ groups: [[Int]]) -> ClosedRange<Double>? {
    let finite = groups.joined().map { values[$0] }.filter(\.isFinite)
    guard !finite.isEmpty else { return nil }
    let (cut, last) = (finite.count / 500, finite.count - 1)
    let ends = valuesAtRanks([cut, last - cut, 0, last], of: finite)
    if ends[0] < ends[1] { return ends[0]...ends[1] }
    return ends[2] < ends[3] ? ends[2]...ends[3] : nil
  }

  /// A bin for each value where an input counts something (tags, jets) and there are few values.
  private func countRange(_ values: [Double], _ groups: [[Int]]) -> ClosedRange<Double>? {
    let used = groups.joined().lazy.map { values[$0] }.filter(\.isFinite)
    guard let low = used.min(), let high = used.max(), high - low <= 30, max(-low, high) < 1e9,
      used.allSatisfy({ $0 == $0.rounded() })
    else { return nil }
    return low - 0.5...high + 0.5
  }

  private func summary(_ index: Int, _ training: [[Int]]) -> ReportData.InputSummary {
    let moments = training.map { weightedMoments(events.input(index, of: $0), of: $0) }
    return ReportData.InputSummary(
      name: events.definitions[index].name, title: events.definitions[index].title,
      unit: events.definitions[index].unit, separation: isRegression ? nil : separate(index),
      means: moments.map(\.mean), deviations: moments.map(\.deviation))
  }

  /// ⟨S²⟩ of the classes; of several classes the largest of one against the rest.
  private func separate(_ index: Int) -> Double {
    let chosen = result.chosen(.train)
    let values = events.input(index, of: chosen)
    let weights = chosen.map { events.weights[$0] }
    let signals = groups.count == 2 ? [1] : Array(groups.indices)
    let all = signals.map { signal in
      let labels = chosen.map { Int32(group($0) == signal ? 1 : 0) }
      return separation(values, labels: labels, weights: weights)
    }
    return all.max() ?? 0
  }

  private func weightedMoments(_ values: [Double], of chosen: [Int]) -> (
    mean: Double, deviation: Double
  ) {
    var (sum, first, second) = (0.0, 0.0, 0.0)
    for (value, event) in zip(values, chosen) where !value.isNaN {
      sum += events.weights[event]
      first += events.weights[event] * value
    }
    let mean = first / sum
    for (value, event) in zip(values, chosen) where !value.isNaN {
      second += events.weights[event] * (value - mean) * (value - mean)
    }
    return (mean, max(0, second / sum).squareRoot())
  }

  /// The linear correlations of the inputs in each class, on training events.
  func correlations() -> [ReportData.CorrelationMatrix] {
    guard events.plainWidth > 1, events.plainWidth <= Self.correlatedInputs else { return [] }
    return zip(groups, byGroup(.train)).filter { $1.count > 1 }.map { name, chosen in
      .init(
        name: name, inputs: events.definitions.prefix(events.plainWidth).map(\.name),
        values: correlation(chosen))
    }
  }

  private func correlation(_ chosen: [Int]) -> [[Double]] {
    let (width, row) = (events.plainWidth, events.width)
    let moments = (0..<width).map { weightedMoments(events.input($0, of: chosen), of: chosen) }
    var sums = [Double](repeating: 0, count: width * width)
    var total = 0.0
    var values = [Double](repeating: 0, count: width)
    for event in chosen {
      let weight = events.weights[event]
      total += weight
      for c in 0..<width {
        // A missing value says nothing: it counts as the mean.
        let value = Double(events.inputs[event * row + c])
        values[c] = value.isNaN ? 0 : value - moments[c].mean
      }
      for a in 0..<width {
        let scaled = weight * values[a]
        for b in 0...a { sums[a * width + b] += scaled * values[b] }
      }
    }
    return (0..<width).map { a in
      (0..<width).map { b in
        if a == b { return 1 }
        let both = moments[a].deviation * moments[b].deviation
        let value = sums[max(a, b) * width + min(a, b)] / total / both
        return value.isFinite ? min(1, max(-1, value)) : 0
      }
    }
  }
}
