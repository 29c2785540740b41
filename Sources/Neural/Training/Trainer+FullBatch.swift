internal import ApusEngine
internal import ApusEvents

extension Trainer {
  /// Trains with a rule that looks at all events at once (L-BFGS, Newton), in double precision.
  ///
  /// Dropout and batch statistics are off: the objective must be a function of the parameters. The penalty is part
  /// of the objective, and of the reported loss. Checkpoints and resuming are those of the other rules.
  public func fit(
    _ model: M, with minimiser: any Minimiser, on training: TrainingData,
    validation: TrainingData? = nil
  ) throws -> Trained<M> {
    var run = try FullBatchRun(self, model, minimiser, training, validation)
    return try run.complete()
  }

  /// Σwℓ/Σw over all events, plus the penalty, as a function of the flat vector of parameters.
  ///
  /// Frozen parameters have no gradient.
  /// - Parameters:
  ///   - model: The model, whose parameters are replaced.
  ///   - data: All events.
  ///   - curvature: The matrix that is compiled with it. The metric is Σw JᵀMJ/Σw with J the derivatives of an event's
  ///     outputs and M the metric of the loss; it keeps J of all events, count · events · outputs numbers.
  public func objective(_ model: M, _ data: TrainingData, curvature: Curvature = .none) throws
    -> Objective
  {
    let point = FullBatchGraph(self, model, data)
    return try Objective(
      count: point.layout.count, threads: settings.threads, hessian: curvature == .hessian,
      metric: curvature == .metric ? { point.metric($0, metric) } : nil
    ) { point.value($0) }
  }
}

/// The graph of the objective over all events, in double precision.
private struct FullBatchGraph<M: Model> {
  let model: M
  let layout: ParameterLayout
  let data: TrainingData
  let weights: Tensor
  let mask: Tensor
  let loss: ([Tensor], [Tensor]) -> Tensor
  let penalty: Penalty
  /// Frozen parameters: which, and their values.
  let frozen: (mask: Tensor, values: Tensor)?

  init(_ trainer: Trainer<M>, _ model: M, _ data: TrainingData) {
    self.model = model.cast(to: .float64)
    layout = model.layout
    self.data = data
    weights = Tensor(data.weights)
    mask = layout.mask(dtype: .float64, where: TrainingSettings.isWeight)
    (loss, penalty) = (trainer.objective, trainer.settings.penalty)
    guard let isFrozen = trainer.settings.isFrozen else {
      frozen = nil
      return
    }
    let start = layout.flat(self.model.parameters.map(\.tensor), dtype: .float64)
    frozen = (layout.mask(dtype: .float64, where: isFrozen) .> 0.5, start)
  }

  private func outputs(_ parameters: Tensor) -> [Tensor] {
    var net = model
    net.setParameters(layout.slices(of: parameters))
    let inputs = data.inputs.map { $0.dtype.isFloating ? $0.cast(to: .float64) : $0 }
    return net(inputs, .inference)
  }

  private func moving(_ parameters: Tensor) -> Tensor {
    frozen.map { $0.mask.select($0.values, parameters) } ?? parameters
  }

  func value(_ given: Tensor) -> Tensor {
    let parameters = moving(given)
    let values = loss(outputs(parameters), data.targets).cast(to: .float64)
    let mean = (values * weights).sum() / weights.sum()
    return penalty.isEmpty ? mean : mean + penalty(parameters, mask: mask)
  }

  func metric(_ given: Tensor, _ rule: ((Tensor, Tensor) -> Tensor)?) -> Tensor {
    guard let rule, let output = outputs(moving(given)).first else {
      return .failed("metric", "the loss has no Fisher metric")
    }
    let (events, width) = (data.count, output.count / max(1, data.count))
    let rows = output.reshaped([events, width])
    // What the gradient of Σvz is to v is the derivative of each output: a column of the Jacobian for every parameter.
    let probe = Tensor([Double](repeating: 1, count: events * width), shape: [events, width])
    let pulled = gradient(of: (rows * probe).sum(), withRespectTo: given)
    let moves = Tensor.stack(
      (0..<layout.count).map {
        gradient(
          of: pulled.sliced(axis: 0, $0..<($0 + 1)).reshaped([]), withRespectTo: probe)
      })
    let curved = rule(rows, moves) * weights.reshaped([events, 1])
    let flat = [layout.count, events * width]
    return moves.reshaped(flat).matmul(curved.reshaped(flat).transposed()) / weights.sum()
  }
}
