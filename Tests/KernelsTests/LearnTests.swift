import ApusKernels
import Foundation
import TestSupport
import Testing

/// The loops of the classical methods beside their plain meaning, for sizes around a block of 32.
@Suite struct LearnTests {
  static func numbers(_ count: Int, seed: UInt64) -> [Float] {
    var dice = Dice(seed)
    return (0..<count).map { _ in Float(dice.unit() * 4 - 2) }
  }

  static func square(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
    zip(a, b).reduce(0) { $0 + Double(($1.0 - $1.1) * ($1.0 - $1.1)) }
  }

  @Test(arguments: [1, 2, 31, 32, 33, 200], [1, 2, 5])
  func densitySumsAreThoseOfAllPoints(count: Int, width: Int) throws {
    let points = LearnTests.numbers(count * width, seed: 1)
    let queries = LearnTests.numbers(9 * width, seed: 2)
    // Some amplitudes are negative, and widths differ.
    let amplitudes = (0..<count).map { Float($0 % 5 == 4 ? -0.3 : 1 + Double($0 % 3)) }
    let widths = (0..<count).map { Float(0.5 + Double($0 % 4)) }
    for kernel in DensityTree.Kernel.allCases {
      let tree = DensityTree(
        PointTree(points, width: width), amplitudes: amplitudes, inverseSquares: widths,
        kernel: kernel)
      let plain = (0..<9).map { q -> Double in
        (0..<count).reduce(0.0) { sum, i in
          let u =
            Double(widths[i])
            * LearnTests.square(
              queries[q * width..<(q + 1) * width], points[i * width..<(i + 1) * width])
          let value =
            kernel == .gaussian ? exp(-u / 2) : kernel == .tophat ? (u <= 1 ? 1 : 0) : max(0, 1 - u)
          return sum + Double(amplitudes[i]) * value
        }
      }
      let found = tree.logSums(at: queries, tolerance: 0, threads: 2)
      for q in 0..<9 {
        if plain[q] > 1e-6 {
          expectClose(found[q], log(plain[q]), absolute: 2e-5, "\(kernel) \(count) x \(width)")
        } else if plain[q] < -1e-6 {
          #expect(found[q] == -.infinity)
        }
      }
    }
  }

  @Test(arguments: [1, 31, 32, 33, 100]) func kernelSumsAreThoseOfAllPoints(count: Int) {
    let width = 3
    let points = LearnTests.numbers(count * width, seed: 3)
    let queries = LearnTests.numbers(5 * width, seed: 4)
    let factors = (0..<count).map { Double($0 % 7) - 3 }
    let kernels: [(VectorKernel, (Double, Double) -> Double)] = [
      (.linear, { dot, _ in dot }), (.rbf(gamma: 0.4), { _, square in exp(-0.4 * square) }),
      (.polynomial(gamma: 0.5, constant: 1, degree: 3), { dot, _ in pow(0.5 * dot + 1, 3) }),
      (.sigmoid(gamma: 0.2, constant: -0.1), { dot, _ in tanh(0.2 * dot - 0.1) }),
    ]
    for (kernel, value) in kernels {
      let plain = (0..<5).map { q -> Double in
        var sum = 0.7
        for i in 0..<count {
          let (a, b) = (
            queries[q * width..<(q + 1) * width], points[i * width..<(i + 1) * width]
          )
          let dot = zip(a, b).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
          sum += factors[i] * value(dot, LearnTests.square(a, b))
        }
        return sum
      }
      let found = kernel.sums(
        points: points, coefficients: factors, width: width, offset: 0.7, queries: queries,
        threads: 2)
      expectClose(found, plain, absolute: 2e-3, relative: 1e-5, "\(kernel) \(count)")
    }
  }

  @Test(arguments: [1, 31, 32, 33, 100]) func boxesHoldWhatLiesInside(count: Int) {
    let inputs = LearnTests.numbers(count * 3, seed: 5)
    let signal = (0..<count).map { $0 % 2 == 0 ? 1.5 : 0 }
    let background = (0..<count).map { $0 % 2 == 1 ? ($0 % 5 == 1 ? -1.0 : 2) : 0 }
    let counter = BoxCounter(
      inputs: inputs, width: 3, signal: signal, background: background)
    for (low, high) in [(-1.0, 1.0), (-3, 3), (0.5, 0.4), (-3, -0.2)] {
      var plain = (0.0, 0.0)
      for i in 0..<count {
        let (a, c) = (inputs[3 * i], inputs[3 * i + 2])
        if a > Float(low), a <= Float(high), c > Float(low), c <= Float(high) {
          plain = (plain.0 + signal[i], plain.1 + background[i])
        }
      }
      let found = counter.sums(
        columns: [0, 2], low: [Float(low), Float(low)], high: [Float(high), Float(high)])
      #expect(found == plain)
    }
  }

  /// At the optimum no pair of coefficients can move to gain more than the tolerance.
  @Test(arguments: [2, 33, 300], [1 << 12, 1 << 24])
  func theDualOptimumMeetsItsConditions(count: Int, cache: Int) throws {
    let points = LearnTests.numbers(count * 2, seed: 6)
    let signs = (0..<count).map { points[2 * $0] * points[2 * $0 + 1] > 0.3 ? 1.0 : -1 }
    let cost = 3.0
    let problem = VectorProblem(
      points: points, width: 2, linear: signs.map { -$0 }, low: signs.map { $0 > 0 ? 0 : -cost },
      high: signs.map { $0 > 0 ? cost : 0 })
    let kernel = VectorKernel.rbf(gamma: 0.5)
    let solution = problem.solve(
      kernel: kernel, tolerance: 1e-4, steps: 1_000_000, shrinking: true, cache: cache,
      threads: 2, shouldStop: { false })
    let found = try #require(solution)
    #expect(found.converged && abs(found.beta.reduce(0, +)) < 1e-9)
    let slopes = zip(
      kernel.sums(
        points: points, coefficients: found.beta, width: 2, offset: 0, queries: points, threads: 1),
      problem.linear
    ).map { $0 + $1 }
    let up = (0..<count).filter { found.beta[$0] < problem.high[$0] }.map { -slopes[$0] }
    let down = (0..<count).filter { found.beta[$0] > problem.low[$0] }.map { -slopes[$0] }
    if let highest = up.max(), let lowest = down.min() { #expect(highest - lowest < 1e-3) }
  }

  /// A = L Lᵀ, also where a column repeats another.
  @Test func theFactorLeavesOutWhatDependsOnOthers() throws {
    let whole = try #require(Cholesky([4, 0, 0, 2, 5, 0, 1, 3, 6], size: 3))
    #expect(whole.dropped == [false, false, false])
    expectClose(whole.solve([4, 5, 6]), try solve([4, 2, 1, 2, 5, 3, 1, 3, 6], [4, 5, 6], n: 3))
    expectClose(whole.logDeterminant, log(4 * (30 - 9) - 2 * (12 - 3) + 1 * (6 - 5.0)))
    let inverse = whole.inverse
    expectClose([inverse[0], inverse[4], inverse[5]], [21.0 / 67, 23.0 / 67, -10.0 / 67])
    let singular = try #require(Cholesky([4, 0, 4, 4], size: 2))
    #expect(singular.dropped == [false, true])
    expectClose(singular.solve([8, 8]), [2, 0])
    #expect(Cholesky([1, 0, 2, 1], size: 2) == nil)
    #expect(Cholesky([.nan], size: 1) == nil)
  }
}
