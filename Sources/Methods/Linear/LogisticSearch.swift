import ApusEvents
import ApusKernels

/// Finds the least value of a ``LogisticObjective``.
struct LogisticSearch {
  let objective: LogisticObjective
  let iterations: Int
  let tolerance: Double
  let context: FitContext
  var history: [FitContext.Progress] = []

  init(objective: LogisticObjective, iterations: Int, tolerance: Double, context: FitContext) {
    (self.objective, self.iterations) = (objective, iterations)
    (self.tolerance, self.context) = (tolerance, context)
  }

  var total: Double { objective.sample.weights.reduce(0, +) }

  /// Newton's method with halved steps.
  mutating func newton() throws -> [Double] {
    var beta = [Double](repeating: 0, count: objective.size)
    let total = total
    for step in 1...iterations {
      let (value, slope, curvature) = objective.derivatives(beta, curvature: true)
      try report(step, value / total)
      if largest(slope) <= tolerance * total { break }
      let factor = try factor(curvature)
      let direction = factor.solve(slope).map { -$0 }
      // The gain still to come is half of this; below the rounding of the loss no search can see it, and
      // one whole step ends at full precision.
      if -dotProduct(direction, slope) <= 1e-12 * abs(value) {
        beta = zip(beta, direction).map { $0 + $1 }
        break
      }
      guard let next = descend(beta, direction, value, slope) else { break }
      beta = next
    }
    return beta
  }

  /// Limited-memory BFGS with ten pairs (Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7).
  mutating func quasiNewton() throws -> [Double] {
    var beta = [Double](repeating: 0, count: objective.size)
    let total = total
    var memory = StepMemory()
    var (value, slope, _) = objective.derivatives(beta, curvature: false)
    for step in 1...iterations {
      try report(step, value / total)
      if largest(slope) <= tolerance * total { break }
      let direction = memory.direction(slope, scale: 1 / total)
      guard let next = descend(beta, direction, value, slope) else { break }
      let old = (beta, slope)
      beta = next
      (value, slope, _) = objective.derivatives(beta, curvature: false)
      let s = zip(beta, old.0).map { $0 - $1 }
      let y = zip(slope, old.1).map { $0 - $1 }
      memory.add(step: s, change: y)
    }
    return beta
  }

  /// The point after the longest halved step that lowers the value enough; nil for none.
  private func descend(
    _ beta: [Double], _ direction: [Double], _ value: Double, _ slope: [Double]
  ) -> [Double]? {
    let expected = dotProduct(direction, slope)
    guard expected < 0 else { return nil }
    var length = 1.0
    for _ in 0..<40 {
      let next = zip(beta, direction).map { $0 + length * $1 }
      let reached = objective.value(next)
      // Near the end rounding hides the gain; a step that does not lose is then taken.
      if reached <= value + 1e-4 * length * expected
        || abs(expected) < 1e-12 * abs(value) && reached <= value
      {
        return next
      }
      length /= 2
    }
    return nil
  }

  mutating func report(_ step: Int, _ loss: Double) throws {
    let progress = FitContext.Progress(
      step: step, steps: iterations, unit: "iteration", events: objective.sample.count,
      values: [("loss", loss)])
    history.append(progress)
    context.report(progress)
    if context.shouldStop() {
      throw FitError.interrupted(method: LogisticRegression.name, step: step)
    }
  }

  /// The factor of the curvature.
  ///
  /// Without negative weights a negative direction is one of rounding, where classes are so far apart that the loss hardly curves; a
  /// millionth of the diagonal then makes the step shorter.
  func factor(_ curvature: [Double]) throws -> Cholesky {
    let n = objective.size
    if let factor = Cholesky(curvature, size: n) { return factor }
    guard !objective.sample.weights.contains(where: { $0 < 0 }) else {
      throw LogisticSearch.bentDown
    }
    var raised = curvature
    for i in 0..<n { raised[i * (n + 1)] += 1e-6 * raised[i * (n + 1)] + 1e-12 * total }
    if let factor = Cholesky(raised, size: n) { return factor }
    throw FitError.diverged(
      method: LogisticRegression.name,
      detail: "the curvature of the loss left the range of numbers; add 'l2', or check the inputs.")
  }

  /// What negative weights can do.
  static let bentDown = FitError.unusable(
    method: LogisticRegression.name,
    reason:
      "the curvature of the loss must not have a negative direction, but has one: events with "
      + "negative weights outweigh their surroundings. Set 'negative_weights: pair' (or 'ignore', "
      + "'absolute'), or add 'l2'.")

  private func largest(_ a: [Double]) -> Double { a.reduce(0) { max($0, abs($1)) } }
}
