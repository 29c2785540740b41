import ApusEngine
import ApusEvents
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct LogisticTests {
  /// Tests/Golden/linear.json is made by Tools/reference/linear.py (scikit-learn, penalty = 1/C).
  @Test(arguments: [
    ("logistic", false, "l2", 0.0), ("logistic_weighted", true, "l2", 0),
    ("logistic_weighted_l2", true, "l2", 4), ("logistic_weighted_l2", true, "C", 0.25),
  ]) func agreesWithTheReference(name: String, weighted: Bool, option: String, value: Double) throws
  {
    let (sample, golden) = try DiscriminantTests.goldenSample(weighted: weighted)
    let method = try made(LogisticRegression.self, [(option, .real(value))])
    let model = try #require(
      try method.fit(sample, validation: nil, context: silent()) as? LinearResponse)
    let answer = golden.at(name)
    expectClose(
      model.coefficients[0], answer.at("coefficients").flat, absolute: 1e-6, relative: 1e-6)
    expectClose(model.intercepts, answer.at("intercept").flat, absolute: 1e-6, relative: 1e-6)
    let scores = try model.scores(for: sample.inputs, count: sample.count, threads: 1)
    expectClose(Array(scores.prefix(5)), answer.at("first_five").flat, absolute: 1e-6)
    expectClose(
      try logLoss(scores: scores, labels: sample.labels, weights: sample.weights),
      answer.at("mean_loss").flat[0], absolute: 1e-8)
  }

  /// W01: the optimum of the first exercise, by Newton's method in double precision (plain Python) to 1e-15 in
  /// the slope. Published as w = (1.16586, 1.15770), b = −0.12567, which is the same to 3e-5.
  @Test(.data("exercises/01-logistic.csv")) func reachesTheOptimumOfTheExercise() throws {
    let path = try TestData.path("exercises/01-logistic.csv")
    let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").dropFirst()
    let rows = lines.map { $0.split(separator: ",").compactMap { Double($0) } }
    let sample = Sample(
      inputs: rows.flatMap { [Float($0[0]), Float($0[1])] }, features: ["x1", "x2"],
      labels: rows.map { Int32($0[2]) }, weights: rows.map { _ in 1 }, classes: ["0", "1"],
      task: .binary)
    let model = try #require(
      try made(LogisticRegression.self).fit(sample, validation: nil, context: silent())
        as? LinearResponse)
    let scores = try model.scores(for: sample.inputs, count: sample.count, threads: 1)
    let loss = try logLoss(scores: scores, labels: sample.labels, weights: sample.weights)
    #expect(abs(loss - 0.158305) < 1e-6)
    expectClose(model.coefficients[0], [1.1658551, 1.1576831], absolute: 1e-6)
    expectClose(model.intercepts, [-0.1256984], absolute: 1e-6)
    #expect(model.history.count < 20 && model.history[0].unit == "iteration")
  }

  /// The slope Σ w (p − y) x vanishes at the maximum of the likelihood, class by class.
  @Test func severalClassesReachTheMaximumOfTheLikelihood() throws {
    let sample = toySample(.multiclass, events: 600)
    let model = try made(LogisticRegression.self).fit(sample, validation: nil, context: silent())
    let scores = try model.scores(for: sample.inputs, count: sample.count, threads: 1)
    for k in 0..<3 {
      for j in -1..<2 {
        let slope = (0..<600).reduce(0.0) { sum, i in
          let truth = sample.labels[i] == Int32(k) ? 1.0 : 0
          let x = j < 0 ? 1 : Double(sample.inputs[i * 2 + j])
          return sum + sample.weights[i] * (scores[i * 3 + k] - truth) * x
        }
        #expect(abs(slope) < 1e-6, "class \(k), input \(j)")
      }
    }
  }

  @Test func twoClassesBySoftmaxAreTheSameModel() throws {
    var sample = toySample(.binary, events: 400)
    let binary = try made(LogisticRegression.self).fit(sample, validation: nil, context: silent())
    let p = try binary.scores(for: sample.inputs, count: 400, threads: 1)
    sample.task = .multiclass
    let several = try made(LogisticRegression.self).fit(sample, validation: nil, context: silent())
    let q = try several.scores(for: sample.inputs, count: 400, threads: 1)
    expectClose((0..<400).map { q[2 * $0 + 1] }, p, absolute: 1e-8)
  }

  @Test func manyInputsTakeTheOtherSearchToTheSameEnd() throws {
    var generator = SplitMix64(seed: 4)
    let (events, width) = (300, 620)
    var sample = Sample(
      inputs: (0..<events * width).map { _ in Float(generator.normal()) },
      features: (0..<width).map { "x\($0)" }, labels: (0..<events).map { Int32($0 % 2) },
      weights: [Double](repeating: 1, count: events), classes: ["b", "s"], task: .binary)
    for i in stride(from: 1, to: events, by: 2) { sample.inputs[i * width] += 2 }
    let method = try made(
      LogisticRegression.self, [("l2", .real(3)), ("iterations", .integer(400))])
    let model = try #require(
      try method.fit(sample, validation: nil, context: silent()) as? LinearResponse)
    let scores = try model.scores(for: sample.inputs, count: events, threads: 1)
    for j in [0, 1, 619] {
      let slope = (0..<events).reduce(3 * model.coefficients[0][j]) { sum, i in
        sum + (scores[i] - Double(sample.labels[i])) * Double(sample.inputs[i * width + j])
      }
      #expect(abs(slope) < 1e-5, "input \(j)")
    }
  }

  @Test func separableClassesEndInFiniteNumbers() throws {
    let sample = Sample(
      inputs: [-2, -1, 1, 2], features: ["x"], labels: [0, 0, 1, 1], weights: [1, 1, 1, 1],
      classes: ["b", "s"], task: .binary)
    let model = try made(LogisticRegression.self).fit(sample, validation: nil, context: silent())
    let scores = try model.scores(for: [-1, 1], count: 2, threads: 1)
    #expect(scores[0] < 1e-6 && scores[1] > 1 - 1e-6)
  }

  @Test func contradictionsAndStopsAreTold() throws {
    let error = #expect(throws: OptionProblems.self) {
      try made(LogisticRegression.self, [("l2", .real(1)), ("C", .real(1))])
    }
    #expect(
      error?.message
        == "C: says the same as 'l2' in scikit-learn's words; keep one of them (C is 1/l2).")
    let context = FitContext(seed: 1, threads: 1, shouldStop: { true })
    #expect(throws: FitError.self) {
      try made(LogisticRegression.self).fit(
        toySample(.binary, events: 50), validation: nil, context: context)
    }
  }

  /// Probabilities near one took the digits of what is left of them, and the message blamed negative weights that there were not.
  @Test(arguments: [0, 0.5], [false, true])
  func classesFarApartAreLearned(l1: Double, oneEventEach: Bool) throws {
    var generator = SplitMix64(seed: 3)
    let count = oneEventEach ? 3 : 600
    let labels = (0..<count).map { Int32($0 % 3) }
    let sample = Sample(
      inputs: labels.flatMap {
        [Float(generator.normal() + 20 * Double($0)), Float(generator.normal())]
      },
      features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
      classes: ["a", "b", "c"], task: .multiclass)
    let scores = try fitted(LogisticRegression.self, l1 > 0 ? [("l1", .real(l1))] : [], sample)
    for i in 0..<count { #expect(scores[3 * i + Int(labels[i])] > 0.8) }
    if l1 == 0 {
      for i in 0..<count { #expect(scores[3 * i + Int(labels[i])] > 1 - 1e-6) }
    }
  }
}
