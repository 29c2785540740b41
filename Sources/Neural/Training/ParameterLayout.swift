public import ApusEngine

/// Where each parameter of a model stands in one flat vector.
///
/// In training all parameters live in that vector: optimizers are algebra on it, a checkpoint is a few arrays,
/// and the compiled step reads the model's tensors as views of it.
public struct ParameterLayout: Sendable {
  /// One parameter.
  public struct Entry: Sendable {
    /// The path in the model.
    public let path: String
    /// The shape in the model.
    public let shape: [Int]
    /// The first number's place in the vector.
    public let offset: Int
    /// The number of numbers.
    public var count: Int { shape.reduce(1, *) }
  }

  /// The entries in the order of the walk.
  public let entries: [Entry]
  /// The length of the vector.
  public let count: Int

  /// Lays out some tensors.
  public init(_ tensors: [(path: String, tensor: Tensor)]) {
    var (entries, offset) = ([Entry](), 0)
    for (path, tensor) in tensors {
      entries.append(Entry(path: path, shape: tensor.shape, offset: offset))
      offset += tensor.count
    }
    self.entries = entries
    count = offset
  }

  /// The tensors as views of the vector.
  public func slices(of vector: Tensor) -> [Tensor] {
    entries.map {
      vector.sliced(axis: 0, $0.offset..<($0.offset + $0.count)).reshaped($0.shape)
    }
  }

  /// Some tensors as one vector; an empty one where there are none.
  public func flat(_ tensors: [Tensor], dtype: DType = .float32) -> Tensor {
    tensors.isEmpty
      ? .zeros([0], dtype: dtype) : Tensor.concatenate(tensors.map { $0.flattened() })
  }

  /// A constant vector: 1 where the path fulfils a condition, 0 elsewhere.
  public func mask(dtype: DType = .float32, where holds: (String) -> Bool) -> Tensor {
    let numbers = entries.flatMap { entry in
      [Float](repeating: holds(entry.path) ? 1 : 0, count: entry.count)
    }
    return Tensor(numbers).cast(to: dtype)
  }

  /// The path to which a place of the vector belongs.
  public func path(at place: Int) -> String {
    entries.last { $0.offset <= place }?.path ?? ""
  }
}

extension Module {
  /// Replaces the parameters, in the order of the walk.
  public mutating func setParameters(_ tensors: [Tensor]) {
    var next = tensors.makeIterator()
    forEachParameter("") { _, tensor in tensor = next.next() ?? tensor }
  }

  /// Replaces the buffers, in the order of the walk.
  public mutating func setBuffers(_ tensors: [Tensor]) {
    var next = tensors.makeIterator()
    forEachBuffer("") { _, tensor in tensor = next.next() ?? tensor }
  }

  /// The layout of the parameters.
  public var layout: ParameterLayout { ParameterLayout(parameters) }

  /// The layout of the buffers.
  var bufferLayout: ParameterLayout { ParameterLayout(buffers) }
}
