public import ApusEngine
public import ApusKernels

/// Newton's rule: w ← w - (H + λ)⁻¹g with all second derivatives, for models of up to a few hundred parameters.
///
/// λ grows tenfold until the value falls (Levenberg) and shrinks after each success.
public struct Newton: Minimiser {
  /// λ at the start.
  public var damping: Double
  /// Stops where no number of the gradient is larger.
  public var tolerance: Double
  /// Makes the rule; the objective must be compiled with `hessian: true`.
  public init(damping: Double = 0, tolerance: Double = 1e-10) {
    self.damping = damping
    self.tolerance = tolerance
  }
  /// "newton".
  public var name: String { "newton" }

  /// All second derivatives.
  public var curvature: Curvature { .hessian }

  /// Makes one step.
  ///
  /// The descent's memory holds λ.
  public func advance(_ descent: inout Descent, _ objective: Objective) throws -> Bool {
    guard descent.slope.contains(where: { abs($0) > tolerance }) else { return false }
    return try dampedStep(&descent, objective, rate: 1, damping: damping)
  }
}

/// One step w ← w - η(A + λ)⁻¹g whose λ grows tenfold until the value falls (Levenberg 1944), and shrinks after it did.
///
/// The descent's memory holds λ.
private func dampedStep(
  _ descent: inout Descent, _ objective: Objective, rate: Double, damping start: Double
) throws -> Bool {
  var damping = descent.memory.first?.first ?? start
  let matrix = try objective.curvature(at: descent.point)
  for _ in 0..<30 {
    if let move = solved(matrix, descent.slope, damping: damping) {
      let place = along(descent.point, -rate, move)
      let (value, slope) = try objective(place)
      if value.isFinite, value <= descent.value {
        descent.move(to: (place, value, slope))
        descent.memory = [[damping > 1e-10 ? damping / 10 : 0]]
        return true
      }
    }
    damping = max(damping * 10, 1e-6)
  }
  return false
}

/// The natural gradient (Amari 1998, doi:10.1162/089976698300017746): w ← w - η(F + λ)⁻¹g with the Fisher metric F.
///
/// Its direction does not depend on how the distribution is parametrised. The metric of a network has directions
/// without any length, so that λ must be positive there.
public struct NaturalGradient: Minimiser {
  /// η.
  public var rate: Double
  /// λ, at the start where steps are guarded.
  public var damping: Double
  /// Whether λ grows until the value falls, as that of ``Newton`` does; else every step is made, uphill too.
  public var isGuarded: Bool
  /// Makes the rule; the objective must be compiled with a metric.
  public init(rate: Double = 1, damping: Double = 1e-9, isGuarded: Bool = false) {
    self.rate = rate
    self.damping = damping
    self.isGuarded = isGuarded
  }
  /// "natural_gradient".
  public var name: String { "natural_gradient" }
  /// The Fisher metric.
  public var curvature: Curvature { .metric }

  /// Makes one step; where steps are guarded, the descent's memory holds λ.
  public func advance(_ descent: inout Descent, _ objective: Objective) throws -> Bool {
    if isGuarded {
      guard descent.slope.contains(where: { abs($0) > 1e-10 }) else { return false }
      return try dampedStep(&descent, objective, rate: rate, damping: damping)
    }
    let metric = try objective.curvature(at: descent.point)
    guard let move = solved(metric, descent.slope, damping: damping) else { throw SingularMetric() }
    descent = try Descent(objective, at: along(descent.point, -rate, move))
    return true
  }

  /// A Fisher metric that has no inverse.
  public struct SingularMetric: ApusError {
    /// A failure of the work.
    public var kind: ErrorKind { .failure }
    /// What to try.
    public var message: String {
      "natural_gradient: the Fisher metric has no inverse; a larger damping gives it one."
    }
  }
}

/// The Fisher metric Σg gᵀ/N from the gradients of each event's log-likelihood, [events, n].
public func fisherMetric(_ slopes: Tensor) -> Tensor {
  slopes.transposed().matmul(slopes) / Double(max(1, slopes.shape.first ?? 1))
}

/// Solves (A + λ)x = b by elimination with pivots; nil where that is impossible.
package func solved(_ matrix: [Double], _ right: [Double], damping: Double) -> [Double]? {
  let n = right.count
  var (a, x) = (matrix, right)
  for i in 0..<n { a[i * n + i] += damping }
  for column in 0..<n {
    guard let pivot = (column..<n).max(by: { abs(a[$0 * n + column]) < abs(a[$1 * n + column]) }),
      abs(a[pivot * n + column]) > 1e-300
    else { return nil }
    if pivot != column {
      for k in 0..<n { a.swapAt(pivot * n + k, column * n + k) }
      x.swapAt(pivot, column)
    }
    for row in (column + 1)..<max(n, column + 1) {
      let factor = a[row * n + column] / a[column * n + column]
      guard factor != 0 else { continue }
      for k in column..<n { a[row * n + k] -= factor * a[column * n + k] }
      x[row] -= factor * x[column]
    }
  }
  for row in stride(from: n - 1, through: 0, by: -1) {
    for k in (row + 1)..<max(n, row + 1) { x[row] -= a[row * n + k] * x[k] }
    x[row] /= a[row * n + row]
  }
  return x.allSatisfy(\.isFinite) ? x : nil
}
