import ApusEvents
import ApusKernels

/// The climb to the greatest likelihood of a ``TemplateFit``.
struct TemplateSearch {
  private(set) var yields: [Double]
  /// The shapes: t_ji, and their errors.
  private let shapes: [[Double]]
  private let shapeErrors: [[Double]]
  private let data: [Double]
  /// Σw²/Σw of each bin, 1 for counts.
  private let scales: [Double]

  init(_ histogram: Histogram, _ templates: [Histogram]) {
    data = histogram.sums
    let mean = histogram.squares.reduce(0, +) / histogram.sum
    scales = histogram.sums.indices.map {
      histogram.sums[$0] > 0 ? histogram.squares[$0] / histogram.sums[$0] : mean
    }
    shapes = templates.map { template in template.sums.map { $0 / template.sum } }
    shapeErrors = templates.map { template in template.errors.map { $0 / template.sum } }
    let share = histogram.sum / Double(templates.count)
    yields = templates.map { _ in share }
  }

  private func expected(_ yields: [Double]) -> [Double] {
    data.indices.map { i in yields.indices.reduce(0) { $0 + yields[$1] * shapes[$1][i] } }
  }

  /// Minus ln L.
  private func loss(_ yields: [Double]) -> Double {
    let means = expected(yields)
    return data.indices.reduce(0) { sum, i in
      let mean = means[i]
      if data[i] > 0, !(mean > 0) { return .infinity }
      return sum + (mean - (data[i] > 0 ? data[i] * logarithm(mean) : 0)) / scales[i]
    }
  }

  private func derivatives() -> (slope: [Double], curvature: [Double]) {
    let (n, means) = (yields.count, expected(yields))
    var slope = [Double](repeating: 0, count: n)
    var curvature = [Double](repeating: 0, count: n * n)
    for i in data.indices where means[i] > 0 {
      let first = (1 - data[i] / means[i]) / scales[i]
      let second = data[i] / (means[i] * means[i]) / scales[i]
      for a in 0..<n {
        slope[a] += shapes[a][i] * first
        for b in 0..<n { curvature[a * n + b] += shapes[a][i] * shapes[b][i] * second }
      }
    }
    return (slope, curvature)
  }

  /// Newton's method with steps that keep yields positive; where a step does not help, one of the EM algorithm.
  mutating func climb() {
    var value = loss(yields)
    for _ in 0..<500 {
      let (slope, curvature) = derivatives()
      let before = yields
      if let next = newton(slope, curvature, value) {
        yields = next
      } else {
        expectationStep()
      }
      value = loss(yields)
      let moved = zip(before, yields).reduce(0) { max($0, abs($1.0 - $1.1)) }
      if moved < 1e-11 * data.reduce(0, +) { break }
    }
  }

  private func newton(_ slope: [Double], _ curvature: [Double], _ value: Double) -> [Double]? {
    let n = slope.count
    // A yield at zero that would fall stays there.
    let held = (0..<n).map { yields[$0] <= 0 && slope[$0] > 0 }
    var matrix = curvature
    for a in 0..<n {
      for b in 0..<n where a != b && (held[a] || held[b]) { matrix[a * n + b] = 0 }
      if held[a] { matrix[a * n + a] = 1 }
    }
    let side = (0..<n).map { held[$0] ? 0 : -slope[$0] }
    guard let step = try? solveSymmetricPositive(matrix, side, n: n) else { return nil }
    var length = 1.0
    for _ in 0..<30 {
      let next = zip(yields, step).map { max($0 + length * $1, 0) }
      if loss(next) <= value { return next }
      length /= 2
    }
    return nil
  }

  private mutating func expectationStep() {
    let means = expected(yields)
    yields = yields.indices.map { j in
      let up = data.indices.reduce(0) {
        means[$1] > 0 ? $0 + shapes[j][$1] * data[$1] / means[$1] : $0
      }
      return yields[j] * up
    }
  }

  /// The inverse H⁻¹ of the second derivatives, and H⁻¹ D H⁻¹ with the covariance D of the slopes that the templates'
  /// fluctuations make; nil where H is singular.
  func covariance(templateErrors: Bool) -> [Double]? {
    let n = yields.count
    let identity = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
    let curvature = derivatives().curvature
    let size = (0..<n).map { curvature[$0 * (n + 1)].squareRoot() }
    guard size.allSatisfy({ $0 > 0 }) else { return nil }
    // Correlations, so that yields of different size do not hide a singular matrix.
    let matrix = curvature.indices.map { curvature[$0] / (size[$0 / n] * size[$0 % n]) }
    guard let factor = Cholesky(matrix, size: n), !factor.dropped.contains(true),
      let scaled = try? solveSymmetricPositive(matrix, identity, n: n)
    else { return nil }
    let inverse = scaled.indices.map { scaled[$0] / (size[$0 / n] * size[$0 % n]) }
    guard templateErrors else { return inverse }
    let added = product(product(inverse, slopeCovariance, n), inverse, n)
    return zip(inverse, added).map { $0 + $1 }
  }

  private func product(_ a: [Double], _ b: [Double], _ n: Int) -> [Double] {
    (0..<n * n).map { at in
      (0..<n).reduce(0) { $0 + a[at / n * n + $1] * b[$1 * n + at % n] }
    }
  }

  /// Σ_j Σ_i v_ai v_bi σ_ji² with v_ai = ∂slope_a/∂t_ji less its mean over the template, since its sum is fixed.
  private var slopeCovariance: [Double] {
    let (n, means) = (yields.count, expected(yields))
    var covariance = [Double](repeating: 0, count: n * n)
    for j in 0..<n {
      var slopes = [[Double]](repeating: [Double](repeating: 0, count: data.count), count: n)
      for a in 0..<n {
        for i in data.indices where means[i] > 0 {
          let bend = shapes[a][i] * data[i] * yields[j] / (means[i] * means[i])
          slopes[a][i] = ((a == j ? 1 - data[i] / means[i] : 0) + bend) / scales[i]
        }
        let mean = zip(slopes[a], shapes[j]).reduce(0) { $0 + $1.0 * $1.1 }
        for i in data.indices { slopes[a][i] -= mean }
      }
      for a in 0..<n {
        for b in 0..<n {
          for i in data.indices {
            covariance[a * n + b] +=
              slopes[a][i] * slopes[b][i] * shapeErrors[j][i] * shapeErrors[j][i]
          }
        }
      }
    }
    return covariance
  }

  /// 2 Σ (μ − n + n ln(n/μ))/s.
  var deviance: Double {
    let means = expected(yields)
    return data.indices.reduce(0) { sum, i in
      let ratio = data[i] > 0 ? data[i] * logarithm(data[i] / means[i]) : 0
      return sum + 2 * (means[i] - data[i] + ratio) / scales[i]
    }
  }
}
