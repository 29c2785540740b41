import ApusEvents
import ApusMethods
import TestSupport
import Testing

@Suite struct RuleTests {
  @Test func theBatteryHolds() throws {
    try checkMethod(RuleEnsemble.self, options: [("trees", .integer(20))], tolerance: 1e-6)
    try checkMethod(
      RuleEnsemble.self,
      options: [("trees", .integer(10)), ("model", .text("ModRule")), ("lambda", .real(0.01))],
      tolerance: 1e-6)
  }

  /// Signal where x > 0.3 and y ≤ −0.2, with 5 % of wrong labels; z says nothing.
  static func planted(_ count: Int, seed: UInt64) -> Sample {
    var generator = SplitMix64(seed: seed)
    var (inputs, labels) = ([Float](), [Int32]())
    for _ in 0..<count {
      let row = (0..<3).map { _ in Float(generator.normal()) }
      let isInside = row[0] > 0.3 && row[1] <= -0.2
      labels.append((generator.uniform() < 0.05) != isInside ? 1 : 0)
      inputs += row
    }
    return Sample(
      inputs: inputs, features: ["x", "y", "z"], labels: labels, weights: labels.map { _ in 1 },
      classes: ["background", "signal"], task: .binary)
  }

  func model(_ options: [(String, ConfigurationValue.Content)] = [], _ sample: Sample) throws
    -> RulesResponse
  {
    try #require(
      try made(RuleEnsemble.self, options).fit(sample, validation: nil, context: silent())
        as? RulesResponse)
  }

  @Test func aPlantedRuleIsFound() throws {
    let model = try model([], RuleTests.planted(4000, seed: 1))
    let table = try #require(model.tables(features: ["x", "y", "z"]).first)
    guard case .intervals(let ranges) = table.rows[0][1] else {
      Issue.record("the first term is no rule: \(table.rows[0])")
      return
    }
    #expect(ranges.map(\.column) == [0, 1], "\(ranges)")
    #expect(abs(ranges[0].low - 0.3) < 0.05 && abs(ranges[1].high + 0.2) < 0.05, "\(ranges)")
    #expect(model.importances[2] < 0.1)
    expectClose(model.importances.reduce(0, +), 1, absolute: 1e-12)
    let test = RuleTests.planted(4000, seed: 2)
    let scores = try model.scores(for: test.inputs, count: test.count, threads: 2)
    let right = scores.indices.count { (scores[$0] > 0.5) == (test.labels[$0] == 1) }
    // The best possible is 95 %, with an error of 0.3 %.
    #expect(right > 3740, "\(right)")
  }

  /// Scikit-learn's Lasso and L1 logistic regression on the same clipped inputs.
  @Test func linesAgreeWithTheReference() throws {
    let canon = try Canon()
    let answer = canon.golden.at("lines")
    let options: [(String, ConfigurationValue.Content)] = [
      ("model", .text("linear")), ("lambda", .real(answer.at("lambda").flat[0])),
    ]
    expectClose(
      try canon.scores(RuleEnsemble.self, options, canon.binary), answer.at("probability").flat,
      absolute: 1e-5)
    expectClose(
      try canon.scores(RuleEnsemble.self, options, canon.regression),
      answer.at("regression").flat, absolute: 1e-5)
  }

  /// At the least value each rule that is kept has a slope of λ against its sign.
  @Test(arguments: [Task.binary, .regression]) func keptRulesMeetTheConditionsOfTheOptimum(
    task: Task
  )
    throws
  {
    let sample = toySample(task, events: 900)
    let penalty = 0.01
    let model = try model(
      [("model", .text("rules")), ("lambda", .real(penalty)), ("trees", .integer(40))], sample)
    let scores = try model.scores(for: sample.inputs, count: 900, threads: 2)
    let total = sample.weights.reduce(0, +)
    #expect(model.ranges.count > 3 && model.ranges.count < 150)
    for (k, rule) in model.ranges.enumerated() {
      var (slope, support) = (0.0, 0.0)
      for i in 0..<900 where rule.allSatisfy({ $0.holds(sample.inputs[2 * i + $0.column]) }) {
        let truth = task == .binary ? Double(sample.labels[i]) : sample.targets[i]
        slope += sample.weights[i] / total * (scores[i] - truth)
        support += sample.weights[i] / total
      }
      let beta = model.coefficients[0][k]
      #expect(abs(slope + (beta > 0 ? penalty : -penalty)) < 1e-4, "rule \(k): \(slope), \(beta)")
      expectClose(model.supports[k], support, absolute: 1e-9)
    }
  }

  /// Squares of three inputs: rules do what lines can't, and severe penalties leave the mean.
  @Test func numbersAreLearned() throws {
    var generator = SplitMix64(seed: 6)
    let x = (0..<3000).map { _ in Float(2 * generator.uniform() - 1) }
    let sample = Sample(
      inputs: x, features: ["x"], targets: x.map { Double($0 * $0) + 0.02 * generator.normal() },
      weights: x.map { _ in 1 }, task: .regression)
    let scores = try fitted(RuleEnsemble.self, [], sample)
    let error = scores.indices.reduce(0.0) {
      $0 + (scores[$1] - sample.targets[$1]) * (scores[$1] - sample.targets[$1])
    }
    #expect((error / 3000).squareRoot() < 0.06)
    let mean = sample.targets.reduce(0, +) / 3000
    expectClose(
      try fitted(RuleEnsemble.self, [("lambda", .real(100))], sample),
      [Double](repeating: mean, count: 3000), absolute: 1e-9)
  }

  @Test func severalClassesAndSignedWeights() throws {
    var sample = toySample(.multiclass, events: 600)
    let scores = try fitted(RuleEnsemble.self, [("trees", .integer(20))], sample)
    let right = (0..<600).count { i in
      let row = scores[3 * i..<3 * i + 3]
      return row.firstIndex(of: row.max() ?? 0) == 3 * i + Int(sample.labels[i])
    }
    #expect(right > 420, "\(right)")
    for i in stride(from: 0, to: 600, by: 9) { sample.weights[i] *= -1 }
    let signed = try fitted(RuleEnsemble.self, [("trees", .integer(20))], sample)
    #expect(signed.allSatisfy { $0.isFinite && $0 >= 0 && $0 <= 1 })
  }
}
