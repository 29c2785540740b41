import ApusKernels

/// A Gaussian process for two classes, p(signal) = σ(f(x)), by Laplace's approximation.
///
/// The posterior of f at the events is taken as a Gaussian at its maximum, found by Newton's method; the evidence is
/// that of Rasmussen and Williams (2006), algorithms 3.1 and 5.1. An event of weight w counts as w events: its likelihood is
/// σ(y f)^w. Cost: n³ a step of Newton, and n³ for the slopes.
struct LaplaceProcess: Sendable {
  let covariance: Covariance
  let logEvidence: Double
  /// ∇ ln p(y | f), whose product with covariances is the mean of f elsewhere.
  let slope: [Double]
  /// √(w p (1 − p)) at the maximum.
  let root: [Double]
  private let points: [Double]
  private let width: Int
  private let f: [Double]
  private let signs: [Double]
  private let weights: [Double]
  private let matrix: [Double]
  private let factor: Cholesky
  private let threads: Int

  /// - Returns: nil where Newton's method finds no maximum.
  init?(
    _ covariance: Covariance, points: [Double], width: Int, signs: [Double], weights: [Double],
    threads: Int
  ) {
    let scaled = covariance.scaled(points, width: width)
    let matrix = covariance.matrix(scaled, scaled, width: width, threads: threads)
    guard let mode = LaplaceMode(matrix, signs: signs, weights: weights) else { return nil }
    (self.covariance, self.points, self.width) = (covariance, scaled, width)
    (self.signs, self.weights, self.matrix, self.threads) = (signs, weights, matrix, threads)
    (f, slope, root, factor) = (mode.f, mode.slope, mode.root, mode.factor)
    logEvidence = mode.objective - mode.factor.logDeterminant / 2
  }

  /// Brings back a process whose maximum is known.
  init?(
    _ covariance: Covariance, scaledPoints: [Double], width: Int, slope: [Double], root: [Double]
  ) {
    let matrix = covariance.matrix(scaledPoints, scaledPoints, width: width, threads: 1)
    guard let factor = LaplaceMode.factor(matrix, root) else { return nil }
    (self.covariance, points, self.width) = (covariance, scaledPoints, width)
    (self.slope, self.root, self.factor) = (slope, root, factor)
    (f, signs, weights, self.matrix, threads, logEvidence) = ([], [], [], [], 1, 0)
  }

  var scaledPoints: [Double] { points }

  /// The slopes of the evidence by the covariance's parameters (algorithm 5.1).
  var evidenceSlopes: [Double] {
    let n = f.count
    // R = √W B⁻¹ √W.
    var r = factor.inverse
    for i in 0..<n { for k in 0..<n { r[i * n + k] *= root[i] * root[k] } }
    var columns = matrix
    for i in 0..<n { for k in 0..<n { columns[i * n + k] *= root[i] } }
    let white = factor.whiten(columns, columns: n)
    var posterior = (0..<n).map { matrix[$0 * (n + 1)] }
    for i in 0..<n { for k in 0..<n { posterior[k] -= white[i * n + k] * white[i * n + k] } }
    // s2 = ½ diag(posterior covariance) ∇³ ln p.
    let s2 = (0..<n).map { i -> Double in
      let p = sigmoid(f[i])
      return posterior[i] / 2 * weights[i] * p * (1 - p) * (2 * p - 1)
    }
    // The three parts of a slope are Σ m_ik ∂K_ik: ½ aᵀ∂K a − ½ tr(R ∂K) + s2·(1 − K R) ∂K ∇.
    var u = s2
    let ks = times(matrix, s2, n)
    let rks = times(r, ks, n)
    for i in 0..<n { u[i] -= rks[i] }
    var m = [Double](repeating: 0, count: n * n)
    for i in 0..<n {
      for k in 0..<n {
        m[i * n + k] =
          slope[i] * slope[k] / 2 - r[i * n + k] / 2 + (u[i] * slope[k] + u[k] * slope[i]) / 2
      }
    }
    return covariance.contracted(m, points, width: width, threads: threads)
  }

  private func times(_ m: [Double], _ x: [Double], _ n: Int) -> [Double] {
    (0..<n).map { i in
      var sum = 0.0
      for k in 0..<n { sum += m[i * n + k] * x[k] }
      return sum
    }
  }

  /// The probability of signal at places, averaged over the uncertainty of f.
  func probabilities(_ places: [Double], threads: Int) -> [Double] {
    let (n, count) = (slope.count, places.count / width)
    let cross = covariance.matrix(
      covariance.scaled(places, width: width), points, width: width, threads: threads)
    var columns = [Double](repeating: 0, count: n * count)
    for q in 0..<count { for i in 0..<n { columns[i * count + q] = cross[q * n + i] * root[i] } }
    let white = factor.whiten(columns, columns: count)
    var variances = [Double](repeating: covariance.variance, count: count)
    for i in 0..<n {
      for q in 0..<count { variances[q] -= white[i * count + q] * white[i * count + q] }
    }
    return (0..<count).map { q in
      var mean = 0.0
      for i in 0..<n { mean += cross[q * n + i] * slope[i] }
      return averagedSigmoid(mean, max(variances[q], 0).squareRoot())
    }
  }
}

/// ∫ σ(z) N(z; mean, spread²) dz by the trapezium rule over ±6 spreads, good to 1e-8.
func averagedSigmoid(_ mean: Double, _ spread: Double) -> Double {
  var (sum, norm) = (0.0, 0.0)
  for step in -24...24 {
    let t = Double(step) / 4
    let weight = exponential(-t * t / 2)
    sum += weight * sigmoid(mean + spread * t)
    norm += weight
  }
  return sum / norm
}

/// The maximum of ln p(y | f) − ½ f·K⁻¹f by Newton's method (algorithm 3.1).
struct LaplaceMode {
  var f: [Double]
  var slope: [Double]
  var root: [Double]
  var factor: Cholesky
  var objective: Double

  static func factor(_ matrix: [Double], _ root: [Double]) -> Cholesky? {
    let n = root.count
    var b = matrix
    for i in 0..<n { for k in 0..<n { b[i * n + k] *= root[i] * root[k] } }
    for i in 0..<n { b[i * (n + 1)] += 1 }
    guard let factor = Cholesky(b, size: n), !factor.dropped.contains(true) else { return nil }
    return factor
  }

  init?(_ k: [Double], signs: [Double], weights: [Double]) {
    let n = signs.count
    f = [Double](repeating: 0, count: n)
    (slope, root, objective) = ([], [], -.infinity)
    guard let start = LaplaceMode.factor(k, f) else { return nil }
    factor = start
    for _ in 0..<100 {
      let p = f.map { sigmoid($0) }
      root = (0..<n).map { (weights[$0] * p[$0] * (1 - p[$0])).squareRoot() }
      slope = (0..<n).map { weights[$0] * ((signs[$0] + 1) / 2 - p[$0]) }
      guard let next = LaplaceMode.factor(k, root) else { return nil }
      factor = next
      let b = (0..<n).map { root[$0] * root[$0] * f[$0] + slope[$0] }
      let inner = factor.solve((0..<n).map { i in root[i] * row(k, i, b) })
      let a = (0..<n).map { b[$0] - root[$0] * inner[$0] }
      f = (0..<n).map { row(k, $0, a) }
      let reached = (0..<n).reduce(0) {
        $0 - weights[$1] * softplus(-signs[$1] * f[$1]) - a[$1] * f[$1] / 2
      }
      guard reached.isFinite else { return nil }
      let done = abs(reached - objective) < 1e-10 * max(abs(reached), 1)
      objective = reached
      if done { break }
    }
    let p = f.map { sigmoid($0) }
    root = (0..<n).map { (weights[$0] * p[$0] * (1 - p[$0])).squareRoot() }
    slope = (0..<n).map { weights[$0] * ((signs[$0] + 1) / 2 - p[$0]) }
    guard let last = LaplaceMode.factor(k, root) else { return nil }
    factor = last
  }

  private func row(_ k: [Double], _ i: Int, _ x: [Double]) -> Double {
    var sum = 0.0
    for j in x.indices { sum += k[i &* x.count &+ j] * x[j] }
    return sum
  }
}
