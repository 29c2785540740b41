/// The factor L of a symmetric positive semidefinite matrix A = L Lᵀ, made for normal equations.
///
/// A column that is a linear combination of earlier ones (pivot below 1e-10 of its diagonal) is left out:
/// its unknown is zero. This solves consistent singular systems, such as those of constant or repeated inputs.
struct Cholesky: Sendable {
  let size: Int
  /// The lower triangle, row-major.
  private var factor: [Double]
  /// Columns that are left out.
  private(set) var dropped: [Bool]

  /// Factors a matrix, of which the lower triangle is read.
  /// - Returns: nil where the matrix has a negative direction or is not finite.
  init?(_ matrix: [Double], size n: Int) {
    size = n
    factor = matrix
    dropped = [Bool](repeating: false, count: n)
    for j in 0..<n {
      let diagonal = matrix[j * n + j]
      var pivot = diagonal
      for k in 0..<j { pivot -= factor[j * n + k] * factor[j * n + k] }
      guard pivot.isFinite, diagonal >= 0, pivot >= -1e-8 * diagonal else { return nil }
      if pivot <= 1e-10 * diagonal || pivot < 1e-300 {
        dropped[j] = true
        for i in j..<n { factor[i * n + j] = 0 }
        continue
      }
      let root = pivot.squareRoot()
      factor[j * n + j] = root
      for i in (j + 1)..<max(n, j + 1) {
        var sum = factor[i * n + j]
        for k in 0..<j { sum -= factor[i * n + k] * factor[j * n + k] }
        factor[i * n + j] = sum / root
      }
    }
  }

  /// The solution of A x = b; unknowns that were left out are zero.
  func solve(_ b: [Double]) -> [Double] {
    var x = whiten(b)
    for i in stride(from: size - 1, through: 0, by: -1) where !dropped[i] {
      var sum = x[i]
      for k in (i + 1)..<max(size, i + 1) { sum -= factor[k * size + i] * x[k] }
      x[i] = sum / factor[i * size + i]
    }
    return x
  }

  /// L⁻¹ b, whose squared length is bᵀ A⁻¹ b.
  func whiten(_ b: [Double]) -> [Double] {
    var x = b
    for i in 0..<size {
      if dropped[i] {
        x[i] = 0
        continue
      }
      var sum = x[i]
      for k in 0..<i { sum -= factor[i * size + k] * x[k] }
      x[i] = sum / factor[i * size + i]
    }
    return x
  }

  /// ln det A over the columns that are kept.
  var logDeterminant: Double {
    (0..<size).reduce(0) { $0 + (dropped[$1] ? 0 : 2 * logarithm(factor[$1 * size + $1])) }
  }
}
