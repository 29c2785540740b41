public import ApusEngine

/// A map of rows of inputs to rows of as many numbers, fitted on training events.
///
/// Fits use |w| as weights: spreads and quantiles then stay meaningful with negative weights.
public protocol Transform: Sendable {
  /// The name in YAML: "standardize".
  static var name: String { get }
  /// Other names that are accepted.
  static var aliases: [String] { get }
  /// One sentence: what it does.
  static var summary: String { get }
  /// Whether a column depends on several, so that one missing value would spoil them all.
  static var mixesColumns: Bool { get }

  /// Fits the transform.
  /// - Parameters:
  ///   - rows: Row-major, `width` numbers an event, all finite; a transform that mixes no columns leaves NaN out.
  ///   - width: The number of columns.
  ///   - weights: The weight of each event; its absolute value counts.
  init(fitting rows: [Float], width: Int, weights: [Double])
  /// Brings back a recorded transform; nil where the record does not fit.
  init?(_ record: JSONValue, width: Int)
  /// The fitted numbers.
  var record: JSONValue { get }

  /// Transforms rows in place.
  func apply(to rows: inout [Float], width: Int)
  /// Undoes ``apply(to:width:)`` as far as that is possible.
  func invert(_ rows: inout [Float], width: Int)
  /// The same map in the engine's graph; `x` has the shape [events, width].
  func callAsFunction(_ x: Tensor) -> Tensor
  /// The names of the columns after the transform.
  func names(after names: [String]) -> [String]
}

extension Transform {
  /// Most treat each column by itself.
  public static var mixesColumns: Bool { false }
  /// Columns keep their names unless a transform mixes them.
  public func names(after names: [String]) -> [String] { names }
}

/// All transforms, in the order in which help lists them.
public let allTransforms: [any Transform.Type] = [
  Standardize.self, MinMax.self, LogTransform.self, Clip.self, PrincipalAxes.self, Decorrelate.self,
  Gaussianize.self,
]

/// Applies a function to every element, told its column.
func forEachElement(_ rows: inout [Float], width: Int, _ body: (Float, Int) -> Float) {
  guard width > 0 else { return }
  var i = 0
  while i < rows.count {
    for j in 0..<width { rows[i &+ j] = body(rows[i &+ j], j) }
    i += width
  }
}

/// A row of constants in the type of a tensor.
func constants(_ values: [Double], like x: Tensor) -> Tensor {
  let row = Tensor(values, shape: [1, values.count])
  return row.dtype == x.dtype ? row : row.cast(to: x.dtype)
}

/// Weighted means of columns, with |w|.
func absoluteWeights(_ weights: [Double]) -> [Double] {
  let sizes = weights.map { abs($0) }
  return sizes.contains { $0 > 0 } ? sizes : sizes.map { _ in 1 }
}

/// Weighted quantiles of one column: each value stands at the middle of its own weight; NaN is left out.
struct WeightedQuantiles {
  let values: [Double]
  /// The cumulative share of weight at the middle of each distinct value.
  let shares: [Double]

  init(_ column: [Double], weights: [Double]) {
    let total = zip(column, weights).reduce(0) { $0 + ($1.0.isNaN ? 0 : $1.1) }
    var (values, shares, below) = ([Double](), [Double](), 0.0)
    var own = 0.0
    func close() {
      if !values.isEmpty { shares.append((below + own / 2) / total) }
      below += own
      own = 0
    }
    for index in sortedOrder(column) {
      let i = Int(index)
      if weights[i] == 0 || column[i].isNaN { continue }
      if values.last != column[i] {
        close()
        values.append(column[i])
      }
      own += weights[i]
    }
    close()
    (self.values, self.shares) = (values, shares)
  }

  /// The value below which a share of the weight lies, linear between values.
  func value(at share: Double) -> Double {
    guard let first = values.first, let last = values.last else { return 0 }
    guard let k = shares.firstIndex(where: { $0 >= share }) else { return last }
    guard k > 0 else { return first }
    let (a, b) = (shares[k - 1], shares[k])
    return b > a ? values[k - 1] + (values[k] - values[k - 1]) * (share - a) / (b - a) : values[k]
  }
}

/// One column of row-major rows in double precision.
func doubleColumn(_ rows: [Float], _ j: Int, _ width: Int) -> [Double] {
  stride(from: j, to: rows.count, by: max(width, 1)).map { Double(rows[$0]) }
}
