import ApusEvents

/// Means and spreads of the inputs, so that equations are solved in columns of comparable size.
///
/// Weights enter by their absolute value, which keeps the spread positive; this changes the
/// conditioning only, never the solution. A constant column has spread 1.
struct Standardizer: Sendable {
  var means: [Double]
  var spreads: [Double]

  /// Changes nothing.
  init(width: Int) {
    means = [Double](repeating: 0, count: width)
    spreads = [Double](repeating: 1, count: width)
  }

  init(_ sample: Sample) {
    let width = sample.features.count
    var sums = [Double](repeating: 0, count: width)
    var total = 0.0
    for i in 0..<sample.count {
      let w = abs(sample.weights[i])
      total += w
      for j in 0..<width { sums[j] += w * Double(sample.inputs[i * width + j]) }
    }
    let means = sums.map { $0 / total }
    var squares = [Double](repeating: 0, count: width)
    for i in 0..<sample.count {
      let w = abs(sample.weights[i])
      for j in 0..<width {
        let d = Double(sample.inputs[i * width + j]) - means[j]
        squares[j] += w * d * d
      }
    }
    self.means = means
    spreads = (0..<width).map { j in
      let spread = (squares[j] / total).squareRoot()
      return spread > 1e-6 * abs(means[j]) && spread > 0 ? spread : 1
    }
  }

  /// The standardised inputs of event `i`, written to the start of `row`.
  func fill(_ row: inout [Double], _ sample: Sample, _ i: Int) {
    let start = i * means.count
    for j in means.indices { row[j] = (Double(sample.inputs[start + j]) - means[j]) / spreads[j] }
  }

  /// Turns a linear form of standardised inputs into one of the inputs themselves.
  func unscaled(_ coefficients: [Double], _ intercept: Double) -> (
    coefficients: [Double], intercept: Double
  ) {
    let raw = zip(coefficients, spreads).map { $0 / $1 }
    return (raw, intercept - zip(raw, means).reduce(0) { $0 + $1.0 * $1.1 })
  }
}

extension Standardizer {
  /// Rows of inputs, standardised, in single precision.
  func scaled(_ inputs: [Float]) -> [Float] {
    let width = means.count
    var result = inputs
    for start in stride(from: 0, to: inputs.count, by: max(width, 1)) {
      for j in 0..<width {
        result[start + j] = Float((Double(inputs[start + j]) - means[j]) / spreads[j])
      }
    }
    return result
  }

  /// The spread of each input with |w|, zero where it is constant.
  func spreadsBeforeFloor(_ sample: Sample) -> [Double] {
    let width = means.count
    var squares = [Double](repeating: 0, count: width)
    let total = sample.weights.reduce(0) { $0 + abs($1) }
    for i in 0..<sample.count {
      for j in 0..<width {
        let d = Double(sample.inputs[i * width + j]) - means[j]
        squares[j] += abs(sample.weights[i]) * d * d / total
      }
    }
    return squares.map { $0.squareRoot() }
  }
}
