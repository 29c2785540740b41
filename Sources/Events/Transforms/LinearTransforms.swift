public import ApusEngine
import ApusKernels

/// Principal axes: centred inputs turned to uncorrelated columns, in descending order of variance.
///
/// The largest component of each axis is positive, so that signs are the same on every machine. Standardise
/// first unless all inputs have one unit.
public struct PrincipalAxes: Transform, Equatable {
  /// The name in YAML.
  public static let name = "pca"
  /// Other names that are accepted.
  public static let aliases = ["principal_axes"]
  /// One sentence on what it does.
  public static let summary =
    "Turns the inputs to their principal axes, the largest variance first."
  /// Every column depends on all.
  public static let mixesColumns = true
  let map: LinearMap

  /// Fits the mean and the axes.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    let (means, covariance) = weightedCovariance(rows, width: width, weights: weights)
    let (values, vectors) = symmetricEigen(covariance, size: width)
    let order = values.indices.sorted { (values[$1], $0) < (values[$0], $1) }
    var matrix = [Double](repeating: 0, count: width * width)
    for (k, e) in order.enumerated() {
      for j in 0..<width { matrix[j * width + k] = vectors[e * width + j] }
    }
    let inverse = (0..<width * width).map { matrix[$0 % width * width + $0 / width] }
    map = LinearMap(means: means, matrix: matrix, inverse: inverse)
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let map = LinearMap(record, width: width) else { return nil }
    self.map = map
  }

  /// The fitted numbers.
  public var record: JSONValue { map.record }
  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) { map.apply(to: &rows, width: width) }
  /// Undoes the transform.
  public func invert(_ rows: inout [Float], width: Int) { map.invert(&rows, width: width) }
  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor { map(x) }
  /// Axes have names of their own.
  public func names(after names: [String]) -> [String] { names.indices.map { "axis\($0 + 1)" } }
}

/// The symmetric square root of the inverse covariance: columns become uncorrelated with variance 1, each as
/// near to its own input as can be (TMVA's decorrelation).
///
/// Directions without variance, of constant inputs or linear combinations of others, become 0.
public struct Decorrelate: Transform, Equatable {
  /// The name in YAML.
  public static let name = "decorrelate"
  /// Other names that are accepted.
  public static let aliases = ["whiten", "deco"]
  /// One sentence on what it does.
  public static let summary =
    "Makes the inputs uncorrelated with variance 1 by the square root of their covariance."
  /// Every column depends on all.
  public static let mixesColumns = true
  let map: LinearMap

  /// Fits the mean and the covariance.
  public init(fitting rows: [Float], width: Int, weights: [Double]) {
    let (means, covariance) = weightedCovariance(rows, width: width, weights: weights)
    // Eigenvectors of the correlation are not spoilt by inputs of very different size.
    let spreads = (0..<width).map { j in
      let variance = covariance[j * width + j]
      return variance > 1e-12 * means[j] * means[j] && variance > 0 ? variance.squareRoot() : 1
    }
    // A constant input has only rounding errors for a variance: it becomes 0.
    let correlation = covariance.indices.map {
      covariance[$0] / (spreads[$0 / width] * spreads[$0 % width])
    }
    let (values, vectors) = symmetricEigen(correlation, size: width)
    let floor = 1e-9 * max(values.max() ?? 0, 1e-300)
    var matrix = [Double](repeating: 0, count: width * width)
    var inverse = matrix
    for (e, value) in values.enumerated() where value > floor {
      let root = value.squareRoot()
      for i in 0..<width {
        for j in 0..<width {
          let part = vectors[e * width + i] * vectors[e * width + j]
          matrix[i * width + j] += part / root / spreads[i]
          inverse[i * width + j] += part * root * spreads[j]
        }
      }
    }
    map = LinearMap(means: means, matrix: matrix, inverse: inverse)
  }

  /// Brings back a recorded transform.
  public init?(_ record: JSONValue, width: Int) {
    guard let map = LinearMap(record, width: width) else { return nil }
    self.map = map
  }

  /// The fitted numbers.
  public var record: JSONValue { map.record }
  /// Transforms rows in place.
  public func apply(to rows: inout [Float], width: Int) { map.apply(to: &rows, width: width) }
  /// Undoes the transform.
  public func invert(_ rows: inout [Float], width: Int) { map.invert(&rows, width: width) }
  /// The same map in the engine's graph.
  public func callAsFunction(_ x: Tensor) -> Tensor { map(x) }
}

/// y = (x − means) M with its inverse.
struct LinearMap: Sendable, Equatable {
  let means: [Double]
  let matrix: [Double]
  let inverse: [Double]

  init(means: [Double], matrix: [Double], inverse: [Double]) {
    (self.means, self.matrix, self.inverse) = (means, matrix, inverse)
  }

  init?(_ record: JSONValue, width: Int) {
    guard let means = record["means"]?.doubles, let matrix = record["matrix"]?.doubles,
      let inverse = record["inverse"]?.doubles, means.count == width,
      matrix.count == width * width, inverse.count == width * width
    else { return nil }
    self.init(means: means, matrix: matrix, inverse: inverse)
  }

  var record: JSONValue {
    ["means": JSONValue(means), "matrix": JSONValue(matrix), "inverse": JSONValue(inverse)]
  }

  func apply(to rows: inout [Float], width: Int) {
    var row = [Double](repeating: 0, count: width)
    for start in stride(from: 0, to: rows.count, by: max(width, 1)) {
      for j in 0..<width { row[j] = Double(rows[start + j]) - means[j] }
      for k in 0..<width {
        var sum = 0.0
        for j in 0..<width { sum += row[j] * matrix[j * width + k] }
        rows[start + k] = Float(sum)
      }
    }
  }

  func invert(_ rows: inout [Float], width: Int) {
    var row = [Double](repeating: 0, count: width)
    for start in stride(from: 0, to: rows.count, by: max(width, 1)) {
      for j in 0..<width { row[j] = Double(rows[start + j]) }
      for k in 0..<width {
        var sum = means[k]
        for j in 0..<width { sum += row[j] * inverse[j * width + k] }
        rows[start + k] = Float(sum)
      }
    }
  }

  func callAsFunction(_ x: Tensor) -> Tensor {
    let width = means.count
    let square = Tensor(matrix, shape: [width, width]).cast(to: x.dtype)
    return (x - constants(means, like: x)).matmul(square)
  }
}

/// Weighted means and covariance of the columns, with |w|.
func weightedCovariance(_ rows: [Float], width: Int, weights: [Double]) -> (
  means: [Double], covariance: [Double]
) {
  let w = absoluteWeights(weights)
  let total = w.reduce(0, +)
  var means = [Double](repeating: 0, count: width)
  for i in w.indices { for j in 0..<width { means[j] += w[i] * Double(rows[i * width + j]) } }
  for j in 0..<width { means[j] /= total }
  var sums = [Double](repeating: 0, count: width * width)
  var row = means
  for i in w.indices {
    for j in 0..<width { row[j] = Double(rows[i * width + j]) - means[j] }
    for a in 0..<width {
      let scaled = w[i] * row[a]
      for b in 0...a { sums[a * width + b] += scaled * row[b] }
    }
  }
  let covariance = sums.indices.map { n in
    let (a, b) = (max(n / width, n % width), min(n / width, n % width))
    return sums[a * width + b] / total
  }
  return (means, covariance)
}

/// Eigenvalues and eigenvectors (rows) of a symmetric matrix; of one that is not finite, its diagonal and the axes.
///
/// The largest component of each vector is positive. Cost: about 10 n³.
func symmetricEigen(_ matrix: [Double], size n: Int) -> (values: [Double], vectors: [Double]) {
  if let found = try? eigenSymmetric(matrix, n: n) { return found }
  return ((0..<n).map { matrix[$0 * n + $0] }, (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 })
}
