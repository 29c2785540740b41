import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

typealias Content = ConfigurationValue.Content

/// A group of options.
func group(_ entries: [(String, Content)]) -> Content {
  .mapping(entries.map { .init($0.0, ConfigurationValue($0.1)) })
}

/// The method with options as a user gives them.
func mlp(_ options: [(String, Content)]) throws -> NeuralMethod {
  let (values, problems) = resolve(
    ConfigurationValue(group(options)), against: NeuralMethod.options, path: "methods.net")
  if !problems.isEmpty { throw OptionProblems(problems) }
  return try NeuralMethod(options: values)
}

/// Every word that a configuration can give trains, and what would be ignored is refused.
@Suite struct OptionTests {
  private let context = FitContext(seed: 1, threads: 1)
  private let small: [(String, Content)] = [
    ("layers", .list([8, 8].map { ConfigurationValue(.integer($0)) })), ("epochs", .integer(30)),
    ("learning_rate", .real(0.01)), ("batch", .integer(32)),
  ]

  private func losses(_ options: [(String, Content)], _ task: Task = .binary) throws -> [Double] {
    let data = toySample(task, events: 96)
    let model = try mlp(options).fit(data, validation: nil, context: context)
    let scores = try model.scores(for: data.inputs, count: data.count, threads: 1)
    #expect(scores.allSatisfy { $0.isFinite })
    return model.history.map { $0.values[0].value }
  }

  private func words(_ options: [(String, Content)], _ task: Task = .binary) -> String {
    do {
      _ = try losses(options, task)
      return "accepted"
    } catch { return "\((error as? OptionProblems)?.message ?? "\(error)")" }
  }

  @Test(arguments: activationNames) func everyActivationTrains(name: String) throws {
    let found = try losses(small + [("activation", .text(name)), ("dropout", .integer(0))])
    #expect(found[found.count - 1] < found[0], "\(name): \(found)")
  }

  @Test(arguments: Initialiser.named.map(\.name)) func everyInitialiserTrains(name: String) throws {
    let found = try losses(small + [("initializer", .text(name)), ("dropout", .integer(0))])
    #expect(found[found.count - 1] < found[0], "\(name): \(found)")
  }

  @Test func everyLossTrainsForItsTask() throws {
    for (name, _) in Loss.named {
      let tasks = [Task.binary, .multiclass, .regression].filter { task in
        (try? mlp([("loss", .text(name))]).check(task: task, inputs: 2, classes: 3)) != nil
      }
      #expect(!tasks.isEmpty, "\(name) fits no task")
      for task in tasks {
        let found = try losses(small + [("loss", .text(name)), ("dropout", .integer(0))], task)
        #expect(found[found.count - 1] < found[0], "\(name): \(found)")
      }
    }
  }

  @Test(arguments: ScheduleChoice.allCases) func everyScheduleTrains(choice: ScheduleChoice) throws
  {
    let name = ("name", Content.text(choice.rawValue))
    let alone = try losses(small + [("schedule", group([name]))])
    let warm = try losses(small + [("schedule", group([name, ("warm_up", .integer(3))]))])
    #expect(alone.count == 30 || alone.count > 10)
    #expect(warm[warm.count - 1] < warm[0])
  }

  /// Rates of the first epochs: from a tenth up in a straight line, then constant.
  @Test func warmUpRisesAndStays() throws {
    let data = toySample(.binary, events: 64)
    let model = try mlp(small + [("schedule", .text("warm_up")), ("early_stopping", .flag(false))])
      .fit(data, validation: nil, context: context)
    let rates = model.history.prefix(8).map { $0.values[1].value }
    expectClose(rates, [0.001, 0.0028, 0.0046, 0.0064, 0.0082, 0.01, 0.01, 0.01], relative: 1e-9)
  }

  @Test func otherProgramsWordsAreRead() throws {
    for (key, word) in [
      ("activation", "PReLU"), ("activation", "swish"), ("optimizer", "gd"),
      ("schedule", "reduce_on_plateau"), ("schedule", "ReduceLROnPlateau"), ("loss", "bce"),
      ("initializer", "constant"),
    ] {
      #expect(throws: Never.self, "\(key): \(word)") { _ = try mlp([(key, .text(word))]) }
    }
  }

  @Test func wrongWordsAndNumbersAreRefused() {
    #expect(
      words([("activation", .text("prelo"))]).contains("must be one of 'linear', 'step', 'sigmoid'")
    )
    #expect(words([("activation", .text("prelo"))]).contains("Did you mean 'prelu'"))
    #expect(words([("optimizer", .text("natural"))]).contains("'natural_gradient'"))
    #expect(words([("schedule", .text("reduce"))]).contains("must be one of 'constant', 'step'"))
    #expect(words([("loss", .text("gaus"))]).contains("'gaussian'"))
    #expect(
      words([("initializer", group([("name", .text("constant")), ("value", .real(1e9))]))])
        == "methods.net.initializer.value: must be a number in [-1000, 1000], got 1000000000.")
    #expect(
      words([("optimizer", group([("name", .text("newton")), ("damping", .real(-1))]))])
        == "methods.net.optimizer.damping: must be a number of at least 0, got -1.")
    #expect(
      words([("gradient_clip", .integer(0))])
        == "methods.net.gradient_clip: must be a number above 0, got 0.")
    #expect(
      words([("clip_value", .real(-0.5))])
        == "methods.net.clip_value: must be a number above 0, got -0.5.")
  }

  @Test func whatARuleWouldIgnoreIsRefusedInOneMessage() {
    #expect(
      words([
        ("optimizer", group([("name", .text("lbfgs")), ("beta1", .real(0.8))])),
        ("batch", .integer(64)), ("learning_rate", .real(0.1)), ("schedule", .text("cosine")),
        ("gradient_clip", .integer(1)),
      ])
        == "optimizer: 'lbfgs' looks at all events at once and finds directions and lengths of its steps itself, "
        + "and would ignore 'optimizer.beta1', 'batch', 'gradient_clip', 'learning_rate' and 'schedule'. Remove "
        + "them, or take a rule that uses them, such as 'adam'.")
    #expect(
      words([
        ("optimizer", .text("natural_gradient")), ("batch", .integer(64)),
        ("learning_rate", .real(0.5)), ("layers", .integer(4)),
      ])
        == "optimizer: 'natural_gradient' looks at all events at once and finds its own directions, and would "
        + "ignore 'batch'. Remove it, or take a rule that uses it, such as 'adam'.")
    #expect(
      words([("optimizer", .text("gradient_descent")), ("batch", .integer(64))])
        == "optimizer: 'gradient_descent' takes all events at each step, and would ignore 'batch'. Remove it, or "
        + "take a rule that uses it, such as 'sgd'.")
    #expect(
      words([("optimizer", group([("name", .text("sgd")), ("beta1", .real(0.8))]))])
        == "optimizer: 'sgd' would ignore 'beta1': remove it. It uses 'learning_rate', 'momentum' and "
        + "'weight_decay'.")
    for schedule in [Content.text("constant"), .flag(false)] {
      #expect(
        words([
          ("optimizer", .text("lbfgs")), ("batch", .integer(0)), ("schedule", schedule),
          ("layers", .integer(4)), ("epochs", .integer(5)), ("dropout", .integer(0)),
        ]) == "accepted")
    }
  }

  @Test func whatOtherChoicesWouldIgnoreIsRefused() {
    #expect(
      words([("schedule", group([("name", .text("cosine")), ("patience", .integer(3))]))])
        == "schedule: 'cosine' would ignore 'patience': remove it. It uses 'floor' and 'warm_up'.")
    #expect(
      words([("loss", group([("name", .text("mae")), ("delta", .real(2))]))], .regression)
        == "loss: 'mae' would ignore 'delta': remove it. It has no options.")
    #expect(
      words([("initializer", group([("name", .text("normal")), ("value", .real(2))]))])
        == "initializer: 'normal' would ignore 'value': remove it. It uses 'deviation'.")
    #expect(
      words([("layers", .list([])), ("activation", .text("relu")), ("dropout", .real(0.2))])
        == "layers: [] has no hidden units, on which 'activation' and 'dropout' would act. Remove them, or give "
        + "the units of each hidden layer.")
    #expect(
      words([
        ("layers", .list([64, 32].map { ConfigurationValue(.integer($0)) })),
        ("residual", .flag(true)),
      ])
        == "residual: needs a hidden layer that follows one of equal size, found [64, 32]. Take layers such as "
        + "[64, 64], or remove it.")
    #expect(
      words([("batch", .integer(1)), ("batch_norm", .flag(true))])
        == "batch_norm: needs batches of at least 2 events: what is normalised by the spread of one is 0. Take a "
        + "larger batch, or layer_norm.")
    #expect(
      words([("lp", group([("power", .real(0.5))]))])
        == "lp: has no effect with a strength of 0. Give lp.strength, such as 1e-4, or remove lp.")
    #expect(
      words([("balance_classes", .flag(true))], .regression)
        == "balance_classes: has no meaning for the task 'regression', which has no classes. Remove it."
    )
    #expect(
      words([
        ("optimizer", .text("natural_gradient")), ("layers", .integer(4)), ("loss", .text("hinge")),
      ])
      .hasPrefix("loss: natural_gradient needs a loss that is the logarithm of a likelihood"))
    #expect(
      words([("optimizer", .text("natural_gradient"))])
        .hasPrefix(
          "optimizer: natural_gradient takes the whole Fisher metric and is for at most 1000 parameters"
        ))
  }

  /// The slopes of PReLU are learned and stored with the model; no penalty acts on them.
  @Test func preluLearnsASlopeAUnit() throws {
    let data = toySample(.binary, events: 200)
    let model = try mlp(small + [("activation", .text("prelu")), ("l2", .real(1))]).fit(
      data, validation: nil, context: context)
    #expect(model.parameterCount == 2 * 8 + 8 + 8 + 8 * 8 + 8 + 8 + 8 + 1)
    let record = try model.record()
    let slopes = try #require(record.tensors.first { $0.name == "1.slope" }).tensor
    #expect(slopes.shape == [8])
    #expect(try slopes.doubles().contains { abs($0 - 0.25) > 0.01 })
    let restored = try NeuralMethod.restore(record)
    #expect(
      try restored.scores(for: data.inputs, count: 200, threads: 1)
        == model.scores(for: data.inputs, count: 200, threads: 1))
  }

  /// Squares and absolute errors of two classes are those of the probability, so that 0.5 parts the classes.
  @Test(arguments: ["mse", "mae", "hinge", "focal"])
  func scoresOfEveryBinaryLossPartTheClassesAtOneHalf(name: String) throws {
    let data = toySample(.binary, events: 400)
    let model = try mlp(small + [("loss", .text(name))]).fit(
      data, validation: nil, context: context)
    let scores = try model.scores(for: data.inputs, count: 400, threads: 1)
    let right = zip(scores, data.labels).count { ($0 > 0.5) == ($1 == 1) }
    #expect(right > 300, "\(name): \(right) of 400")
    #expect(scores.contains { $0 < 0.3 } && scores.contains { $0 > 0.7 }, "\(name)")
  }
}
