import ApusEngine
import TestSupport
import Testing

/// Values whose memory is used again, at sizes of many tiles: what is read late must not have been overwritten.
@Suite struct MemoryPlanTests {
  /// A part of a concatenation is computed in the memory of the whole. A result may not take that memory over
  /// while it still repeats the part: row 1 would read what row 0 wrote.
  @Test(arguments: [10, 600, 5000])
  func aPartOfAConcatenationIsReadBeforeTheWholeIsOverwritten(_ size: Int) throws {
    let x = try Tensor((0..<size).map(Double.init), shape: [1, size]).detached()
    let part = x * 2 + 1
    let whole = Tensor.concatenate([part, x.abs()], axis: 0)
    let found = try ((whole + part) * 3).sum(axes: [0]).doubles()
    let expected = (0..<size).map { (number: Int) -> Double in
      let value = Double(number)
      return 9 * (2 * value + 1) + 3 * value
    }
    #expect(found == expected)
  }

  @Test func aValueReadInTwoOrdersKeepsItsMemory() throws {
    let x = try Tensor((0..<3000).map(Double.init)).detached()
    let y = x * 2
    let expected = (0..<3000).map { (number: Int) -> Double in 4 * Double(number) - 5997 }
    #expect(try (y - y.reversed(axis: 0) + 1).doubles() == expected)
    let table = (x + 1).reshaped([60, 50])
    let square = table.sliced(axis: 0, 0..<50)
    let sums = try (square + square.transposed()).detached()
    #expect(try (sums - sums.transposed()).abs().max().scalar() == 0)
  }

  /// Random graphs of wide rows, in one run and step by step.
  @Test(arguments: 0..<40)
  func wideGraphsGiveTheSameNumbersTogetherAndStepByStep(_ seed: Int) throws {
    var dice = Dice(seed + 1000)
    let start = Tensor((0..<2100).map { Double($0 % 997) * 1e-3 - 0.4 }, shape: [3, 700])
    var lazy = [start]
    var stepwise = [try start.detached()]
    for _ in 0..<30 {
      let (i, j, kind) = (dice.roll(lazy.count), dice.roll(lazy.count), dice.roll(9))
      let row = dice.roll(3)
      func apply(_ a: Tensor, _ b: Tensor) -> Tensor {
        switch kind {
        case 0: return a * 0.5 + b
        case 1: return (a * b).sin()
        case 2: return a + b.sliced(axis: 0, row..<(row + 1)) * 0.5
        case 3:
          let first = a.sliced(axis: 0, 0..<1) * 0.7
          return Tensor.concatenate([first, b.sliced(axis: 0, 1..<3)]) - first
        case 4:
          let parts = (0..<3).map { a.sliced(axis: 0, $0..<($0 + 1)).cos() * Double($0 + 1) }
          return (Tensor.concatenate(parts) + parts[row]) * 0.3 + b
        case 5: return a.reversed(axis: 1) * 0.5 - b
        case 6: return a.reshaped([700, 3]).transposed().sin() + b
        case 7: return a - b.mean(axes: [1], keepingAxes: true)
        default: return (a .> b).select(a.reversed(axis: 0), b * 0.5)
        }
      }
      lazy.append(apply(lazy[i], lazy[j]))
      stepwise.append(try apply(stepwise[i], stepwise[j]).detached())
    }
    try Tensor.evaluate(Array(lazy.suffix(8)))
    for (fused, plain) in zip(lazy, stepwise).suffix(8) {
      expectClose(try fused.doubles(), try plain.doubles(), absolute: 1e-10, relative: 1e-10)
    }
  }

  /// The same graphs as steps of a compiled function whose state is overwritten in place.
  @Test(arguments: 0..<20)
  func stateInPlaceIsReadBeforeItIsOverwritten(_ seed: Int) throws {
    func next(_ state: [Tensor]) -> [Tensor] {
      var dice = Dice(seed + 2000)
      var values = state
      for _ in 0..<12 {
        let (a, b) = (values[dice.roll(values.count)], values[dice.roll(values.count)])
        switch dice.roll(6) {
        case 0: values.append(a * 0.5 + b.reversed(axis: 0))
        case 1: values.append((a - b).sin())
        case 2: values.append(a - b.mean())
        case 3:
          let half = a.sliced(axis: 0, 0..<1500) * 0.5
          values.append(Tensor.concatenate([half, half.sin()]) + b)
        case 4: values.append((a .> b).select(a, b * 0.5))
        default: values.append(a.cumulativeSum() * 1e-3 + b)
        }
      }
      return values.suffix(3).map { $0.tanh() }
    }
    let start = try (0..<3).map { number in
      try Tensor((0..<3000).map { Double($0 * (number + 3) % 101) * 0.01 }).detached()
    }
    let function = try CompiledFunction(state: start, arguments: [], threads: 2) { state, _ in
      let new = next(state)
      return (state: [new[1], new[2], new[0]], outputs: [state[1].sum(), new[0]])
    }
    var state = start
    for _ in 0..<4 {
      let new = try next(state).map { try $0.detached() }
      try function.run()
      expectClose(
        try function.output(0), [try state[1].sum().scalar()], absolute: 1e-9, relative: 1e-9)
      expectClose(try function.output(1), try new[0].doubles(), absolute: 1e-9, relative: 1e-9)
      state = [new[1], new[2], new[0]]
    }
    for number in 0..<3 {
      expectClose(
        try function.state(number).doubles(), try state[number].doubles(), absolute: 1e-9,
        relative: 1e-9)
    }
  }
}
