import ApusEvents

/// Simulated annealing (Kirkpatrick, Gelatt, Vecchi 1983): steps that may go up, less and less.
///
/// One or two numbers move by a Cauchy step at a time; a rise by Δ is taken with probability exp(−Δ/T). T starts at the
/// spread of the first values and falls geometrically by 10⁶; sizes of steps follow it, so that about the same share of steps is
/// taken. Every quarter it starts again from the best point.
public struct AnnealingSearch: Search {
  /// The share of the calls that measure the first temperature.
  public var warmUp: Double

  /// Makes the search.
  public init(warmUp: Double = 0.05) { self.warmUp = warmUp }

  /// Looks for the least value, from the best of the starts and of some random points.
  public func minimise(
    in space: SearchSpace, from starts: [[Double]], seed: UInt64, evaluations: Int,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows -> SearchResult {
    var (book, generator) = (SearchBook(most: evaluations), SplitMix64(seed: seed))
    var values: [Double] = []
    for start in starts where !book.isFull {
      values.append(try book.ask(space.clamped(start), value))
    }
    while !book.isFull, values.count < max(5, Int(warmUp * Double(evaluations))) {
      values.append(try book.ask(space.draw(&generator), value))
    }
    let first = max(spread(values.filter { $0.isFinite }), 1e-12)
    var (point, height) = (book.result.point, book.result.value)
    let begin = book.result.evaluations
    var quarter = 0
    while !book.isFull {
      let age = Double(book.result.evaluations - begin) / Double(max(evaluations - begin, 1))
      if Int(age * 4) > quarter {
        quarter = Int(age * 4)
        (point, height) = (book.result.point, book.result.value)
      }
      let temperature = first * exponential(-13.8 * age)
      let next = moved(point, space, 0.3 * exponential(-6 * age), &generator)
      let reached = try book.ask(next, value)
      if reached <= height || generator.uniform() < exponential((height - reached) / temperature) {
        (point, height) = (next, reached)
      }
    }
    return book.result
  }

  private func spread(_ values: [Double]) -> Double {
    let mean = values.reduce(0, +) / Double(max(values.count, 1))
    let square = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    return (square / Double(max(values.count, 1))).squareRoot()
  }

  private func moved(
    _ point: [Double], _ space: SearchSpace, _ size: Double, _ generator: inout SplitMix64
  ) -> [Double] {
    var next = point
    for _ in 0...generator.below(2) {
      let j = generator.below(point.count)
      let cauchy = generator.normal() / max(abs(generator.normal()), 1e-3)
      next[j] += size * (space.high[j] - space.low[j]) * 0.3 * cauchy
    }
    return space.clamped(next)
  }
}
