import ApusKernels
import CKernels
import TestSupport
import Testing

private func times(_ a: [Double], _ b: [Double], _ m: Int, _ k: Int, _ n: Int) -> [Double] {
  (0..<m * n).map { at in (0..<k).reduce(0) { $0 + a[at / n * k + $1] * b[$1 * n + at % n] } }
}

private func transposed(_ a: [Double], _ m: Int, _ n: Int) -> [Double] {
  (0..<m * n).map { a[$0 % m * n + $0 / m] }
}

private func identity(_ n: Int) -> [Double] { (0..<n * n).map { $0 / n == $0 % n ? 1 : 0 } }

private func numbers(_ count: Int, seed: UInt64) -> [Double] {
  var dice = Dice(seed)
  return (0..<count).map { _ in dice.unit() * 2 - 1 }
}

struct LinearAlgebraTests {
  @Test(arguments: [1, 2, 7, 40])
  func solutionsSolveTheirEquations(n: Int) throws {
    let a = numbers(n * n, seed: 1)
    let x = numbers(n * 3, seed: 2)
    expectClose(try solve(a, times(a, x, n, n, 3), n: n), x, absolute: 1e-9)
    let positive = zip(times(transposed(a, n, n), a, n, n, n), identity(n)).map { $0 + $1 }
    expectClose(
      try solveSymmetricPositive(positive, times(positive, x, n, n, 3), n: n), x, absolute: 1e-9)
  }

  @Test(arguments: [1, 2, 5, 30])
  func eigenvectorsRebuildTheMatrix(n: Int) throws {
    let half = numbers(n * n, seed: 3)
    let a = zip(half, transposed(half, n, n)).map { $0 + $1 }
    let (values, vectors) = try eigenSymmetric(a, n: n)
    #expect(values == values.sorted())
    expectClose(times(vectors, transposed(vectors, n, n), n, n, n), identity(n), absolute: 1e-12)
    let scaled = vectors.enumerated().map { $0.element * values[$0.offset / n] }
    expectClose(times(transposed(vectors, n, n), scaled, n, n, n), a, absolute: 1e-11)
    for row in 0..<n {
      #expect((vectors[row * n..<(row + 1) * n].max { abs($0) < abs($1) } ?? 0) > 0)
    }
  }

  @Test(arguments: [(1, 1), (5, 3), (3, 5), (20, 20)])
  func singularValuesRebuildTheMatrix(m: Int, n: Int) throws {
    let a = numbers(m * n, seed: 4)
    let k = min(m, n)
    let (u, s, vt) = try svd(a, m: m, n: n)
    #expect(s == s.sorted(by: >) && s.allSatisfy { $0 >= 0 })
    expectClose(times(transposed(u, m, k), u, k, m, k), identity(k), absolute: 1e-12)
    let scaled = vt.enumerated().map { $0.element * s[$0.offset / n] }
    expectClose(times(u, scaled, m, k, n), a, absolute: 1e-12)
  }

  @Test(arguments: [(1, 1), (6, 6), (10, 4)])
  func orthonormalColumnsSpanTheSameSpace(m: Int, n: Int) throws {
    let a = numbers(m * n, seed: 5)
    let q = try orthonormalColumns(a, m: m, n: n)
    expectClose(times(transposed(q, m, n), q, n, m, n), identity(n), absolute: 1e-12)
    let r = times(transposed(q, m, n), a, n, m, n)
    expectClose(times(q, r, m, n, n), a, absolute: 1e-12)
    for i in 0..<n {
      #expect(r[i * n + i] > 0)
      for j in 0..<i { expectClose(r[i * n + j], 0, absolute: 1e-12) }
    }
  }

  @Test func aSingularSystemSaysWhichColumn() {
    let error = #expect(throws: LinearAlgebraError.self) {
      try solveSymmetricPositive([1, 2, 2, 4], [1, 1], n: 2)
    }
    #expect(
      error?.message
        == "Cannot solve a symmetric positive definite system of 2 equations: the leading 2 by 2 block is not positive definite. Column 2 may be constant or a combination of the columns before it: drop it, or add a small number to the diagonal"
    )
    #expect(throws: LinearAlgebraError.self) { try solve([1, 2, 2, 4], [1, 1], n: 2) }
  }

  @Test func nanIsFoundBeforeLAPACKSeesIt() {
    let error = #expect(throws: LinearAlgebraError.self) {
      try eigenSymmetric([1, .nan, 0, 1], n: 2)
    }
    #expect(error?.message.contains("element 1 of the matrix is nan") == true)
    #expect(throws: LinearAlgebraError.self) { try svd([.infinity], m: 1, n: 1) }
  }

  /// The last bits of a Gaussian process depended on whether a product had been computed before, which set LAPACK's threads.
  @Test func lapackHasOneThreadFromItsFirstCall() {
    var matrix = [4.0, 1, 1, 3]
    #expect(ck_cholesky(2, &matrix) == 0)
    #expect(ck_lapack_threads() == 1)
  }
}
