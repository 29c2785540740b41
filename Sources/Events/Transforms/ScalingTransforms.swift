public import ApusEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// (x − mean)/σ in each column; a constant column becomes 0.
public struct Standardize: Transform, Equatable {
  /// The name in YAML.
  public static let name = "standardize"
  /// Other names that are accepted.
  public static let aliases = ["standardise", "standard", "zscore", "StandardScaler"]
  /// One sentence on what it does.
  public static let summary =
    "Each input gets mean 0 and standard deviation 1; a constant input gets 0."
  /// The weighted mean of each column.
  public let means: [Double]
  /// The weighted standard deviation of each column; 1 where it is constant.
  public let deviations: [Double]

  /// Fits means and standard deviations.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    let w = absoluteWeights(weights)
    var (means, squares) = (
      [Double](repeating: 0, count: width), [Double](repeating: 0, count: width)
    )
    var totals = means
    // Missing values (NaN) of a column count neither for its mean nor for its spread.
    for i in w.indices {
      for j in 0..<width where !rows[i * width + j].isNaN {
        means[j] += w[i] * Double(rows[i * width + j])
        totals[j] += w[i]
      }
    }
    for j in 0..<width { means[j] = totals[j] > 0 ? means[j] / totals[j] : 0 }
    for i in w.indices {
      for j in 0..<width where !rows[i * width + j].isNaN {
        let d = Double(rows[i * width + j]) - means[j]
        squares[j] += w[i] * d * d
      }
    }
    self.means = means
    deviations = (0..<width).map { j in
      let deviation = totals[j] > 0 ? (squares[j] / totals[j]).squareRoot() : 0
      return deviation > 1e-6 * abs(means[j]) && deviation > 0 ? deviation : 1
    }
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let means = record["means"]?.doubles, let deviations = record["deviations"]?.doubles,
      means.count == width, deviations.count == width, deviations.allSatisfy({ $0 > 0 })
    else { return nil }
    (self.means, self.deviations) = (means, deviations)
  }

  /// The fitted numbers.
  public var record: JSONValue {
    ["means": JSONValue(means), "deviations": JSONValue(deviations)]
  }

  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) {
    let (shift, scale) = (means.map { Float($0) }, deviations.map { Float(1 / $0) })
    forEachElement(&rows, width: width) { ($0 - shift[$1]) * scale[$1] }
  }

  /// Undoes the transform.
  public func invert(_ rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) { Float(Double($0) * deviations[$1] + means[$1]) }
  }

  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x - constants(means, like: x)) * constants(deviations.map { 1 / $0 }, like: x)
  }
}

/// (x − least)/(largest − least) in each column: training events fill [0, 1]; a constant column becomes 0.
public struct MinMax: Transform, Equatable {
  /// The name in YAML.
  public static let name = "minmax"
  /// Other names that are accepted.
  public static let aliases = ["min_max", "normalize", "normalise", "MinMaxScaler"]
  /// One sentence on what it does.
  public static let summary = "Each input is scaled so that training events fill [0, 1]."
  /// The least value of each column.
  public let least: [Double]
  /// The range of each column; 1 where it is constant.
  public let ranges: [Double]

  /// Fits the ranges of events whose weight is not zero.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    var low = [Double](repeating: .infinity, count: width)
    var high = [Double](repeating: -.infinity, count: width)
    for i in weights.indices where weights[i] != 0 {
      for j in 0..<width {
        low[j] = min(low[j], Double(rows[i * width + j]))
        high[j] = max(high[j], Double(rows[i * width + j]))
      }
    }
    least = low.map { $0.isFinite ? $0 : 0 }
    ranges = zip(low, high).map { $1 > $0 ? $1 - $0 : 1 }
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let least = record["least"]?.doubles, let ranges = record["ranges"]?.doubles,
      least.count == width, ranges.count == width, ranges.allSatisfy({ $0 > 0 })
    else { return nil }
    (self.least, self.ranges) = (least, ranges)
  }

  /// The fitted numbers.
  public var record: JSONValue { ["least": JSONValue(least), "ranges": JSONValue(ranges)] }

  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) {
    let (shift, scale) = (least.map { Float($0) }, ranges.map { Float(1 / $0) })
    forEachElement(&rows, width: width) { ($0 - shift[$1]) * scale[$1] }
  }

  /// Undoes the transform.
  public func invert(_ rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) { Float(Double($0) * ranges[$1] + least[$1]) }
  }

  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    (x - constants(least, like: x)) * constants(ranges.map { 1 / $0 }, like: x)
  }
}

/// ln(1 + x) in columns that are nowhere negative on training events, such as momenta and masses; other
/// columns, such as angles, stay as they are.
///
/// In a column that is transformed, values below 0 of later events count as 0.
public struct LogTransform: Transform, Equatable {
  /// The name in YAML.
  public static let name = "log"
  /// Other names that are accepted.
  public static let aliases = ["log1p"]
  /// One sentence on what it does.
  public static let summary =
    "ln(1 + x) of inputs that are nowhere negative on training events; other inputs stay as they are."
  /// Which columns are transformed.
  public let chosen: [Bool]

  /// Finds the columns that are nowhere negative.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    var chosen = [Bool](repeating: true, count: width)
    for i in weights.indices where weights[i] != 0 {
      for j in 0..<width where rows[i * width + j] < 0 { chosen[j] = false }
    }
    self.chosen = chosen
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let items = record["columns"]?.items, items.count == width else { return nil }
    chosen = items.map { $0.flag ?? false }
  }

  /// Which columns are transformed.
  public var record: JSONValue { ["columns": .array(chosen.map { .bool($0) })] }

  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) { chosen[$1] ? log1pf(max($0, 0)) : $0 }
  }

  /// Undoes the transform.
  public func invert(_ rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) { chosen[$1] ? expm1f($0) : $0 }
  }

  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let mask = constants(chosen.map { $0 ? 1 : 0 }, like: x) .> 0.5
    return mask.broadcast(to: x.shape).select(x.maximum(0).log1p(), x)
  }
}

/// Cuts each column at its 0.1 % and 99.9 % quantiles of training events, so that outliers do no harm.
public struct Clip: Transform, Equatable {
  /// The name in YAML.
  public static let name = "clip"
  /// Other names that are accepted.
  public static let aliases = ["winsorize", "winsorise"]
  /// One sentence on what it does.
  public static let summary = "Values beyond the 0.1 % and 99.9 % quantiles are moved to these."
  /// The lowest value of each column.
  public let low: [Double]
  /// The highest value of each column.
  public let high: [Double]

  /// Fits the quantiles.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    let w = absoluteWeights(weights)
    let columns = (0..<width).map { WeightedQuantiles(doubleColumn(rows, $0, width), weights: w) }
    low = columns.map { $0.value(at: 0.001) }
    high = columns.map { $0.value(at: 0.999) }
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let low = record["low"]?.doubles, let high = record["high"]?.doubles,
      low.count == width, high.count == width, zip(low, high).allSatisfy({ $0 <= $1 })
    else { return nil }
    (self.low, self.high) = (low, high)
  }

  /// The fitted numbers.
  public var record: JSONValue { ["low": JSONValue(low), "high": JSONValue(high)] }

  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) {
    let (low, high) = (low.map { Float($0) }, high.map { Float($0) })
    forEachElement(&rows, width: width) { min(max($0, low[$1]), high[$1]) }
  }

  /// Leaves rows as they are: what was cut is lost.
  public func invert(_ rows: inout [Float], width: Int) {}

  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    x.maximum(constants(low, like: x)).minimum(constants(high, like: x))
  }
}
