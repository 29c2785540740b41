import ApusEvents
import ApusPhysics
import Foundation
import TestSupport
import Testing

@Suite struct SignificanceTests {
  /// Tests/Golden/metrics.json is made by Tools/reference/metrics.py.
  @Test func asimovAgreesWithTheReference() throws {
    let cases = try #require(try loadGolden("metrics.json")["asimov"]?.items)
    #expect(cases.count == 3)
    for item in cases {
      let value = asimovSignificance(
        signal: item.at("s").flat[0], background: item.at("b").flat[0],
        uncertainty: item.at("sigma").flat[0])
      expectClose(value, item.at("z").flat[0], absolute: 1e-9)
    }
  }

  @Test func limitsAndEdges() {
    expectClose(asimovSignificance(signal: 1, background: 1e8), 1e-4, relative: 1e-6)
    expectClose(
      asimovSignificance(signal: 1, background: 1e6, uncertainty: 1000), 1 / 2e6.squareRoot(),
      relative: 1e-3)
    expectClose(
      asimovSignificance(signal: 100, background: 1000, uncertainty: 1e-3),
      asimovSignificance(signal: 100, background: 1000), relative: 1e-6)
    #expect(asimovSignificance(signal: 0, background: 10) == 0)
    #expect(asimovSignificance(signal: 1, background: 0) == .infinity)
    #expect(asimovSignificance(signal: 1, background: -1).isNaN)
    #expect(signalOverRootBackground(signal: 10, background: 25) == 2)
    #expect(signalOverRootTotal(signal: 9, background: 16) == 1.8)
  }

  @Test func higgsChallengeScoreByHand() {
    // √(2 (20 ln 2 − 10)) for s = 10, b = 0, b_r = 10.
    expectClose(
      approximateMedianSignificance(signal: 10, background: 0), 2.7795, absolute: 1e-4)
    expectClose(
      approximateMedianSignificance(signal: 10, background: 0),
      (2 * (20 * 0.6931471805599453 - 10)).squareRoot())
  }

  /// J08: 100 signal on 1000 ± 50 background events.
  ///
  /// Pseudo-experiments count n ~ Poisson(s+b) and measure the background with m ~ Poisson(τb), τ = b/σ².
  /// The discovery statistic q₀ is minus twice the log of the profile likelihood ratio; the median q₀ with
  /// signal is turned into a p-value by experiments without signal.
  @Test func asimovAgreesWithPseudoExperiments() {
    let (s, b, sigma) = (100.0, 1000.0, 50.0)
    let tau = b / (sigma * sigma)
    var generator = SplitMix64(seed: 8)
    let (total, background, auxiliary) = (
      PoissonTable(mean: s + b), PoissonTable(mean: b), PoissonTable(mean: tau * b)
    )
    func statistic(_ n: Double, _ m: Double) -> Double {
      if n <= m / tau { return 0 }
      return 2 * (n * log(n * (1 + tau) / (n + m)) + m * log(m * (1 + tau) / (tau * (n + m))))
    }
    let with = (0..<100_000).map { _ in
      statistic(total.draw(&generator), auxiliary.draw(&generator))
    }.sorted()
    let median = with[with.count / 2]
    let toys = 300_000
    let beyond = (0..<toys).count { _ in
      statistic(background.draw(&generator), auxiliary.draw(&generator)) >= median
    }
    let z = inverseNormal(1 - Double(beyond) / Double(toys))
    let asimov = asimovSignificance(signal: s, background: b, uncertainty: sigma)
    #expect(abs(z - asimov) < 0.1, "pseudo-experiments \(z), formula \(asimov)")
    #expect(asimov > 1.5 && asimov < 1.8)
  }

  @Test func theScanFindsTheBestCut() throws {
    var generator = SplitMix64(seed: 1)
    let labels = (0..<20_000).map { Int32($0 % 2) }
    let scores = labels.map { generator.normal() + 2 * Double($0) }
    let roc = try RocCurve(
      scores: scores, labels: labels, weights: [Double](repeating: 1, count: scores.count))
    let (point, value) = try #require(
      bestSignificance(roc, signalEvents: 50, backgroundEvents: 10_000, minimumBackground: 5))
    var best = 0.0
    for cut in stride(from: -3.0, to: 5, by: 0.01) {
      let s = zip(scores, labels).count { $0 >= cut && $1 == 1 }
      let b = zip(scores, labels).count { $0 >= cut && $1 == 0 }
      if b >= 5 {
        best = max(best, asimovSignificance(signal: Double(s) / 200, background: Double(b)))
      }
    }
    #expect(value >= best && value < best * 1.05)
    expectClose(
      asimovSignificance(signal: point.signalYield, background: point.backgroundYield), value)
    let soft = try #require(
      bestSignificance(
        roc, signalEvents: 50, backgroundEvents: 10_000,
        figure: .asimov(relativeUncertainty: 0.2), minimumBackground: 5))
    #expect(soft.value < value && soft.point.threshold >= point.threshold)
  }
}

/// Draws from a Poisson distribution by its table of probabilities.
private struct PoissonTable {
  var cumulative: [Double] = []

  init(mean: Double) {
    var sum = 0.0
    for k in 0..<Int(mean + 12 * mean.squareRoot() + 20) {
      sum += exp(Double(k) * log(mean) - mean - lgamma(Double(k) + 1))
      cumulative.append(sum)
    }
  }

  func draw(_ generator: inout SplitMix64) -> Double {
    let u = generator.uniform() * (cumulative.last ?? 1)
    var (low, high) = (0, cumulative.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulative[middle] > u { high = middle } else { low = middle + 1 }
    }
    return Double(low)
  }
}

private func inverseNormal(_ p: Double) -> Double {
  var (low, high) = (-9.0, 9.0)
  for _ in 0..<80 {
    let middle = (low + high) / 2
    if erfc(-middle / 2.0.squareRoot()) / 2 < p { low = middle } else { high = middle }
  }
  return low
}
