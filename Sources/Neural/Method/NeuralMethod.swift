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
  /// Several targets are as many outputs; the loss is its mean over them, each in units of its deviation.
  public static let takesSeveralTargets = true
  /// Its options.
  public static let options = neuralOptions

  let values: OptionValues

  /// Makes the method.
  /// - Throws: `OptionProblems` where options contradict each other.
  public init(options: OptionValues) throws {
    values = options
    let problems = OptionConflicts(options).problems
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Learns from a sample; validation events are watched for early stopping and the schedule.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try check(training, "training")
    if let validation, validation.count > 0 { try check(validation, "validation") }
    // In single precision weights of any scale have no room.
    let training = training.weighed(inUnitsOf: weightUnit(of: training.weights))
    let validation = validation.map { $0.weighed(inUnitsOf: weightUnit(of: $0.weights)) }
    try self.check(
      task: training.task, inputs: training.features.count, classes: training.classes.count)
    let architecture = architecture(
      for: training.task, inputs: training.features.count, classes: training.classes.count)
    let scale = InputScale(
      training.inputs, columns: training.features.count, weights: training.weights)
    let targets = targetScales(training)
    let data = prepared(training, scale, targets)
    let watched = validation.flatMap { $0.count > 0 ? prepared($0, scale, targets) : nil }
    let model = architecture.build(RandomKey(seed: context.seed).fold("weights"))
    let trainer = try trainer(
      for: training.task, settings(model, events: data.count, context))
    let trained: Trained<Sequential>
    if let minimiser {
      try checkMetric(minimiser, data.count * architecture.outputs, model.parameterCount)
      trained = try trainer.fit(model, with: minimiser, on: data, validation: watched)
    } else {
      trained = try trainer.fit(model, on: data, validation: watched)
    }
    return NeuralResponse(
      trained, task: training.task, architecture: architecture, inputScale: scale,
      targets: targets)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try NeuralResponse(record)
  }

  /// The network for a task.
  func architecture(for task: Task, inputs: Int, classes: Int) -> Architecture {
    Architecture(
      inputs: inputs, outputs: outputs(for: task, classes: classes), dropout: dropout(for: task),
      options: values)
  }
}
