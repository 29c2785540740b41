import ApusEngine
import TestSupport
import Testing

@Suite struct FusionTests {
  private let p = Tensor((0..<1000).map { Float($0) })

  /// Adam's update of all parameters, with both moments as results, is one pass over memory.
  @Test func anOptimizerUpdateIsOneInstruction() throws {
    let g = Tensor((0..<1000).map { Float($0) * 0.5 })
    let (m, v) = (p * 0.1, p * 0.2)
    let m2 = try m.detached() * 0.9 + g * 0.1
    let v2 = try v.detached() * 0.999 + g * g * 0.001
    let new = p - 0.01 * m2 / (v2.sqrt() + 1e-8)
    let plan = try plannedInstructions(of: [new, m2, v2])
    #expect(plan.instructions.count == 1)
    #expect(plan.arenaBytes == 0)
  }

  @Test func aValueUsedByAProductIsNotFusedAcrossIt() throws {
    let x = Tensor.ones([3, 3]) * Tensor([1, 2, 3] as [Float])
    let h = x.exp()
    let plan = try plannedInstructions(of: [h.matmul(h) + h])
    #expect(plan.instructions.count { $0.hasPrefix("matmul") } == 1)
    #expect(plan.instructions.count { $0.hasPrefix("fused") } == 2)
  }

  @Test func aBroadcastValueIsComputedOnceNotForEveryElement() throws {
    let row = Tensor([1, 2, 3] as [Float])
    let plan = try plannedInstructions(of: [Tensor([1, 2] as [Float], shape: [2, 1]) + row.exp()])
    #expect(plan.instructions == ["fused ×1: exp", "fused ×1: add"])
  }

  @Test func partsOfAConcatenationAreComputedInPlace() throws {
    let parts = [p.exp(), p.sqrt(), p.sum().reshaped([1])]
    let plan = try plannedInstructions(of: [Tensor.concatenate(parts) * 2])
    #expect(!plan.instructions.contains { $0.hasPrefix("copy [1000]") })
    let found = try (Tensor.concatenate(parts) * 2).doubles()
    #expect(found.count == 2001)
    #expect(found[2000] == 999_000)
    #expect(found[1004] == 4)
  }

  /// Groups that could wait for each other must not be joined; results say whether the order was right.
  @Test(arguments: 0..<50)
  func randomGraphsGiveTheSameNumbersFusedAndStepByStep(_ seed: Int) throws {
    var state = UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 &+ 1
    func next(_ bound: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % UInt64(bound))
    }
    let start = Tensor((0..<12).map { Double($0) * 0.17 - 1 }, shape: [3, 4])
    var lazy = [start]
    var stepwise = [start]
    for _ in 0..<40 {
      let (i, j, kind) = (next(lazy.count), next(lazy.count), next(9))
      func apply(_ a: Tensor, _ b: Tensor) -> Tensor {
        switch kind {
        case 0: a + b
        case 1: (a * b).tanh()
        case 2: a - b.sum(axes: [0], keepingAxes: true)
        case 3: (a .> b).select(a, b * 0.5)
        case 4: a.reversed(axis: 1) + b
        case 5: a.matmul(b.transposed()).matmul(b).tanh()
        case 6: Tensor.concatenate([a.sliced(axis: 0, 1..<3), b.sliced(axis: 0, 0..<1)])
        case 7: (a.transposed().reshaped([3, 4]) + b).sigmoid()
        default: a.max(axes: [1], keepingAxes: true) - b.cumulativeSum(axis: 0).sin()
        }
      }
      lazy.append(apply(lazy[i], lazy[j]))
      stepwise.append(try apply(stepwise[i], stepwise[j]).detached())
    }
    try Tensor.evaluate(Array(lazy.suffix(10)))
    for (fused, plain) in zip(lazy, stepwise).suffix(10) {
      expectClose(try fused.doubles(), try plain.doubles(), absolute: 1e-11, relative: 1e-11)
    }
  }
}
