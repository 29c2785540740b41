import ApusEngine
import TestSupport
import Testing

/// Formulas in which types meet: each value keeps the arithmetic of its own type, also inside fused groups.
@Suite struct MixedTypeTests {
  @Test func bytesWrapBetweenOperationsNotOnlyAtTheEnd() throws {
    let a = try Tensor([200, 100, 7] as [Double]).cast(to: .uint8).detached()
    let b = try Tensor([100, 200, 5] as [Double]).cast(to: .uint8).detached()
    #expect(try ((a + b) / 2).doubles() == [22, 22, 6])
    #expect(try ((a + b) .> 250).doubles() == [0, 0, 0])
    #expect(try (a + b).cast(to: .int32).doubles() == [44, 44, 12])
    #expect(try (a.cast(to: .int32) + b.cast(to: .int32)).doubles() == [300, 300, 12])
    #expect(try (a - b).maximum(a).doubles() == [200, 156, 7])
  }

  @Test func largeIntegersAreComparedInTheirOwnType() throws {
    let big: Int64 = 1 << 60 + 1
    let x = Tensor([big, big] as [Int64])
    let y = Tensor([big + 1, big] as [Int64])
    #expect(try (x .== y).cast(to: .float32).doubles() == [0, 1])
    #expect(try ((x .< y).cast(to: .float32) * 2 + 1).doubles() == [3, 1])
    #expect(
      try (x .< y).select(y - x, x - y).cast(to: .float32).doubles() == [1, 0])
    let third = Tensor([16_777_217, 3] as [Int32])
    #expect(try (third + 1).cast(to: .float64).doubles() == [16_777_218, 4])
    #expect(try (third .== 16_777_216).doubles() == [0, 0])
  }

  @Test func precisionIsThatOfEachValue() throws {
    let x = Tensor([0.1, 1e-9] as [Double])
    let rounded = x.cast(to: .float32).cast(to: .float64)
    #expect(try rounded.doubles() == [Double(Float(0.1)), Double(Float(1e-9))])
    #expect(try (rounded - x .== 0).doubles() == [0, 0])
    let sum = (x.cast(to: .float32) + 1).cast(to: .float64) - 1
    #expect(try sum.doubles() == [Double(Float(0.1) + 1) - 1, 0])
    #expect(try (x * 10).cast(to: .int32).cast(to: .float64).doubles() == [1, 0])
  }

  /// More operands than a group has room for.
  @Test func longSumsOfManyTensorsAreCutIntoGroups() throws {
    let parts = try (0..<70).map { number in
      try Tensor((0..<300).map { Double($0 * number % 13) }).detached()
    }
    let sum = parts.dropFirst().reduce(parts[0]) { $0 + $1 }
    let expected = (0..<300).map { i in (0..<70).reduce(0.0) { $0 + Double(i * $1 % 13) } }
    #expect(try sum.doubles() == expected)
    let products = zip(parts, parts.reversed()).map { $0 * $1 }
    let total = products.reduce(Tensor.zeros([300], dtype: .float64)) { $0 + $1 }
    let slope = gradient(of: total.sum(), withRespectTo: parts[3])
    #expect(try slope.doubles() == (try (parts[66] * 2).doubles()))
  }

  /// Random formulas over five types, in one run and step by step.
  @Test(arguments: 0..<40)
  func randomFormulasOfManyTypesGiveTheSameTogetherAndStepByStep(_ seed: Int) throws {
    var dice = Dice(seed)
    let types: [DType] = [.float32, .float64, .int32, .int64, .uint8]
    let start = Tensor((0..<40).map { Double(($0 * 11) % 17) })
    var lazy = [start]
    var stepwise = [start]
    for _ in 0..<30 {
      let (i, j, kind) = (dice.roll(lazy.count), dice.roll(lazy.count), dice.roll(8))
      let type = types[dice.roll(types.count)]
      func apply(_ a: Tensor, _ b: Tensor) -> Tensor {
        let (x, y) = (a.cast(to: type), b.cast(to: type))
        switch kind {
        case 0: return x + y
        case 1: return x.maximum(y) - 3
        case 2: return (x .> y).select(x, y * 2)
        case 3: return (a .== 4).cast(to: type) + x
        case 4: return x.modulo(7)
        case 5: return ((x .< y) .| (x .== 2)).logicalNot().select(x, y)
        case 6: return x.minimum(y).reversed(axis: 0)
        default: return x.minimum(9).sum(axes: [0], keepingAxes: true).modulo(5) + y.modulo(11)
        }
      }
      let next = apply(lazy[i], lazy[j])
      // Whole numbers that all types hold: what leaves the range of a cast differs by machine.
      lazy.append(next.modulo(101).cast(to: type))
      stepwise.append(
        try apply(stepwise[i], stepwise[j]).detached().modulo(101).detached().cast(to: type)
          .detached())
    }
    try Tensor.evaluate(lazy)
    for (fused, plain) in zip(lazy, stepwise) {
      #expect(fused.dtype == plain.dtype)
      #expect(try fused.doubles() == (try plain.doubles()))
    }
  }
}
