package import ApusEngine

/// One compiled step of training for one size of batch: gather, forward, gradient, update.
///
/// State: all parameters as one vector, all buffers as one vector (where there are any), what the optimizer remembers.
final class TrainingStep<M: Model> {
  let batch: Int
  private let function: CompiledFunction
  private let stateCount: Int
  private let source: EventSource
  /// Indices, learning rate, number of the step, key; behind them stand the tables of a block.
  private static var plainArguments: Int { 4 }

  convenience init(
    _ model: M, _ data: TrainingData, _ objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    _ settings: TrainingSettings, state: [Tensor], batch: Int
  ) throws {
    try self.init(model, .resident(data), objective, settings, state: state, batch: batch)
  }

  init(
    _ model: M, _ source: EventSource, _ objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    _ settings: TrainingSettings, state: [Tensor], batch: Int
  ) throws {
    self.batch = batch
    self.source = source
    stateCount = state.count
    let dtype = state[0].dtype
    let plain: [CompiledFunction.Argument] = [
      .init([batch], .int32), .init([], dtype), .init([], dtype), .init([2], .int64),
    ]
    function = try CompiledFunction(
      state: state, arguments: plain + source.arguments, threads: settings.threads
    ) { state, arguments in
      let tables = source.tables(Array(arguments.dropFirst(Self.plainArguments)))
      let graph = StepGraph(model: model, tables: tables, objective: objective, settings: settings)
      return graph.body(state, arguments, batch: batch)
    }
  }

  /// Copies a block of events into the step: the next runs gather from it.
  ///
  /// Nothing is compiled again. The block must fill the tables.
  func load(_ block: TrainingBlock) {
    guard case .streamed(let shape) = source else { return }
    function.load(block, first: Self.plainArguments, hasClassTargets: shape.hasClassTargets)
  }

  /// Runs one step and returns the loss before it.
  func run(_ indices: [Int32], rate: Double, step: Int, seed: UInt64, double: Bool) throws -> Double
  {
    function.set(0, indices)
    if double {
      function.set(1, [rate])
      function.set(2, [Double(step)])
    } else {
      function.set(1, [Float(rate)])
      function.set(2, [Float(step)])
    }
    function.set(3, [Int64(bitPattern: seed), Int64(step)])
    try function.run()
    return try function.output(0)[0]
  }

  /// Copies of all state.
  var state: [Tensor] { (0..<stateCount).map { function.state($0) } }

  func setState(_ tensors: [Tensor]) throws {
    for (place, tensor) in tensors.enumerated() { try function.setState(place, tensor) }
  }

  /// What each instruction of the step costs; the state moves on.
  func costs() throws -> [InstructionCost] { try function.measure() }
}

/// The graph of a training step.
package struct StepGraph<M: Model> {
  let model: M
  let tables: EventTables
  let objective: ([Tensor], [Tensor]) -> Tensor
  let settings: TrainingSettings

  package init(
    model: M, data: TrainingData, objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    settings: TrainingSettings
  ) {
    self.init(model: model, tables: data.tables, objective: objective, settings: settings)
  }

  init(
    model: M, tables: EventTables, objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    settings: TrainingSettings
  ) {
    (self.model, self.tables) = (model, tables)
    (self.objective, self.settings) = (objective, settings)
  }

  func body(_ state: [Tensor], _ arguments: [Tensor], batch: Int) -> (
    state: [Tensor], outputs: [Tensor]
  ) {
    let (parameters, rate, step) = (state[0], arguments[1], arguments[2])
    let layout = model.layout
    let buffers = model.bufferLayout
    let hasBuffers = buffers.count > 0
    var net = model
    let slices = layout.slices(of: parameters)
    net.setParameters(slices)
    if hasBuffers { net.setBuffers(buffers.slices(of: state[1])) }
    let notes = Context.Notes()
    let context = Context(training: true, key: RandomKey(tensor: arguments[3]), notes: notes)
    let loss = batchLoss(net, arguments[0], context, batch: batch)
    let gradient = layout.flat(gradients(of: loss, withRespectTo: slices))
    let memory = Array(state.dropFirst(hasBuffers ? 2 : 1))
    var (new, newMemory) = settings.optimizer.update(
      parameters: parameters,
      gradient: limited(penalised(gradient, parameters, layout)),
      state: memory, step: step, learningRate: rate)
    new = constrained(new, old: parameters, layout)
    guard hasBuffers else { return ([new] + newMemory, [loss]) }
    let moved = net.buffers.map { notes.newValue(of: $0.path) ?? $0.tensor }
    newMemory.insert(buffers.flat(moved), at: 0)
    return ([new] + newMemory, [loss])
  }

  /// Σwℓ/B with weights of mean 1.
  package func batchLoss(_ net: M, _ indices: Tensor, _ context: Context, batch: Int) -> Tensor {
    let dtype = net.parameters.first?.tensor.dtype ?? .float32
    let inputs = tables.inputs.map { rows in
      let chosen = rows.gathered(indices)
      return chosen.dtype.isFloating ? chosen.cast(to: dtype) : chosen
    }
    let values = objective(net(inputs, context), tables.targets.map { $0.gathered(indices) })
    guard let table = tables.weights else { return values.sum() / Double(batch) }
    let weights = table.gathered(indices).cast(to: dtype)
    return (values * weights).sum() / Double(batch)
  }

  private func penalised(_ slope: Tensor, _ parameters: Tensor, _ layout: ParameterLayout) -> Tensor
  {
    guard !settings.penalty.isEmpty else { return slope }
    let mask = layout.mask(dtype: parameters.dtype, where: TrainingSettings.isWeight)
    return slope
      + gradient(of: settings.penalty(parameters, mask: mask), withRespectTo: parameters)
  }

  private func limited(_ gradient: Tensor) -> Tensor {
    var result = gradient
    if let limit = settings.clipValue { result = result.maximum(-limit).minimum(limit) }
    if let limit = settings.clipNorm {
      let length = (result.squared().sum() + 1e-30).sqrt()
      result = result * (limit / length).minimum(1)
    }
    return result
  }

  private func constrained(_ new: Tensor, old: Tensor, _ layout: ParameterLayout) -> Tensor {
    var result = new
    if let limit = settings.maxNorm {
      let parts = zip(layout.entries, layout.slices(of: result)).map { entry, values in
        guard TrainingSettings.isWeight(entry.path), values.rank == 2 else { return values }
        let length = (values.squared().sum(axes: [0], keepingAxes: true) + 1e-30).sqrt()
        return values * (limit / length).minimum(1)
      }
      result = layout.flat(parts)
    }
    if let isFrozen = settings.isFrozen {
      let frozen = layout.mask(where: isFrozen) .> 0.5
      result = frozen.select(old, result)
    }
    return result
  }
}
