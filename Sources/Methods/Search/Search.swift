public import ApusEvents

/// A box of numbers in which a least value is looked for.
public struct SearchSpace: Sendable {
  /// The lowest value of each number.
  public let low: [Double]
  /// The highest value of each number.
  public let high: [Double]
  /// The number of dimensions.
  public var width: Int { low.count }

  /// Makes a box; every lower bound must be below or at its upper bound.
  public init(low: [Double], high: [Double]) {
    precondition(
      low.count == high.count && zip(low, high).allSatisfy { $0 <= $1 }, "bounds that fit together")
    (self.low, self.high) = (low, high)
  }

  /// The unit cube.
  public static func unit(_ width: Int) -> SearchSpace {
    SearchSpace(
      low: [Double](repeating: 0, count: width), high: [Double](repeating: 1, count: width))
  }

  /// A point drawn evenly.
  public func draw(_ generator: inout SplitMix64) -> [Double] {
    low.indices.map { low[$0] + (high[$0] - low[$0]) * generator.uniform() }
  }

  /// The nearest point of the box.
  public func clamped(_ x: [Double]) -> [Double] {
    x.indices.map { min(max(x[$0], low[$0]), high[$0]) }
  }
}

/// What a search found.
public struct SearchResult: Sendable {
  /// The best point.
  public var point: [Double]
  /// Its value.
  public var value: Double
  /// How often the function was computed.
  public var evaluations: Int
}

/// A search for the least value of any function in a box: for cuts, functions and hyper-parameters.
///
/// A value that is NaN counts as +∞. The same seed gives the same result.
public protocol Search: Sendable {
  /// Looks for the least value.
  /// - Parameters:
  ///   - space: Where to look.
  ///   - starts: Points to begin with, as far as the search has a use for them.
  ///   - seed: Where random numbers come from.
  ///   - evaluations: The most calls of the function.
  ///   - value: The function.
  func minimise(
    in space: SearchSpace, from starts: [[Double]], seed: UInt64, evaluations: Int,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows -> SearchResult
}

/// Counts calls and keeps the best point.
struct SearchBook {
  private(set) var result: SearchResult
  let most: Int

  init(most: Int) {
    result = SearchResult(point: [], value: .infinity, evaluations: 0)
    self.most = most
  }

  var isFull: Bool { result.evaluations >= most }

  /// The value at a point, with NaN as +∞; the point is kept where it is the best.
  mutating func ask(_ point: [Double], _ value: (_ point: [Double]) throws -> Double) rethrows
    -> Double
  {
    result.evaluations += 1
    let found = try value(point)
    let seen = found.isNaN ? .infinity : found
    if seen < result.value || result.point.isEmpty { (result.point, result.value) = (point, seen) }
    return seen
  }
}

/// The searches by the names that configurations use.
public enum SearchName: String, Sendable, CaseIterable {
  /// Points drawn evenly in the box.
  case random
  /// A genetic algorithm.
  case genetic
  /// Simulated annealing.
  case annealing
  /// The simplex of Nelder and Mead.
  case simplex

  /// The search with its usual settings.
  public var search: any Search {
    switch self {
    case .random: RandomSearch()
    case .genetic: GeneticSearch()
    case .annealing: AnnealingSearch()
    case .simplex: SimplexSearch()
    }
  }
}
