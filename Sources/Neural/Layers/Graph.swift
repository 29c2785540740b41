public import ApusEngine

/// A model of any shape without loops: several inputs, branches, several outputs.
///
/// ```swift
/// var net = Graph()
/// let image = net.input(), features = net.input()
/// let seen = net.add(Dense(784, 64, activation: .relu), to: image)
/// let all = net.add(.concatenate(axis: -1), of: [seen, features])
/// net.outputs = [net.add(Dense(70, 2), to: all), net.add(Dense(70, 1), to: all)]
/// ```
public struct Graph: Model {
  /// A value inside a graph.
  public struct Value: Sendable, Hashable {
    let place: Int
  }

  private enum Step: Sendable {
    case input(Int)
    case layer(String, any Layer, of: Int)
    case merge(Merge, of: [Int])
  }

  private var steps: [Step] = []
  /// How many inputs there are.
  public private(set) var inputCount = 0
  /// What the model gives.
  public var outputs: [Value] = []

  /// Makes an empty graph.
  public init() {}

  /// Adds an input; inputs are numbered as they are added.
  public mutating func input() -> Value {
    inputCount += 1
    return append(.input(inputCount - 1))
  }

  /// Adds a layer behind a value; its path is `name`, or its number among all steps.
  public mutating func add(_ layer: any Layer, to value: Value, name: String? = nil) -> Value {
    append(.layer(name ?? String(steps.count), layer, of: value.place))
  }

  /// Joins several values.
  public mutating func add(_ merge: Merge, of values: [Value]) -> Value {
    append(.merge(merge, of: values.map(\.place)))
  }

  private mutating func append(_ step: Step) -> Value {
    steps.append(step)
    return Value(place: steps.count - 1)
  }

  /// Runs the graph; a missing input is an error of the result.
  public func callAsFunction(_ inputs: [Tensor], _ context: Context) -> [Tensor] {
    guard inputs.count == inputCount else {
      return outputs.map { _ in Merge.refuse("\(inputCount) inputs are needed, got \(inputs.count)")
      }
    }
    var values: [Tensor] = []
    for step in steps {
      switch step {
      case .input(let number): values.append(inputs[number])
      case .merge(let merge, let places): values.append(merge(places.map { values[$0] }))
      case .layer(let name, let layer, let place):
        let inner = context.entering(name)
        values.append(layer(values[place], inner))
        inner.observe(values[values.count - 1])
      }
    }
    return outputs.map { values[$0.place] }
  }

  /// The parameters of all layers, in the order in which they were added.
  public mutating func forEachParameter(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    for place in steps.indices {
      guard case .layer(let name, var layer, let input) = steps[place] else { continue }
      try layer.forEachParameter(joined(path, name), body)
      steps[place] = .layer(name, layer, of: input)
    }
  }

  /// The buffers of all layers.
  public mutating func forEachBuffer(
    _ path: String, _ body: (String, inout Tensor) throws -> Void
  ) rethrows {
    for place in steps.indices {
      guard case .layer(let name, var layer, let input) = steps[place] else { continue }
      try layer.forEachBuffer(joined(path, name), body)
      steps[place] = .layer(name, layer, of: input)
    }
  }

  /// Each layer gets a key of its own.
  public mutating func initialise(_ key: RandomKey) {
    for place in steps.indices {
      guard case .layer(let name, var layer, let input) = steps[place] else { continue }
      layer.initialise(key.fold(UInt64(place)))
      steps[place] = .layer(name, layer, of: input)
    }
  }
}

/// How several tensors become one.
public enum Merge: Sendable, Hashable {
  /// The sum of all.
  case add
  /// The first less the second.
  case subtract
  /// The product of all, element by element.
  case multiply
  /// One behind the other along an axis; axis 0 is the batch.
  case concatenate(axis: Int)

  /// Joins tensors; none at all is an error of the result.
  public func callAsFunction(_ parts: [Tensor]) -> Tensor {
    guard let first = parts.first else { return Merge.refuse("nothing to join") }
    switch self {
    case .add: return parts.dropFirst().reduce(first, +)
    case .multiply: return parts.dropFirst().reduce(first, *)
    case .concatenate(let axis): return Tensor.concatenate(parts, axis: axis)
    case .subtract:
      return parts.count == 2
        ? first - parts[1] : Merge.refuse("subtract takes two tensors, got \(parts.count)")
    }
  }

  /// A tensor that fails, with this reason, when it is read.
  static func refuse(_ reason: String) -> Tensor {
    .failed("merge", reason)
  }
}
