import ApusEvents

/// The simplex of Nelder and Mead (1965, doi:10.1093/comjnl/7.4.308), started again where it has shrunk: the descent without
/// slopes that Minuit calls SIMPLEX.
///
/// A simplex of n + 1 points turns, stretches and shrinks towards lower values, with the factors of Gao and Han (2012)
/// for many dimensions. Where it has become small, a new one starts at the best point, half as large each time, and after
/// four of them at a random point.
public struct SimplexSearch: Search {
  /// The edge of the first simplex, as a share of the range.
  public var edge: Double

  /// Makes the search.
  public init(edge: Double = 0.2) { self.edge = edge }

  private typealias Corner = (point: [Double], value: Double)

  /// Looks for the least value from the best of the starts.
  public func minimise(
    in space: SearchSpace, from starts: [[Double]], seed: UInt64, evaluations: Int,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows -> SearchResult {
    var (book, generator) = (SearchBook(most: evaluations), SplitMix64(seed: seed))
    for start in starts where !book.isFull { _ = try book.ask(space.clamped(start), value) }
    if starts.isEmpty { _ = try book.ask(space.draw(&generator), value) }
    var (round, origin) = (0, (book.result.point, book.result.value))
    while !book.isFull {
      let size = edge * exponential(-0.69 * Double(round))
      let before = book.result.value
      try descend(from: origin, size, space, &book, value)
      round += 1
      origin = (book.result.point, book.result.value)
      if round > 4 || (round > 1 && !(book.result.value < before)) {
        round = 0
        guard !book.isFull else { break }
        let point = space.draw(&generator)
        origin = (point, try book.ask(point, value))
      }
    }
    return book.result
  }

  private func descend(
    from origin: ([Double], Double), _ size: Double, _ space: SearchSpace,
    _ book: inout SearchBook, _ value: (_ point: [Double]) throws -> Double
  ) rethrows {
    let n = space.width
    var corners: [Corner] = [(origin.0, origin.1)]
    for j in 0..<n where !book.isFull {
      var point = origin.0
      let step = size * (space.high[j] - space.low[j])
      point[j] += point[j] + step <= space.high[j] ? step : -step
      point = space.clamped(point)
      corners.append((point, try book.ask(point, value)))
    }
    guard corners.count == n + 1, n > 0 else { return }
    while !book.isFull {
      corners.sort { $0.value < $1.value }
      if isSmall(corners, space) { return }
      try step(&corners, space, &book, value)
    }
  }

  private func isSmall(_ corners: [Corner], _ space: SearchSpace) -> Bool {
    let width = (0..<space.width).reduce(0.0) { most, j in
      let places = corners.map { $0.point[j] }
      let range = max(space.high[j] - space.low[j], 1e-300)
      return max(most, ((places.max() ?? 0) - (places.min() ?? 0)) / range)
    }
    return width < 1e-9
  }

  private func step(
    _ corners: inout [Corner], _ space: SearchSpace, _ book: inout SearchBook,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows {
    let n = space.width
    let (worst, best) = (corners[n], corners[0])
    let centre = (0..<n).map { j in corners[..<n].reduce(0) { $0 + $1.point[j] } / Double(n) }
    func along(_ t: Double) -> [Double] {
      space.clamped((0..<n).map { centre[$0] + t * (centre[$0] - worst.point[$0]) })
    }
    let d = Double(max(n, 2))
    let turned = along(1)
    let reached = try book.ask(turned, value)
    if reached < best.value {
      let far = along(1 + 2 / d)
      let farther = book.isFull ? .infinity : try book.ask(far, value)
      corners[n] = farther < reached ? (far, farther) : (turned, reached)
      return
    }
    if reached < corners[n - 1].value {
      corners[n] = (turned, reached)
      return
    }
    if book.isFull { return }
    let inner = along((reached < worst.value ? 1 : -1) * (0.75 - 1 / (2 * d)))
    let found = try book.ask(inner, value)
    if found < min(reached, worst.value) {
      corners[n] = (inner, found)
      return
    }
    for i in 1...n where !book.isFull {
      let point = (0..<n).map {
        best.point[$0] + (1 - 1 / d) * (corners[i].point[$0] - best.point[$0])
      }
      corners[i] = (point, try book.ask(point, value))
    }
  }
}
