import ApusEngine
import TestSupport
import Testing

@Suite struct EagerTests {
  @Test func arithmeticFollowsPrecedenceAndBroadcasts() throws {
    let a = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
    let b = Tensor([10, 20, 30] as [Float])
    let found = try (a * 2 + b / 10 - 1).scalars(as: Float.self)
    #expect(found == [2, 5, 8, 8, 11, 14])
  }

  @Test func shapesThatDoNotFitAreNamedInTheError() {
    let a = Tensor.zeros([2, 3])
    let b = Tensor.zeros([4, 5])
    let product = a.matmul(b).relu() + 1
    #expect {
      try product.evaluate()
    } throws: { error in
      "\(error)"
        == "[matmul] inner sizes must be equal, but are 3 and 4: found float32[2, 3] and float32[4, 5]"
    }
    #expect(
      (a + b).failure?.message
        == "[add] shapes must be equal: found float32[2, 3] and float32[4, 5]")
  }

  @Test func typesThatDifferAreRefused() {
    let sum = Tensor([1] as [Float]) + Tensor([1] as [Double])
    #expect(
      sum.failure?.message
        == "[add] element types must be equal; cast one: found float32[1] and float64[1]")
    #expect(throws: EngineError.self) { try Tensor([1] as [Float]).scalars(as: Double.self) }
  }

  @Test func anIndexOutsideIsNamed() {
    let table = Tensor([1, 2, 3] as [Float])
    let found = table.gathered(Tensor([0, 7] as [Int32]))
    #expect {
      try found.evaluate()
    } throws: { "\($0)" == "[gather] index 7 at position 1 must lie in 0..<3" }
  }

  /// A chain of a hundred thousand operations runs, differentiates and is freed without recursion.
  @Test func longChainsNeitherOverflowNorLeakTheStack() throws {
    let x = Tensor([1] as [Double])
    var y = x
    for _ in 0..<100_000 { y = y * 1.00001 + 0.5 }
    let slope = gradient(of: y.sum(), withRespectTo: x)
    var expected = 1.0
    for _ in 0..<100_000 { expected = expected * 1.00001 + 0.5 }
    expectClose(try y.doubles(), [expected], relative: 1e-12)
    expectClose(try slope.doubles(), [2.718268237], relative: 1e-6)
  }

  @Test func resultsAreKeptAndShared() throws {
    let x = Tensor([1, 2, 3] as [Float])
    let y = x.exp()
    try Tensor.evaluate([y, y + 1, y.sum()])
    let again = try y.detached()
    #expect(try again.scalars(as: Float.self) == y.scalars(as: Float.self))
  }

  @Test func movementReadsTheRightElements() throws {
    let x = Tensor.iota([24], dtype: .int32).reshaped([2, 3, 4])
    let turned = x.transposed([2, 0, 1])
    var expected: [Int32] = []
    for c in 0..<4 {
      for a in 0..<2 { for b in 0..<3 { expected.append(Int32(a * 12 + b * 4 + c)) } }
    }
    #expect(try turned.scalars(as: Int32.self) == expected)
    #expect(
      try turned.reshaped([8, 3]).sliced(axis: 0, 1..<8, stride: 3).flattened()
        .scalars(as: Int32.self) == [12, 16, 20, 2, 6, 10, 15, 19, 23].map { Int32($0) })
    #expect(
      try x.reversed(axis: 2).sliced(axis: 2, 0..<1).flattened().scalars(as: Int32.self)
        == [3, 7, 11, 15, 19, 23])
    #expect(try x.sum(axes: [0, 2]).scalars(as: Int32.self) == [60, 92, 124])
    #expect(try Tensor.identity(2, dtype: .int64).scalars(as: Int64.self) == [1, 0, 0, 1])
  }

  @Test(arguments: [0, 1, 2, 3, 17])
  func emptyAndSmallSizesBehave(_ size: Int) throws {
    let x = Tensor.iota([size, 3])
    #expect(try (x + 1).exp().sum(axes: [1]).scalars(as: Float.self).count == size)
    #expect(try x.sum().scalar() == Double(size * (size - 1) / 2 * 3))
    let w = Tensor.ones([3, 2])
    #expect(try x.matmul(w).scalars(as: Float.self).count == size * 2)
    #expect(try x.transposed().matmul(x).scalars(as: Float.self).count == 9)
  }

  @Test func castsCutTowardZeroAndBoolsAreZeroAndOne() throws {
    let x = Tensor([-1.7, 0, 0.4, 2.9] as [Double])
    #expect(try x.cast(to: .int32).scalars(as: Int32.self) == [-1, 0, 0, 2])
    #expect(try x.cast(to: .bool).scalars(as: Bool.self) == [true, false, true, true])
    #expect(try (x .> 0).cast(to: .float32).scalars(as: Float.self) == [0, 0, 1, 1])
    #expect(
      try ((x .> 0) .& (x .< 1)).logicalNot().scalars(as: Bool.self) == [true, true, false, true])
  }

  @Test func sortedOrderIsStableAndNaNLast() throws {
    let x = Tensor([3, .nan, 1, 3, 2] as [Float])
    #expect(try x.argSorted().scalars(as: Int64.self) == [2, 4, 0, 3, 1])
    #expect(try x.argMax().scalars(as: Int64.self) == [1])
  }

  @Test func aHundredSeedsGiveAHundredStreams() throws {
    var first: Set<Float> = []
    for seed in 0..<100 {
      first.insert(
        try Tensor.uniform([4], key: RandomKey(seed: UInt64(seed))).scalars(as: Float.self)[3])
    }
    #expect(first.count == 100)
    let key = RandomKey(seed: 1)
    let streams = try key.split(100).map {
      try Tensor.uniform([1], key: $0).scalars(as: Float.self)[0]
    }
    #expect(Set(streams).count == 100)
  }

  @Test func randomNumbersHaveTheirMoments() throws {
    let key = RandomKey(seed: 7)
    let normal = Tensor.normal([100_000], key: key, dtype: .float64)
    // Five standard errors of mean and variance at 100,000 draws.
    #expect(try abs(normal.mean().scalar()) < 0.016)
    #expect(try abs(normal.variance().scalar() - 1) < 0.023)
    let uniform = Tensor.uniform([100_000], key: key)
    #expect(try abs(uniform.mean().scalar() - 0.5) < 0.005)
    let order = try Tensor.permutation(1000, key: key).scalars(as: Int64.self)
    #expect(order.sorted() == Array(0..<1000))
    #expect(order != Array(0..<1000))
  }
}
