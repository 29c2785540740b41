import ApusKernels

/// A Gaussian process after seeing targets: t_i = f(x_i) + noise, f of mean zero and a ``Covariance``.
///
/// Several targets are independent functions of one covariance and noise: one factorisation serves them all, and the
/// evidence is the product of theirs.
///
/// With C = K + diag(noise): f(x) has the mean k(x)·C⁻¹t and the variance k(x, x) − k(x)·C⁻¹k(x); the evidence is
/// ln p(t) = −½ t·C⁻¹t − ½ ln det C − (n/2) ln 2π (Rasmussen and Williams 2006, algorithm 2.1). Cost: n³/3, then n a
/// mean and n² a variance.
public struct GaussianProcess: Sendable {
  /// The covariance of f.
  public let covariance: Covariance
  /// ln p(t).
  public let logEvidence: Double
  /// The slopes of ``logEvidence`` by the covariance's ``Covariance/parameters``.
  public var evidenceSlopes: [Double] {
    let m = evidenceMatrix
    return covariance.contracted(m, points, width: width, threads: threads).map { $0 / 2 }
  }
  /// The slope of ``logEvidence`` by ln of a factor of all noise variances.
  public var noiseSlope: Double {
    let inverse = factor.inverse
    let n = noise.count
    var sum = 0.0
    for own in columns {
      for i in 0..<n {
        let square = alpha[own + i] * alpha[own + i]
        sum += (square - inverse[i * (n + 1)]) * noise[i] / 2
      }
    }
    return sum
  }
  /// C⁻¹ t, one target after the other.
  let alpha: [Double]
  private let points: [Double]
  private let noise: [Double]
  private let width: Int
  private let factor: Cholesky
  private let threads: Int

  /// Takes targets into account.
  /// - Parameters:
  ///   - covariance: The covariance of f.
  ///   - points: Row-major, rows of `width` numbers.
  ///   - width: The number of inputs.
  ///   - targets: One number a point, of mean about zero; of several targets one after the other.
  ///   - noise: The variance of the noise of each target.
  ///   - threads: The most threads to use.
  /// - Returns: nil where the covariance is singular to rounding: points coincide and there is no noise.
  public init?(
    _ covariance: Covariance, points: [Double], width: Int, targets: [Double], noise: [Double],
    threads: Int
  ) {
    self.covariance = covariance
    self.points = covariance.scaled(points, width: width)
    (self.noise, self.width, self.threads) = (noise, width, threads)
    let n = noise.count
    var matrix = covariance.matrix(self.points, self.points, width: width, threads: threads)
    for i in 0..<n { matrix[i * (n + 1)] += noise[i] }
    guard let factor = Cholesky(matrix, size: n), !factor.dropped.contains(true) else {
      return nil
    }
    self.factor = factor
    let starts = stride(from: 0, to: targets.count, by: max(n, 1))
    alpha = starts.flatMap { factor.solve(Array(targets[$0..<$0 + n])) }
    let fit = zip(targets, alpha).reduce(0) { $0 + $1.0 * $1.1 }
    let count = Double(targets.count / max(n, 1))
    logEvidence =
      -fit / 2 - count * factor.logDeterminant / 2 - Double(targets.count) / 2
      * logarithm(2 * .pi)
  }

  /// Where each target starts in ``alpha``.
  private var columns: StrideTo<Int> { stride(from: 0, to: alpha.count, by: max(noise.count, 1)) }

  /// αα − C⁻¹, of several targets their sum.
  private var evidenceMatrix: [Double] {
    let inverse = factor.inverse
    let n = noise.count
    var m = [Double](repeating: 0, count: n * n)
    for own in columns {
      for i in 0..<n {
        for k in 0..<n { m[i * n + k] += alpha[own + i] * alpha[own + k] - inverse[i * n + k] }
      }
    }
    return m
  }

  /// C⁻¹ of other numbers, one a point.
  public func solve(_ numbers: [Double]) -> [Double] { factor.solve(numbers) }

  /// Means and variances of f at places, of several targets those of the first.
  /// - Parameters:
  ///   - places: Row-major, rows of as many inputs as the points have.
  ///   - variances: Whether variances are asked for; otherwise they are empty.
  public func predict(_ places: [Double], variances: Bool = true) -> (
    means: [Double], variances: [Double]
  ) {
    let n = noise.count
    let count = places.count / width
    let cross = covariance.matrix(
      covariance.scaled(places, width: width), points, width: width, threads: threads)
    let means = (0..<count).map { q -> Double in
      var sum = 0.0
      for i in 0..<n { sum += cross[q * n + i] * alpha[i] }
      return sum
    }
    if !variances || count == 0 { return (means, []) }
    var columns = [Double](repeating: 0, count: n * count)
    for q in 0..<count { for i in 0..<n { columns[i * count + q] = cross[q * n + i] } }
    let white = factor.whiten(columns, columns: count)
    var found = [Double](repeating: covariance.variance, count: count)
    for i in 0..<n {
      for q in 0..<count { found[q] -= white[i * count + q] * white[i * count + q] }
    }
    return (means, found.map { max($0, 0) })
  }
}
