import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct ProcessTests {
  @Test func theBatteryHoldsWithOtherOptions() throws {
    try checkMethod(
      GaussianProcessMethod.self,
      options: [("kernel", .text("matern52")), ("ard", .flag(true)), ("iterations", .integer(5))],
      events: 60, scaling: nil)
  }

  static func process(_ kernel: String) throws -> (GaussianProcess, JSONValue, Canon) {
    let canon = try Canon()
    let golden = canon.golden.at("processes")
    let shapes: [String: Covariance] = [
      "rbf": Covariance(.rbf, variance: 2, lengths: [0.8, 1.5, 2.5]),
      "matern32": Covariance(.matern32, variance: 2, lengths: [1.2]),
      "matern52": Covariance(.matern52, variance: 2, lengths: [1.2]),
      "rational_quadratic": Covariance(
        .rationalQuadratic, variance: 2, lengths: [1.2], mixture: 0.7),
    ]
    let noise = golden.at("noise").flat[0]
    let process = GaussianProcess(
      try #require(shapes[kernel]), points: canon.sample.inputs.map { Double($0) }, width: 3,
      targets: canon.regression.targets, noise: canon.sample.weights.map { noise / $0 }, threads: 2)
    return (try #require(process), golden.at(kernel), canon)
  }

  /// Means, deviations, evidence and its slopes of scikit-learn.
  @Test(arguments: ["rbf", "matern32", "matern52", "rational_quadratic"])
  func regressionAgreesWithTheReference(kernel: String) throws {
    let (process, answer, canon) = try ProcessTests.process(kernel)
    let found = process.predict(canon.queries.map { Double($0) })
    expectClose(found.means, answer.at("mean").flat, absolute: 1e-8)
    expectClose(found.variances.map { $0.squareRoot() }, answer.at("spread").flat, absolute: 1e-8)
    expectClose(
      process.logEvidence, answer.at("log_marginal_likelihood").flat[0], relative: 1e-10)
    var slopes = answer.at("gradient").flat
    // Scikit-learn orders the rational quadratic's α before its length.
    if kernel == "rational_quadratic" { slopes.swapAt(1, 2) }
    expectClose(process.evidenceSlopes, slopes, absolute: 1e-7, relative: 1e-7)
  }

  /// The closed form for one event: mean k t/(v + σ²), variance v − k²/(v + σ²).
  @Test func oneEventIsTheClosedForm() throws {
    let process = try #require(
      GaussianProcess(
        Covariance(.rbf, variance: 1.5, lengths: [2]), points: [1], width: 1, targets: [0.8],
        noise: [0.25], threads: 1))
    let k = 1.5 * exp(-0.125)
    let found = process.predict([2])
    expectClose(found.means, [k * 0.8 / 1.75], absolute: 1e-14)
    expectClose(found.variances, [1.5 - k * k / 1.75], absolute: 1e-14)
  }

  /// Probabilities of scikit-learn, which approximates the last integral to some 1e-3; the options fix the covariance.
  @Test func classificationAgreesWithTheReference() throws {
    let canon = try Canon(weighted: false)
    let options: [(String, ConfigurationValue.Content)] = [
      ("variance", .real(4)), ("length", .real(1.1 / 3.0.squareRoot())), ("optimise", .flag(false)),
      ("scale", .flag(false)),
    ]
    expectClose(
      try canon.scores(GaussianProcessMethod.self, options, canon.binary),
      canon.golden.at("processes", "classifier", "probability").flat, absolute: 2e-3)
  }

  /// The evidence finds the noise and the length that the data were made with.
  @Test func theEvidenceFindsTheNoise() throws {
    var generator = SplitMix64(seed: 6)
    let x = (0..<300).map { _ in generator.uniform() * 10 }
    let sample = Sample(
      inputs: x.map { Float($0) }, features: ["x"],
      targets: x.map { sin($0) + 0.3 * generator.normal() }, weights: x.map { _ in 1 },
      task: .regression)
    let model = try made(GaussianProcessMethod.self).fit(
      sample, validation: nil, context: silent())
    let places = (0..<50).map { 0.5 + 9 * Double($0) / 49 }
    let found = try model.scores(for: places.map { Float($0) }, count: 50, threads: 2)
    let error = zip(found, places).reduce(0) { $0 + pow($1.0 - sin($1.1), 2) / 50 }
    #expect(error.squareRoot() < 0.1, "\(error.squareRoot())")
  }

  @Test func negativeWeightsAreRefused() throws {
    var sample = toySample(.binary, events: 40)
    sample.weights[2] = -1
    #expect(
      refusal(GaussianProcessMethod.self, [], sample)
        == "gaussian_process: weights must not be negative, because each says how often an event was "
        + "seen; found -1.0. Set 'negative_weights: pair' (or 'ignore', 'absolute').")
  }
}
