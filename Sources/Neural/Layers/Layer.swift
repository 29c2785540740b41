public import ApusEngine

/// A model: it takes some tensors and gives some, with the batch along axis 0 of each.
public protocol Model: Module {
  /// Runs the model on a batch.
  func callAsFunction(_ inputs: [Tensor], _ context: Context) -> [Tensor]
}

/// A model of one input and one output: a value with stored tensors, a call and one walk.
///
/// Only the walk must be written by hand, next to the stored tensors; tests count them by reflection.
public protocol Layer: Model {
  /// What the layer is called in a summary: "Dense".
  var kind: String { get }
  /// Layers inside this one, for a summary; empty for a layer that stands for itself.
  var parts: [(name: String, layer: any Layer)] { get }
  /// Runs the layer on a batch.
  func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor
}

extension Layer {
  /// The name of the type.
  public var kind: String { "\(Self.self)" }

  /// No parts.
  public var parts: [(name: String, layer: any Layer)] { [] }

  /// Takes the first input; a model of one input needs no more.
  public func callAsFunction(_ inputs: [Tensor], _ context: Context) -> [Tensor] {
    inputs.first.map { [self($0, context)] } ?? []
  }

  /// Runs the layer as it is used after training.
  public func callAsFunction(_ x: Tensor) -> Tensor { self(x, .inference) }

  /// The shape of one event's output from that of one event's input, by the engine's own shape rules.
  /// - Throws: `EngineError` where the input does not fit.
  public func outputShape(for input: [Int]) throws -> [Int] {
    let output = self(.zeros([2] + input, dtype: parameters.first?.tensor.dtype ?? .float32))
    if let failure = output.failure { throw failure }
    return Array(output.shape.dropFirst())
  }
}
