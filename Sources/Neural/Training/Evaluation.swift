internal import ApusEngine

/// A compiled pass over events without learning: the weighted loss, batch by batch.
final class EvaluationStep<M: Model> {
  private let function: CompiledFunction
  private let batch: Int
  private let data: TrainingData
  private let hasBuffers: Bool

  init(
    _ model: M, _ data: TrainingData, _ objective: @escaping ([Tensor], [Tensor]) -> Tensor,
    threads: Int, parameters: Tensor, buffers: Tensor?
  ) throws {
    self.data = data
    let batch = max(1, min(data.count, 1024))
    self.batch = batch
    hasBuffers = buffers != nil
    let layouts = (model.layout, model.bufferLayout)
    let weights = Tensor(data.weights)
    function = try CompiledFunction(
      state: [parameters] + (buffers.map { [$0] } ?? []),
      arguments: [.init([batch], .int32), .init([batch], .float64)], threads: threads
    ) { state, arguments in
      var net = model
      net.setParameters(layouts.0.slices(of: state[0]))
      if state.count > 1 { net.setBuffers(layouts.1.slices(of: state[1])) }
      let inputs = data.inputs.map { rows in
        let chosen = rows.gathered(arguments[0])
        return chosen.dtype.isFloating ? chosen.cast(to: state[0].dtype) : chosen
      }
      let targets = data.targets.map { $0.gathered(arguments[0]) }
      let values = objective(net(inputs, .inference), targets).cast(to: .float64)
      let counted = weights.gathered(arguments[0]) * arguments[1]
      return (state, [(values * counted).sum()])
    }
  }

  /// Σwℓ/Σw over all events.
  ///
  /// The last batch is filled up with events that count 0.
  func loss(parameters: Tensor, buffers: Tensor?) throws -> Double {
    try function.setState(0, parameters)
    if let buffers { try function.setState(1, buffers) }
    var (sum, start) = (0.0, 0)
    while start < data.count {
      let end = min(start + batch, data.count)
      let rows = (0..<batch).map { Int32(min(start + $0, data.count - 1)) }
      function.set(0, rows)
      function.set(1, (0..<batch).map { start + $0 < end ? 1.0 : 0.0 })
      try function.run()
      sum += try function.output(0)[0]
      start = end
    }
    return sum / data.weights.reduce(0, +)
  }
}
