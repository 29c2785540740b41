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
  /// The mean and deviation of each target; none for classes.
  let targets: [(mean: Double, spread: Double)]
  private let predictors = PredictorPool()

  init(
    _ trained: Trained<Sequential>, task: Task, architecture: Architecture, inputScale: InputScale,
    targets: [(mean: Double, spread: Double)]
  ) {
    model = trained.model
    history = trained.history
    bestEpoch = trained.bestEpoch
    stoppedEarly = trained.stoppedEarly
    (self.task, self.architecture) = (task, architecture)
    (self.inputScale, self.targets) = (inputScale, targets)
  }

  /// The number of learned parameters.
  public var parameterCount: Int { model.parameterCount }

  /// The network in one line: "28-128-128-1, relu".
  public var words: String { architecture.words }

  /// Binary: the probability of signal; multiclass: a row of probabilities an event; regression: the estimate, with the
  /// loss `gaussian` the mean.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let numbers = try outputs(for: inputs, count: count, threads: threads)
    return estimatesDeviation ? half(of: numbers, from: 0) : numbers
  }

  /// The standard deviation of each target that the network estimates for each event, in the target's unit; nil where
  /// the loss was not `gaussian`.
  public func deviations(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    guard estimatesDeviation else { return nil }
    let numbers = try outputs(for: inputs, count: count, threads: threads)
    return half(of: numbers, from: targets.count)
  }

  private var estimatesDeviation: Bool {
    task == .regression && architecture.outputs == 2 * targets.count
  }

  /// The means or the deviations in rows of both.
  private func half(of numbers: [Double], from first: Int) -> [Double] {
    let count = targets.count
    return stride(from: first, to: numbers.count, by: 2 * count).flatMap {
      numbers[$0..<$0 + count]
    }
  }

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
        let count = targets.count
        let mean = inUnits(outputs.sliced(axis: 1, 0..<count))
        let logarithm = outputs.sliced(axis: 1, count..<2 * count)
        return Tensor.concatenate([mean, spreads((logarithm * 0.5).exp())], axis: 1)
      case .regression: return inUnits(outputs)
      }
    }
  }

  /// Estimates in the units of the targets.
  private func inUnits(_ estimates: Tensor) -> Tensor {
    guard targets.count > 1 else { return spreads(estimates) + targets[0].mean }
    return spreads(estimates) + Tensor(targets.map { Float($0.mean) }, shape: [1, targets.count])
  }

  /// Deviations in the units of the targets.
  private func spreads(_ deviations: Tensor) -> Tensor {
    guard targets.count > 1 else { return deviations * targets[0].spread }
    return deviations * Tensor(targets.map { Float($0.spread) }, shape: [1, targets.count])
  }

  /// The model in plain data.
  public func record() throws -> ModelRecord {
    let description: JSONValue = [
      "method": .string(NeuralMethod.name), "task": .string(task.rawValue),
      "architecture": architecture.json, "input_shift": JSONValue(inputScale.shift),
      "input_scale": JSONValue(inputScale.scale),
      "target_mean": numbers(targets.map(\.mean), none: 0),
      "target_deviation": numbers(targets.map(\.spread), none: 1), "best_epoch": .int(bestEpoch),
      "stopped_early": .bool(stoppedEarly), "history": historyJSON(history),
    ]
    let tensors = (model.parameters + model.buffers).map { (name: $0.path, tensor: $0.tensor) }
    return ModelRecord(description: description.text(), tensors: tensors)
  }

  /// One number, or a list of several.
  private func numbers(_ values: [Double], none: Double) -> JSONValue {
    values.count > 1 ? JSONValue(values) : .number(values.first ?? none)
  }

  init(_ record: ModelRecord) throws {
    let json = try JSONValue(parsing: record.description)
    guard let task = json["task"]?.text.flatMap(Task.init(rawValue:)),
      let shape = json["architecture"].flatMap(Architecture.init),
      let shift = json["input_shift"]?.doubles, let scale = json["input_scale"]?.doubles,
      shift.count == shape.inputs || shift.isEmpty, scale.count == shift.count,
      let targets = Self.targets(json, task),
      task != .regression || [1, 2].contains(Double(shape.outputs) / Double(targets.count)),
      task != .binary || shape.outputs == 1
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
      targets: targets)
  }

  /// The scales of the targets; nil where they do not fit each other.
  private static func targets(_ json: JSONValue, _ task: Task) -> [(mean: Double, spread: Double)]?
  {
    guard task == .regression else { return [] }
    func list(_ key: String, none: Double) -> [Double] {
      json[key]?.doubles ?? [json[key]?.double ?? none]
    }
    let (means, spreads) = (list("target_mean", none: 0), list("target_deviation", none: 1))
    guard means.count == spreads.count, !means.isEmpty else { return nil }
    return zip(means, spreads).map { ($0, $1) }
  }
}
