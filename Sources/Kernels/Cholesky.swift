internal import CKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The factor L of a symmetric positive semidefinite matrix A = L Lᵀ, made for normal equations.
///
/// LAPACK makes it where every pivot is sound. A column that is a linear combination of earlier ones (pivot below 1e-10
/// of its diagonal) is left out: its unknown is zero. This solves consistent singular systems, such as
/// those of constant or repeated inputs. Cost: n³/3.
public struct Cholesky: Sendable {
  /// The number of rows.
  public let size: Int
  /// The lower triangle, row-major; zero above it.
  public private(set) var factor: [Double]
  /// Columns that are left out.
  public private(set) var dropped: [Bool]

  /// Factors a matrix, of which the lower triangle is read.
  /// - Returns: nil where the matrix has a negative direction or is not finite.
  public init?(_ matrix: [Double], size n: Int) {
    precondition(matrix.count == n * n, "\(n) by \(n) numbers, not \(matrix.count)")
    size = n
    factor = matrix
    dropped = [Bool](repeating: false, count: n)
    if !factorWhole(matrix) {
      factor = matrix
      guard factorLeavingOut(matrix) else { return nil }
    }
    for i in 0..<n { for j in (i + 1)..<max(n, i + 1) { factor[i * n + j] = 0 } }
  }

  /// LAPACK's factor; false where a pivot is too small or the matrix is no matrix for it.
  private mutating func factorWhole(_ matrix: [Double]) -> Bool {
    guard matrix.allSatisfy(\.isFinite), unsafe ck_cholesky(Int64(size), &factor) == 0 else {
      return false
    }
    return (0..<size).allSatisfy {
      let pivot = factor[$0 * size + $0] * factor[$0 * size + $0]
      return pivot > 1e-10 * matrix[$0 * size + $0] && pivot >= 1e-300
    }
  }

  private mutating func factorLeavingOut(_ matrix: [Double]) -> Bool {
    let n = size
    for j in 0..<n {
      let diagonal = matrix[j * n + j]
      var pivot = diagonal
      for k in 0..<j { pivot -= factor[j * n + k] * factor[j * n + k] }
      guard pivot.isFinite, diagonal >= 0, pivot >= -1e-8 * diagonal else { return false }
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
    return true
  }

  /// The solution of A x = b; unknowns that were left out are zero.
  public func solve(_ b: [Double]) -> [Double] {
    var x = whiten(b)
    for i in stride(from: size - 1, through: 0, by: -1) where !dropped[i] {
      var sum = x[i]
      for k in (i + 1)..<max(size, i + 1) { sum -= factor[k * size + i] * x[k] }
      x[i] = sum / factor[i * size + i]
    }
    return x
  }

  /// L⁻¹ b, whose squared length is bᵀ A⁻¹ b.
  public func whiten(_ b: [Double]) -> [Double] {
    var x = b
    for i in 0..<size {
      if dropped[i] {
        x[i] = 0
        continue
      }
      var sum = x[i]
      let start = i * size
      for k in 0..<i { sum -= factor[start + k] * x[k] }
      x[i] = sum / factor[start + i]
    }
    return x
  }

  /// L⁻¹ B for several right-hand sides, rows of B of `columns` numbers.
  ///
  /// No column may have been left out.
  public func whiten(_ b: [Double], columns: Int) -> [Double] {
    precondition(!dropped.contains(true), "a factor with columns left out")
    var b = b
    unsafe ck_triangular_solve(Int64(size), Int64(columns), factor, 0, &b)
    return b
  }

  /// A⁻¹ with both triangles.
  ///
  /// No column may have been left out.
  public var inverse: [Double] {
    precondition(!dropped.contains(true), "a factor with columns left out")
    var result = factor
    _ = unsafe ck_cholesky_inverse(Int64(size), &result)
    return result
  }

  /// ln det A over the columns that are kept.
  public var logDeterminant: Double {
    (0..<size).reduce(0) { $0 + (dropped[$1] ? 0 : 2 * log(factor[$1 * size + $1])) }
  }
}
