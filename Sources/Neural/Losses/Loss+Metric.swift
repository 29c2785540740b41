public import ApusEngine

extension Loss {
  /// Whether the loss is the negative logarithm of a likelihood whose Fisher metric is known.
  public var hasMetric: Bool {
    switch self {
    case .squared, .binaryCrossEntropyFromLogits, .crossEntropyFromLogits, .gaussian: true
    default: false
    }
  }

  /// The Fisher metric of the outputs, E[∂²ℓ/∂z∂z'] with the expectation over the model's own distribution, times moves.
  ///
  /// Squares: 2. Binary cross-entropy: p(1-p). Cross-entropy: diag(p) - ppᵀ. Gaussian: e^-s for μ, ½ for s. Of k targets,
  /// whose mean the loss is, those of squares and the Gaussian over k.
  /// - Parameters:
  ///   - outputs: What the network gives, [events, outputs].
  ///   - moves: How the outputs change along some directions, [directions, events, outputs].
  /// - Returns: A tensor of the shape of `moves`; a failure where the loss has no metric.
  public func metric(_ outputs: Tensor, _ moves: Tensor) -> Tensor {
    switch self {
    case .squared: return moves * (2 / Double(max(outputs.shape.last ?? 1, 1)))
    case .binaryCrossEntropyFromLogits:
      let p = outputs.sigmoid()
      return moves * (p * (1 - p))
    case .crossEntropyFromLogits:
      let p = outputs.softmax()
      return p * (moves - (moves * p).sum(axes: [2], keepingAxes: true))
    case .gaussian:
      let count = max((outputs.shape.last ?? 2) / 2, 1)
      let share = 1 / Double(count)
      let precision = (-outputs.sliced(axis: 1, count..<2 * count)).exp()
      let half = Tensor.full(0.5 * share, shape: precision.shape, dtype: precision.dtype)
      return moves
        * Tensor.concatenate([count == 1 ? precision : precision * share, half], axis: 1)
    default: return .failed("metric", "the loss \(self) has no Fisher metric")
    }
  }
}
