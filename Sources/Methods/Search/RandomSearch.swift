import ApusEvents

/// Points drawn evenly (Bergstra and Bengio 2012, JMLR 13, 281): the plainest search, and the hardest to fool.
public struct RandomSearch: Search {
  /// Makes the search.
  public init() {}

  /// Looks for the least value; the starts come first.
  public func minimise(
    in space: SearchSpace, from starts: [[Double]], seed: UInt64, evaluations: Int,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows -> SearchResult {
    var (book, generator) = (SearchBook(most: evaluations), SplitMix64(seed: seed))
    for start in starts where !book.isFull { _ = try book.ask(space.clamped(start), value) }
    while !book.isFull { _ = try book.ask(space.draw(&generator), value) }
    return book.result
  }
}
