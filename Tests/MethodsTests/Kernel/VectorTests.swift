import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct VectorTests {
  @Test func theBatteryHoldsWithOtherOptions() throws {
    try checkMethod(
      SupportVectorMachine.self,
      options: [
        ("kernel", .text("polynomial")), ("degree", .integer(2)), ("shrinking", .flag(false)),
        ("C", .real(1)),
      ], scaling: ["C": -1], digits: 2e-3)
    try checkMethod(
      SupportVectorMachine.self,
      options: [("kernel", .text("linear")), ("probability", .flag(false)), ("C", .real(1))],
      scaling: ["C": -1], digits: 2e-3)
  }

  /// libsvm through scikit-learn, both to 1e-7 in the conditions; 5e-5 because kernels are single precision here,
  /// 1e-3 for cubes of up to some hundreds.
  @Test(arguments: ["linear", "rbf", "polynomial"]) func agreesWithLibsvm(kernel: String) throws {
    let canon = try Canon()
    let answer = canon.golden.at("machines", kernel)
    var options: [(String, ConfigurationValue.Content)] = [
      ("kernel", .text(kernel)), ("C", .real(1.5)), ("scale", .flag(false)), ("tol", .real(1e-7)),
      ("probability", .flag(false)),
    ]
    if let gamma = answer.at("gamma").flat.first { options.append(("gamma", .real(gamma))) }
    let near = kernel == "polynomial" ? 1e-3 : 5e-5
    expectClose(
      try canon.scores(SupportVectorMachine.self, options, canon.binary),
      answer.at("decision").flat, absolute: near, relative: near)
    expectClose(
      try canon.scores(SupportVectorMachine.self, options, canon.regression),
      answer.at("regression").flat, absolute: near, relative: near)
  }

  /// Two half circles that reach into each other, with noise.
  static func moons(_ count: Int, seed: UInt64) -> Sample {
    var generator = SplitMix64(seed: seed)
    var (inputs, labels) = ([Float](), [Int32]())
    for i in 0..<count {
      let angle = Double.pi * generator.uniform()
      let up = i % 2 == 0
      let (x, y) = up ? (cos(angle), sin(angle)) : (1 - cos(angle), 0.5 - sin(angle))
      inputs += [Float(x + 0.15 * generator.normal()), Float(y + 0.15 * generator.normal())]
      labels.append(up ? 0 : 1)
    }
    return Sample(
      inputs: inputs, features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
      classes: ["upper", "lower"], task: .binary)
  }

  /// V03: at least 97 % of the moons, with probabilities that are right on average.
  @Test func moonsAreSeparatedByProbabilities() throws {
    let model = try made(SupportVectorMachine.self).fit(
      VectorTests.moons(1500, seed: 1), validation: nil, context: silent())
    let test = VectorTests.moons(4000, seed: 2)
    let p = try model.scores(for: test.inputs, count: test.count, threads: 2)
    let right = p.indices.count { (p[$0] > 0.5) == (test.labels[$0] == 1) }
    #expect(Double(right) / 4000 >= 0.97)
    let mean = p.reduce(0, +) / 4000
    #expect(abs(mean - 0.5) < 0.02 && p.allSatisfy { $0 >= 0 && $0 <= 1 })
  }

  @Test func shrinkingChangesNothing() throws {
    let sample = VectorTests.moons(3000, seed: 3)
    func scores(_ shrinking: Bool) throws -> [Double] {
      try fitted(
        SupportVectorMachine.self,
        [
          ("shrinking", .flag(shrinking)), ("C", .real(50)), ("tol", .real(1e-6)),
          ("probability", .flag(false)), ("cache", .integer(1)),
        ], sample)
    }
    expectClose(try scores(true), try scores(false), absolute: 2e-3)
  }

  @Test func separableClassesHaveTheWidestMargin() throws {
    // The margin lies between (1, 0) and (3, 0): f = x − 2.
    let sample = Sample(
      inputs: [0, 1, 1, 0, 0, -2, 3, 0, 4, 2], features: ["x", "y"], labels: [0, 0, 0, 1, 1],
      weights: [1, 1, 1, 1, 1], classes: ["b", "s"], task: .binary)
    let model = try made(
      SupportVectorMachine.self,
      [
        ("kernel", .text("linear")), ("C", .real(1000)), ("scale", .flag(false)),
        ("probability", .flag(false)), ("tol", .real(1e-9)),
      ]
    ).fit(sample, validation: nil, context: silent())
    expectClose(
      try model.scores(for: [1, 0, 3, 0, 2, 7], count: 3, threads: 1), [-1, 1, 0], absolute: 1e-5)
  }

  @Test func negativeWeightsAndStopsAreTold() throws {
    var sample = toySample(.binary, events: 60)
    sample.weights[3] = -0.5
    #expect(
      refusal(SupportVectorMachine.self, [], sample)
        == "svm: weights must not be negative, because each is the cost of an error, and less than no "
        + "cost has no optimum; found -0.5. Set 'negative_weights: pair' (or 'ignore', 'absolute')."
    )
    let context = FitContext(seed: 1, threads: 1, shouldStop: { true })
    #expect(throws: FitError.self) {
      try made(SupportVectorMachine.self, [("C", .real(1e6)), ("tol", .real(1e-9))]).fit(
        toySample(.binary, events: 2500), validation: nil, context: context)
    }
  }

  /// Where errors cost next to nothing the offsets of the parts of the cross-validation turned the probabilities round: areas of 0.08.
  @Test(arguments: [1e-6, 1e-3]) func probabilitiesRiseWithTheDecision(scale: Double) throws {
    var sample = toySample(.binary, events: 200)
    sample.weights = sample.weights.map { _ in scale }
    let decisions = try fitted(
      SupportVectorMachine.self, [("probability", .flag(false))], sample)
    let scores = try fitted(SupportVectorMachine.self, [], sample)
    func area(_ values: [Double]) throws -> Double {
      try RocCurve(scores: values, labels: sample.labels, weights: sample.weights).area
    }
    #expect(try area(decisions) > 0.8)
    #expect(try abs(area(scores) - area(decisions)) < 1e-6)
  }
}
