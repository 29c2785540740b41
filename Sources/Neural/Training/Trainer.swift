public import ApusEngine
public import ApusEvents

/// What training gives back.
public struct Trained<M: Model>: Sendable {
  /// The model: that of the best epoch where settings restore it, of the last else.
  public var model: M
  /// A row an epoch: loss, validation_loss, learning_rate.
  public var history: [FitContext.Progress]
  /// The epoch (from 1) with the lowest watched loss; 0 where none was done.
  public var bestEpoch: Int
  /// Whether early stopping ended it.
  public var stoppedEarly: Bool
  /// What the optimizer remembers, to go on with new events.
  public var memory: [Tensor]
}

/// Trains any model on any per-event loss.
///
/// The loss of a batch is Σwℓ/B with weights scaled to a mean of 1 over the sample: an unbiased estimate of Σwℓ/Σw for
/// the whole sample, which a batch's own Σw is not, and which stays finite where a batch's negative weights cancel.
/// The same seed and thread count give the same bits.
public struct Trainer<M: Model>: Sendable {
  /// How to train.
  public var settings: TrainingSettings
  /// ℓ of each event, [batch], from outputs and targets.
  public var objective: @Sendable (_ outputs: [Tensor], _ targets: [Tensor]) -> Tensor
  /// The metric of the first output times moves, for ``NaturalGradient``; nil where the loss has none.
  public var metric: (@Sendable (_ outputs: Tensor, _ moves: Tensor) -> Tensor)?

  /// Makes a trainer of a model with one output.
  public init(_ loss: Loss, _ settings: TrainingSettings = TrainingSettings()) {
    self.init(settings) { outputs, targets in
      guard let output = outputs.first, let target = targets.first else {
        return .failed("loss", "needs an output and a target")
      }
      return loss.perEvent(output, target)
    }
    if loss.hasMetric { metric = { loss.metric($0, $1) } }
  }

  /// Makes a trainer with a loss of its own, for several outputs and targets.
  public init(
    _ settings: TrainingSettings = TrainingSettings(),
    objective: @escaping @Sendable (_ outputs: [Tensor], _ targets: [Tensor]) -> Tensor
  ) {
    self.settings = settings
    self.objective = objective
  }

  /// Trains a copy of a model.
  /// - Parameters:
  ///   - model: The start; the given value stays as it is.
  ///   - training: The events to learn from.
  ///   - validation: Events to watch; without them the training loss is watched.
  ///   - memory: What an earlier fit's optimizer remembered, to go on with new events.
  /// - Throws: `FitError` where the sample can't be used, training diverged, or the user asked to stop.
  public func fit(
    _ model: M, on training: TrainingData, validation: TrainingData? = nil, memory: [Tensor]? = nil
  ) throws -> Trained<M> {
    try check(training, "training")
    if let validation { try check(validation, "validation") }
    let batch = batchSize(of: training.count)
    let feed = ResidentFeed(
      training, batch: batch, seed: settings.seed,
      shuffled: settings.shuffle && batch < training.count)
    let run = try TrainingRun(
      self, model, feed, batch: batch, sources: (.resident(training), .resident(training)),
      watched: validation.map { .resident($0) }, memory: memory
    ) { try fingerprint(model, training, validation) }
    return try run.complete()
  }

  /// Trains a copy of a model on events that are larger than memory.
  ///
  /// Each epoch visits the blocks in an order of its own and shuffles inside each; the next block is read by a second
  /// thread meanwhile. In memory are at most the tables of the step, two blocks on their way there, and the same for
  /// validation. With one block the bits are those of ``fit(_:on:validation:memory:)`` with weights that differ.
  /// - Parameters:
  ///   - model: The start; the given value stays as it is.
  ///   - training: The events to learn from.
  ///   - validation: Events to watch; without them the training loss is watched.
  /// - Throws: As with events in memory, and what reading a block throws.
  public func fit(
    _ model: M, streaming training: any TrainingBlocks,
    validation: (any TrainingBlocks)? = nil
  ) throws -> Trained<M> {
    for (blocks, part) in [(training, "training")] + (validation.map { [($0, "validation")] } ?? [])
    where blocks.count == 0 || blocks.counts.contains(0) {
      throw FitError.unusable(
        method: settings.name, reason: "every block of the \(part) sample must hold events.")
    }
    let batch = batchSize(of: training.count)
    let feed = StreamFeed(
      training, batch: batch, seed: settings.seed,
      shuffled: settings.shuffle && batch < training.count)
    let rest = StreamShape(training, capacity: training.count % batch)
    let run = try TrainingRun(
      self, model, feed, batch: batch, sources: (.streamed(feed.shape), .streamed(rest)),
      watched: validation.map { WatchedEvents($0) }, memory: nil
    ) { fingerprint(model, training, validation) }
    return try run.complete()
  }

  private func batchSize(of count: Int) -> Int { max(1, min(settings.batch ?? count, count)) }

  private func check(_ data: TrainingData, _ part: String) throws {
    let total = data.weights.reduce(0, +)
    guard data.count > 0, total.isFinite, total > 0 else {
      throw FitError.unusable(
        method: settings.name,
        reason: "the \(part) events must have a positive sum of weights, found \(total) for "
          + "\(data.count) events.")
    }
    for tensor in data.inputs + data.targets where tensor.shape.first != data.count {
      throw FitError.unusable(
        method: settings.name,
        reason:
          "every input and target needs a row for each of the \(data.count) events, found the "
          + "shape \(tensor.shape).")
    }
  }
}

/// One run of a trainer, from its start or a checkpoint to its end.
final class TrainingRun<M: Model> {
  private let trainer: Trainer<M>
  private let settings: TrainingSettings
  private let model: M
  private let feed: any EventFeed
  private let step: TrainingStep<M>
  private let rest: TrainingStep<M>?
  private let watcher: EvaluationStep<M>?
  private let hasBuffers: Bool
  private let batch: Int
  private var now = Checkpoint()
  private var keeper: CheckpointKeeper

  /// - Parameters:
  ///   - sources: Where the step of full batches and that of the last one have their events.
  ///   - fingerprint: What the run depends on; asked only where a checkpoint is kept.
  init(
    _ trainer: Trainer<M>, _ model: M, _ feed: any EventFeed, batch: Int,
    sources: (EventSource, EventSource), watched: WatchedEvents?, memory: [Tensor]?,
    fingerprint: () throws -> String
  ) throws {
    self.trainer = trainer
    self.model = model
    self.feed = feed
    self.batch = batch
    settings = trainer.settings
    keeper = CheckpointKeeper(settings)
    let parameters = model.layout.flat(model.parameters.map(\.tensor))
    hasBuffers = !model.buffers.isEmpty
    var state = [parameters]
    if hasBuffers { state.append(model.bufferLayout.flat(model.buffers.map(\.tensor))) }
    state += memory ?? settings.optimizer.initialState(parameters: parameters)
    now.state = try state.map { try $0.detached() }
    now.fingerprint = settings.checkpoint == nil ? "" : try fingerprint()
    now = try keeper.resumed(now)
    let remainder = feed.count % batch
    step = try TrainingStep(
      model, sources.0, trainer.objective, settings, state: now.state, batch: batch)
    rest =
      remainder == 0
      ? nil
      : try TrainingStep(
        model, sources.1, trainer.objective, settings, state: now.state, batch: remainder)
    let (start, buffers) = (now.state[0], hasBuffers ? now.state[1] : nil)
    watcher = try watched.map {
      try EvaluationStep(
        model, $0, trainer.objective, threads: trainer.settings.threads, parameters: start,
        buffers: buffers)
    }
  }

  /// Runs all epochs that are left.
  func complete() throws -> Trained<M> {
    while now.epoch < settings.epochs, !now.finished {
      let loss = try runEpoch()
      now.state = step.state
      try note(loss)
      try keeper.keep(now, force: false)
      if settings.shouldStop(), !now.finished, now.epoch < settings.epochs { try interrupt() }
    }
    now.finished = true
    try keeper.keep(now, force: true)
    return try result()
  }

  private func interrupt() throws -> Never {
    try keeper.keep(now, force: true)
    throw FitError.interrupted(method: settings.name, step: now.epoch)
  }

  /// One pass over the events; the mean loss of its steps.
  private func runEpoch() throws -> Double {
    try feed.begin(epoch: now.epoch)
    let batches = (feed.count + batch - 1) / batch
    var sum = 0.0
    for number in 0..<batches {
      let loss = try runBatch(number, of: batches, feed.next())
      sum += loss * Double(min(batch, feed.count - number * batch))
      guard loss.isFinite else { throw try diagnosis(number, batches) }
      if number % 64 == 63, settings.shouldStop() { try interrupt() }
    }
    now.step += batches
    return sum / Double(feed.count)
  }

  /// Runs a batch of the current epoch.
  private func runBatch(_ number: Int, of batches: Int, _ events: FedBatch) throws -> Double {
    let indices = events.places
    let place = Double(now.epoch) + Double(number) / Double(batches)
    let rate =
      settings.learningRate
      * settings.schedule.factor(
        epoch: place, epochs: Double(settings.epochs), plateau: now.plateau)
    let count = now.step + number + 1
    let isDouble = now.state[0].dtype == .float64
    guard indices.count < batch, let rest else {
      if let block = events.block { step.load(block) }
      return try step.run(indices, rate: rate, step: count, seed: settings.seed, double: isDouble)
    }
    if let block = events.block { rest.load(block) }
    try rest.setState(step.state)
    let loss = try rest.run(
      indices, rate: rate, step: count, seed: settings.seed, double: isDouble)
    try step.setState(rest.state)
    return loss
  }

  /// Runs the epoch again up to the failing batch, and then that batch layer by layer.
  private func diagnosis(_ number: Int, _ batches: Int) throws -> FitError {
    try step.setState(now.state)
    (feed as? StreamFeed)?.keepsBlocks = true
    try feed.begin(epoch: now.epoch)
    for earlier in 0..<number { _ = try runBatch(earlier, of: batches, feed.next()) }
    let failing = try feed.next().places
    let culprit = try trainer.firstNotFinite(
      model, feed.lastTables, failing, state: step.state, step: now.step + number + 1)
    return .diverged(
      method: settings.name,
      detail:
        "the loss is not finite in epoch \(now.epoch + 1), batch \(number + 1) of \(batches): "
        + "\(culprit). Try a smaller learning rate (now \(settings.learningRate)), gradient_clip, or "
        + "standardized inputs.")
  }

  /// Takes note of an epoch: history, best, schedule, early stopping.
  private func note(_ loss: Double) throws {
    let buffers = hasBuffers ? now.state[1] : nil
    var values: [(name: String, value: Double)] = [("loss", loss)]
    var watched = loss
    if let watcher {
      watched = try watcher.loss(parameters: now.state[0], buffers: buffers)
      values.append(("validation_loss", watched))
    }
    let factor = settings.schedule.factor(
      epoch: Double(now.epoch), epochs: Double(settings.epochs), plateau: now.plateau)
    values.append(("learning_rate", settings.learningRate * factor))
    now.epoch += 1
    if watched < now.bestLoss || now.best.isEmpty {
      now.bestLoss = watched
      now.bestEpoch = now.epoch
      now.best = Array(now.state.prefix(hasBuffers ? 2 : 1))
    }
    settings.schedule.watch(watched, &now.plateau)
    if let rule = settings.earlyStopping, rule.shouldStop(after: watched, &now.stopping) {
      now.finished = true
      now.stoppedEarly = now.epoch < settings.epochs
    }
    let row = FitContext.Progress(
      step: now.epoch, steps: settings.epochs, unit: "epoch", events: feed.count, values: values)
    now.history.append(row)
    settings.report(row)
  }

  private func result() throws -> Trained<M> {
    let isBestKnown = now.best.count == (hasBuffers ? 2 : 1)
    let chosen = settings.restoresBest && isBestKnown ? now.best : now.state
    var trained = model
    trained.setParameters(try model.layout.slices(of: chosen[0]).map { try $0.detached() })
    if hasBuffers {
      trained.setBuffers(try model.bufferLayout.slices(of: chosen[1]).map { try $0.detached() })
    }
    return Trained(
      model: trained, history: now.history, bestEpoch: now.bestEpoch,
      stoppedEarly: now.stoppedEarly, memory: Array(now.state.dropFirst(hasBuffers ? 2 : 1)))
  }
}
