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
  /// δ² of each bin.
  private var fluctuations: [Double]

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
    fluctuations = data.map { _ in 0 }
  }

  private func expected(_ yields: [Double]) -> [Double] {
    data.indices.map { i in yields.indices.reduce(0) { $0 + yields[$1] * shapes[$1][i] } }
  }

  /// δ² with the yields as they are.
  mutating func renewFluctuations() {
    let means = expected(yields)
    fluctuations = data.indices.map { i in
      let variance = yields.indices.reduce(0) {
        $0 + yields[$1] * yields[$1] * shapeErrors[$1][i] * shapeErrors[$1][i]
      }
      return means[i] > 0 ? variance / (means[i] * means[i]) : 0
    }
  }

  /// The best β of a bin: the positive root of β² + (μδ²/s − 1) β − nδ²/s = 0.
  private func factor(_ mean: Double, _ i: Int) -> Double {
    let d = fluctuations[i] / scales[i]
    if d == 0 { return 1 }
    let half = (1 - mean * d) / 2
    return half + (half * half + data[i] * d).squareRoot()
  }

  /// Minus ln L.
  private func loss(_ yields: [Double]) -> Double {
    let means = expected(yields)
    return data.indices.reduce(0) { sum, i in
      let beta = factor(means[i], i)
      let mean = beta * means[i]
      if data[i] > 0, !(mean > 0) { return .infinity }
      let poisson = mean - (data[i] > 0 ? data[i] * logarithm(mean) : 0)
      let pull = fluctuations[i] > 0 ? (beta - 1) * (beta - 1) / (2 * fluctuations[i]) : 0
      return sum + poisson / scales[i] + pull
    }
  }

  private func derivatives() -> (slope: [Double], curvature: [Double]) {
    let (n, means) = (yields.count, expected(yields))
    var slope = [Double](repeating: 0, count: n)
    var curvature = [Double](repeating: 0, count: n * n)
    for i in data.indices where means[i] > 0 {
      let (mean, d) = (means[i], fluctuations[i] / scales[i])
      let beta = factor(mean, i)
      let first = (beta - data[i] / mean) / scales[i]
      let bend = d > 0 ? d * beta / (2 * beta + mean * d - 1) : 0
      let second = (data[i] / (mean * mean) - bend) / scales[i]
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

  /// The inverse of the second derivatives; nil where they are singular.
  var covariance: [Double]? {
    let n = yields.count
    let identity = (0..<n * n).map { $0 / n == $0 % n ? 1.0 : 0 }
    let curvature = derivatives().curvature
    let size = (0..<n).map { curvature[$0 * (n + 1)].squareRoot() }
    guard size.allSatisfy({ $0 > 0 }) else { return nil }
    // Correlations, so that yields of different size do not hide a singular matrix.
    let matrix = curvature.indices.map { curvature[$0] / (size[$0 / n] * size[$0 % n]) }
    guard let factor = Cholesky(matrix, size: n), !factor.dropped.contains(true),
      let inverse = try? solveSymmetricPositive(matrix, identity, n: n)
    else { return nil }
    return inverse.indices.map { inverse[$0] / (size[$0 / n] * size[$0 % n]) }
  }

  /// 2 Σ (μ − n + n ln(n/μ))/s and the pulls of the factors.
  var deviance: Double {
    let means = expected(yields)
    return data.indices.reduce(0) { sum, i in
      let beta = factor(means[i], i)
      let mean = beta * means[i]
      let ratio = data[i] > 0 ? data[i] * logarithm(data[i] / mean) : 0
      let pull = fluctuations[i] > 0 ? (beta - 1) * (beta - 1) / fluctuations[i] : 0
      return sum + 2 * (mean - data[i] + ratio) / scales[i] + pull
    }
  }
}
