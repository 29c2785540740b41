public import ApusEvents

extension NeuralMethod {
  /// Parameters, the scaled events, and the activations of a batch; all epochs, though training may stop earlier.
  ///
  /// A rule with a matrix makes a pass for each parameter, and that of the metric keeps the derivatives of all outputs.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    let count = parameters(inputs: size.inputs, outputs: size.classes > 2 ? size.classes : 1)
    let widths = (values.integers("layers") ?? []).reduce(0, +)
    let batch = takesAllEvents ? events : Double(values.integer("batch") ?? 256)
    let curvature = minimiser?.curvature ?? .none
    let passes = curvature == .none ? 1 : count
    let jacobian = curvature == .metric ? 24 * events * count : 0
    let tables = 4 * events * (inputs + 2)
    let activations = 12 * batch * Double(widths)
    // Forward, and backward twice as much: three products and sums a weight and event, of which 15 take a nanosecond.
    let pass = events * (count * 3 / 15 + 200)
    return Workload(
      bytes: count * Self.bytesPerParameter + tables + activations + jacobian,
      operations: Double(values.integer("epochs") ?? 1) * passes * pass, isParallel: true)
  }
}
