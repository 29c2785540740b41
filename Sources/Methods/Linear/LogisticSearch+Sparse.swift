import ApusEvents
import ApusKernels

/// The least value with a penalty on absolute values.
extension LogisticSearch {
  /// Newton's method on the parabola of the loss, whose least value with the penalty is found coefficient by coefficient.
  mutating func sparseNewton() throws -> [Double] {
    var beta = [Double](repeating: 0, count: objective.size)
    for step in 1...iterations {
      let (value, slope, curvature) = objective.derivatives(beta, curvature: true)
      let whole = value + objective.sparsity(beta)
      try report(step, whole / total)
      if violation(beta, slope) <= tolerance * total { break }
      _ = try factor(curvature)
      let target = leastOfParabola(beta, slope, curvature)
      // Below the rounding of the loss no search can see a gain, and one whole step ends at full precision.
      if -expectedChange(beta, target, slope) <= 1e-12 * abs(whole) {
        beta = target
        break
      }
      guard let next = descend(beta, towards: target, whole, slope) else { break }
      beta = next
    }
    return beta
  }

  /// Accelerated proximal steps, whose length is halved until the parabola lies above the loss.
  mutating func proximal() throws -> [Double] {
    var beta = [Double](repeating: 0, count: objective.size)
    var (ahead, momentum, bend) = (beta, 1.0, total / 4)
    for step in 1...max(iterations, 1000) {
      let (value, slope, _) = objective.derivatives(ahead, curvature: false)
      if step % 10 == 1 { try report(step, (value + objective.sparsity(ahead)) / total) }
      if violation(ahead, slope) <= tolerance * total { return ahead }
      var next = shrunk(ahead, slope, bend)
      while objective.value(next) > bound(value, slope, ahead, next, bend), bend < 1e300 {
        bend *= 2
        next = shrunk(ahead, slope, bend)
      }
      let faster = (1 + (1 + 4 * momentum * momentum).squareRoot()) / 2
      let turn = zip(zip(ahead, next), beta).reduce(0) { $0 + ($1.0.0 - $1.0.1) * ($1.0.1 - $1.1) }
      // Momentum that leads uphill is dropped (O'Donoghue and Candès 2015).
      let share = turn > 0 ? 0 : (momentum - 1) / faster
      ahead = zip(next, beta).map { $0 + share * ($0 - $1) }
      (beta, momentum) = (next, turn > 0 ? 1 : faster)
    }
    return beta
  }

  /// How far the slopes are from those of a least value.
  private func violation(_ beta: [Double], _ slope: [Double]) -> Double {
    beta.indices.reduce(0) { most, i in
      let limit = objective.sparsities[i % objective.stride]
      let rest =
        beta[i] != 0
        ? abs(slope[i] + (beta[i] > 0 ? limit : -limit)) : max(abs(slope[i]) - limit, 0)
      return max(most, rest)
    }
  }

  private func leastOfParabola(_ beta: [Double], _ slope: [Double], _ curvature: [Double])
    -> [Double]
  {
    let n = beta.count
    var (target, slopes) = (beta, slope)
    for _ in 0..<1000 {
      var most = 0.0
      for j in 0..<n {
        let own = curvature[j * n + j]
        if own <= 1e-12 * total { continue }
        let goal = own * target[j] - slopes[j]
        let size = max(abs(goal) - objective.sparsities[j % objective.stride], 0) / own
        let change = (goal < 0 ? -size : size) - target[j]
        if change == 0 { continue }
        target[j] += change
        for k in 0..<n { slopes[k] += change * curvature[j &* n &+ k] }
        most = max(most, own * abs(change))
      }
      if !(most > 0.01 * tolerance * total) { break }
    }
    return target
  }

  /// The point after the longest halved step that lowers the whole value enough; nil for none.
  private func descend(
    _ beta: [Double], towards target: [Double], _ value: Double, _ slope: [Double]
  ) -> [Double]? {
    let move = zip(target, beta).map { $0 - $1 }
    let expected = expectedChange(beta, target, slope)
    guard expected < 0 else { return nil }
    var length = 1.0
    for _ in 0..<40 {
      let next = zip(beta, move).map { $0 + length * $1 }
      let reached = objective.value(next) + objective.sparsity(next)
      if reached <= value + 1e-4 * length * expected { return next }
      length /= 2
    }
    return nil
  }

  /// How much the whole value should change by a step, to first order.
  private func expectedChange(_ beta: [Double], _ target: [Double], _ slope: [Double]) -> Double {
    dotProduct(zip(target, beta).map { $0 - $1 }, slope) + objective.sparsity(target)
      - objective.sparsity(beta)
  }

  private func shrunk(_ beta: [Double], _ slope: [Double], _ bend: Double) -> [Double] {
    beta.indices.map { i in
      let goal = beta[i] - slope[i] / bend
      let size = max(abs(goal) - objective.sparsities[i % objective.stride] / bend, 0)
      return goal < 0 ? -size : size
    }
  }

  private func bound(
    _ value: Double, _ slope: [Double], _ here: [Double], _ there: [Double], _ bend: Double
  ) -> Double {
    var sum = value + 1e-12 * abs(value)
    for i in here.indices {
      let move = there[i] - here[i]
      sum += slope[i] * move + bend / 2 * move * move
    }
    return sum
  }
}
