/// Descent with slopes by the limited-memory BFGS method (Nocedal 1980, doi:10.1090/S0025-5718-1980-0572855-7) in a box.
///
/// Ten pairs of steps and slopes make the direction; a step is halved until it lowers the value enough. Points are kept within
/// the box by cutting the step's numbers off there. A value that is not finite counts as too far.
public struct QuasiNewton: Sendable {
  /// The most steps.
  public var iterations: Int
  /// Ends when no slope is larger than this.
  public var tolerance: Double

  /// Makes the search.
  public init(iterations: Int = 100, tolerance: Double = 1e-5) {
    (self.iterations, self.tolerance) = (iterations, tolerance)
  }

  /// The point of the least value that is found from a start.
  /// - Parameters:
  ///   - start: Where to begin.
  ///   - space: The box.
  ///   - function: The value and its slopes at a point; nil where there is none.
  public func minimise(
    from start: [Double], in space: SearchSpace,
    _ function: (_ point: [Double]) throws -> (value: Double, slope: [Double])?
  ) rethrows -> SearchResult? {
    var x = space.clamped(start)
    guard var now = try function(x), now.value.isFinite else { return nil }
    var (memory, calls) = (StepMemory(), 1)
    for _ in 0..<iterations {
      let free = freeSlope(now.slope, x, space)
      if free.allSatisfy({ abs($0) <= tolerance }) { break }
      var direction = memory.direction(free, scale: 1)
      for j in free.indices where free[j] == 0 { direction[j] = 0 }
      if dotProduct(direction, free) >= 0 { direction = free.map { -$0 } }
      let longest = direction.reduce(0) { max($0, abs($1)) }
      // A first step without pairs may be of any length; two units of a logarithm are plenty.
      var length = min(1, 2 / max(longest, 1e-300))
      var next: (point: [Double], found: (value: Double, slope: [Double]))?
      for _ in 0..<30 where next == nil {
        let point = space.clamped(zip(x, direction).map { $0 + length * $1 })
        let gain = dotProduct(zip(point, x).map { $0 - $1 }, now.slope)
        calls += 1
        if let found = try function(point), found.value <= now.value + 1e-4 * gain, gain < 0 {
          next = (point, found)
        }
        length /= 2
      }
      guard let next else { break }
      let s = zip(next.point, x).map { $0 - $1 }
      let y = zip(next.found.slope, now.slope).map { $0 - $1 }
      let drop = now.value - next.found.value
      (x, now) = (next.point, next.found)
      memory.add(step: s, change: y)
      if drop <= 1e-10 * max(abs(now.value), 1) { break }
    }
    return SearchResult(point: x, value: now.value, evaluations: calls)
  }

  /// The slope without what would leave the box.
  private func freeSlope(_ slope: [Double], _ x: [Double], _ space: SearchSpace) -> [Double] {
    slope.indices.map { j in
      (x[j] <= space.low[j] && slope[j] > 0) || (x[j] >= space.high[j] && slope[j] < 0)
        ? 0 : slope[j]
    }
  }
}
