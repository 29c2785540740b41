public import ApusEvents

extension NeuralMethod {
  /// Parameters, the scaled events, and the activations of a batch; all epochs, though training may stop earlier.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    let count = parameters(inputs: size.inputs, outputs: size.classes > 2 ? size.classes : 1)
    let widths = (values.integers("layers") ?? []).reduce(0, +)
    let batch = Double(values.integer("batch") ?? 256)
    // Forward, and backward twice as much: three products and sums a weight and event, of which 15 take a nanosecond.
    return Workload(
      bytes: count * Self.bytesPerParameter + 4 * events * (inputs + 2) + 12 * batch
        * Double(widths),
      operations: Double(values.integer("epochs") ?? 1) * events * (count * 3 / 15 + 200),
      isParallel: true)
  }
}
