/// An array of numbers of any rank: a value, lazy, and safe to share between threads.
///
/// A tensor is a reference to an immutable node of a graph. Building one costs no arithmetic; reading
/// (``scalars(as:)``) or ``evaluate()`` plans the graph, runs it and keeps the result. A mistake in shapes or
/// types makes a failed tensor that spreads through later operations; reading throws the first failure
/// with the operation and both shapes.
///
/// ```swift
/// let x = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
/// let y = (x.matmul(x.transposed()) + 1).exp()
/// print(try y.scalars(as: Float.self))
/// ```
public struct Tensor: Sendable {
  let node: Node

  init(node: Node) { self.node = node }

  /// Adds an operation to the graph; a failed input or a broken rule makes a failed tensor.
  init(_ op: Op, _ inputs: Tensor...) { self.init(op, inputs) }

  init(_ op: Op, _ inputs: [Tensor]) {
    if let failed = inputs.first(where: { $0.failure != nil }) {
      self = failed
      return
    }
    let nodes = inputs.map(\.node)
    do throws(EngineError) {
      let type = try inferShape(op, nodes.map { ValueType($0.shape, $0.dtype) })
      node = Node(op, type.shape, type.dtype, inputs: nodes)
    } catch {
      node = Node(.failed(error), [], .float32)
    }
  }

  /// A tensor that stands for a mistake; reading it throws.
  public static func failed(_ operation: String, _ detail: String) -> Tensor {
    Tensor(node: Node(.failed(EngineError(operation, detail)), [], .float32))
  }

  /// The mistake that made this tensor, if one did.
  public var failure: EngineError? {
    if case .failed(let error) = node.op { return error }
    return nil
  }

  /// The size along each axis; a scalar has none.
  public var shape: [Int] { node.shape }
  /// The type of the elements.
  public var dtype: DType { node.dtype }
  /// The number of axes.
  public var rank: Int { node.shape.count }
  /// The number of elements.
  public var count: Int { node.shape.product }
}

// MARK: - Making tensors

extension Tensor {
  /// Makes a tensor from numbers in row-major order.
  ///
  /// A count that does not fit the shape makes a failed tensor.
  public init<T: TensorScalar>(_ scalars: [T], shape: [Int]) {
    guard scalars.count == shape.product, shape.allSatisfy({ $0 >= 0 }) else {
      self = .failed("tensor", "\(scalars.count) numbers do not fill the shape \(shape)")
      return
    }
    guard shape.count <= ValueType.mostAxes else {
      self = .failed("tensor", "a tensor has at most \(ValueType.mostAxes) axes: found \(shape)")
      return
    }
    node = Node(.constant, shape, T.dtype, buffer: Buffer(copying: scalars))
  }

  /// Makes a tensor of one axis.
  public init<T: TensorScalar>(_ scalars: [T]) { self.init(scalars, shape: [scalars.count]) }

  /// Makes a scalar.
  public init(_ value: Double, dtype: DType = .float32) {
    self.init(.full(ExactNumber(value), [], dtype))
  }

  /// A tensor filled with one number.
  public static func full(_ value: Double, shape: [Int], dtype: DType = .float32) -> Tensor {
    Tensor(.full(ExactNumber(value), shape, dtype))
  }

  /// A tensor of zeros.
  public static func zeros(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    full(0, shape: shape, dtype: dtype)
  }

  /// A tensor of ones.
  public static func ones(_ shape: [Int], dtype: DType = .float32) -> Tensor {
    full(1, shape: shape, dtype: dtype)
  }

  /// The numbers 0, 1, 2 and so on along one axis, repeated along the others.
  public static func iota(_ shape: [Int], axis: Int = 0, dtype: DType = .float32) -> Tensor {
    guard shape.indices.contains(axis) else {
      return .failed("iota", "there is no axis \(axis) in \(shape)")
    }
    return Tensor(.iota(axis: axis, shape, dtype))
  }

  /// The square identity matrix.
  public static func identity(_ size: Int, dtype: DType = .float32) -> Tensor {
    let row = iota([size, size], axis: 0, dtype: .int32)
    let column = iota([size, size], axis: 1, dtype: .int32)
    return (row .== column).cast(to: dtype)
  }
}
