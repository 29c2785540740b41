/// A one-dimensional histogram of weighted entries.
///
/// Each bin keeps Σw and Σw², so its content has the error √Σw², also with negative weights. A bin holds
/// [low, high) as in ROOT; what lies below the first edge, at or above the last edge, and NaN are kept
/// apart and never lost.
public struct Histogram: Sendable, Equatable {
  /// The edges of the bins, ascending: one more than there are bins.
  public let edges: [Double]
  /// Σw a bin.
  public private(set) var sums: [Double]
  /// Σw² a bin.
  public private(set) var squares: [Double]
  /// Σw below the first edge.
  public private(set) var underflow = 0.0
  /// Σw at or above the last edge.
  public private(set) var overflow = 0.0
  /// Σw of entries that are NaN.
  public private(set) var notNumbers = 0.0
  /// The number of entries filled, whatever their weight and place.
  public private(set) var entries = 0
  private let uniform: Bool

  /// Makes an empty histogram of bins of equal width; `high` must lie above `low`.
  public init(bins: Int, from low: Double, to high: Double) {
    precondition(bins > 0 && low < high, "a histogram of \(bins) bins from \(low) to \(high)")
    edges = (0...bins).map { low + (high - low) * Double($0) / Double(bins) }
    sums = [Double](repeating: 0, count: bins)
    squares = sums
    uniform = true
  }

  /// Edges around values that are all the same: half a unit to each side, or more where double precision
  /// could not tell such edges apart.
  public static func range(around value: Double) -> (low: Double, high: Double) {
    let margin = max(0.5, value.magnitude * 1e-3)
    let most = Double.greatestFiniteMagnitude
    return (max(value - margin, -most), min(value + margin, most))
  }

  /// Makes an empty histogram with these edges, which must ascend.
  public init(edges: [Double]) {
    precondition(
      edges.count >= 2 && zip(edges, edges.dropFirst()).allSatisfy { $0 < $1 },
      "the edges of a histogram must ascend")
    self.edges = edges
    sums = [Double](repeating: 0, count: edges.count - 1)
    squares = sums
    uniform = false
  }

  /// The number of bins.
  public var count: Int { sums.count }
  /// Σw inside the range.
  public var sum: Double { sums.reduce(0, +) }
  /// The error of each bin, √Σw².
  public var errors: [Double] { squares.map { $0.squareRoot() } }
  /// The centre of each bin.
  public var centres: [Double] { zip(edges, edges.dropFirst()).map { ($0 + $1) / 2 } }
  /// Effective entries inside the range, (Σw)²/Σw².
  public var effectiveEntries: Double {
    let total = squares.reduce(0, +)
    return total > 0 ? sum * sum / total : 0
  }

  /// The bin that holds a value, or nil outside the range and for NaN.
  public func bin(of value: Double) -> Int? {
    guard value >= edges[0], value < edges[count] else { return nil }
    if uniform {
      let guess = (value - edges[0]) / (edges[count] - edges[0]) * Double(count)
      var bin = min(Int(guess), count - 1)
      while value < edges[bin] { bin -= 1 }
      while value >= edges[bin + 1] { bin += 1 }
      return bin
    }
    var (low, high) = (0, count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if value < edges[middle] { high = middle } else { low = middle }
    }
    return low
  }

  /// Adds an entry.
  public mutating func fill(_ value: Double, weight: Double = 1) {
    entries += 1
    if let bin = bin(of: value) {
      sums[bin] += weight
      squares[bin] += weight * weight
    } else if value.isNaN {
      notNumbers += weight
    } else if value < edges[0] {
      underflow += weight
    } else {
      overflow += weight
    }
  }

  /// Adds many entries; the two arrays must have one length.
  public mutating func fill(_ values: [Double], weights: [Double]) {
    precondition(values.count == weights.count, "one weight an entry")
    for i in values.indices { fill(values[i], weight: weights[i]) }
  }

  /// The histogram times a number: Σw scales by it, Σw² by its square.
  public func scaled(by factor: Double) -> Histogram {
    var result = self
    result.sums = sums.map { $0 * factor }
    result.squares = squares.map { $0 * factor * factor }
    result.underflow *= factor
    result.overflow *= factor
    result.notNumbers *= factor
    return result
  }

  /// The histogram scaled so that Σw inside the range is one; unchanged where that sum is not positive.
  public var normalised: Histogram { sum > 0 ? scaled(by: 1 / sum) : self }

  /// Σw per unit of the axis, scaled so that the integral over the range is one.
  public var density: [Double] {
    let total = sum
    return sums.indices.map { sums[$0] / total / (edges[$0 + 1] - edges[$0]) }
  }
}
