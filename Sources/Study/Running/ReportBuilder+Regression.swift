internal import ApusEvents

extension ReportBuilder {
  private static let bins = 30

  /// How the estimate compares with the truth on the test part.
  func regression(_ outcome: Outcome) -> ReportData.RegressionResult? {
    let chosen = result.chosen(.test).filter { outcome.scores[$0].isFinite }
    guard !chosen.isEmpty, case .target(let name) = result.configuration.labels else { return nil }
    let truth = chosen.map { events.targets[$0] }
    let estimates = chosen.map { outcome.scores[$0] }
    let weights = chosen.map { events.weights[$0] }
    guard var low = truth.min(), var high = truth.max() else { return nil }
    if low == high { (low, high) = Histogram.range(around: low) }
    let axis = Histogram(bins: Self.bins, from: low, to: high)
    var counts = [[Double]](
      repeating: [Double](repeating: 0, count: Self.bins), count: Self.bins)
    var moments = [(sum: Double, first: Double, second: Double)](
      repeating: (0, 0, 0), count: Self.bins)
    for i in chosen.indices {
      guard let x = axis.bin(of: min(truth[i], high.nextDown)) else { continue }
      let residual = estimates[i] - truth[i]
      moments[x].sum += weights[i]
      moments[x].first += weights[i] * residual
      moments[x].second += weights[i] * residual * residual
      if let y = axis.bin(of: estimates[i]) { counts[y][x] += weights[i] }
    }
    let means = moments.map { $0.sum == 0 ? .nan : $0.first / $0.sum }
    let deviations = zip(moments, means).map { m, mean in
      m.sum == 0 ? .nan : max(0, m.second / m.sum - mean * mean).squareRoot()
    }
    return ReportData.RegressionResult(
      target: name, edges: axis.edges, counts: counts,
      residuals: residuals(estimates, truth, weights), meanResiduals: means,
      residualDeviations: deviations)
  }

  /// The distribution of estimate − truth within three standard deviations and a bit.
  private func residuals(_ estimates: [Double], _ truth: [Double], _ weights: [Double])
    -> ReportData.Histogram
  {
    let values = zip(estimates, truth).map { $0 - $1 }
    let size = values.map(abs).sorted()
    let reach = size[min(size.count - 1, size.count * 99 / 100)]
    let limit = reach > 0 ? reach * 1.1 : 1
    var histogram = Histogram(bins: 60, from: -limit, to: limit)
    histogram.fill(values, weights: weights)
    return .init(edges: histogram.edges, sums: histogram.sums, variances: histogram.squares)
  }
}
