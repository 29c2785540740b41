public import ApusEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Maps each column to the normal distribution by its quantiles on training events.
///
/// y = Φ⁻¹(F(x)) at up to 129 knots, linear between them and constant beyond the first and last (about ±2.66).
/// Knots of equal value, as whole numbers have, become one. A constant column becomes 0.
public struct Gaussianize: Transform, Equatable {
  /// The name in YAML.
  public static let name = "gaussianize"
  /// Other names that are accepted.
  public static let aliases = ["gaussianise", "gauss", "quantile"]
  /// One sentence on what it does.
  public static let summary = "Maps each input to the normal distribution by its quantiles."
  /// The places of the knots of each column, ascending.
  public let knots: [[Double]]
  /// The value at each knot, ascending.
  public let values: [[Double]]

  static let count = 129

  /// Fits the quantiles.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    let w = absoluteWeights(weights)
    var (knots, values) = ([[Double]](), [[Double]]())
    for j in 0..<width {
      let quantiles = WeightedQuantiles(doubleColumn(rows, j, width), weights: w)
      let (places, normals) = Gaussianize.fit(quantiles)
      knots.append(places)
      values.append(normals)
    }
    (self.knots, self.values) = (knots, values)
  }

  private static func fit(_ quantiles: WeightedQuantiles) -> ([Double], [Double]) {
    guard quantiles.values.count > 1 else { return ([quantiles.values.first ?? 0], [0]) }
    // Few distinct values are knots themselves; many are sampled at equal shares.
    if quantiles.values.count <= count {
      return (quantiles.values, quantiles.shares.map(inverseNormal))
    }
    var (places, normals) = ([Double](), [Double]())
    var k = 0
    for n in 0..<count {
      let share = (Double(n) + 0.5) / Double(count)
      while k < quantiles.shares.count - 1 && quantiles.shares[k] < share { k += 1 }
      // Taken at a value with its own share, so that lumps of equal values keep their middle.
      if places.last != quantiles.values[k] {
        places.append(quantiles.values[k])
        normals.append(inverseNormal(quantiles.shares[k]))
      }
    }
    return (places, normals)
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let knots = record["knots"]?.items?.compactMap(\.doubles),
      let values = record["values"]?.items?.compactMap(\.doubles), knots.count == width,
      values.count == width
    else { return nil }
    for (x, y) in zip(knots, values) {
      guard x.count == y.count, !x.isEmpty, zip(x, x.dropFirst()).allSatisfy({ $0 < $1 }) else {
        return nil
      }
    }
    (self.knots, self.values) = (knots, values)
  }

  /// The fitted numbers.
  public var record: JSONValue {
    [
      "knots": .array(knots.map { JSONValue($0) }), "values": .array(values.map { JSONValue($0) }),
    ]
  }

  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) {
      Gaussianize.interpolate(Double($0), knots[$1], values[$1])
    }
  }

  /// Undoes the transform between the first and the last knot.
  public func invert(_ rows: inout [Float], width: Int) {
    forEachElement(&rows, width: width) {
      Gaussianize.interpolate(Double($0), values[$1], knots[$1])
    }
  }

  private static func interpolate(_ x: Double, _ from: [Double], _ to: [Double]) -> Float {
    let last = from.count - 1
    if x.isNaN { return .nan }
    if !(x > from[0]) { return Float(to[0]) }
    if x >= from[last] { return Float(to[last]) }
    var (low, high) = (0, last)
    while high - low > 1 {
      let middle = (low + high) / 2
      if x < from[middle] { high = middle } else { low = middle }
    }
    let t = (x - from[low]) / (from[high] - from[low])
    return Float(to[low] + t * (to[high] - to[low]))
  }

  /// The same map in the engine's graph: y₀ + Σ_k Δy_k clip((x − x_k)/Δx_k, 0, 1), column by column.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    let columns = knots.indices.map { j -> Tensor in
      let (from, to) = (knots[j], values[j])
      let column = x.sliced(axis: 1, j..<(j + 1))
      guard from.count > 1 else { return column * 0 + to[0] }
      let steps = zip(from, from.dropFirst()).map { 1 / ($1 - $0) }
      let parts = (column - constants(Array(from.dropLast()), like: x)) * constants(steps, like: x)
      let rises = zip(to, to.dropFirst()).map { $1 - $0 }
      let filled = parts.maximum(0).minimum(1) * constants(rises, like: x)
      return filled.sum(axes: [1], keepingAxes: true) + to[0]
    }
    return columns.count == 1 ? columns[0] : Tensor.concatenate(columns, axis: 1)
  }
}

/// The inverse of the normal distribution's integral (Acklam's rational form and one step of Halley).
func inverseNormal(_ p: Double) -> Double {
  guard p > 0, p < 1 else { return p <= 0 ? -.infinity : .infinity }
  let a = [
    -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
    -3.066479806614716e+01, 2.506628277459239e+00,
  ]
  let b = [
    -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
    -1.328068155288572e+01, 1,
  ]
  let c = [
    -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00,
    -2.549732539343734e+00, 4.374664141464968e+00, 2.938163982698783e+00,
  ]
  let d = [
    7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00, 1,
  ]
  func polynomial(_ coefficients: [Double], _ x: Double) -> Double {
    coefficients.reduce(0) { $0 * x + $1 }
  }
  var x: Double
  if min(p, 1 - p) < 0.02425 {
    let q = (-2 * log(min(p, 1 - p))).squareRoot()
    x = polynomial(c, q) / polynomial(d, q) * (p < 0.5 ? 1 : -1)
  } else {
    let q = p - 0.5
    x = polynomial(a, q * q) * q / polynomial(b, q * q)
  }
  let error = erfc(-x / 2.0.squareRoot()) / 2 - p
  let u = error * (2 * Double.pi).squareRoot() * exp(x * x / 2)
  x -= u / (1 + x * u / 2)
  return x
}
