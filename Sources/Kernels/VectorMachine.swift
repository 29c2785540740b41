internal import CKernels

/// The kernels of support vector machines, K(x, y).
public enum VectorKernel: Sendable, Equatable {
  /// x·y.
  case linear
  /// (γ x·y + c)^degree.
  case polynomial(gamma: Double, constant: Double, degree: Int)
  /// exp(−γ |x − y|²).
  case rbf(gamma: Double)
  /// tanh(γ x·y + c), which is no positive kernel.
  case sigmoid(gamma: Double, constant: Double)

  var specification: ck_kernel_spec {
    switch self {
    case .linear: ck_kernel_spec(kind: CK_LINEAR, gamma: 1, coef0: 0, degree: 1)
    case .polynomial(let gamma, let constant, let degree):
      ck_kernel_spec(kind: CK_POLYNOMIAL, gamma: gamma, coef0: constant, degree: Int32(degree))
    case .rbf(let gamma): ck_kernel_spec(kind: CK_RBF, gamma: gamma, coef0: 0, degree: 1)
    case .sigmoid(let gamma, let constant):
      ck_kernel_spec(kind: CK_SIGMOIDAL, gamma: gamma, coef0: constant, degree: 1)
    }
  }

  /// Σ_j coefficients[j] K(x_j, q) + offset for each query q; points and queries are row-major.
  public func sums(
    points: [Float], coefficients: [Double], width: Int, offset: Double, queries: [Float],
    threads: Int
  ) -> [Double] {
    precondition(points.count == coefficients.count * width, "rows of \(width) numbers")
    let rows = queries.count / max(width, 1)
    var out = [Double](repeating: 0, count: rows)
    var kernel = specification
    unsafe ck_kernel_sums(
      &kernel, points, coefficients, Int64(coefficients.count), Int64(width), offset, queries,
      Int64(rows), &out, Int32(threads))
    return out
  }
}

/// The dual problem of a support vector machine: the least β·Kβ/2 + q·β with Σβ = 0 and low ≤ β ≤ high.
public struct VectorProblem: Sendable {
  /// The points, row-major.
  public var points: [Float]
  /// The number of coordinates.
  public var width: Int
  /// The linear part, one number a point.
  public var linear: [Double]
  /// The lower bounds, at most 0.
  public var low: [Double]
  /// The upper bounds, at least 0.
  public var high: [Double]

  /// Makes a problem; one linear part and one pair of bounds a point.
  public init(points: [Float], width: Int, linear: [Double], low: [Double], high: [Double]) {
    precondition(
      points.count == width * linear.count && low.count == linear.count && high.count == low.count,
      "one linear part and two bounds a point")
    (self.points, self.width, self.linear) = (points, width, linear)
    (self.low, self.high) = (low, high)
  }

  /// What the search found.
  public struct Solution: Sendable {
    /// The coefficients of f(x) = Σ β_i K(x_i, x) + offset.
    public var beta: [Double]
    /// The offset.
    public var offset: Double
    /// Pairs of coefficients that were moved.
    public var steps: Int
    /// Whether the slopes met within the tolerance.
    public var converged: Bool
  }

  /// Solves the problem by sequential minimal optimisation.
  ///
  /// As libsvm does: steps of Platt (1998) with the working sets of second order of Fan, Chen and Lin (2005, JMLR 6,
  /// 1889). Deterministic.
  /// - Parameters:
  ///   - kernel: The kernel.
  ///   - tolerance: By how much the slopes may differ at the end.
  ///   - steps: The most pairs to move.
  ///   - shrinking: Whether points that are surely at a bound are left out for a while.
  ///   - cache: Bytes for rows of the kernel.
  ///   - threads: The most threads to use.
  ///   - shouldStop: Asked every thousand steps; true ends the search.
  /// - Returns: The solution; nil where it was stopped or memory ran out.
  public func solve(
    kernel: VectorKernel, tolerance: Double, steps: Int, shrinking: Bool, cache: Int, threads: Int,
    shouldStop: @escaping @Sendable () -> Bool
  ) -> Solution? {
    var specification = kernel.specification
    var beta = [Double](repeating: 0, count: linear.count)
    var offset = 0.0
    let question = StopQuestion(ask: shouldStop)
    let taken = withExtendedLifetime(question) {
      unsafe ck_smo(
        &specification, points, Int64(linear.count), Int64(width), linear, low, high, tolerance,
        Int64(steps), shrinking ? 1 : 0, Int64(cache), &beta, &offset,
        { context in
          guard let context = unsafe context else { return 0 }
          return unsafe Unmanaged<StopQuestion>.fromOpaque(context).takeUnretainedValue().ask()
            ? 1 : 0
        },
        unsafe Unmanaged.passUnretained(question).toOpaque(), Int32(threads))
    }
    if taken < 0 { return nil }
    return Solution(
      beta: beta, offset: offset, steps: Int(taken), converged: Int(taken) < steps)
  }
}

/// A question that C code can carry.
private final class StopQuestion: Sendable {
  let ask: @Sendable () -> Bool
  init(ask: @escaping @Sendable () -> Bool) { self.ask = ask }
}
