public import ApusEngine

/// Layers in a row: the output of each is the input of the next.
///
/// ```swift
/// let model = Sequential(key: RandomKey(seed: 1)) {
///   Dense(28, 300, activation: .tanh)
///   Dropout(0.2)
///   Dense(300, 1)
/// }
/// ```
public struct Sequential: Layer {
  /// The layers in order.
  public var layers: [any Layer]

  /// Makes a model of layers that keep their own starting values.
  public init(_ layers: [any Layer]) { self.layers = layers }

  /// Makes a model from a list of layers and draws all starting values from a key.
  public init(key: RandomKey = RandomKey(seed: 0), @LayerBuilder _ layers: () -> [any Layer]) {
    self.layers = layers()
    initialise(key)
  }

  /// The layers with their places as names.
  public var parts: [(name: String, layer: any Layer)] {
    layers.enumerated().map { (String($0.offset), $0.element) }
  }

  /// Runs all layers.
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    var value = x
    for (place, layer) in layers.enumerated() {
      let inner = context.entering(String(place))
      value = layer(value, inner)
      inner.observe(value)
    }
    return value
  }

  /// "0.weight", "0.bias", "1.scale" and so on.
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    for place in layers.indices {
      try layers[place].forEachParameter(joined(path, String(place)), body)
    }
  }

  /// "1.mean" and so on.
  public mutating func forEachBuffer(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    for place in layers.indices {
      try layers[place].forEachBuffer(joined(path, String(place)), body)
    }
  }

  /// Each layer gets a key of its own.
  public mutating func initialise(_ key: RandomKey) {
    for place in layers.indices { layers[place].initialise(key.fold(UInt64(place))) }
  }
}

/// x + body(x): a block that learns the difference to the identity (He and others, arXiv:1512.03385).
public struct Residual: Layer {
  /// What is added; its output must have the shape of its input, or of `shortcut`'s output.
  public var body: Sequential
  /// What happens to x before it is added, where shapes differ; nil for nothing.
  public var shortcut: Dense?

  /// Makes a block.
  public init(shortcut: Dense? = nil, @LayerBuilder _ body: () -> [any Layer]) {
    self.body = Sequential(body())
    self.shortcut = shortcut
  }

  /// The body and the shortcut.
  public var parts: [(name: String, layer: any Layer)] {
    [("body", body)] + (shortcut.map { [("shortcut", $0)] } ?? [])
  }

  /// x + body(x).
  public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
    let straight = shortcut.map { $0(x, context.entering("shortcut")) } ?? x
    return straight + body(x, context.entering("body"))
  }

  /// The parameters of the body, then those of the shortcut.
  public mutating func forEachParameter(
    _ path: String, _ visit: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body.forEachParameter(joined(path, "body"), visit)
    try shortcut?.forEachParameter(joined(path, "shortcut"), visit)
  }

  /// The buffers of the body.
  public mutating func forEachBuffer(
    _ path: String, _ visit: (String, inout Tensor) throws -> Void
  ) rethrows {
    try body.forEachBuffer(joined(path, "body"), visit)
  }

  /// Draws body and shortcut.
  public mutating func initialise(_ key: RandomKey) {
    body.initialise(key.fold("body"))
    shortcut?.initialise(key.fold("shortcut"))
  }
}

/// Writes lists of layers as statements, with `if` and `for`.
@resultBuilder public enum LayerBuilder {
  /// One layer.
  public static func buildExpression(_ layer: any Layer) -> [any Layer] { [layer] }
  /// Some layers.
  public static func buildExpression(_ layers: [any Layer]) -> [any Layer] { layers }
  /// Layers in a row.
  public static func buildBlock(_ parts: [any Layer]...) -> [any Layer] { parts.flatMap { $0 } }
  /// Layers of a loop.
  public static func buildArray(_ parts: [[any Layer]]) -> [any Layer] { parts.flatMap { $0 } }
  /// Layers of an `if` without `else`.
  public static func buildOptional(_ part: [any Layer]?) -> [any Layer] { part ?? [] }
  /// Layers of the first branch.
  public static func buildEither(first part: [any Layer]) -> [any Layer] { part }
  /// Layers of the other branch.
  public static func buildEither(second part: [any Layer]) -> [any Layer] { part }
}
