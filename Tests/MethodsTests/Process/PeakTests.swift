import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct PeakTests {
  /// A falling spectrum of 60 bins, with a peak of `events` at 125 of width 2.
  static func spectrum(_ events: Double, _ generator: inout SplitMix64) -> (
    places: [Double], counts: [Double]
  ) {
    let places = (0..<60).map { 100.5 + Double($0) }
    let counts = places.map { x -> Double in
      let z = (x - 125) / 2
      let mean = 500 * exp(-(x - 100) / 25) + events * exp(-z * z / 2) / (2 * sqrt(2 * .pi))
      // Normal in place of Poisson: the means are above 40.
      return (mean + mean.squareRoot() * generator.normal()).rounded()
    }
    return (places, counts)
  }

  static func fit(_ events: Double, _ generator: inout SplitMix64) throws -> PeakFit {
    let (places, counts) = spectrum(events, &generator)
    return try #require(
      PeakFit(
        places: places, counts: counts, prior: exponential(places, counts),
        covariance: Covariance(.rbf, variance: 20 * 20, lengths: [15]), peakWidth: 2,
        masses: (0..<49).map { 119 + 0.25 * Double($0) }))
  }

  /// An exponential by least squares of the logarithms, weighted by the counts.
  static func exponential(_ x: [Double], _ counts: [Double]) -> [Double] {
    let w = counts.map { max($0, 1) }
    let z = w.map { log($0) }
    let total = w.reduce(0, +)
    let xm = zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / total
    let zm = zip(w, z).reduce(0) { $0 + $1.0 * $1.1 } / total
    var (up, down) = (0.0, 0.0)
    for i in x.indices {
      up += w[i] * (x[i] - xm) * (z[i] - zm)
      down += w[i] * (x[i] - xm) * (x[i] - xm)
    }
    return x.map { exp(zm + up / down * ($0 - xm)) }
  }

  /// R10: mass and yield of a peak of three standard deviations are unbiased over 200 toys. The best of many masses takes
  /// fluctuations up a little, hence a tenth of the yield.
  @Test func aPeakOnALearnedBackgroundIsUnbiased() throws {
    var generator = SplitMix64(seed: 10)
    // The error of the yield is 47.5.
    let fits = try (0..<200).map { _ in try PeakTests.fit(3 * 47.5, &generator) }
    let mass = fits.reduce(0) { $0 + $1.mass / 200 }
    let yield = fits.reduce(0) { $0 + $1.yield / 200 }
    #expect(abs(mass - 125) < 0.25, "mean mass \(mass)")
    #expect(abs(yield - 142.5) < 16, "mean yield \(yield)")
    let spread = sqrt(fits.reduce(0) { $0 + pow($1.yield - yield, 2) / 200 })
    let quoted = fits.reduce(0) { $0 + $1.yieldError / 200 }
    #expect(spread / quoted > 0.75 && spread / quoted < 1.25, "\(spread) against \(quoted)")
  }

  @Test func withoutAPeakTheEvidenceGainsLittle() throws {
    var generator = SplitMix64(seed: 11)
    let gains = try (0..<100).map { _ in try PeakTests.fit(0, &generator).evidenceGain }
    // The best of some five independent places: half of them below 2.
    #expect(gains.sorted()[50] < 2.5 && gains.count { $0 > 8 } <= 3)
  }
}
