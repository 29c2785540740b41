import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct FormulaMethodTests {
  /// The densities of ``DiscriminantTests/gaussians(_:seed:)``, whose inverse covariance is [[1, −0.6], [−0.6, 1]]/0.64.
  static func density(_ a: Double, _ b: Double) -> String {
    "exp(-((x-\(a))^2 - 1.2*(x-\(a))*(y-(\(b))) + (y-(\(b)))^2)/1.28)"
  }

  static let oracle: [(String, ConfigurationValue.Content)] = [
    ("signal", .text(density(1, -0.5))), ("background", .text(density(0, 0))),
  ]

  @Test func theBatteryHolds() throws {
    try checkMethod(
      LikelihoodRatio.self,
      options: [("signal", .text("exp(-(x-1)^2/2)")), ("background", .text("exp(-x^2/2)"))])
  }

  /// V01: no method is better than the ratio of the true densities, beyond the error of the area (0.0017).
  @Test func theLikelihoodRatioIsTheUpperBound() throws {
    let (train, test) = (
      DiscriminantTests.gaussians(4000, seed: 1), DiscriminantTests.gaussians(60_000, seed: 2)
    )
    func area(_ model: any Response) throws -> Double {
      let scores = try model.scores(for: test.inputs, count: test.count, threads: 2)
      return try RocCurve(scores: scores, labels: test.labels, weights: test.weights).area
    }
    let bound = try area(
      try made(LikelihoodRatio.self, FormulaMethodTests.oracle).fit(
        train, validation: nil, context: silent()))
    let exact = DiscriminantTests.normalIntegral(DiscriminantTests.distance / 2.0.squareRoot())
    #expect(abs(bound - exact) < 0.006, "\(bound), exact \(exact)")
    for type in classicalMethods where type.tasks.contains(.binary) {
      if ["likelihood_ratio", "gaussian_process", "svm"].contains(type.name) { continue }
      let (values, _) = resolve(ConfigurationValue(.null), against: type.options, path: "")
      let model = try type.init(options: values).fit(train, validation: nil, context: silent())
      let found = try area(model)
      #expect(found < bound + 0.001 && found > 0.6, "\(type.name): \(found), bound \(bound)")
    }
  }

  @Test func aFormulaFindsItsParameters() throws {
    var generator = SplitMix64(seed: 3)
    let x = (0..<400).map { _ in generator.uniform() * 4 }
    let sample = Sample(
      inputs: x.map { Float($0) }, features: ["t"], targets: x.map { 2 * exp(-0.7 * $0) + 0.5 },
      weights: x.map { _ in 1 }, task: .regression)
    let scores = try fitted(
      FunctionDiscriminant.self,
      [
        ("formula", .text("a*exp(-b*t) + c")), ("low", .list([ConfigurationValue(.real(0))])),
        ("high", .list([ConfigurationValue(.real(5))])),
      ], sample)
    expectClose(scores, sample.targets, absolute: 1e-4)
  }

  /// Probabilities keep the order of the function, and their mean is the share of signal.
  @Test func valuesBecomeProbabilities() throws {
    let sample = toySample(.binary, events: 600)
    let plain = try fitted(FunctionDiscriminant.self, [("probability", .flag(false))], sample)
    let scores = try fitted(FunctionDiscriminant.self, [], sample)
    #expect(plain.contains { $0 < 0 } && plain.contains { $0 > 1 })
    #expect(scores.allSatisfy { $0 > 0 && $0 < 1 })
    let order = plain.indices.sorted { plain[$0] < plain[$1] }
    #expect(zip(order, order.dropFirst()).allSatisfy { scores[$0] <= scores[$1] })
    let total = sample.weights.reduce(0, +)
    let mean = zip(scores, sample.weights).reduce(0) { $0 + $1.0 * $1.1 } / total
    let share = zip(sample.labels, sample.weights).reduce(0) { $0 + Double($1.0) * $1.1 } / total
    #expect(abs(mean - share) < 0.01)
    // Weights of another scale change nothing.
    var small = sample
    small.weights = sample.weights.map { $0 * 1e-6 }
    expectClose(try fitted(FunctionDiscriminant.self, [], small), scores, absolute: 1e-4)
  }

  @Test func wrongFormulasAreTold() throws {
    #expect(throws: OptionProblems.self) {
      try made(FunctionDiscriminant.self, [("formula", .text("a + * x"))])
    }
    let sample = toySample(.binary, events: 40)
    #expect(
      refusal(LikelihoodRatio.self, [("signal", .text("x")), ("background", .text("z"))], sample)
        .contains("needs 'z', which is no input"))
    #expect(
      refusal(FunctionDiscriminant.self, [("formula", .text("x + y"))], sample)
        .contains("has no parameter"))
    #expect(
      refusal(
        FunctionDiscriminant.self,
        [
          ("formula", .text("a*x + b")),
          ("low", .list([1, 2, 3].map { ConfigurationValue(.real($0)) })),
          ("high", .list([ConfigurationValue(.real(9))])),
        ], sample
      ).contains("low: has 3 numbers for the 2 parameters a, b"))
    #expect(
      refusal(FunctionDiscriminant.self, [("formula", .text("log(-1 - a^2) + x"))], sample)
        .contains("gives numbers for all events at none"))
  }
}
