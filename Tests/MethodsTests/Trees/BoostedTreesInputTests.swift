import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import TestSupport
import Testing

@Suite struct BoostedTreesInputTests {
  func words(_ body: () throws -> Void) -> String {
    do { try body() } catch { return "\(error)" }
    return "nothing was thrown"
  }

  @Test func uselessColumnsChangeNothing() throws {
    let sample = treeSample(400, width: 3)
    let base = try scores(try fitted(BoostedTreesPropertyTests.small, sample), sample)
    // Constant, all missing, and a copy of the first.
    var wide = sample
    wide.features += ["constant", "missing", "copy"]
    wide.inputs = []
    for i in 0..<400 {
      wide.inputs += sample.inputs[3 * i..<3 * i + 3]
      wide.inputs += [7, Float.nan, sample.inputs[3 * i]]
    }
    let model = try fitted(BoostedTreesPropertyTests.small, wide)
    #expect(try scores(model, wide) == base)
    #expect(Array(model.importances.suffix(3)) == [0, 0, 0])
    expectClose(model.importances.reduce(0, +), 1, absolute: 1e-12)
  }

  @Test func nothingToCutGivesTheBestConstant() throws {
    var sample = treeSample(100, width: 1)
    sample.inputs = sample.inputs.map { _ in 3 }
    let model = try fitted([], sample)
    let signal = zip(sample.labels, sample.weights).reduce(0) { $0 + Double($1.0) * $1.1 }
    let expected = signal / sample.weights.reduce(0, +)
    expectClose(try scores(model, sample), sample.labels.map { _ in expected }, absolute: 1e-9)
    #expect(model.history.count == 1, "one tree without a cut ends the fit")
  }

  @Test func oneEventEach() throws {
    let sample = Sample(
      inputs: [1, 2], features: ["x"], labels: [0, 1], weights: [1, 1], classes: ["b", "s"],
      task: .binary)
    let constant = try scores(try fitted([], sample), sample)
    expectClose(constant, [0.5, 0.5], absolute: 1e-9, "20 events a leaf allow no cut")
    let found = try scores(try fitted([("min_events", .integer(1))], sample), sample)
    #expect(found[0] < 0.01 && found[1] > 0.99)
    let number = Sample(inputs: [1], features: ["x"], targets: [4], weights: [1], task: .regression)
    #expect(try scores(try fitted([], number), number) == [4])
  }

  @Test func extremeNumbersAreNumbers() throws {
    var sample = treeSample(300, width: 2)
    for i in 0..<300 {
      sample.inputs[2 * i] =
        sample.labels[i] == 1 ? .greatestFiniteMagnitude : -.greatestFiniteMagnitude
    }
    let found = try scores(try fitted(BoostedTreesPropertyTests.small, sample), sample)
    #expect(zip(found, sample.labels).allSatisfy { ($0 > 0.5) == ($1 == 1) })
    let infinite = try fitted(BoostedTreesPropertyTests.small, sample)
      .scores(for: [.infinity, 0, -.infinity, 0], count: 2, threads: 1)
    #expect(infinite[0] > 0.5 && infinite[1] < 0.5)
    sample.weights = sample.weights.map { $0 * 1e-200 }
    #expect(try scores(try fitted([], sample), sample).allSatisfy { $0.isFinite })
    sample.weights = sample.weights.map { $0 * 1e300 }
    #expect(try scores(try fitted([], sample), sample).allSatisfy { $0.isFinite })
  }

  @Test func mistakesAreTold() throws {
    let sample = treeSample(50)
    #expect(
      words { _ = try fitted([("monotone", .text("x0"))], sample) }
        == "monotone: 'x0' must start with + (the score rises with the input) or -: '+x0'.")
    #expect(
      words { _ = try fitted([("categorical", .text("x8"))], sample) }
        == "categorical: there is no input 'x8'. Did you mean 'x0', 'x1', 'x2'?")
    #expect(
      words { _ = try made(BoostedTrees.self, [("BoostType", .text("AdaBoost"))]) }
        == "boost: 'bdt' boosts by gradients; for AdaBoost take the method 'adaboost' (type: adaboost)."
    )
    #expect(
      words { _ = try fitted([("loss", .text("squared"))], sample) }
        == "loss: 'squared' does not fit the task 'binary', which takes 'logistic'.")
    #expect(
      words { _ = try made(BoostedTrees.self, [("subsample", .real(0))]) }.contains("above 0"))
    var counts = treeSample(50, task: .regression)
    counts.targets[3] = -1
    #expect(
      words { _ = try fitted([("loss", .text("poisson"))], counts) }.contains("at least 0"))
    let stopped = FitContext(seed: 1, threads: 1, shouldStop: { true })
    #expect(throws: FitError.self) {
      try made(BoostedTrees.self).fit(sample, validation: nil, context: stopped)
    }
  }

  @Test func brokenModelsAreRefused() throws {
    let model = try fitted([("trees", .integer(2))], treeSample(200))
    let record = try model.record()
    for (name, values) in [
      ("child", [Int32](repeating: 0, count: model.ensemble.nodes.count)),
      ("column", [Int32](repeating: 9, count: model.ensemble.nodes.count)),
      ("roots", [Int32(5), 2]), ("set", [Int32](repeating: 3, count: model.ensemble.nodes.count)),
    ] {
      var broken = record
      guard let place = broken.tensors.firstIndex(where: { $0.name == name }) else { continue }
      broken.tensors[place].tensor = Tensor(values)
      #expect(throws: RecordError.self, "\(name)") { try BoostedTrees.restore(broken) }
    }
  }

  /// XGBoost's base_score is a probability; it was taken for log-odds.
  @Test func aBaseScoreIsAnAnswer() throws {
    let still: Given = [("trees", .integer(1)), ("learning_rate", .real(1e-12))]
    let sample = treeSample(200)
    for p in [0.5, 0.2] {
      expectClose(
        try scores(try fitted(still + [("base_score", .real(p))], sample), sample),
        sample.labels.map { _ in p }, absolute: 1e-9)
    }
    let numbers = treeSample(200, task: .regression)
    expectClose(
      try scores(try fitted(still + [("base_score", .real(7))], numbers), numbers),
      numbers.targets.map { _ in 7 }, absolute: 1e-9)
  }

  /// Zero is no limit in XGBoost and LightGBM; here it left every leaf at zero.
  @Test func aStepOfZeroIsNoLimit() throws {
    let sample = treeSample(400)
    #expect(
      try scores(
        try fitted([("trees", .integer(5)), ("max_delta_step", .integer(0))], sample), sample)
        == scores(
          try fitted([("trees", .integer(5)), ("max_step", .real(.infinity))], sample), sample))
  }

  /// Two groups of ten events at −1 and +1: G²/H of the sides is 10 + 10, of the root 0.
  @Test func theLeastGainIsThatOfXGBoost() throws {
    let sample = Sample(
      inputs: (0..<20).map { Float($0 / 10) }, features: ["x"],
      targets: (0..<20).map { $0 < 10 ? -1 : 1 }, weights: (0..<20).map { _ in 1 },
      task: .regression)
    func nodes(_ gamma: Double) throws -> Int {
      let options: Given = [
        ("trees", .integer(1)), ("min_events", .integer(1)), ("gamma", .real(gamma)),
      ]
      return try fitted(options, sample).ensemble.nodes.count
    }
    #expect(try nodes(19.99) == 3 && nodes(20.01) == 1)
  }
}
