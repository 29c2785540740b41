import ApusKernels

/// A mixture of Gaussians: p(x) = Σ_k π_k N(x; m_k, C_k).
public struct MixtureModel: Sendable, Equatable {
  /// The share π of each component; they sum to one.
  public let shares: [Double]
  /// The mean of each component.
  public let means: [[Double]]
  /// The covariance of each component, row-major.
  public let covariances: [[Double]]
  private let factors: [[Double]]
  private let constants: [Double]

  /// The number of coordinates.
  public var width: Int { means[0].count }

  /// Makes a mixture.
  /// - Returns: nil where a covariance is not positive definite.
  public init?(shares: [Double], means: [[Double]], covariances: [[Double]]) {
    (self.shares, self.means, self.covariances) = (shares, means, covariances)
    var (factors, constants) = ([[Double]](), [Double]())
    let width = means.first?.count ?? 0
    guard width > 0, shares.count == means.count, covariances.count == means.count else {
      return nil
    }
    for (share, covariance) in zip(shares, covariances) {
      guard covariance.count == width * width, share >= 0,
        let factor = Cholesky(covariance, size: width), !factor.dropped.contains(true)
      else { return nil }
      factors.append(factor.factor)
      constants.append(
        logarithm(share) - factor.logDeterminant / 2 - Double(width) / 2 * logarithm(2 * .pi))
    }
    (self.factors, self.constants) = (factors, constants)
  }

  /// ln of π_k N(x; m_k, C_k) for each component.
  /// - Parameters:
  ///   - x: The point.
  ///   - logs: Where the logarithms go, one a component.
  public func componentLogs(_ x: [Double], into logs: inout [Double]) {
    let width = width
    var white = [Double](repeating: 0, count: width)
    for k in means.indices {
      var square = 0.0
      for i in 0..<width {
        var sum = x[i] - means[k][i]
        let start = i &* width
        for j in 0..<i { sum -= factors[k][start &+ j] * white[j] }
        white[i] = sum / factors[k][start &+ i]
        square += white[i] * white[i]
      }
      logs[k] = constants[k] - square / 2
    }
  }

  /// ln p(x).
  public func logDensity(_ x: [Double]) -> Double {
    var logs = [Double](repeating: 0, count: means.count)
    componentLogs(x, into: &logs)
    return softmax(&logs)
  }
}
