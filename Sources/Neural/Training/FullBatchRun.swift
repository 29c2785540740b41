internal import ApusEngine
internal import ApusEvents

/// One run of a minimiser over all events, from its start or a checkpoint to its end.
struct FullBatchRun<M: Model> {
  private let settings: TrainingSettings
  private let model: M
  private let minimiser: any Minimiser
  private let objective: Objective
  private let watcher: EvaluationStep<M>?
  private let dtype: DType
  private let events: Int
  /// Its state is the point and what the rule remembers, in double precision.
  private var now = Checkpoint()
  private var keeper: CheckpointKeeper

  init(
    _ trainer: Trainer<M>, _ model: M, _ minimiser: any Minimiser, _ training: TrainingData,
    _ validation: TrainingData?
  ) throws {
    (settings, self.model, self.minimiser) = (trainer.settings, model, minimiser)
    keeper = CheckpointKeeper(settings)
    dtype = model.parameters.first?.tensor.dtype ?? .float32
    events = training.count
    objective = try trainer.objective(model, training, curvature: minimiser.curvature)
    let start = try model.layout.flat(model.parameters.map(\.tensor)).detached()
    let buffers =
      model.buffers.isEmpty
      ? nil : try model.bufferLayout.flat(model.buffers.map(\.tensor)).detached()
    watcher = try validation.map {
      try EvaluationStep(
        model, $0, trainer.objective, threads: trainer.settings.threads, parameters: start,
        buffers: buffers)
    }
    now.state = [try start.cast(to: .float64).detached()]
    now.best = now.state
    if settings.checkpoint != nil {
      now.fingerprint = "\(minimiser) \(try trainer.fingerprint(model, training, validation))"
    }
    let width = minimiser.curvature == .none ? model.layout.count : 1
    now = try keeper.resumed(now)
    guard now.state.dropFirst().allSatisfy({ $0.shape == [width] }), now.best.count == 1 else {
      throw CheckpointError("\(settings.checkpoint ?? ""): this checkpoint is damaged.")
    }
  }

  /// Makes all steps that are left.
  mutating func complete() throws -> Trained<M> {
    var descent = try Descent(
      objective, at: try now.state[0].doubles(),
      memory: try now.state.dropFirst().map { try $0.doubles() })
    guard descent.value.isFinite else { throw diverged("at the start") }
    while now.epoch < settings.epochs, !now.finished {
      if try minimiser.advance(&descent, objective) {
        try note(descent)
        try keeper.keep(now, force: false)
        if settings.shouldStop(), !now.finished, now.epoch < settings.epochs { try interrupt() }
      } else {
        now.finished = true
      }
    }
    now.finished = true
    try keeper.keep(now, force: true)
    return try result()
  }

  private func diverged(_ moment: String) -> FitError {
    .diverged(
      method: settings.name,
      detail:
        "the loss is not finite \(moment). Try smaller starting weights or penalties, or standardized inputs."
    )
  }

  private mutating func interrupt() throws -> Never {
    try keeper.keep(now, force: true)
    throw FitError.interrupted(method: settings.name, step: now.epoch)
  }

  /// Takes note of a step: history, best, early stopping.
  private mutating func note(_ descent: Descent) throws {
    now.epoch += 1
    now.state = ([descent.point] + descent.memory).map { Tensor($0) }
    guard descent.value.isFinite else { throw diverged("in iteration \(now.epoch)") }
    var values: [(name: String, value: Double)] = [("loss", descent.value)]
    var watched = descent.value
    if let watcher {
      watched = try watcher.loss(parameters: parameters(now.state[0]), buffers: try buffers())
      values.append(("validation_loss", watched))
    }
    if watched < now.bestLoss {
      (now.bestLoss, now.bestEpoch, now.best) = (watched, now.epoch, [now.state[0]])
    }
    if let rule = settings.earlyStopping, rule.shouldStop(after: watched, &now.stopping) {
      (now.finished, now.stoppedEarly) = (true, true)
    }
    let row = FitContext.Progress(
      step: now.epoch, steps: settings.epochs, unit: "iteration", events: events, values: values)
    now.history.append(row)
    settings.report(row)
  }

  private func parameters(_ point: Tensor) throws -> Tensor {
    try point.cast(to: dtype).detached()
  }

  private func buffers() throws -> Tensor? {
    model.buffers.isEmpty
      ? nil : try model.bufferLayout.flat(model.buffers.map(\.tensor)).detached()
  }

  private func result() throws -> Trained<M> {
    var trained = model
    let chosen = try parameters((settings.restoresBest ? now.best : now.state)[0])
    trained.setParameters(try model.layout.slices(of: chosen).map { try $0.detached() })
    return Trained(
      model: trained, history: now.history, bestEpoch: now.bestEpoch,
      stoppedEarly: now.stoppedEarly, memory: [])
  }
}
