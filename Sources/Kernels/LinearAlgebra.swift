internal import CKernels

/// A matrix that a linear-algebra routine can't take apart.
public struct LinearAlgebraError: ApusError {
  /// What was asked, for example "solve a symmetric positive definite system of 3 equations".
  public let task: String
  /// What was found.
  public let found: String
  /// What to try.
  public let advice: String

  /// The whole sentence.
  public var message: String { "Cannot \(task): \(found). \(advice)" }
  /// A failure of the work: the numbers come from data.
  public var kind: ErrorKind { .failure }
}

private func requireFinite(_ a: [Double], _ task: String) throws(LinearAlgebraError) {
  guard let bad = a.firstIndex(where: { !$0.isFinite }) else { return }
  throw LinearAlgebraError(
    task: task, found: "element \(bad) of the matrix is \(a[bad])",
    advice: "Look for NaN and infinities in the columns that it was made of")
}

private func checked(
  _ info: Int32, _ task: String, singular: String, _ advice: String
) throws(LinearAlgebraError) {
  guard info != 0 else { return }
  throw LinearAlgebraError(
    task: task, found: info > 0 ? singular : "LAPACK refused argument \(-info)", advice: advice)
}

/// Solves A x = b for a symmetric positive definite matrix by Cholesky's decomposition.
///
/// - Parameters:
///   - a: The matrix, n by n, row after row; only its lower triangle is read.
///   - b: The right-hand sides, n by k, row after row.
///   - n: The number of equations.
/// - Returns: The solutions, n by k, row after row.
/// - Throws: ``LinearAlgebraError`` if A is not positive definite, as the covariance of columns that
///   depend on each other is not.
/// - Complexity: O(n³ / 3 + n² k).
public func solveSymmetricPositive(
  _ a: [Double], _ b: [Double], n: Int
) throws(LinearAlgebraError) -> [Double] {
  precondition(a.count == n * n, "A has \(a.count) elements instead of \(n) x \(n)")
  precondition(n > 0 && b.count % n == 0, "b has \(b.count) elements, no multiple of \(n) rows")
  let task = "solve a symmetric positive definite system of \(n) equations"
  try requireFinite(a, task)
  try requireFinite(b, task)
  var (a, b) = (a, b)
  let info = unsafe ck_cholesky_solve(Int64(n), Int64(b.count / n), &a, &b)
  try checked(
    info, task, singular: "the leading \(info) by \(info) block is not positive definite",
    "Column \(info) may be constant or a combination of the columns before it: drop it, or add a small "
      + "number to the diagonal")
  return b
}

/// Solves A x = b for a square matrix by LU decomposition with partial pivoting.
///
/// - Parameters:
///   - a: The matrix, n by n, row after row.
///   - b: The right-hand sides, n by k, row after row.
///   - n: The number of equations.
/// - Returns: The solutions, n by k, row after row.
/// - Throws: ``LinearAlgebraError`` if A is singular to working precision.
/// - Complexity: O(2 n³ / 3 + n² k).
public func solve(_ a: [Double], _ b: [Double], n: Int) throws(LinearAlgebraError) -> [Double] {
  precondition(a.count == n * n, "A has \(a.count) elements instead of \(n) x \(n)")
  precondition(n > 0 && b.count % n == 0, "b has \(b.count) elements, no multiple of \(n) rows")
  let task = "solve a system of \(n) equations"
  try requireFinite(a, task)
  try requireFinite(b, task)
  var (a, b) = (a, b)
  let info = unsafe ck_lu_solve(Int64(n), Int64(b.count / n), &a, &b)
  try checked(
    info, task, singular: "the matrix is singular (pivot \(info) is zero)",
    "Two rows or columns may be the same, or one of them zero")
  return b
}

/// Returns the eigenvalues, ascending, and eigenvectors of a symmetric matrix.
///
/// - Parameters:
///   - a: The matrix, n by n; only one triangle is read.
///   - n: Its number of rows.
/// - Returns: `values`, and `vectors` with eigenvector i in row i, of length one; the sign is chosen so that
///   its largest component is positive.
/// - Throws: ``LinearAlgebraError`` if there are NaN or infinities, or the iteration does not converge.
/// - Complexity: O(n³).
public func eigenSymmetric(
  _ a: [Double], n: Int
) throws(LinearAlgebraError) -> (values: [Double], vectors: [Double]) {
  precondition(a.count == n * n, "A has \(a.count) elements instead of \(n) x \(n)")
  let task = "find the eigenvectors of a symmetric matrix of \(n) rows"
  try requireFinite(a, task)
  var a = a
  var values = [Double](repeating: 0, count: n)
  try unsafe checked(
    ck_eigen_symmetric(Int64(n), &a, &values), task, singular: "the iteration did not converge",
    "Scale the columns to similar size, for example by standardising them")
  for row in 0..<n {
    let range = row * n..<(row + 1) * n
    let largest = a[range].max { abs($0) < abs($1) } ?? 0
    if largest < 0 { for i in range { a[i].negate() } }
  }
  return (values, a)
}

/// Returns the thin singular value decomposition A = U diag(s) Vᵀ.
///
/// - Parameters:
///   - a: The matrix, m by n, row after row.
///   - m: Its number of rows.
///   - n: Its number of columns.
/// - Returns: With k = min(m, n): `u` m by k, `s` k values descending, `vt` k by n.
/// - Throws: ``LinearAlgebraError`` if there are NaN or infinities, or the iteration does not converge.
/// - Complexity: O(m n min(m, n)).
public func svd(
  _ a: [Double], m: Int, n: Int
) throws(LinearAlgebraError) -> (u: [Double], s: [Double], vt: [Double]) {
  precondition(a.count == m * n, "A has \(a.count) elements instead of \(m) x \(n)")
  let task = "find the singular values of a matrix of \(m) by \(n)"
  try requireFinite(a, task)
  let k = min(m, n)
  var a = a
  var u = [Double](repeating: 0, count: m * k)
  var s = [Double](repeating: 0, count: k)
  var vt = [Double](repeating: 0, count: k * n)
  try unsafe checked(
    ck_svd(Int64(m), Int64(n), &a, &s, &u, &vt), task, singular: "the iteration did not converge",
    "Scale the columns to similar size, for example by standardising them")
  return (u, s, vt)
}

/// Returns orthonormal columns that span the columns of a matrix: Q of its QR decomposition.
///
/// Signs are fixed by a positive diagonal of R, so that Gaussian columns give orthogonal matrices that are
/// uniformly distributed (Mezzadri 2007, arXiv:math-ph/0609050).
/// - Parameters:
///   - a: The matrix, m by n with m >= n, row after row.
///   - m: Its number of rows.
///   - n: Its number of columns.
/// - Throws: ``LinearAlgebraError`` if there are NaN or infinities.
/// - Complexity: O(m n²).
public func orthonormalColumns(
  _ a: [Double], m: Int, n: Int
) throws(LinearAlgebraError) -> [Double] {
  precondition(a.count == m * n, "A has \(a.count) elements instead of \(m) x \(n)")
  precondition(m >= n, "\(n) columns of \(m) rows can't be orthonormal")
  let task = "make \(n) columns of \(m) rows orthonormal"
  try requireFinite(a, task)
  var a = a
  try unsafe checked(ck_qr_orthonormal(Int64(m), Int64(n), &a), task, singular: "LAPACK failed", "")
  return a
}
