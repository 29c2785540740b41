import ApusEngine
import TestSupport
import Testing

/// Mistakes in shapes: each is a message, none a trap, and the first one is what a reader sees.
@Suite struct MistakeTests {
  private let x = Tensor.zeros([2, 3])

  @Test func shapesThatCannotBeAreRefused() {
    let wrong: [Tensor] = [
      .zeros([-1]), .zeros([-2, -3]), .iota([-4]), .identity(-1),
      .uniform([-2], key: RandomKey(seed: 1)), Tensor([1] as [Float]).broadcast(to: [-1]),
      .zeros([1 << 40, 1 << 40]), x.reshaped([1 << 40, 1 << 40]), x.reshaped([-1, -1]),
      x.reshaped([4, -1]), x.reshaped([-6, -1]), .zeros([1, 1, 1, 1, 1, 1, 1, 1, 1]),
      Tensor([1] as [Float], shape: [1, 1, 1, 1, 1, 1, 1, 1, 1]),
      Tensor([1, 2] as [Float], shape: [3]), Tensor([] as [Float], shape: [-1, 0]),
      x.scatterAdded(Tensor([0, 0] as [Int32]), count: -1), .full(1, shape: [Int.max, 3]),
      Tensor.permutation(-3, key: RandomKey(seed: 1)),
    ]
    for (number, tensor) in wrong.enumerated() {
      #expect(throws: EngineError.self, "case \(number)") { try tensor.evaluate() }
    }
    #expect(
      wrong[0].failure?.message
        == "[full 0.0] needs at most 8 axes of sizes from 0, and a count of elements that fits "
        + "in memory: found [-1]")
  }

  @Test(arguments: [-4, -3, 2, 9])
  func axesThatAreNotThereAreRefused(_ axis: Int) {
    let wrong: [Tensor] = [
      x.sum(axes: [axis]), x.max(axes: [axis]), x.mean(axes: [axis]), x.variance(axes: [axis]),
      x.argMax(axis: axis), x.argMin(axis: axis), x.cumulativeSum(axis: axis),
      x.softmax(axis: axis), x.logSoftmax(axis: axis), x.squeezed(axis),
      x.sliced(axis: axis, 0..<1), x.reversed(axis: axis),
      x.padded(axis: axis, before: 1, after: 1), Tensor.concatenate([x, x], axis: axis),
      x.gathered(Tensor([0] as [Int32]), axis: axis), x.transposed([0, axis]),
      x.scatterAdded(Tensor([0] as [Int32]), count: 2, axis: axis), x.product(axes: [axis]),
    ]
    for (number, tensor) in wrong.enumerated() {
      #expect(tensor.failure != nil, "case \(number) took axis \(axis)")
    }
    if axis != 2 && axis != -3 {
      #expect(x.expanded(at: axis).failure != nil)
      #expect(x.flattened(from: axis).failure != nil)
    }
  }

  @Test func rangesAndCountsThatDoNotFitAreRefused() {
    let wrong: [Tensor] = [
      x.sliced(axis: 0, 1..<3), x.sliced(axis: 1, -1..<2), x.sliced(axis: 1, 0..<2, stride: 0),
      x.sliced(axis: 1, 0..<2, stride: -1), x.padded(axis: 0, before: -1, after: 0),
      x.squeezed(0), x.sum(axes: [0, 0]), x.sum(axes: [1, -1]), x.transposed([0]),
      x.transposed([0, 0]), x.broadcast(to: [3]), x.broadcast(to: [2, 4]), .concatenate([]),
      .concatenate([x, .zeros([2, 3, 1])]), .stack([x, .zeros([3, 2])]), x.matmul(x),
      x.matmul(.zeros([3])), Tensor(1).matmul(x), Tensor(1).transposed(), Tensor(1).sorted(),
      Tensor(1).argSorted(), Tensor(1).argMax(),
    ]
    for (number, tensor) in wrong.enumerated() {
      #expect(tensor.failure != nil, "case \(number)")
    }
  }

  /// Whatever follows a mistake, the message is about the mistake.
  @Test func theFirstFailureSpreadsThroughEveryOperation() {
    let broken = x.matmul(x)
    let message = broken.failure?.message
    #expect(message != nil)
    let index = Tensor([0] as [Int32])
    let followers: [Tensor] = [
      broken + 1, 1 / broken, broken.exp(), broken .> 0, (broken .> 0).select(x, 0),
      (x .> 0).select(broken, 0), (x .> 0).select(x, broken), broken.sum(), broken.sum(axes: [5]),
      broken.mean(axes: [1]), broken.variance(), broken.softmax(), broken.argMax(),
      broken.cumulativeSum(axis: 3), broken.sorted(), broken.matmul(x), x.matmul(broken),
      broken.reshaped([7]), broken.flattened(from: 3), broken.expanded(at: 5), broken.squeezed(2),
      broken.transposed(), broken.transposed([1, 0]), broken.broadcast(to: [4]),
      broken.sliced(axis: 1, 0..<4), broken.reversed(axis: 1),
      broken.padded(axis: 1, before: 1, after: 1), .concatenate([x, broken], axis: 1),
      .concatenate([broken, x], axis: 1), .stack([broken]), broken.gathered(index, axis: 1),
      x.gathered(broken), broken.scatterAdded(index, count: 2, axis: 1), broken.cast(to: .int32),
      broken.power(2), broken.softplus(), broken.maximum(x),
      .uniform([2], key: RandomKey(tensor: broken)), gradient(of: broken.sum(), withRespectTo: x),
    ]
    for (number, tensor) in followers.enumerated() {
      #expect(tensor.failure?.message == message, "case \(number)")
    }
  }

  /// Empty axes have the neutral element of each reduction.
  @Test func reductionsOverNothingAreNeutral() throws {
    let empty = Tensor.zeros([0, 2])
    #expect(try empty.sum(axes: [0]).doubles() == [0, 0])
    #expect(try empty.product(axes: [0]).doubles() == [1, 1])
    #expect(try empty.max(axes: [0]).doubles() == [-.infinity, -.infinity])
    #expect(try empty.min(axes: [0]).doubles() == [.infinity, .infinity])
    #expect(try empty.logSumExp(axes: [0]).doubles() == [-.infinity, -.infinity])
    #expect(try empty.mean(axes: [0]).doubles().allSatisfy(\.isNaN))
    #expect(try empty.sum(axes: [1]).doubles().isEmpty)
    #expect(try empty.cumulativeSum(axis: 0).sorted().doubles().isEmpty)
    #expect(try empty.gathered(Tensor([] as [Int32])).doubles().isEmpty)
    #expect(throws: EngineError.self) { try empty.gathered(Tensor([0] as [Int32])).evaluate() }
  }
}
