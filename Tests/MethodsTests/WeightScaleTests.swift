import ApusEvents
import ApusMethods
import TestSupport
import Testing

/// What the scale of weights once broke; the battery tells of every method that it changes nothing.
@Suite struct WeightScaleTests {
  static func scaled(_ sample: Sample, _ factor: Double) -> Sample {
    var result = sample
    result.weights = sample.weights.map { $0 * factor }
    return result
  }

  /// Gradients were rounded in units that included the weights: at 1e9 none of their bits were left, and the model was one constant.
  @Test(arguments: [1e-50, 1e-9, 1e5, 1e9, 1e15, 1e200], [Task.binary, .multiclass, .regression])
  func boostingLearnsTheSameFromWeightsOfAnyScale(factor: Double, task: Task) throws {
    let sample = toySample(task, events: 900)
    let options: Given = [("trees", .integer(20)), ("early_stopping", .flag(false))]
    let expected = try fitted(BoostedTrees.self, options, sample)
    #expect(Set(expected).count > 100)
    expectClose(
      try fitted(BoostedTrees.self, options, Self.scaled(sample, factor)), expected, absolute: 1e-9,
      relative: 1e-9)
  }

  /// Options of boosting that stand beside sums of weights keep their meaning: scaled like the weights they give the same trees.
  @Test func sumsOfWeightsInOptionsKeepTheirMeaning() throws {
    try checkMethod(
      BoostedTrees.self,
      options: [
        ("min_events", .integer(1)), ("trees", .integer(10)), ("l1", .real(0.3)), ("l2", .real(2)),
        ("min_weight", .real(1.5)), ("min_gain", .real(0.2)),
      ], tolerance: 1e-6, scaling: ["l1": 1, "l2": 1, "min_weight": 1, "min_gain": 1])
    let sample = treeSample(600)
    let options: Given = [("trees", .integer(5)), ("l2", .real(50)), ("min_weight", .real(10))]
    let plain = try fitted(BoostedTrees.self, options, sample)
    let heavy = try fitted(BoostedTrees.self, options, Self.scaled(sample, 4))
    #expect(plain != heavy)
  }

  /// Among many events those of the largest weights were rounded to thousandths before the weight came in.
  @Test func heavyEventsAmongManyKeepTheDigitsOfTheirGradients() throws {
    let count = 70_000
    var sample = Sample(
      inputs: (0..<count).map { $0 < 40 ? 1 : 0 }, features: ["x"],
      labels: (0..<count).map { $0 < 40 ? 1 : Int32($0 % 2) },
      weights: (0..<count).map { $0 < 40 ? 1e4 : 1 }, classes: ["b", "s"], task: .binary)
    sample.labels[count - 1] = 0
    let model = try fitted([("trees", .integer(120)), ("learning_rate", .real(0.2))], sample)
    let found = try model.scores(for: [1, 0], count: 2, threads: 1)
    #expect(found[0] > 1 - 1e-6, "\(found)")
    #expect(abs(found[1] - 0.5) < 1e-3, "\(found)")
  }

  /// Sums in single precision became infinite from 1e39 on, and their number of a bin was none: the program trapped.
  @Test(arguments: [1e-200, 1e-50, 1e39, 1e100, 1e200])
  func cutsAnswerWhateverTheScaleOfWeights(factor: Double) throws {
    let sample = toySample(.binary, events: 300)
    let options: Given = [("evaluations", .integer(500))]
    let expected = try fitted(RectangularCuts.self, options, sample)
    expectClose(
      try fitted(RectangularCuts.self, options, Self.scaled(sample, factor)), expected,
      absolute: 1e-6)
    // One class alone may have another scale.
    var one = sample
    for i in 0..<300 where sample.labels[i] == 1 { one.weights[i] *= factor }
    expectClose(try fitted(RectangularCuts.self, options, one), expected, absolute: 1e-6)
  }

  /// A sum of a class that all but vanishes makes shares as large as you like.
  @Test func cutsAnswerWhereNegativeWeightsLeaveNextToNothing() throws {
    var sample = toySample(.binary, events: 300)
    for i in 0..<300 where sample.labels[i] == 1 { sample.weights[i] = i % 4 == 1 ? 1 : -1 }
    sample.weights[1] += 1e-300 + 0x1p-40
    let found = try fitted(RectangularCuts.self, [("evaluations", .integer(500))], sample)
    let areNumbers = found.allSatisfy { $0.isFinite }
    #expect(areNumbers)
  }

  @Test func unitsArePowersOfTwoNearTheMean() {
    #expect(weightUnit(of: []) == 1 && weightUnit(of: [0, 0]) == 1)
    #expect(weightUnit(of: [1, 1, 1]) == 1 && weightUnit(of: [1.9, 0, -1.9]) == 1)
    #expect(weightUnit(of: [3, 3]) == 2 && weightUnit(of: [0.3]) == 0.25)
    #expect(weightUnit(of: [1e308, 1e308, 1e308]) == 0x1p1023)
    #expect(weightUnit(of: [.leastNonzeroMagnitude]) == .leastNormalMagnitude)
    for power in [-900, -3, 0, 17, 900] {
      let scale = Double(sign: .plus, exponent: power, significand: 1)
      #expect(weightUnit(of: [0.3 * scale, 7.1 * scale]) == 2 * scale)
    }
  }
}
