import ApusEngine
import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct RegressionTests {
  static func sample(_ x: [Double], _ t: [Double], weights: [Double]? = nil) -> Sample {
    Sample(
      inputs: x.map { Float($0) }, features: ["x"], targets: t,
      weights: weights ?? x.map { _ in 1 }, task: .regression)
  }

  /// V08: y = ax + b by hand.
  @Test func theLineIsThatOfTheNormalEquations() throws {
    let (x, t, w) = ([1.0, 2, 3, 5], [1.0, 3, 2, 6], [1.0, 2, 1, 0.5])
    let model = try made(LinearRegression.self).fit(
      RegressionTests.sample(x, t, weights: w), validation: nil, context: silent())
    let total = w.reduce(0, +)
    let (mx, mt) = (
      zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / total,
      zip(w, t).reduce(0) { $0 + $1.0 * $1.1 } / total
    )
    let sxy = x.indices.reduce(0) { $0 + w[$1] * (x[$1] - mx) * (t[$1] - mt) }
    let sxx = x.indices.reduce(0) { $0 + w[$1] * (x[$1] - mx) * (x[$1] - mx) }
    let slope = sxy / sxx
    expectClose(
      try model.scores(for: [0, 10], count: 2, threads: 1),
      [mt - slope * mx, mt + slope * (10 - mx)],
      absolute: 1e-10)
  }

  /// A polynomial of the right degree is found exactly, also in several inputs.
  @Test func polynomialsAreFoundExactly() throws {
    var generator = SplitMix64(seed: 1)
    let inputs = (0..<400).map { _ in Float(generator.normal() * 3 + 5) }
    func truth(_ x: Double, _ y: Double) -> Double { 1 - x + 0.5 * x * y + 0.1 * x * x * y - y * y }
    let targets = (0..<200).map { truth(Double(inputs[2 * $0]), Double(inputs[2 * $0 + 1])) }
    let sample = Sample(
      inputs: inputs, features: ["x", "y"], targets: targets,
      weights: [Double](repeating: 1, count: 200), task: .regression)
    let model = try made(LinearRegression.self, [("degree", .integer(3))]).fit(
      sample, validation: nil, context: silent())
    #expect(model.parameterCount == 10)
    expectClose(
      try model.scores(for: inputs, count: 200, threads: 1), targets, absolute: 1e-8, relative: 1e-8
    )
  }

  /// A05: with Gaussian noise of σ = 0.5 the error of the fit tends to σ.
  @Test func theErrorTendsToTheNoise() throws {
    func noisy(_ count: Int, _ seed: UInt64) -> Sample {
      var generator = SplitMix64(seed: seed)
      let x = (0..<count).map { _ in generator.uniform() * 4 - 2 }
      return RegressionTests.sample(x, x.map { $0 * $0 * $0 - $0 + 0.5 * generator.normal() })
    }
    let (train, test) = (noisy(20_000, 1), noisy(40_000, 2))
    let model = try made(LinearRegression.self, [("degree", .integer(3))]).fit(
      train, validation: nil, context: silent())
    let estimates = try model.scores(for: test.inputs, count: test.count, threads: 1)
    let scores = try RegressionScores(
      estimates: estimates, targets: test.targets, weights: test.weights)
    #expect(abs(scores.rootMeanSquaredError / 0.5 - 1) < 0.02)
  }

  /// A16: noise + bias² + variance is the measured error, for polynomials of degree 0 to 9.
  @Test(arguments: 0...9) func biasVarianceAndNoiseAddUp(degree: Int) throws {
    let (fits, points, sigma) = (200, 60, 0.3)
    var generator = SplitMix64(seed: UInt64(degree) + 100)
    func truth(_ x: Double) -> Double { sin(2.5 * x) }
    let places = (0..<200).map { _ in generator.uniform() * 1.8 - 0.9 }
    let method = try made(LinearRegression.self, [("degree", .integer(degree))])
    var (sums, squares, error) = (
      [Double](repeating: 0, count: 200), [Double](repeating: 0, count: 200), 0.0
    )
    for _ in 0..<fits {
      let x = (0..<points).map { _ in generator.uniform() * 2 - 1 }
      let sample = RegressionTests.sample(x, x.map { truth($0) + sigma * generator.normal() })
      let model = try method.fit(sample, validation: nil, context: silent())
      let h = try model.scores(for: places.map { Float($0) }, count: 200, threads: 1)
      for i in 0..<200 {
        sums[i] += h[i]
        squares[i] += h[i] * h[i]
        // Several test targets a place, so that the noise term is well measured.
        for _ in 0..<5 {
          let t = truth(places[i]) + sigma * generator.normal()
          error += (t - h[i]) * (t - h[i]) / Double(5 * 200 * fits)
        }
      }
    }
    let n = Double(fits)
    let bias = places.indices.reduce(0.0) { $0 + pow(truth(places[$1]) - sums[$1] / n, 2) / 200 }
    let variance = places.indices.reduce(0.0) {
      $0 + (squares[$1] / n - pow(sums[$1] / n, 2)) / 200
    }
    let total = sigma * sigma + bias + variance
    #expect(
      abs(total / error - 1) < 0.03,
      "noise \(sigma * sigma), bias² \(bias), variance \(variance), error \(error)")
    if degree == 0 { #expect(bias > 10 * variance) }
    if degree == 9 { #expect(variance > 10 * bias) }
  }

  /// B04: the right ratio makes a hard problem linear.
  @Test func aRatioAsInputMakesTheModelLinear() throws {
    var generator = SplitMix64(seed: 3)
    let pairs = (0..<2000).map { _ in (generator.uniform() * 4 + 1, generator.uniform() * 4 + 0.5) }
    let targets = pairs.map { 3 * $0 / $1 + 0.05 * generator.normal() }
    let raw = Sample(
      inputs: pairs.flatMap { [Float($0.0), Float($0.1)] }, features: ["x1", "x2"],
      targets: targets,
      weights: targets.map { _ in 1 }, task: .regression)
    let table = try EventTable([
      Column("x1", .float64(pairs.map(\.0))), Column("x2", .float64(pairs.map(\.1))),
    ])
    let ratio = try Formula("ratio = x1 / x2", columns: table.names).evaluate(on: table)
    func error(_ sample: Sample, _ degree: Int) throws -> Double {
      let model = try made(LinearRegression.self, [("degree", .integer(degree))]).fit(
        sample, validation: nil, context: silent())
      return try RegressionScores(
        estimates: try model.scores(for: sample.inputs, count: sample.count, threads: 1),
        targets: sample.targets, weights: sample.weights
      ).rootMeanSquaredError
    }
    let small = try error(RegressionTests.sample(ratio, targets), 1)
    #expect(small < 0.055)
    #expect(try error(raw, 1) > 10 * small)
    #expect(try error(raw, 3) > small, "ten terms of the raw inputs do worse than two of the ratio")
  }

  @Test func tooManyTermsAreRefused() throws {
    let wide = Sample(
      inputs: [Float](repeating: 1, count: 100), features: (0..<100).map { "x\($0)" }, targets: [1],
      weights: [1], task: .regression)
    let error = #expect(throws: FitError.self) {
      try made(LinearRegression.self, [("degree", .integer(3))]).fit(
        wide, validation: nil, context: silent())
    }
    #expect(
      error?.message
        == "linear: degree 3 of 100 inputs has more than 2000 terms. Lower the degree, or "
        + "take fewer inputs.")
  }
}
