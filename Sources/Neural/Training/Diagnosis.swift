internal import ApusEngine

extension Trainer {
  /// What a run depends on, in one line.
  func fingerprint(_ model: M, _ training: TrainingData, _ validation: TrainingData?) throws
    -> String
  {
    fingerprint(model, try training.fingerprint(), try validation?.fingerprint())
  }

  /// What a run on blocks depends on: also on how the events lie in them.
  func fingerprint(_ model: M, _ training: any TrainingBlocks, _ validation: (any TrainingBlocks)?)
    -> String
  {
    fingerprint(model, training.fingerprint, validation?.fingerprint)
      + " | blocks \(training.counts) \(validation?.counts ?? [])"
  }

  private func fingerprint(_ model: M, _ training: UInt64, _ validation: UInt64?) -> String {
    let s = settings
    let shapes = model.parameters.map { "\($0.path)\($0.tensor.shape)" }.joined(separator: " ")
    let data = String(training, radix: 16)
    let watched = validation.map { String($0, radix: 16) } ?? "none"
    return "\(shapes) | \(s.optimizer.name) \(s.learningRate) \(s.schedule) \(s.batch ?? 0) "
      + "\(s.shuffle) \(s.penalty) \(s.maxNorm ?? 0) \(s.clipNorm ?? 0) \(s.clipValue ?? 0) "
      + "\(s.seed) \(s.threads) | \(data) \(watched)"
  }

  /// Runs a batch eagerly, layer by layer, and says where the first number that is not finite appears.
  func firstNotFinite(
    _ model: M, _ data: TrainingData, _ indices: [Int32], state: [Tensor], step: Int
  ) throws -> String {
    let layout = model.layout
    var net = model
    for (entry, values) in zip(layout.entries, layout.slices(of: state[0]))
    where try !isFinite(values) {
      return "the parameter '\(entry.path)' was not finite any more after the step before"
    }
    net.setParameters(layout.slices(of: state[0]))
    if model.bufferLayout.count > 0 {
      net.setBuffers(model.bufferLayout.slices(of: state[1]))
    }
    let rows = Tensor(indices)
    for (number, input) in data.inputs.enumerated() where try !isFinite(input.gathered(rows)) {
      return "input \(number) itself is not finite"
    }
    let notes = Context.Notes()
    let key = RandomKey(tensor: Tensor([Int64(bitPattern: settings.seed), Int64(step)]))
    let inputs = data.inputs.map { $0.gathered(rows) }
    let outputs = net(inputs, Context(training: true, key: key, notes: notes))
    for (path, output) in notes.observed where try !isFinite(output) {
      return "the first value that is not finite is the output of layer '\(path)'"
    }
    for output in outputs where try !isFinite(output) {
      return "the first value that is not finite is the output of the model"
    }
    return "the outputs of all layers are finite, but not the loss of them"
  }

  private func isFinite(_ tensor: Tensor) throws -> Bool {
    guard tensor.dtype.isFloating else { return true }
    return try tensor.isFinite().cast(to: .int32).min().scalar() == 1
  }
}

extension Checkpoint {
  /// This checkpoint, if it belongs to the run that is about to start.
  func verified(_ run: Checkpoint, path: String, name: String) throws -> Checkpoint {
    // A minimiser remembers more after its first steps than at its start.
    let fits =
      fingerprint == run.fingerprint && state.count >= run.state.count
      && zip(state, run.state).allSatisfy { $0.shape == $1.shape && $0.dtype == $1.dtype }
      && best.count <= run.state.count && zip(best, run.state).allSatisfy { $0.shape == $1.shape }
    guard fits else {
      throw CheckpointError(
        "\(path): this checkpoint belongs to another training than '\(name)' as it is configured now "
          + "(model, options, seed, threads or events differ). Train without --resume, or restore "
          + "the configuration.")
    }
    return self
  }
}
