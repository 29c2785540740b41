import ApusEvents
import ApusMethods
import TestSupport
import Testing

@Suite struct SparseTests {
  /// f at the origin and one step along each input: the intercept and the coefficients.
  func coefficients(
    _ type: (some Method).Type, _ options: [(String, ConfigurationValue.Content)], _ sample: Sample
  ) throws -> (intercept: Double, slopes: [Double]) {
    let model = try made(type, options).fit(sample, validation: nil, context: silent())
    let f = try model.scores(for: [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1], count: 4, threads: 1)
    return (f[0], (1...3).map { f[$0] - f[0] })
  }

  @Test func ridgeAgreesWithTheReference() throws {
    let canon = try Canon()
    let found = try coefficients(Ridge.self, [("alpha", .real(2))], canon.regression)
    let answer = canon.golden.at("ridge")
    expectClose(found.slopes, answer.at("coefficients").flat, absolute: 1e-9)
    expectClose(found.intercept, answer.at("intercept").flat[0], absolute: 1e-9)
  }

  @Test(arguments: [("lasso", 1.0), ("elastic_net", 0.4)])
  func sparseModelsAgreeWithTheReference(name: String, share: Double) throws {
    let canon = try Canon()
    let found = try coefficients(
      Lasso.self, [("alpha", .real(0.3)), ("l1_ratio", .real(share))], canon.regression)
    let answer = canon.golden.at(name)
    expectClose(found.slopes, answer.at("coefficients").flat, absolute: 1e-8)
    expectClose(found.intercept, answer.at("intercept").flat[0], absolute: 1e-8)
  }

  @Test func withoutAPenaltyAllAreLeastSquares() throws {
    let sample = toySample(.regression, events: 200)
    let plain = try fitted(LinearRegression.self, [("degree", .integer(3))], sample)
    expectClose(
      try fitted(Ridge.self, [("l2", .real(0)), ("degree", .integer(3))], sample), plain,
      absolute: 1e-9)
    expectClose(
      try fitted(Lasso.self, [("alpha", .real(0)), ("degree", .integer(3))], sample), plain,
      absolute: 1e-5)
  }

  @Test func aStrongPenaltyLeavesTheMean() throws {
    let sample = toySample(.regression, events: 200)
    let total = sample.weights.reduce(0, +)
    let mean = zip(sample.weights, sample.targets).reduce(0) { $0 + $1.0 * $1.1 } / total
    expectClose(
      try fitted(Lasso.self, [("alpha", .real(1e6))], sample),
      [Double](repeating: mean, count: 200), absolute: 1e-9)
  }

  /// The names asked for scikit-learn's models and got the lasso and a straight line.
  @Test func elasticNetAndPolynomialAreWhatTheyAreCalled() throws {
    let sample = toySample(.regression, events: 200)
    let alpha: [(String, ConfigurationValue.Content)] = [("alpha", .real(0.3))]
    #expect(
      try fitted(ElasticNet.self, alpha, sample)
        == fitted(Lasso.self, alpha + [("l1_ratio", .real(0.5))], sample))
    #expect(
      try fitted(PolynomialRegression.self, [], sample)
        == fitted(LinearRegression.self, [("degree", .integer(2))], sample))
  }
}
