import ApusNeural
import ApusEngine
import ApusEvents
import TestSupport
import Testing

@Suite struct NeuralMethodTests {
  private func method(_ options: [(String, ConfigurationValue.Content)] = []) throws -> NeuralMethod
  {
    let given = ConfigurationValue(
      .mapping(options.map { .init($0.0, ConfigurationValue($0.1)) }))
    let (values, problems) = resolve(given, against: NeuralMethod.options, path: "methods.dnn")
    #expect(problems == [])
    return try NeuralMethod(options: values)
  }

  private func sample(_ count: Int, task: Task = .binary, seed: UInt64 = 5) throws -> Sample {
    let data = try rings(count, seed: seed)
    let inputs = try data.inputs[0].scalars(as: Float.self)
    let labels = try data.targets[0].doubles().map { Int32($0) }
    let ones = [Double](repeating: 1, count: count)
    switch task {
    case .binary:
      return Sample(
        inputs: inputs, features: ["x", "y"], labels: labels, weights: ones,
        classes: ["background", "signal"], task: .binary)
    case .multiclass:
      let three = labels.enumerated().map { $1 == 1 ? 1 : inputs[2 * $0] > 0 ? Int32(2) : 0 }
      return Sample(
        inputs: inputs, features: ["x", "y"], labels: three, weights: ones,
        classes: ["left", "middle", "right"], task: .multiclass)
    case .regression:
      let targets = (0..<count).map { 100 + 20 * Double(inputs[2 * $0]) }
      return Sample(
        inputs: inputs, features: ["x", "y"], targets: targets, weights: ones, task: .regression)
    }
  }

  private let context = FitContext(seed: 1, threads: 1)
  private let small: [(String, ConfigurationValue.Content)] = [
    ("layers", .list([ConfigurationValue(.integer(16)), ConfigurationValue(.integer(16))])),
    ("learning_rate", .real(0.01)), ("epochs", .integer(60)), ("batch", .integer(32)),
  ]

  @Test func binarySeparatesSignalWithLargerScores() throws {
    let model = try method(small).fit(
      try sample(400), validation: try sample(100, seed: 6), context: context)
    let test = try sample(400, seed: 7)
    let scores = try model.scores(for: test.inputs, count: 400, threads: 1)
    #expect(scores.allSatisfy { $0 >= 0 && $0 <= 1 })
    #expect(zip(scores, test.labels).count { ($0 > 0.5) == ($1 == 1) } >= 396)
    #expect(model.parameterCount == 2 * 16 + 16 + 16 * 16 + 16 + 16 + 1)
    #expect(model.history.count > 1)
    #expect(model.history[0].values.map(\.name) == ["loss", "validation_loss", "learning_rate"])
  }

  /// Predictors are kept between calls and lent to one at a time.
  @Test func eventsAreScoredAlikeAloneTogetherAndByManyTasks() async throws {
    let model = try method(small).fit(try sample(400), validation: nil, context: context)
    let test = try sample(300, seed: 7)
    let together = try model.scores(for: test.inputs, count: 300, threads: 1)
    #expect(try model.scores(for: test.inputs, count: 300, threads: 1) == together)
    for event in 0..<300 {
      let row = Array(test.inputs[(2 * event)..<(2 * event + 2)])
      let alone = try model.scores(for: row, count: 1, threads: 1)
      #expect(abs(alone[0] - together[event]) < 1e-6)
    }
    try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<8 {
        group.addTask {
          try (0..<20).allSatisfy { _ in
            try model.scores(for: test.inputs, count: 300, threads: 1) == together
          }
        }
      }
      for try await same in group { #expect(same) }
    }
  }

  @Test func multiclassGivesARowOfProbabilities() throws {
    let model = try method(small).fit(
      try sample(400, task: .multiclass), validation: nil, context: context)
    let test = try sample(200, task: .multiclass, seed: 7)
    let scores = try model.scores(for: test.inputs, count: 200, threads: 1)
    #expect(scores.count == 600)
    var right = 0
    for event in 0..<200 {
      let row = scores[(3 * event)..<(3 * event + 3)]
      #expect(abs(row.reduce(0, +) - 1) < 1e-5)
      if row.firstIndex(of: row.max() ?? 0) == 3 * event + Int(test.labels[event]) { right += 1 }
    }
    #expect(right >= 186, "\(right) of 200")
  }

  @Test func regressionEstimatesInTheUnitOfTheTarget() throws {
    let model = try method(small).fit(
      try sample(400, task: .regression), validation: nil, context: context)
    let test = try sample(100, task: .regression, seed: 7)
    let scores = try model.scores(for: test.inputs, count: 100, threads: 1)
    let error = zip(scores, test.targets).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) } / 100
    #expect(error.squareRoot() < 2, "targets are 100 ± 16: rms \(error.squareRoot())")
  }

  @Test func savedAndRestoredGivesTheSameScoresAndHistory() throws {
    let options =
      small + [
        ("batch_norm", .flag(true)), ("dropout", .real(0.1)), ("residual", .flag(true)),
      ]
    var data = try sample(200)
    for event in 0..<200 { data.inputs[2 * event] = data.inputs[2 * event] * 100 + 5000 }
    let model = try method(options).fit(data, validation: nil, context: context)
    let record = try model.record()
    let restored = try NeuralMethod.restore(record)
    #expect(
      try restored.scores(for: data.inputs, count: 200, threads: 1)
        == model.scores(for: data.inputs, count: 200, threads: 1))
    #expect(
      restored.history.map { $0.values.map(\.value) }
        == model.history.map { $0.values.map(\.value) })
    #expect(restored.parameterCount == model.parameterCount)
    let scores = try model.scores(for: data.inputs, count: 200, threads: 1)
    #expect(
      zip(scores, data.labels).count { ($0 > 0.5) == ($1 == 1) } > 180, "raw columns are scaled")
    #expect(throws: JSONError.self) {
      _ = try NeuralMethod.restore(ModelRecord(description: "{", tensors: []))
    }
    #expect(throws: ModuleError.self) {
      _ = try NeuralMethod.restore(ModelRecord(description: "{}", tensors: record.tensors))
    }
    #expect(throws: ModuleError.self) {
      _ = try NeuralMethod.restore(ModelRecord(description: record.description, tensors: []))
    }
  }

  @Test func aWeightOfZeroIsAbsenceAndRefittingGivesTheSameBits() throws {
    let data = try sample(128)
    var extended = try sample(160)
    for event in 128..<160 { extended.weights[event] = 0 }
    let one = try method(small).fit(data, validation: nil, context: context)
    let two = try method(small).fit(extended, validation: nil, context: context)
    let again = try method(small).fit(data, validation: nil, context: context)
    let scores = try one.scores(for: data.inputs, count: 128, threads: 1)
    #expect(try two.scores(for: data.inputs, count: 128, threads: 1) == scores)
    #expect(try again.scores(for: data.inputs, count: 128, threads: 1) == scores)
  }

  @Test func batchesOfScoresEqualSingleOnes() throws {
    let data = try sample(100)
    let model = try method(small).fit(data, validation: nil, context: context)
    let many = try model.scores(
      for: [Float](repeating: 0.3, count: 2 * 2500), count: 2500, threads: 2)
    let one = try model.scores(for: [0.3, 0.3], count: 1, threads: 1)
    expectClose(many, [Double](repeating: one[0], count: 2500), absolute: 1e-6)
    #expect(try model.scores(for: [], count: 0, threads: 1) == [])
    #expect(throws: FitError.self) { _ = try model.scores(for: [1], count: 1, threads: 1) }
  }

  @Test func everyOptimizerAndScheduleOfTheTableTrains() throws {
    let data = try sample(96)
    for rule in OptimizerChoice.allCases {
      let model = try method([
        ("layers", .integer(8)), ("optimizer", .text(rule.rawValue)), ("epochs", .integer(30)),
        ("early_stopping", .flag(false)),
      ]).fit(data, validation: nil, context: context)
      let losses = model.history.map { $0.values[0].value }
      #expect(losses.allSatisfy(\.isFinite) && losses.count > 1, "\(rule)")
      #expect((losses.min() ?? 1) < losses[0], "\(rule) lowers the loss: \(losses)")
    }
    for schedule in ["constant", "step", "exponential", "cosine", "one_cycle", "plateau"] {
      let model = try method([
        ("layers", .integer(4)), ("epochs", .integer(3)),
        (
          "schedule",
          .mapping([
            .init("name", ConfigurationValue(.text(schedule))),
            .init("warm_up", ConfigurationValue(.integer(1))),
          ])
        ),
      ]).fit(data, validation: nil, context: context)
      #expect(model.history.count == 3)
    }
  }

  @Test(.data("exercises/01-logistic.csv")) func aLinearModelFromTheTableIsLogisticRegression()
    throws
  {
    let exercise = try exercise("01-logistic.csv")
    let data = Sample(
      inputs: try exercise.inputs[0].scalars(as: Float.self), features: ["x1", "x2"],
      labels: try exercise.targets[0].doubles().map { Int32($0) },
      weights: exercise.weights, classes: ["background", "signal"], task: .binary)
    let model = try method([
      ("layers", .list([])), ("optimizer", .text("newton")), ("balance_classes", .flag(false)),
      ("epochs", .integer(20)),
    ]).fit(data, validation: nil, context: context)
    let loss = model.history.last?.values[0].value ?? 0
    expectClose(loss, 0.158305, absolute: 1e-6)
  }

  @Test func badSamplesAreRefusedInWords() throws {
    var data = try sample(20)
    data.inputs[7] = .nan
    func words(_ data: Sample) throws -> String {
      let method = try method(small)
      let error = #expect(throws: FitError.self) {
        _ = try method.fit(data, validation: nil, context: context)
      }
      return error?.message ?? ""
    }
    #expect(try words(data).hasPrefix("mlp: input 'y' of training event 3 is nan"))
    var one = try sample(20)
    one.labels = one.labels.map { _ in 0 }
    #expect(try words(one).contains("no training events of class 'signal'"))
    var none = try sample(20)
    none.weights = none.weights.map { _ in 0 }
    #expect(try words(none).contains("positive sum of weights"))
    var strange = try sample(20)
    strange.labels[4] = 7
    #expect(
      try words(strange) == "mlp: the label of training event 4 is 7; it must be in [0, 1].")
    // A penalty that overflows: told at the start, where it was once taken for the end of the descent.
    let huge = try method(
      small.filter { $0.0 != "learning_rate" && $0.0 != "batch" } + [
        ("optimizer", .text("lbfgs")), ("l2", .real(1e308)),
      ])
    let error = #expect(throws: FitError.self) {
      _ = try huge.fit(try sample(20), validation: nil, context: context)
    }
    #expect(error?.message.hasPrefix("mlp: the loss is not finite at the start. Try") == true)
  }

  @Test func contradictingOptionsAreRefusedTogether() throws {
    let error = #expect(throws: OptionProblems.self) {
      _ = try method([
        ("learning_rate", .real(0.1)), ("batch_norm", .flag(true)), ("layer_norm", .flag(true)),
        (
          "optimizer",
          .mapping([
            .init("name", ConfigurationValue(.text("lbfgs"))),
            .init("learning_rate", ConfigurationValue(.real(0.2))),
          ])
        ),
      ])
    }
    #expect(error?.problems.map(\.path) == ["learning_rate", "layer_norm", "optimizer"])
    let loss = #expect(throws: OptionProblems.self) {
      _ = try method([("loss", .text("huber"))]).fit(
        try sample(20), validation: nil, context: context)
    }
    #expect(loss?.message.contains("does not fit the task 'binary'") == true)
  }

  /// A01: what every method must keep to. A weight of two is the event twice only where every step looks at all events:
  /// batches are drawn event by event, and an event that is there twice is drawn twice. So the whole battery is for the
  /// rule that takes all events, in double precision.
  @Test func itPassesTheBatteryOfAllMethods() throws {
    try checkMethod(
      NeuralMethod.self,
      options: [
        ("layers", .integer(6)), ("optimizer", .text("lbfgs")), ("epochs", .integer(30)),
        ("l2", .real(1e-3)), ("early_stopping", .flag(false)),
      ], tolerance: 1e-4)
  }

  /// A01: with all events at each step of gradient descent, in single precision.
  @Test func itPassesTheBatteryWithGradientDescent() throws {
    try checkMethod(
      NeuralMethod.self,
      options: [
        ("layers", .integer(6)), ("optimizer", .text("gradient_descent")), ("epochs", .integer(60)),
        ("dropout", .integer(0)), ("early_stopping", .flag(false)),
      ], tolerance: 1e-4)
  }

  /// A01: as it is when nothing is said, without the two checks of weights; see
  /// ``aWeightOfZeroIsAbsenceAndRefittingGivesTheSameBits()``.
  @Test func itPassesTheBatteryWithItsDefaults() throws {
    try checkMethod(NeuralMethod.self, options: [("epochs", .integer(8))], tolerance: nil)
  }

  /// Inputs that are scaled by the network itself are scaled by what counts: weights enter, and a weight of zero is absence.
  @Test func theScaleOfInputsCountsWeights() throws {
    var data = toySample(.binary, events: 200)
    for place in data.inputs.indices { data.inputs[place] = data.inputs[place] * 50 + 900 }
    var extended = data.selecting(Array(0..<200) + Array(0..<40))
    for event in 200..<240 {
      extended.weights[event] = 0
      extended.inputs[2 * event] = 1e5
    }
    let method = try method(small)
    let one = try method.fit(data, validation: nil, context: context)
    let two = try method.fit(extended, validation: nil, context: context)
    #expect(
      try two.scores(for: data.inputs, count: 200, threads: 1)
        == one.scores(for: data.inputs, count: 200, threads: 1))
  }
}
