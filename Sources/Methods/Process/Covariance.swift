import ApusKernels

/// The covariance of a Gaussian process, a function of the scaled distance r² = Σ (x_j − y_j)²/l_j².
public struct Covariance: Sendable, Equatable {
  /// Its shape (Rasmussen and Williams 2006, chapter 4).
  public enum Shape: String, Sendable, CaseIterable {
    /// v exp(−r²/2).
    case rbf
    /// v (1 + √3 r) exp(−√3 r).
    case matern32
    /// v (1 + √5 r + 5 r²/3) exp(−√5 r).
    case matern52
    /// v (1 + r²/(2α))^(−α).
    case rationalQuadratic = "rational_quadratic"
  }

  /// The shape.
  public var shape: Shape
  /// The variance v.
  public var variance: Double
  /// The length of each input, or one for all.
  public var lengths: [Double]
  /// α of the rational quadratic.
  public var mixture: Double

  /// Makes a covariance.
  public init(_ shape: Shape, variance: Double, lengths: [Double], mixture: Double = 1) {
    (self.shape, self.variance, self.lengths, self.mixture) = (shape, variance, lengths, mixture)
  }

  /// ln of the variance, of the lengths, and of α where there is one: what is searched.
  public var parameters: [Double] {
    get {
      ([variance] + lengths + (shape == .rationalQuadratic ? [mixture] : [])).map { logarithm($0) }
    }
    set {
      let values = newValue.map { exponential($0) }
      variance = values[0]
      lengths = Array(values[1...lengths.count])
      if shape == .rationalQuadratic { mixture = values[lengths.count + 1] }
    }
  }

  /// The covariance at a squared scaled distance.
  public func value(_ square: Double) -> Double {
    switch shape {
    case .rbf: return variance * exponential(-square / 2)
    case .matern32:
      let a = (3 * square).squareRoot()
      return variance * (1 + a) * exponential(-a)
    case .matern52:
      let a = (5 * square).squareRoot()
      return variance * (1 + a + a * a / 3) * exponential(-a)
    case .rationalQuadratic:
      return variance * exponential(-mixture * logarithm(1 + square / (2 * mixture)))
    }
  }

  /// h with ∂k/∂ln l_j = h (x_j − y_j)²/l_j².
  func lengthSlope(_ square: Double) -> Double {
    switch shape {
    case .rbf: return variance * exponential(-square / 2)
    case .matern32: return 3 * variance * exponential(-(3 * square).squareRoot())
    case .matern52:
      let a = (5 * square).squareRoot()
      return 5 / 3 * variance * (1 + a) * exponential(-a)
    case .rationalQuadratic:
      let base = 1 + square / (2 * mixture)
      return variance * exponential(-(mixture + 1) * logarithm(base))
    }
  }

  /// ∂k/∂ln α.
  func mixtureSlope(_ square: Double) -> Double {
    let base = 1 + square / (2 * mixture)
    return value(square) * mixture * ((base - 1) / base - logarithm(base))
  }

  /// Rows of inputs over the lengths, so that distances are scaled.
  func scaled(_ points: [Double], width: Int) -> [Double] {
    points.indices.map { points[$0] / (lengths.count == 1 ? lengths[0] : lengths[$0 % width]) }
  }

  /// The covariances of rows with rows, both scaled, row-major.
  func matrix(_ a: [Double], _ b: [Double], width: Int, threads: Int) -> [Double] {
    let (rows, columns) = (a.count / width, b.count / width)
    return parallelElements(rows, grain: 16, threads: threads) { range in
      var values: [Double] = []
      values.reserveCapacity(range.count * columns)
      for i in range {
        for k in 0..<columns {
          var square = 0.0
          for j in 0..<width {
            let t = a[i &* width &+ j] - b[k &* width &+ j]
            square += t * t
          }
          values.append(value(square))
        }
      }
      return values
    }
  }

  /// Σ_ik m_ik ∂K_ik/∂θ for each parameter θ; the points are scaled, m is symmetric.
  func contracted(_ m: [Double], _ points: [Double], width: Int, threads: Int) -> [Double] {
    let (n, count, own) = (points.count / width, parameters.count, lengths.count)
    let parts = parallelElements(n, grain: 8, threads: threads) { range in
      range.map { i -> [Double] in
        var sums = [Double](repeating: 0, count: count)
        sums[0] += m[i * n + i] * variance
        for k in 0..<i {
          var square = 0.0
          for j in 0..<width {
            let t = points[i &* width &+ j] - points[k &* width &+ j]
            square += t * t
          }
          let weight = 2 * m[i * n + k]
          sums[0] += weight * value(square)
          let slope = weight * lengthSlope(square)
          if own == 1 {
            sums[1] += slope * square
          } else {
            for j in 0..<width {
              let t = points[i &* width &+ j] - points[k &* width &+ j]
              sums[1 + j] += slope * t * t
            }
          }
          if shape == .rationalQuadratic { sums[own + 1] += weight * mixtureSlope(square) }
        }
        return sums
      }
    }
    return (0..<count).map { p in parts.reduce(0) { $0 + $1[p] } }
  }
}
