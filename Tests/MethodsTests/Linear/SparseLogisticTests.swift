import ApusEvents
import ApusMethods
import TestSupport
import Testing

@Suite struct SparseLogisticTests {
  static let penalties: [(String, [(String, ConfigurationValue.Content)])] = [
    ("l1", [("penalty", .text("l1")), ("C", .real(0.05))]), ("l1", [("l1", .real(20))]),
    (
      "elastic_net",
      [("penalty", .text("elasticnet")), ("C", .real(0.05)), ("l1_ratio", .real(0.6))]
    ),
    ("elastic_net", [("l1", .real(12)), ("l2", .real(8))]),
    ("elastic_net", [("C", .real(0.05)), ("l1_ratio", .real(0.6))]),
  ]

  func model(_ options: [(String, ConfigurationValue.Content)], _ sample: Sample) throws
    -> LinearResponse
  {
    try #require(
      try made(LogisticRegression.self, options).fit(sample, validation: nil, context: silent())
        as? LinearResponse)
  }

  /// Scikit-learn's saga; 1e-6 is what its 1e-12 in the coefficients gives.
  @Test(arguments: penalties) func agreesWithTheReference(
    name: String, options: [(String, ConfigurationValue.Content)]
  ) throws {
    let canon = try Canon()
    let answer = canon.golden.at("sparse_logistic", name)
    let two = try model(options, canon.binary)
    expectClose(two.coefficients[0], answer.at("coefficients").flat, absolute: 1e-6)
    expectClose(two.intercepts, answer.at("intercept").flat, absolute: 1e-6)
    let several = try model(options, canon.sample)
    expectClose(several.coefficients.flatMap { $0 }, answer.at("classes").flat, absolute: 1e-6)
  }

  /// H02: of ten inputs that say nothing at least eight are left out, of two that do none.
  @Test func irrelevantInputsAreLeftOut() throws {
    var generator = SplitMix64(seed: 4)
    let (n, width) = (2000, 12)
    let inputs = (0..<n * width).map { _ in Float(generator.normal()) }
    let labels = (0..<n).map { i -> Int32 in
      let form = 1.5 * inputs[i * width] - inputs[i * width + 1]
      return Double(form) + generator.normal() > 0 ? 1 : 0
    }
    let sample = Sample(
      inputs: inputs, features: (0..<width).map { "x\($0)" }, labels: labels,
      weights: labels.map { _ in 1 }, classes: ["b", "s"], task: .binary)
    let found = try model([("l1", .real(40))], sample).coefficients[0]
    #expect(found[0] > 0.5 && found[1] < -0.3)
    #expect(found[2...].count { $0 == 0 } >= 8, "\(found)")
  }

  /// With 400 inputs, and several classes, the proximal steps end where Newton's would: no slope is left.
  @Test func manyInputsReachTheConditionsOfTheOptimum() throws {
    var generator = SplitMix64(seed: 5)
    let (n, width) = (300, 300)
    let inputs = (0..<n * width).map { _ in Float(generator.normal()) }
    let labels = (0..<n).map { i in
      Int32(inputs[i * width] > 0.4 ? 2 : inputs[i * width] > -0.4 ? 1 : 0)
    }
    let sample = Sample(
      inputs: inputs, features: (0..<width).map { "x\($0)" }, labels: labels,
      weights: labels.map { _ in 1 }, classes: ["a", "b", "c"], task: .multiclass)
    let l1 = 15.0
    let found = try model([("l1", .real(l1)), ("tol", .real(1e-7))], sample)
    let scores = try found.scores(for: inputs, count: n, threads: 1)
    for k in 0..<3 {
      for j in 0..<width {
        let slope = (0..<n).reduce(0.0) { sum, i in
          sum + (scores[i * 3 + k] - (labels[i] == Int32(k) ? 1 : 0))
            * Double(inputs[i * width + j])
        }
        let beta = found.coefficients[k][j]
        if beta == 0 {
          #expect(abs(slope) <= l1 + 1e-2, "\(k) \(j)")
        } else {
          #expect(abs(slope + (beta > 0 ? l1 : -l1)) < 1e-2, "\(k) \(j) \(slope)")
        }
      }
    }
    #expect(found.coefficients[2][0] > 0.1 && found.coefficients[0][0] < -0.1)
  }

  @Test func theBatteryHolds() throws {
    try checkMethod(
      LogisticRegression.self, options: [("l1", .real(3))], tolerance: 1e-7, scaling: ["l1": 1])
  }

  @Test func contradictionsAreTold() throws {
    let problems = #expect(throws: OptionProblems.self) {
      try made(LogisticRegression.self, [("l1", .real(1)), ("penalty", .text("l1"))])
    }
    #expect("\(try #require(problems))".contains("keep one of them (C is 1/l1)"))
  }
}
