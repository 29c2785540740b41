/// L-BFGS: a quasi-Newton rule that remembers the last steps, for all events at once.
///
/// The line search wants the strong Wolfe conditions (Nocedal, Wright, Numerical Optimization, 2006, algorithm 7.4).
public struct LBFGS: Minimiser {
  /// Steps remembered.
  public var memory: Int
  /// Stops where no number of the gradient is larger.
  public var tolerance: Double

  /// Makes the rule.
  public init(memory: Int = 10, tolerance: Double = 1e-8) {
    self.memory = memory
    self.tolerance = tolerance
  }

  /// "lbfgs".
  public var name: String { "lbfgs" }

  /// Makes one step.
  ///
  /// The descent's memory holds moves and changes of the gradient, in turn.
  public func advance(_ descent: inout Descent, _ objective: Objective) throws -> Bool {
    guard descent.slope.contains(where: { abs($0) > tolerance }) else { return false }
    var pairs = stride(from: 0, to: descent.memory.count - 1, by: 2).map {
      (move: descent.memory[$0], change: descent.memory[$0 + 1])
    }
    var direction = self.direction(descent.slope, pairs)
    if dot(direction, descent.slope) >= 0 {
      pairs = []
      direction = descent.slope.map { -$0 }
    }
    let first = pairs.isEmpty ? min(1, 1 / descent.slope.reduce(0) { $0 + abs($1) }) : 1
    guard let found = try search(objective, descent, direction, first: first) else { return false }
    let change = along(found.slope, -1, descent.slope)
    let move = along(found.point, -1, descent.point)
    if dot(change, move) > 1e-14 * dot(change, change) {
      pairs.append((move, change))
      if pairs.count > memory { pairs.removeFirst() }
    }
    descent.move(to: found)
    descent.memory = pairs.flatMap { [$0.move, $0.change] }
    return true
  }

  /// The two-loop recursion.
  private func direction(_ slope: [Double], _ pairs: [(move: [Double], change: [Double])])
    -> [Double]
  {
    var q = slope.map { -$0 }
    var shares: [Double] = []
    for pair in pairs.reversed() {
      let share = dot(pair.move, q) / dot(pair.change, pair.move)
      shares.append(share)
      q = along(q, -share, pair.change)
    }
    if let last = pairs.last {
      let scale = dot(last.move, last.change) / dot(last.change, last.change)
      q = q.map { $0 * scale }
    }
    for (pair, share) in zip(pairs, shares.reversed()) {
      let back = dot(pair.change, q) / dot(pair.change, pair.move)
      q = along(q, share - back, pair.move)
    }
    return q
  }

  /// A step length that lowers the value enough and flattens the slope: brackets, then halves by cubic guesses.
  private func search(
    _ objective: Objective, _ from: Descent, _ direction: [Double], first: Double
  ) throws -> Descent.Place? {
    let (point, value) = (from.point, from.value)
    let down = dot(from.slope, direction)
    var (low, lowValue) = (0.0, value)
    var high: Double?
    var length = first
    var best: Descent.Place?
    for _ in 0..<40 {
      let place = along(point, length, direction)
      let (found, foundSlope) = try objective(place)
      let tilt = dot(foundSlope, direction)
      if found.isFinite, found < (best?.value ?? value) { best = (place, found, foundSlope) }
      if !found.isFinite || found > value + 1e-4 * length * down || (low > 0 && found >= lowValue) {
        high = length
      } else if abs(tilt) <= -0.9 * down {
        return (place, found, foundSlope)
      } else if tilt >= 0 {
        high = length
      } else {
        (low, lowValue) = (length, found)
      }
      length = high.map { (low + $0) / 2 } ?? length * 2
    }
    return best
  }
}
