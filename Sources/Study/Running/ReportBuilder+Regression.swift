internal import ApusEvents

extension ReportBuilder {
  private static let bins = 30

  /// How the estimate of each target compares with the truth on the test part.
  func regressions(_ outcome: Outcome) -> [ReportData.RegressionResult] {
    let names = result.configuration.targets.map(\.name)
    return names.indices.compactMap { k in
      var item = regression(outcome, k, of: names)
      if names.count > 1 {
        let own = outcome.evaluations[.test]?.json["by_target"]?[names[k]]
        item?.numbers = ["rmse", "bias", "mae", "r2"].map { own?[$0]?.double ?? .nan }
      }
      return item
    }
  }

  private func regression(_ outcome: Outcome, _ k: Int, of names: [String])
    -> ReportData.RegressionResult?
  {
    let width = names.count
    let chosen = result.chosen(.test).filter { outcome.scores[$0 * width + k].isFinite }
    guard !chosen.isEmpty else { return nil }
    let truth = chosen.map { events.targets[$0 * width + k] }
    let estimates = chosen.map { outcome.scores[$0 * width + k] }
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
    var item = ReportData.RegressionResult(
      target: names[k], edges: axis.edges, counts: counts,
      residuals: residuals(estimates, truth, weights), meanResiduals: means,
      residualDeviations: deviations)
    if !outcome.deviations.isEmpty {
      let own = chosen.map { outcome.deviations[$0 * width + k] }
      item.pulls = pulls(zip(estimates, truth).map { $0 - $1 }, own, weights)
      item.pullMoments =
        (try? PullMoments(
          estimates: estimates, targets: truth, weights: weights, deviations: own)).map {
          [$0.mean, $0.width]
        }
    }
    return item
  }

  /// The distribution of residuals over their estimated deviations within ±5.
  private func pulls(_ residuals: [Double], _ deviations: [Double], _ weights: [Double])
    -> ReportData.Histogram
  {
    var histogram = Histogram(bins: 50, from: -5, to: 5)
    histogram.fill(
      zip(residuals, deviations).map { $1 > 0 ? $0 / $1 : .nan }, weights: weights)
    return .init(edges: histogram.edges, sums: histogram.sums, variances: histogram.squares)
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
