internal import ApusEngine
public import ApusEvents

/// The methods of this room.
public let neuralMethods: [any Method.Type] = [NeuralMethod.self]

/// A feed-forward network with event weights, for two classes, more, or numbers.
public struct NeuralMethod: Method {
  /// "mlp".
  public static let name = "mlp"
  /// Other words for it.
  public static let aliases = ["dnn", "nn", "neural_network", "MLPClassifier", "kMLP", "kDNN"]
  /// What it does.
  public static let summary =
    "Feed-forward neural network (Rumelhart, Hinton, Williams 1986), trained with event weights; "
    + "does well without being told anything."
  /// All tasks.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options = neuralOptions

  let values: OptionValues

  /// Makes the method.
  /// - Throws: `OptionProblems` where options contradict each other.
  public init(options: OptionValues) throws {
    values = options
    let problems = Self.contradictions(options)
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Learns from a sample; validation events are watched for early stopping and the schedule.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try check(training, "training")
    if let validation, validation.count > 0 { try check(validation, "validation") }
    let outputs = training.task == .multiclass ? training.classes.count : 1
    try self.check(
      task: training.task, inputs: training.features.count, classes: training.classes.count)
    let architecture = Architecture(
      inputs: training.features.count, outputs: outputs, dropout: dropout(for: training.task),
      options: values)
    let scale = InputScale(training.inputs, columns: training.features.count)
    let target = training.task == .regression ? spread(training) : (0, 1)
    let data = prepared(training, scale, target)
    let watched = validation.flatMap { $0.count > 0 ? prepared($0, scale, target) : nil }
    let model = architecture.build(RandomKey(seed: context.seed).fold("weights"))
    let trainer = Trainer<Sequential>(
      try loss(for: training.task), settings(model, events: data.count, context))
    let trained: Trained<Sequential>
    if let minimiser {
      trained = try trainer.fit(model, with: minimiser, on: data, validation: watched)
    } else {
      trained = try trainer.fit(model, on: data, validation: watched)
    }
    return NeuralResponse(
      trained, task: training.task, architecture: architecture, inputScale: scale, target: target)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try NeuralResponse(record)
  }

  private static func contradictions(_ options: OptionValues) -> [OptionProblems.Problem] {
    var problems: [OptionProblems.Problem] = []
    let rule = options.group("optimizer")
    if options.real("learning_rate") != nil, rule?.real("learning_rate") != nil {
      problems.append(
        .init(
          path: "learning_rate",
          text: "is given here and as optimizer.learning_rate; keep one."))
    }
    if options.flag("batch_norm"), options.flag("layer_norm") {
      problems.append(
        .init(path: "layer_norm", text: "can't be combined with batch_norm; keep one."))
    }
    let looksAtAll = ["lbfgs", "newton"].contains(rule?.text("name") ?? "adam")
    if looksAtAll, options.flag("batch_norm") || (options.real("dropout") ?? 0) > 0 {
      problems.append(
        .init(
          path: "optimizer",
          text: "lbfgs and newton look at all events at once and can't be combined with "
            + "batch_norm or dropout; use adam."))
    }
    return problems
  }
}
