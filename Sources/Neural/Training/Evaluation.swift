internal import ApusEngine
internal import ApusKernels

/// A compiled pass over events without learning: the weighted loss, batch by batch.
final class EvaluationStep<M: Model> {
  private let function: CompiledFunction
  private let batch: Int
  private let data: WatchedEvents

  convenience init(
    _ model: M, _ data: TrainingData, _ objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    threads: Int, parameters: Tensor, buffers: Tensor?
  ) throws {
    try self.init(
      model, .resident(data), objective, threads: threads, parameters: parameters, buffers: buffers)
  }

  init(
    _ model: M, _ data: WatchedEvents, _ objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    threads: Int, parameters: Tensor, buffers: Tensor?
  ) throws {
    self.data = data
    let batch = max(1, min(data.count, 1024))
    self.batch = batch
    let layouts = (model.layout, model.bufferLayout)
    let source = data.source
    function = try CompiledFunction(
      state: [parameters] + (buffers.map { [$0] } ?? []),
      arguments: [.init([batch], .int32), .init([batch], .float64)] + source.arguments,
      threads: threads
    ) { state, arguments in
      var net = model
      net.setParameters(layouts.0.slices(of: state[0]))
      if state.count > 1 { net.setBuffers(layouts.1.slices(of: state[1])) }
      let tables = data.tables(Array(arguments.dropFirst(2)))
      let inputs = tables.inputs.map { rows in
        let chosen = rows.gathered(arguments[0])
        return chosen.dtype.isFloating ? chosen.cast(to: state[0].dtype) : chosen
      }
      let targets = tables.targets.map { $0.gathered(arguments[0]) }
      let values = objective(net(inputs, .inference), targets).cast(to: .float64)
      let own = tables.weights?.gathered(arguments[0]).cast(to: .float64)
      let counted = own.map { $0 * arguments[1] } ?? arguments[1]
      return (state, [(values * counted).sum()])
    }
  }

  /// Σwℓ/Σw over all events.
  ///
  /// The last batch of a table is filled up with events that count 0.
  func loss(parameters: Tensor, buffers: Tensor?) throws -> Double {
    try function.setState(0, parameters)
    if let buffers { try function.setState(1, buffers) }
    switch data {
    case .resident(let data): return try sum(data.count) / data.weights.reduce(0, +)
    case .streamed(let blocks, let shape): return try loss(blocks, shape)
    }
  }

  private func loss(_ blocks: any TrainingBlocks, _ shape: StreamShape) throws -> Double {
    var (total, weights) = (0.0, 0.0)
    var ahead = Background { try blocks.block(0) }
    for number in blocks.counts.indices {
      var block = try ahead.wait()
      if number + 1 < blocks.counts.count { ahead = Background { try blocks.block(number + 1) } }
      weights = block.weights.reduce(weights) { $0 + Double($1) }
      let count = block.count
      block.pad(to: shape.capacity, width: shape.width, targets: shape.targetCount)
      function.load(block, first: 2, hasClassTargets: shape.hasClassTargets)
      total += try sum(count)
    }
    return total / weights
  }

  /// Σwℓ over the first events of the tables.
  private func sum(_ count: Int) throws -> Double {
    var (sum, start) = (0.0, 0)
    while start < count {
      let end = min(start + batch, count)
      let rows = (0..<batch).map { Int32(min(start + $0, count - 1)) }
      function.set(0, rows)
      function.set(1, (0..<batch).map { start + $0 < end ? 1.0 : 0.0 })
      try function.run()
      sum += try function.output(0)[0]
      start = end
    }
    return sum
  }
}

/// Events that are watched and not learned from.
enum WatchedEvents {
  case resident(TrainingData)
  case streamed(any TrainingBlocks, StreamShape)

  init(_ blocks: any TrainingBlocks) {
    self = .streamed(blocks, StreamShape(blocks, capacity: blocks.counts.max() ?? 0))
  }

  var count: Int {
    switch self {
    case .resident(let data): data.count
    case .streamed(_, let shape): shape.capacity
    }
  }

  var source: EventSource {
    switch self {
    case .resident(let data): .resident(data)
    case .streamed(_, let shape): .streamed(shape)
    }
  }

  /// The tables in the graph; the weights of resident events in double precision.
  func tables(_ arguments: [Tensor]) -> EventTables {
    guard case .resident(let data) = self else { return source.tables(arguments) }
    return EventTables(inputs: data.inputs, targets: data.targets, weights: Tensor(data.weights))
  }
}
