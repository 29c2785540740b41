public import ApusEngine

/// A fully connected layer: f(x·W + b), with W of shape [inputs, outputs].
///
/// Axes before the last are kept, so it also acts on every entry of a sequence.
public struct Dense: Layer {
  /// The weights, [inputs, outputs].
  public var weight: Tensor
  /// The biases, [outputs]; nil for none.
  public var bias: Tensor?
  /// What is applied to the sums.
  public var activation: Activation
  /// How the weights are drawn; biases start at 0.
  public var initialiser: Initialiser

  /// Makes a layer.
  /// - Parameters:
  ///   - inputs: Numbers of one event that come in.
  ///   - outputs: Units.
  ///   - activation: Applied to the sums.
  ///   - bias: Whether each unit has a bias.
  ///   - initialiser: How weights are drawn; by default what suits the activation.
  ///   - key: Where they are drawn from; a container draws them again from its own key.
  ///   - dtype: float32 or float64.
  public init(
    _ inputs: Int, _ outputs: Int, activation: Activation = .linear, bias: Bool = true,
    initialiser: Initialiser? = nil, key: RandomKey = RandomKey(seed: 0), dtype: DType = .float32
  ) {
    let chosen = initialiser ?? activation.initialiser
    weight = chosen.weights(inputs: inputs, outputs: outputs, key: key, dtype: dtype)
    self.bias = bias ? .zeros([outputs], dtype: dtype) : nil
    self.activation = activation
    self.initialiser = chosen
  }

  /// f(x·W + b).
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let sums = x.matmul(weight)
    return activation(bias.map { sums + $0 } ?? sums)
  }

  /// "weight" and "bias".
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body(joined(path, "weight"), &weight)
    if var values = bias {
      try body(joined(path, "bias"), &values)
      bias = values
    }
  }

  /// Draws the weights; biases become 0.
  public mutating func initialise(_ key: RandomKey) {
    weight = initialiser.weights(
      inputs: weight.shape.first ?? 0, outputs: weight.shape.last ?? 0, key: key,
      dtype: weight.dtype)
    bias = bias.map { .zeros($0.shape, dtype: $0.dtype) }
  }
}
