internal import ApusEngine
public import ApusEvents

/// A trained feed-forward network, with what stands before and behind it.
public struct NeuralResponse: Response {
  /// The network: logits for classes, the standardized estimate for numbers.
  public let model: Sequential
  /// A row an epoch.
  public let history: [FitContext.Progress]
  /// The epoch (from 1) whose parameters were kept.
  public let bestEpoch: Int
  /// Whether early stopping ended training.
  public let stoppedEarly: Bool
  /// What is learned.
  public let task: Task
  let architecture: Architecture
  let inputScale: InputScale
  let target: (mean: Double, deviation: Double)
  private let predictors = PredictorPool()

  init(
    _ trained: Trained<Sequential>, task: Task, architecture: Architecture, inputScale: InputScale,
    target: (mean: Double, deviation: Double)
  ) {
    model = trained.model
    history = trained.history
    bestEpoch = trained.bestEpoch
    stoppedEarly = trained.stoppedEarly
    (self.task, self.architecture) = (task, architecture)
    (self.inputScale, self.target) = (inputScale, target)
  }

  /// The number of learned parameters.
  public var parameterCount: Int { model.parameterCount }

  /// The network in one line: "28-128-128-1, relu".
  public var words: String { architecture.words }

  /// Binary: the probability of signal; multiclass: a row of probabilities an event; regression: the estimate, with the
  /// loss `gaussian` the mean.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let numbers = try outputs(for: inputs, count: count, threads: threads)
    return estimatesDeviation
      ? stride(from: 0, to: numbers.count, by: 2).map { numbers[$0] } : numbers
  }

  /// The standard deviation of the target that the network estimates for each event, in the target's unit; nil where the
  /// loss was not `gaussian`.
  public func deviations(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    guard estimatesDeviation else { return nil }
    let numbers = try outputs(for: inputs, count: count, threads: threads)
    return stride(from: 1, to: numbers.count, by: 2).map { numbers[$0] }
  }

  private var estimatesDeviation: Bool { task == .regression && architecture.outputs == 2 }

  /// A row of numbers an event.
  private func outputs(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    guard count > 0 else { return [] }
    guard inputs.count == count * architecture.inputs else {
      throw FitError.unusable(
        method: NeuralMethod.name,
        reason: "each event needs \(architecture.inputs) inputs, found \(inputs.count) numbers for "
          + "\(count) events.")
    }
    let batch = count < 16 ? count : count < 1024 ? 128 : 1024
    return try predictors.borrow(batch: batch, threads: threads) {
      try predictor(batch: batch, threads: threads)
    } body: { predictor in
      try predictor(inputs, count: count)
    }
  }

  private func predictor(batch: Int, threads: Int) throws -> Predictor {
    try Predictor(width: architecture.inputs, batch: batch, threads: threads) { rows in
      let outputs = model(inputScale(rows))
      switch task {
      case .binary: return outputs.sigmoid()
      case .multiclass: return outputs.softmax()
      case .regression where estimatesDeviation:
        let mean = outputs.sliced(axis: 1, 0..<1) * target.deviation + target.mean
        let deviation = (outputs.sliced(axis: 1, 1..<2) * 0.5).exp() * target.deviation
        return Tensor.concatenate([mean, deviation], axis: 1)
      case .regression: return outputs * target.deviation + target.mean
      }
    }
  }

  /// The model in plain data.
  public func record() throws -> ModelRecord {
    let description: JSONValue = [
      "method": .string(NeuralMethod.name), "task": .string(task.rawValue),
      "architecture": architecture.json, "input_shift": JSONValue(inputScale.shift),
      "input_scale": JSONValue(inputScale.scale), "target_mean": .number(target.mean),
      "target_deviation": .number(target.deviation), "best_epoch": .int(bestEpoch),
      "stopped_early": .bool(stoppedEarly), "history": historyJSON(history),
    ]
    let tensors = (model.parameters + model.buffers).map { (name: $0.path, tensor: $0.tensor) }
    return ModelRecord(description: description.text(), tensors: tensors)
  }

  init(_ record: ModelRecord) throws {
    let json = try JSONValue(parsing: record.description)
    guard let task = json["task"]?.text.flatMap(Task.init(rawValue:)),
      let shape = json["architecture"].flatMap(Architecture.init),
      let shift = json["input_shift"]?.doubles, let scale = json["input_scale"]?.doubles,
      shift.count == shape.inputs || shift.isEmpty, scale.count == shift.count,
      task != .regression || shape.outputs <= 2, task != .binary || shape.outputs == 1
    else {
      throw ModuleError(problems: ["the description is not that of a model of the method 'mlp'"])
    }
    var model = shape.build(RandomKey(seed: 0))
    try model.load(record.tensors.map { (path: $0.name, tensor: $0.tensor) })
    let trained = Trained(
      model: model, history: readHistory(json["history"] ?? .null),
      bestEpoch: json["best_epoch"]?.integer ?? 0,
      stoppedEarly: json["stopped_early"]?.flag ?? false, memory: [])
    self.init(
      trained, task: task, architecture: shape, inputScale: InputScale(shift: shift, scale: scale),
      target: (json["target_mean"]?.double ?? 0, json["target_deviation"]?.double ?? 1))
  }
}
