import CKernels
import Testing

/// One product with everything that can vary.
private struct Product {
  var dtype = CK_F32
  var transA = false
  var transB = false
  var m: Int
  var n: Int
  var k: Int
  var alpha = 1.0
  var beta = 0.0
  var padding = 0
  var threads: Int32 = 1

  var lda: Int { max(1, (transA ? m : k) + padding) }
  var ldb: Int { max(1, (transB ? k : n) + padding) }
  var ldc: Int { max(1, n + padding) }

  func operands(seed: UInt64) -> (a: Memory, b: Memory, c: Memory) {
    var dice = Dice(seed)
    func filled(_ count: Int) -> Memory {
      Memory(dtype, (0..<count).map { _ in Double(Float(dice.unit() * 2 - 1)) })
    }
    return (filled((transA ? k : m) * lda), filled((transB ? n : k) * ldb), filled(m * ldc))
  }

  func run(_ x: (a: Memory, b: Memory, c: Memory)) {
    ck_gemm(
      dtype, transA ? 1 : 0, transB ? 1 : 0, Int64(m), Int64(n), Int64(k), alpha, x.a.pointer,
      Int64(lda),
      x.b.pointer, Int64(ldb), beta, x.c.pointer, Int64(ldc), threads)
  }

  /// Three loops, in double.
  func expected(_ x: (a: Memory, b: Memory, c: Memory)) -> [Double] {
    let (a, b) = (x.a.values, x.b.values)
    var c = x.c.values
    for i in 0..<m {
      for j in 0..<n {
        var sum = 0.0
        for l in 0..<k {
          sum +=
            (transA ? a[l * lda + i] : a[i * lda + l]) * (transB ? b[j * ldb + l] : b[l * ldb + j])
        }
        c[i * ldc + j] = alpha * sum + (beta == 0 ? 0 : beta * c[i * ldc + j])
      }
    }
    return c
  }

  func check() {
    let x = operands(seed: UInt64(m * 1000 + n * 10 + k))
    let wanted = expected(x)
    run(x)
    let tolerance = (dtype == CK_F32 ? 1e-6 : 1e-14) * (1 + Double(k).squareRoot())
    let bad = wanted.indices.first { !(abs(x.c[$0] - wanted[$0]) <= tolerance * (1 + abs(alpha))) }
    #expect(bad == nil, "\(self) at \(bad ?? 0): \(x.c[bad ?? 0]) instead of \(wanted[bad ?? 0])")
  }
}

struct MatrixTests {
  @Test(arguments: [false, true], [false, true])
  func everyShapeMatchesThreeLoops(transA: Bool, transB: Bool) {
    for dtype in [CK_F32, CK_F64] {
      for m in [1, 2, 5, 16, 33] {
        for n in [1, 2, 5, 12, 13, 31] {
          for k in [0, 1, 3, 5, 17, 40] {
            Product(dtype: dtype, transA: transA, transB: transB, m: m, n: n, k: k).check()
            Product(
              dtype: dtype, transA: transA, transB: transB, m: m, n: n, k: k, alpha: -0.5, beta: 2,
              padding: 3,
              threads: 2
            ).check()
          }
        }
      }
    }
  }

  /// The products of the networks that the benchmarks train: forward, dX and dW.
  @Test func networkShapesMatchThreeLoops() {
    let layers = [
      (128, 64, 16), (128, 5, 32), (100, 300, 300), (1000, 1, 300), (128, 10, 512), (3, 700, 200),
    ]
    for (m, n, k) in layers {
      for threads in [1, 2] as [Int32] {
        Product(m: m, n: n, k: k, threads: threads).check()
        Product(transB: true, m: m, n: k, k: n, threads: threads).check()
        Product(transA: true, m: k, n: n, k: m, threads: threads).check()
      }
    }
  }

  @Test func betaZeroIgnoresWhatWasThere() {
    for (m, n, k) in [(3, 4, 5), (3, 4, 0), (64, 100, 80), (40, 1, 30)] {
      for dtype in [CK_F32, CK_F64] {
        let product = Product(dtype: dtype, m: m, n: n, k: k, threads: 2)
        let x = product.operands(seed: 1)
        ck_fill(dtype, x.c.pointer, Int64(m * n), .nan)
        product.run(x)
        #expect(x.c.values.allSatisfy { $0.isFinite })
      }
    }
  }

  @Test func batchesMatchSingleProducts() {
    for dtype in [CK_F32, CK_F64] {
      for (batch, threads) in [(1, 2), (3, 2), (50, 2), (4, 1)] as [(Int, Int32)] {
        let (m, n, k) = (7, 9, 11)
        let a = random(dtype, count: batch * m * k, seed: 3)
        for i in 0..<a.count where !a[i].isFinite || abs(a[i]) > 100 { a[i] = 0.25 }
        let b = Memory(dtype, (0..<k * n).map { Double($0 % 13) - 6 })
        let c = Memory(dtype, count: batch * m * n)
        // One matrix b for all: its stride is 0.
        ck_gemm_batched(
          dtype, 0, 0, Int64(batch), Int64(m), Int64(n), Int64(k), a.pointer, Int64(k),
          Int64(m * k), b.pointer,
          Int64(n), 0, c.pointer, Int64(n), Int64(m * n), threads)
        for i in 0..<batch {
          let one = Memory(dtype, count: m * n)
          ck_gemm(
            dtype, 0, 0, Int64(m), Int64(n), Int64(k), 1, a.pointer + i * m * k * ck_size(dtype),
            Int64(k), b.pointer,
            Int64(n), 0, one.pointer, Int64(n), 1)
          #expect((0..<m * n).allSatisfy { c[i * m * n + $0] == one[$0] })
        }
      }
    }
  }

  /// Two callers at once, each with its own threads, get the bits that they get alone.
  @Test func callersAtOnceGetTheSameBits() async {
    let products = [
      Product(m: 200, n: 150, k: 170, threads: 2), Product(m: 128, n: 5, k: 32, threads: 2),
      Product(dtype: CK_F64, m: 90, n: 80, k: 70, threads: 2), Product(m: 128, n: 64, k: 16),
    ]
    let alone = products.map { product in
      let x = product.operands(seed: 5)
      product.run(x)
      return x.c.bytes
    }
    await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<4 {
        group.addTask {
          (0..<20).allSatisfy { _ in
            zip(products, alone).allSatisfy { product, wanted in
              let x = product.operands(seed: 5)
              product.run(x)
              return x.c.bytes == wanted
            }
          }
        }
      }
      for await same in group { #expect(same) }
    }
  }
}
