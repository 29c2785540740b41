import ApusEvents
import TestSupport
import Testing

/// Tests/Golden/metrics.json is made by Tools/reference/metrics.py (scikit-learn 1.9.1, NumPy 2.4.6).
@Suite struct RocTests {
  @Test(arguments: ["one", "positive", "signed"])
  func curveAndAreaAgreeWithTheReference(kind: String) throws {
    let golden = try loadGolden("metrics.json").at("binary")
    let labels = golden.at("label").flat.map { Int32($0) }
    let scores = golden.at("score").flat
    let weights = golden.at("weights", kind).flat
    let answer = golden.at("answers", kind)
    let roc = try RocCurve(scores: scores, labels: labels, weights: weights)
    expectClose(Array(roc.thresholds.dropFirst()), answer.at("curve", "threshold").flat)
    expectClose(
      Array(roc.signalEfficiencies.dropFirst()), answer.at("curve", "signal_efficiency").flat)
    expectClose(
      Array(roc.backgroundEfficiencies.dropFirst()),
      answer.at("curve", "background_efficiency").flat)
    expectClose(roc.area, answer.at("auc").flat[0])
    expectClose(roc.rankArea, answer.at("auc").flat[0])
    expectClose(roc.areaError * roc.areaError, answer.at("auc_variance").flat[0])
    for member in answer.at("signal_efficiency_at_background").members {
      let value = roc.signalEfficiency(atBackground: Double(member.key) ?? .nan)
      expectClose(value, member.value.double ?? .nan, "at \(member.key)")
    }
    let evaluation = try Evaluation(
      Predictions(task: .binary, scores: scores, labels: labels, weights: weights))
    expectClose(evaluation["accuracy"] ?? .nan, answer.at("accuracy").flat[0])
    expectClose(evaluation["loss"] ?? .nan, answer.at("log_loss").flat[0])
    // What an evaluation keeps has the points, and no events behind them.
    #expect(evaluation.roc?.thresholds == roc.thresholds)
    #expect(evaluation.roc?.signalYields == roc.signalYields)
    #expect(evaluation.roc?.area == roc.area && evaluation.roc?.areaError.isNaN == true)
    if kind != "signed" {
      expectClose(evaluation.confusion?.sums.flatMap { $0 } ?? [], answer.at("confusion").flat)
      #expect(answer.at("signal_efficiency_at_background").members.count == 3)
    }
  }

  /// Scores from N(0,1) and N(1.5,1): the area is Φ(1.5/√2) = 0.855578.
  static func binormal(_ count: Int, seed: UInt64) -> (scores: [Double], labels: [Int32]) {
    var generator = SplitMix64(seed: seed)
    var (scores, labels) = ([Double](), [Int32]())
    for i in 0..<count {
      let label = Int32(i % 2)
      scores.append(generator.normal() + 1.5 * Double(label))
      labels.append(label)
    }
    return (scores, labels)
  }

  @Test func binormalAreaIsTheNormalIntegral() throws {
    let (scores, labels) = RocTests.binormal(200_000, seed: 3)
    let ones = [Double](repeating: 1, count: scores.count)
    let roc = try RocCurve(scores: scores, labels: labels, weights: ones)
    #expect(abs(roc.area - 0.8555778) < 0.002)
    // Efficiency at 10 % background: Φ(1.5 − 1.2815516) = 0.586460.
    #expect(abs(roc.signalEfficiency(atBackground: 0.1) - 0.586460) < 0.006)
    #expect(abs(roc.backgroundEfficiency(atSignal: 0.586460) - 0.1) < 0.004)
  }

  @Test func rankFormulaAndTrapezoidAgree() throws {
    var generator = SplitMix64(seed: 9)
    let (scores, labels) = RocTests.binormal(20_000, seed: 4)
    let rounded = scores.map { ($0 * 20).rounded() / 20 }
    let weights = scores.map { _ in generator.uniform() < 0.1 ? -1.0 : generator.uniform() * 3 }
    for values in [scores, rounded] {
      let roc = try RocCurve(scores: values, labels: labels, weights: weights)
      expectClose(roc.area, roc.rankArea, absolute: 1e-12)
    }
  }

  @Test func areaErrorsDescribeTheSpreadOfAreas() throws {
    var areas: [Double] = []
    var (delong, bootstrap) = (0.0, 0.0)
    for seed in 0..<100 {
      let (scores, labels) = RocTests.binormal(600, seed: UInt64(seed) + 50)
      let ones = [Double](repeating: 1, count: scores.count)
      let roc = try RocCurve(scores: scores, labels: labels, weights: ones)
      areas.append(roc.area)
      delong += roc.areaError / 100
      if seed < 5 { bootstrap += roc.bootstrapAreaError(replicas: 200, seed: 1) / 5 }
    }
    let mean = areas.reduce(0, +) / 100
    let spread = (areas.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 99).squareRoot()
    // The spread of a hundred areas is known to 7 %; three times that is allowed.
    #expect(abs(delong / spread - 1) < 0.21)
    #expect(abs(bootstrap / delong - 1) < 0.15)
  }

  @Test func bootstrapIsRepeatable() throws {
    let (scores, labels) = RocTests.binormal(300, seed: 1)
    let roc = try RocCurve(
      scores: scores, labels: labels, weights: [Double](repeating: 2, count: 300))
    #expect(roc.bootstrapAreaError(seed: 5) == roc.bootstrapAreaError(seed: 5))
    #expect(roc.bootstrapAreaError(seed: 5) != roc.bootstrapAreaError(seed: 6))
  }

  @Test func weightTwoIsTheEventTwiceAndWeightZeroIsAbsence() throws {
    let scores = [0.9, 0.8, 0.8, 0.3, 0.2, 0.1]
    let labels: [Int32] = [1, 1, 0, 1, 0, 0]
    let two = try RocCurve(scores: scores, labels: labels, weights: [2, 1, 1, 1, 1, 0])
    let twice = try RocCurve(
      scores: [0.9, 0.9, 0.8, 0.8, 0.3, 0.2], labels: [1, 1, 1, 0, 1, 0],
      weights: [1, 1, 1, 1, 1, 1])
    #expect(two.area == twice.area)
    #expect(two.thresholds == twice.thresholds)
    // By hand: pairs (signal 2+1+1, background 1+1): 0.9 wins 4, 0.8 wins 1 and ties 1, 0.3 wins 1.
    expectClose(two.area, (4 + 1.5 + 1) / 8)
  }

  @Test func workingPointsAreCutsThatKeepWhatTheySay() throws {
    let scores = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2]
    let labels: [Int32] = [1, 1, 0, 1, 0, 1, 0, 0]
    let roc = try RocCurve(scores: scores, labels: labels, weights: [1, 1, 1, 1, 1, 1, 1, 1])
    let half = roc.workingPoint(signalEfficiency: 0.5)
    #expect(half.threshold == 0.8 && half.signalYield == 2 && half.backgroundYield == 0)
    #expect(half.inverseBackgroundEfficiency == .infinity)
    let loose = roc.workingPoint(backgroundEfficiency: 0.25)
    #expect(loose.threshold == 0.6 && loose.signalEfficiency == 0.75)
    #expect(loose.inverseBackgroundEfficiency == 4 && loose.backgroundRejection == 0.75)
    expectClose(loose.purity, 0.75)
    #expect(roc.inverseBackgroundEfficiency(atSignal: 0.75) == 4)
    let best = try #require(roc.best(signalScale: 10, by: { s, b in s / (b + 1) }))
    #expect(best.point.threshold == 0.8 && best.value == 20)
  }

  @Test func wrongScoresAreRefusedInWords() {
    #expect(
      throws: MetricError.notFinite(metric: "roc", what: "scores", count: 2, first: 1)
    ) { try RocCurve(scores: [0.1, .nan, .infinity], labels: [0, 1, 1], weights: [1, 1, 1]) }
    #expect(throws: MetricError.noWeight(metric: "roc", of: "signal", sum: -1)) {
      try RocCurve(scores: [0.1, 0.2], labels: [0, 1], weights: [1, -1])
    }
    #expect(throws: MetricError.differentLengths(metric: "roc", what: "weights", 2, 1)) {
      try RocCurve(scores: [0.1, 0.2], labels: [0, 1], weights: [1])
    }
    #expect(
      MetricError.noWeight(metric: "roc", of: "signal", sum: 0).message
        == "roc: the sum of weights of signal must be positive, but is 0.0. "
        + "Are there events of it in this part of the split?")
  }

  @Test func orderIsThatOfTheNumbersAndStable() {
    var generator = SplitMix64(seed: 2)
    var values = (0..<5000).map { _ in (generator.normal() * 50).rounded() / 10 }
    values += [
      .infinity, -.infinity, 0, -Double.leastNonzeroMagnitude, .leastNonzeroMagnitude,
      .greatestFiniteMagnitude,
    ]
    let expected = values.indices.sorted { (values[$0], $0) < (values[$1], $1) }
      .map { values[$0] == 0 ? 0 : values[$0] }
    let order = sortedOrder(values)
    #expect(order.map { values[Int($0)] } == expected)
    let ties = sortedOrder([2, 1, 2, 1, 2])
    #expect(ties == [1, 3, 0, 2, 4])
    #expect(sortedOrder([]) == [])
  }

  @Test func ranksAreThoseOfSortedValues() {
    var generator = SplitMix64(seed: 4)
    var values = (0..<5000).map { _ in (generator.uniform() - 0.5) * 100 }
    values += values[0..<1000] + [Double](repeating: 7, count: 500)
    values += [.infinity, -.infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude]
    let sorted = values.sorted()
    let ranks = [0, 1, 17, 3000, 3001, values.count / 2, values.count - 1]
    #expect(valuesAtRanks(ranks, of: values) == ranks.map { sorted[$0] })
    #expect(valuesAtRanks([0], of: [3]) == [3])
    #expect(valuesAtRanks([], of: []) == [])
  }

  @Test func plotPointsKeepTheEndsAndStayNearTheCurve() throws {
    let (scores, labels) = RocTests.binormal(50_000, seed: 8)
    let roc = try RocCurve(
      scores: scores, labels: labels, weights: [Double](repeating: 1, count: 50_000))
    let points = roc.points()
    #expect(points.count < 2000)
    #expect(points[0] == (0, 0))
    #expect(points[points.count - 1] == (1, 1))
    for point in points where point.background > 0.02 {
      #expect(abs(roc.signalEfficiency(atBackground: point.background) - point.signal) < 0.004)
    }
  }
}
