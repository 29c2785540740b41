public import ApusEngine

/// A scalar function of a vector, compiled once with its gradient, for rules that look at all events at once.
public final class Objective {
  /// The length of the vector.
  public let count: Int
  private let slope: CompiledFunction
  private let curvature: CompiledFunction?

  /// Compiles a function in double precision.
  /// - Parameters:
  ///   - count: The length of the vector.
  ///   - threads: The most threads to use.
  ///   - metric: For natural gradients: the metric at a point, [count, count]; nil compiles none.
  ///   - hessian: Whether second derivatives are wanted, count² of them.
  ///   - body: The function, from a float64 tensor [count] to a scalar.
  public init(
    count: Int, threads: Int = 1, hessian: Bool = false, metric: ((Tensor) -> Tensor)? = nil,
    _ body: @escaping (Tensor) -> Tensor
  ) throws {
    self.count = count
    let arguments = [CompiledFunction.Argument([count], .float64)]
    slope = try CompiledFunction(state: [], arguments: arguments, threads: threads) { _, inputs in
      let value = body(inputs[0]).reshaped([])
      return ([], [value, gradient(of: value, withRespectTo: inputs[0])])
    }
    guard hessian || metric != nil else {
      curvature = nil
      return
    }
    curvature = try CompiledFunction(state: [], arguments: arguments, threads: threads) {
      _, inputs in
      if let metric { return ([], [metric(inputs[0])]) }
      let first = gradient(of: body(inputs[0]).reshaped([]), withRespectTo: inputs[0])
      let rows = (0..<count).map { row in
        gradient(of: first.sliced(axis: 0, row..<(row + 1)).reshaped([]), withRespectTo: inputs[0])
      }
      return ([], [Tensor.stack(rows)])
    }
  }

  /// The value and the gradient at a point.
  public func callAsFunction(_ point: [Double]) throws -> (value: Double, gradient: [Double]) {
    slope.set(0, point)
    try slope.run()
    return (try slope.output(0)[0], try slope.output(1))
  }

  /// The metric at a point where there is one, else the second derivatives, row-major; empty where neither was wanted.
  public func curvature(at point: [Double]) throws -> [Double] {
    guard let curvature else { return [] }
    curvature.set(0, point)
    try curvature.run()
    return try curvature.output(0)
  }
}

func dot(_ a: [Double], _ b: [Double]) -> Double {
  var sum = 0.0
  for i in a.indices { sum += a[i] * b[i] }
  return sum
}

/// a + s·b.
func along(_ a: [Double], _ s: Double, _ b: [Double]) -> [Double] {
  var result = a
  for i in result.indices { result[i] += s * b[i] }
  return result
}
