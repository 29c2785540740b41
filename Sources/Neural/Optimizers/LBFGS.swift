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

  /// Minimises.
  public func minimise(
    _ objective: Objective, from start: [Double], steps: Int,
    watch: (_ step: Int, _ point: [Double], _ value: Double) throws -> Bool
  ) throws -> (point: [Double], value: Double, steps: Int) {
    var pairs: [(move: [Double], change: [Double])] = []
    var point = start
    var (value, slope) = try objective(point)
    for step in 0..<steps {
      guard slope.contains(where: { abs($0) > tolerance }) else { return (point, value, step) }
      var direction = self.direction(slope, pairs)
      if dot(direction, slope) >= 0 {
        pairs = []
        direction = slope.map { -$0 }
      }
      let first = pairs.isEmpty ? min(1, 1 / slope.reduce(0) { $0 + abs($1) }) : 1
      guard
        let found = try search(objective, point, value, slope, direction, first: first)
      else { return (point, value, step) }
      let change = along(found.slope, -1, slope)
      let move = along(found.point, -1, point)
      if dot(change, move) > 1e-14 * dot(change, change) {
        pairs.append((move, change))
        if pairs.count > memory { pairs.removeFirst() }
      }
      (point, value, slope) = (found.point, found.value, found.slope)
      guard try watch(step + 1, point, value) else { return (point, value, step + 1) }
    }
    return (point, value, steps)
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

  private typealias Place = (point: [Double], value: Double, slope: [Double])

  /// A step length that lowers the value enough and flattens the slope: brackets, then halves by cubic guesses.
  private func search(
    _ objective: Objective, _ point: [Double], _ value: Double, _ slope: [Double],
    _ direction: [Double], first: Double
  ) throws -> Place? {
    let down = dot(slope, direction)
    var (low, lowValue) = (0.0, value)
    var high: Double?
    var length = first
    var best: Place?
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
