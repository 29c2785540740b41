extension Tensor {
  /// Computes the tensor and keeps the result.
  /// - Throws: ``EngineError``, the first failure of the graph.
  @discardableResult
  public func evaluate() throws(EngineError) -> Tensor {
    try Tensor.evaluate([self])
    return self
  }

  /// Computes several tensors in one run, sharing what they have in common.
  public static func evaluate(_ tensors: [Tensor]) throws(EngineError) {
    try runEagerly(tensors.map(\.node))
  }

  /// The elements in row-major order.
  /// - Throws: ``EngineError`` for the first failure of the graph, or where `T` is not the element type.
  public func scalars<T: TensorScalar>(as type: T.Type) throws(EngineError) -> [T] {
    if let failure { throw failure }
    guard T.dtype == dtype else {
      throw EngineError("scalars", "asked for \(T.dtype) of a tensor of \(dtype); cast it first")
    }
    try evaluate()
    return node.buffer?.array(of: T.self, count: count) ?? []
  }

  /// The only element, as a double precision number.
  public func scalar() throws(EngineError) -> Double {
    guard failure != nil || count == 1 else {
      throw EngineError("scalar", "needs one element: found \(shape)")
    }
    return try cast(to: .float64).scalars(as: Double.self)[0]
  }

  /// The elements as double precision numbers, whatever their type.
  public func doubles() throws(EngineError) -> [Double] {
    try cast(to: .float64).scalars(as: Double.self)
  }

  /// The computed tensor without the graph that made it: no gradient passes, no memory is held.
  public func detached() throws(EngineError) -> Tensor {
    if let failure { throw failure }
    try evaluate()
    return Tensor(node: Node(.constant, shape, dtype, buffer: node.buffer))
  }
}
