public import ApusEngine

/// An activation that stands by itself.
public struct Activated: Layer {
  /// The function.
  public var activation: Activation
  /// Makes the layer.
  public init(_ activation: Activation) { self.activation = activation }
  /// Applies the function.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { activation(x) }
}

/// ReLU whose slope below 0 is learned (He and others, doi:10.1109/ICCV.2015.123): x above 0, αx below.
public struct PReLU: Layer {
  /// α, of shape [] for one slope, [features] for one a feature.
  public var slope: Tensor
  /// Makes the layer; α starts at 0.25.
  public init(features: Int? = nil, slope: Double = 0.25, dtype: DType = .float32) {
    self.slope = .full(slope, shape: features.map { [$0] } ?? [], dtype: dtype)
  }
  /// x above 0, αx below.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    (x .> 0).select(x, x * slope)
  }
  /// "slope".
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body(joined(path, "slope"), &slope)
  }
}

/// All axes of an event joined into one.
public struct Flatten: Layer {
  /// Makes the layer.
  public init() {}
  /// [batch, ...] becomes [batch, product of the rest].
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    x.rank == 0 ? x : x.flattened(from: 1)
  }
}

/// The same numbers of an event in another shape.
public struct Reshape: Layer {
  /// The shape of one event; one size may be -1.
  public var shape: [Int]
  /// Makes the layer.
  public init(_ shape: [Int]) { self.shape = shape }
  /// [batch, ...] becomes [batch] + shape.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    x.reshaped([x.shape.first ?? 1] + shape)
  }
}

/// Drops numbers at random while training (Srivastava and others 2014).
///
/// A share `rate` becomes 0 and the rest is divided by 1 - rate, so that the expected value stays; after training
/// nothing changes.
public struct Dropout: Layer {
  /// The share that is dropped, in [0, 1).
  public var rate: Double
  /// Makes the layer.
  public init(_ rate: Double) { self.rate = rate }
  /// Drops and rescales while training.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    guard context.training, rate > 0 else { return x }
    guard rate < 1 else { return x * 0 }
    let kept = Tensor.uniform(x.shape, key: context.key, dtype: x.dtype) .>= rate
    return kept.select(x * (1 / (1 - rate)), 0)
  }
}
