public import ApusEngine

/// Batch normalisation (Ioffe, Szegedy, arXiv:1502.03167) over all axes but the last.
///
/// While training y = γ(x - μ)/√(σ² + ε) + β with the mean and variance of the batch, and running averages
/// are moved toward them; afterwards the running averages are used. γ and β are learned. Event weights do not enter
/// the statistics.
public struct BatchNorm: Layer {
  /// γ and β, [features].
  public var scale: Tensor, shift: Tensor
  /// The running averages, [features].
  public var mean: Tensor, variance: Tensor
  /// The share of the old running average that is kept each step.
  public var momentum: Double
  /// ε.
  public var epsilon: Double

  /// Makes the layer.
  public init(
    _ features: Int, momentum: Double = 0.9, epsilon: Double = 1e-5, dtype: DType = .float32
  ) {
    scale = .ones([features], dtype: dtype)
    shift = .zeros([features], dtype: dtype)
    mean = .zeros([features], dtype: dtype)
    variance = .ones([features], dtype: dtype)
    self.momentum = momentum
    self.epsilon = epsilon
  }

  /// Normalises; while training it also notes the new running averages (with the unbiased variance).
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    guard context.training, x.rank >= 2, x.failure == nil else {
      return (x - mean) * ((variance + epsilon).rsqrt() * scale) + shift
    }
    let axes = Array(0..<(x.rank - 1))
    let batchMean = x.mean(axes: axes)
    let centred = x - batchMean
    let batchVariance = centred.squared().mean(axes: axes)
    let n = Double(axes.reduce(1) { $0 * x.shape[$1] })
    context.update("mean", to: mean * momentum + batchMean * (1 - momentum))
    context.update(
      "variance",
      to: variance * momentum + batchVariance * ((1 - momentum) * n / max(1, n - 1)))
    return centred * ((batchVariance + epsilon).rsqrt() * scale) + shift
  }

  /// "scale" and "shift".
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body(joined(path, "scale"), &scale)
    try body(joined(path, "shift"), &shift)
  }

  /// "mean" and "variance".
  public mutating func forEachBuffer(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body(joined(path, "mean"), &mean)
    try body(joined(path, "variance"), &variance)
  }
}

/// Layer normalisation (Ba and others, arXiv:1607.06450): each event's last axis gets mean 0 and variance 1, then γ and β.
public struct LayerNorm: Layer {
  /// γ and β, [features].
  public var scale: Tensor, shift: Tensor
  /// ε.
  public var epsilon: Double

  /// Makes the layer.
  public init(_ features: Int, epsilon: Double = 1e-5, dtype: DType = .float32) {
    scale = .ones([features], dtype: dtype)
    shift = .zeros([features], dtype: dtype)
    self.epsilon = epsilon
  }

  /// The same in training and use.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let centred = x - x.mean(axes: [-1], keepingAxes: true)
    let variance = centred.squared().mean(axes: [-1], keepingAxes: true)
    return centred * (variance + epsilon).rsqrt() * scale + shift
  }

  /// "scale" and "shift".
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body(joined(path, "scale"), &scale)
    try body(joined(path, "shift"), &shift)
  }
}
