internal import ApusEvents

/// Turns the outcome of a run into the plain data of its report.
struct ReportBuilder {
  let result: StudyResult
  let run: ReportData.RunInfo
  let divisionText: String
  let preprocessing: [String]

  private var configuration: StudyConfiguration { result.configuration }
  var events: StudyEvents { result.events }
  var isRegression: Bool { configuration.task == .regression }
  /// The class names; one name for all events of a regression.
  var groups: [String] { isRegression ? ["all"] : configuration.classes }

  func build() -> ReportData {
    var data = ReportData(
      title: configuration.title, label: configuration.label, task: configuration.task,
      classes: isRegression ? [] : configuration.classes, run: run)
    data.rightLabel = configuration.rightLabel
    data.samples = samples()
    data.weights = weights()
    data.split = divisionText
    data.preprocessing = preprocessing
    data.selection = configuration.selection
    data.warnings = result.warnings.map { ReportData.Warning($0) }
    for outcome in result.outcomes where outcome.failure != nil {
      data.warnings.append(.init("\(outcome.name) failed: \(outcome.failure ?? "")"))
    }
    data.inputs = inputs()
    data.correlations = correlations()
    data.methods = result.outcomes.filter { $0.failure == nil }.map(method)
    data.differences = areaDifferences(result)
    return data
  }

  /// The class of an event; 0 for regression.
  func group(_ event: Int) -> Int { isRegression ? 0 : Int(events.labels[event]) }

  /// Events of a part by class.
  func byGroup(_ part: Part) -> [[Int]] {
    var all = [[Int]](repeating: [], count: groups.count)
    for event in result.chosen(part) { all[group(event)].append(event) }
    return all
  }

  private func samples() -> [ReportData.SampleRow] {
    if let totals = result.totals { return samples(totals) }
    return Part.allCases.flatMap { part in
      zip(groups, byGroup(part)).filter { !$1.isEmpty }.map { name, chosen in
        let weights = chosen.map { events.weights[$0] }
        return ReportData.SampleRow(
          name: name, part: part.report, events: chosen.count,
          sumOfWeights: weights.reduce(0, +),
          sumOfSquaredWeights: weights.reduce(0) { $0 + $1 * $1 },
          negativeEvents: weights.count { $0 < 0 })
      }
    }
  }

  private func samples(_ totals: StreamTotals) -> [ReportData.SampleRow] {
    Part.allCases.flatMap { part in
      zip(groups, totals[part]).filter { $1.events > 0 }.map { name, cell in
        ReportData.SampleRow(
          name: name, part: part.report, events: cell.events, sumOfWeights: cell.sum,
          sumOfSquaredWeights: cell.squares, negativeEvents: cell.negative)
      }
    }
  }

  private func weights() -> ReportData.WeightSummary {
    let sums = result.trainingSums
    let all = (0..<groups.count).map { group in
      (0..<events.count).filter { self.group($0) == group }
    }
    return ReportData.WeightSummary(
      policy: configuration.weightPolicy.rawValue, text: configuration.weightPolicy.summary,
      balances: sums.map { .init(name: $0.name, before: $0.before, after: $0.after) },
      histograms: histograms(events.weights, of: all, bins: 40, areCounted: true))
  }

  /// One histogram a group of events over common edges that hold every finite value; weighted, or a
  /// count of events.
  func histograms(
    _ values: [Double], of groups: [[Int]], bins: Int, within: ClosedRange<Double>? = nil,
    areCounted: Bool = false
  ) -> [ReportData.Histogram] {
    var (low, high) = (within?.lowerBound ?? .infinity, within?.upperBound ?? -.infinity)
    if within == nil {
      for event in groups.joined() where values[event].isFinite {
        low = min(low, values[event])
        high = max(high, values[event])
      }
    }
    guard low <= high else { return [] }
    if low == high { (low, high) = Histogram.range(around: low) }
    return groups.map { chosen in
      var histogram = Histogram(bins: bins, from: low, to: high)
      for event in chosen {
        // The largest value belongs to the last bin, as in every plot of this kind.
        histogram.fill(
          values[event] == high ? high.nextDown : values[event],
          weight: areCounted ? 1 : events.weights[event])
      }
      return .init(edges: histogram.edges, sums: histogram.sums, variances: histogram.squares)
    }
  }
}

extension Part {
  /// The part in the words of the report.
  var report: ReportData.Part {
    switch self {
    case .train: .train
    case .validation: .validation
    case .test: .test
    }
  }
}
