internal import ApusEngine
internal import ApusEvents

extension Trainer {
  /// Trains with a rule that looks at all events at once (L-BFGS, Newton), in double precision.
  ///
  /// Dropout and batch statistics are off: the objective must be a function of the parameters. The penalty is part
  /// of the objective, and of the reported loss.
  public func fit(
    _ model: M, with minimiser: any Minimiser, on training: TrainingData,
    validation: TrainingData? = nil
  ) throws -> Trained<M> {
    let objective = try objective(model, training, hessian: minimiser is Newton)
    let layout = model.layout
    let start = try layout.flat(model.parameters.map(\.tensor)).doubles()
    let dtype = model.parameters.first?.tensor.dtype ?? .float32
    func buffers() throws -> Tensor? {
      model.buffers.isEmpty
        ? nil : try model.bufferLayout.flat(model.buffers.map(\.tensor)).detached()
    }
    let watcher = try validation.map {
      try EvaluationStep(
        model, $0, self.objective, threads: settings.threads,
        parameters: Tensor(start).cast(to: dtype).detached(), buffers: try buffers())
    }
    var history: [FitContext.Progress] = []
    var (best, bestPoint, bestEpoch) = (Double.infinity, start, 0)
    var stopping = EarlyStopping.State()
    var stoppedEarly = false
    _ = try minimiser.minimise(objective, from: start, steps: settings.epochs) {
      step, point, value in
      guard value.isFinite else {
        throw FitError.diverged(
          method: settings.name, detail: "the loss is not finite in iteration \(step).")
      }
      var values: [(name: String, value: Double)] = [("loss", value)]
      var watched = value
      if let watcher {
        watched = try watcher.loss(
          parameters: Tensor(point).cast(to: dtype).detached(), buffers: try buffers())
        values.append(("validation_loss", watched))
      }
      if watched < best { (best, bestPoint, bestEpoch) = (watched, point, step) }
      let row = FitContext.Progress(
        step: step, steps: settings.epochs, unit: "iteration", events: training.count,
        values: values)
      history.append(row)
      settings.report(row)
      if settings.shouldStop() { throw FitError.interrupted(method: settings.name, step: step) }
      stoppedEarly = settings.earlyStopping?.shouldStop(after: watched, &stopping) ?? false
      return !stoppedEarly
    }
    var trained = model
    let chosen = try Tensor(bestPoint).cast(to: dtype).detached()
    trained.setParameters(try layout.slices(of: chosen).map { try $0.detached() })
    return Trained(
      model: trained, history: history, bestEpoch: bestEpoch, stoppedEarly: stoppedEarly,
      memory: [])
  }

  /// Σwℓ/Σw over all events, plus the penalty, as a function of the flat vector of parameters.
  public func objective(_ model: M, _ data: TrainingData, hessian: Bool = false) throws -> Objective
  {
    let precise = model.cast(to: .float64)
    let layout = model.layout
    let mask = layout.mask(dtype: .float64, where: TrainingSettings.isWeight)
    let weights = Tensor(data.weights)
    let (loss, penalty) = (objective, settings.penalty)
    return try Objective(count: layout.count, threads: settings.threads, hessian: hessian) {
      parameters in
      var net = precise
      net.setParameters(layout.slices(of: parameters))
      let inputs = data.inputs.map { $0.dtype.isFloating ? $0.cast(to: .float64) : $0 }
      let values = loss(net(inputs, .inference), data.targets).cast(to: .float64)
      let mean = (values * weights).sum() / weights.sum()
      return penalty.isEmpty ? mean : mean + penalty(parameters, mask: mask)
    }
  }
}
