import ApusEvents
import TestSupport
import Testing

/// Tests/Golden/metrics.json is made by Tools/reference/metrics.py (scikit-learn 1.9.1, NumPy 2.4.6).
@Suite struct MetricTests {
  @Test func decisionsAreCountedByHand() throws {
    let scores = [0.9, 0.6, 0.5, 0.4, 0.8, 0.1]
    let counts = try BinaryCounts(
      scores: scores, labels: [1, 1, 1, 1, 0, 0], weights: [1, 2, 3, 4, 5, -1])
    #expect(counts.truePositives == 3 && counts.falseNegatives == 7)
    #expect(counts.falsePositives == 5 && counts.trueNegatives == -1)
    expectClose(counts.accuracy, 2.0 / 14)
    expectClose(counts.sensitivity, 0.3)
    expectClose(counts.specificity, -0.25)
    expectClose(counts.precision, 3.0 / 8)
    let tight = try BinaryCounts(
      scores: scores, labels: [1, 1, 1, 1, 0, 0], weights: [1, 2, 3, 4, 5, -1], threshold: 0.85)
    #expect(tight.truePositives == 1 && tight.falsePositives == 0)
  }

  @Test func lossIsClippedAndWeighted() throws {
    let loss = try logLoss(scores: [0.5, 0, 1], labels: [1, 1, 1], weights: [1, 0, 2])
    expectClose(loss, 0.693147180559945 / 3, absolute: 1e-12)
    let worst = try logLoss(scores: [0], labels: [1], weights: [1])
    expectClose(worst, 36.04365338911715)
  }

  @Test func severalClassesAgreeWithTheReference() throws {
    let golden = try loadGolden("metrics.json").at("multiclass")
    let labels = golden.at("label").flat.map { Int32($0) }
    let scores = try MulticlassScores(
      probabilities: golden.at("probability").flat, labels: labels,
      weights: golden.at("weight").flat, classes: ["0", "1", "2"])
    expectClose(try scores.areas(), golden.at("auc_one_vs_rest").flat)
    expectClose(try scores.macroArea(), golden.at("auc_macro").flat[0])
    expectClose(scores.accuracy, golden.at("accuracy").flat[0])
    expectClose(scores.logLoss, golden.at("log_loss").flat[0])
    for (i, j) in [(0, 1), (0, 2), (1, 2)] {
      expectClose(
        try scores.oneAgainstOne(i, j).area, golden.at("auc_one_vs_one", "\(i),\(j)").flat[0])
    }
    let evaluation = try Evaluation(
      Predictions(
        task: .multiclass, scores: scores.probabilities, labels: labels, weights: scores.weights,
        classes: scores.classes))
    expectClose(evaluation.confusion?.sums.flatMap { $0 } ?? [], golden.at("confusion").flat)
    #expect(evaluation.json["auc_by_pair"]?.members.map(\.key) == ["0/1", "0/2", "1/2"])
  }

  @Test func aClassWithoutEventsIsNamed() throws {
    let scores = try MulticlassScores(
      probabilities: [0.5, 0.2, 0.3, 0.1, 0.8, 0.1], labels: [0, 1], weights: [1, 1],
      classes: ["g", "q", "W"])
    #expect(throws: MetricError.noWeight(metric: "roc", of: "'W'", sum: 0)) { try scores.areas() }
  }

  @Test func confusionRowsSumToClassCounts() throws {
    let matrix = try ConfusionMatrix(
      labels: [0, 0, 1, 2, 2, 2], predictions: [0, 1, 1, 2, 0, 2], weights: [1, 1, 2, 1, 1, 1],
      classes: ["a", "b", "c"])
    #expect(matrix.sums == [[1, 1, 0], [0, 2, 0], [1, 0, 2]])
    #expect(matrix.sums.map { $0.reduce(0, +) } == [2, 2, 3])
    expectClose(matrix.normalised.map { $0.reduce(0, +) }, [1, 1, 1])
    #expect(throws: MetricError.label(metric: "confusion matrix", label: 3, classes: 3)) {
      try ConfusionMatrix(labels: [3], predictions: [0], weights: [1], classes: ["a", "b", "c"])
    }
  }

  @Test func regressionAgreesWithTheReference() throws {
    let golden = try loadGolden("metrics.json").at("regression")
    let (estimates, targets) = (golden.at("prediction").flat, golden.at("target").flat)
    let scores = try RegressionScores(
      estimates: estimates, targets: targets, weights: golden.at("weight").flat)
    expectClose(scores.r2, golden.at("r2").flat[0])
    expectClose(scores.meanAbsoluteError, golden.at("mae").flat[0])
    expectClose(scores.rootMeanSquaredError, golden.at("rmse").flat[0])
    expectClose(scores.bias, golden.at("bias").flat[0])
    expectClose(
      scores.resolution * scores.resolution, scores.meanSquaredError - scores.bias * scores.bias)
    let plain = try RegressionScores(
      estimates: estimates, targets: targets, weights: [Double](repeating: 1, count: 30))
    expectClose(plain.r2, golden.at("unweighted", "r2").flat[0])
  }

  @Test(arguments: Metric.all.map(\.name))
  func everyMetricTakesWeightTwoAsTheEventTwice(name: String) throws {
    let metric = try #require(Metric.named(name))
    var generator = SplitMix64(seed: 12)
    for task in metric.tasks {
      let k = task == .multiclass ? 3 : 1
      var p = Predictions(
        task: task, scores: [], labels: [], targets: [], weights: [],
        classes: task == .regression ? [] : (0..<max(k, 2)).map { "c\($0)" })
      func append(_ row: [Double], _ label: Int32, _ target: Double, _ weight: Double) {
        p.scores += row
        if task == .regression { p.targets.append(target) } else { p.labels.append(label) }
        p.weights.append(weight)
      }
      var rows: [([Double], Int32, Double)] = []
      for i in 0..<40 {
        let row = (0..<k).map { _ in 0.05 + 0.9 * generator.uniform() }
        rows.append((row, Int32(i % max(k, 2)), generator.normal()))
      }
      for (i, row) in rows.enumerated() {
        append(row.0, row.1, row.2, i < 10 ? 2 : (i < 12 ? 0 : 1))
      }
      let weighted = try metric.value(p)
      (p.scores, p.labels, p.targets, p.weights) = ([], [], [], [])
      for (i, row) in rows.enumerated() where i >= 12 || i < 10 {
        append(row.0, row.1, row.2, 1)
        if i < 10 { append(row.0, row.1, row.2, 1) }
      }
      expectClose(try metric.value(p), weighted, absolute: 1e-12, relative: 1e-12, name)
      p.weights = p.weights.map { _ in 0 }
      #expect(throws: MetricError.self) { try metric.value(p) }
    }
  }
}
