import ApusEngine
import TestSupport
import Testing

/// One meaning, two ways to run: compiled functions give what eager evaluation gives, on any graph, with any
/// number of threads, and after a mistake.
@Suite struct RunningTests {
  /// One more value from two earlier ones of shape [3, 4].
  private func apply(_ kind: Int, _ a: Tensor, _ b: Tensor) -> Tensor {
    switch kind {
    case 0: a + b
    case 1: (a * b).tanh()
    case 2: a - b.sum(axes: [0], keepingAxes: true) * 0.25
    case 3: (a .> b).select(a, b * 0.5)
    case 4: a.reversed(axis: 1) + b
    case 5: a.matmul(b.transposed()).matmul(b).tanh()
    case 6: Tensor.concatenate([a.sliced(axis: 0, 1..<3), b.sliced(axis: 0, 0..<1)])
    case 7: (a.transposed().reshaped([3, 4]) + b).sigmoid()
    case 8: a.max(axes: [1], keepingAxes: true) - b.cumulativeSum(axis: 0).sin()
    case 9: b.gathered(Tensor([2, 0, 0] as [Int32])) - a.softmax()
    case 10: a.sorted().padded(axis: 1, before: 0, after: 1).sliced(axis: 1, 1..<5) + b
    default: a.scatterAdded(Tensor([1, 2, 1] as [Int64]), count: 3) * 0.5 + b.logSumExp() * 0.1
    }
  }

  /// A random graph over three inputs: the last values and the gradients of their sum.
  private func graph(_ seed: Int, _ inputs: [Tensor]) -> [Tensor] {
    var dice = Dice(seed)
    var values = inputs
    for _ in 0..<25 {
      let (i, j) = (dice.roll(values.count), dice.roll(values.count))
      values.append(apply(dice.roll(12), values[i], values[j]))
    }
    let loss = (values[values.count - 1] * values[values.count - 2]).mean()
    return Array(values.suffix(3)) + gradients(of: loss, withRespectTo: inputs) + [loss]
  }

  private func inputs(_ dtype: DType) throws -> [Tensor] {
    try (0..<3).map { number in
      let numbers = (0..<12).map { Double(($0 * 7 + number * 5) % 13) * 0.11 - 0.6 }
      return try Tensor(numbers, shape: [3, 4]).cast(to: dtype).detached()
    }
  }

  @Test(arguments: 0..<30)
  func compiledRunsGiveTheNumbersOfEagerOnes(_ seed: Int) throws {
    let inputs = try inputs(.float64)
    let eager = graph(seed, inputs)
    try Tensor.evaluate(eager)
    let compiled = try CompiledFunction(
      state: [inputs[0]], arguments: [.init([3, 4], .float64), .init([3, 4], .float64)], threads: 1
    ) { state, arguments in
      let all = self.graph(seed, [state[0], arguments[0], arguments[1]])
      return (state: [all[3] * 0.1 + state[0]], outputs: all)
    }
    compiled.set(0, try inputs[1].scalars(as: Double.self))
    compiled.set(1, try inputs[2].scalars(as: Double.self))
    try compiled.run()
    for (number, tensor) in eager.enumerated() {
      expectClose(
        try compiled.output(number), try tensor.doubles(), absolute: 1e-12, relative: 1e-12,
        "output \(number)")
    }
    let next = try (eager[3] * 0.1 + inputs[0]).doubles()
    expectClose(try compiled.state(0).doubles(), next, absolute: 1e-12, relative: 1e-12, "state")
  }

  /// A second run starts from the new state, whatever memory the first one used again.
  @Test(arguments: 0..<10)
  func tenCompiledStepsAreTenEagerSteps(_ seed: Int) throws {
    let inputs = try inputs(.float64)
    let compiled = try CompiledFunction(
      state: [inputs[0], inputs[1]], arguments: [], threads: 2
    ) { state, _ in
      let all = self.graph(seed, [state[0], state[1], inputs[2]])
      let next = [(state[1] - all[3] * 0.1).tanh(), (state[0] + all[0] * 0.1).tanh()]
      return (state: next, outputs: [all[6], state[0]])
    }
    var state = Array(inputs.prefix(2))
    for _ in 0..<10 {
      let all = graph(seed, [state[0], state[1], inputs[2]])
      let next = [(state[1] - all[3] * 0.1).tanh(), (state[0] + all[0] * 0.1).tanh()]
      let old = state[0]
      state = try next.map { try $0.detached() }
      try compiled.run()
      expectClose(try compiled.output(0), try all[6].doubles(), absolute: 1e-9, relative: 1e-9)
      expectClose(try compiled.output(1), try old.doubles(), absolute: 1e-9, relative: 1e-9)
    }
    for number in 0..<2 {
      expectClose(
        try compiled.state(number).doubles(), try state[number].doubles(), absolute: 1e-9,
        relative: 1e-9)
    }
  }

  @Test func oneAndTwoThreadsGiveTheSameBits() throws {
    let count = 300_000
    let numbers = (0..<count).map { Float(($0 &* 7919) % 10_007) * 1e-3 - 5 }
    func run(_ threads: Int) throws -> [[UInt64]] {
      let function = try CompiledFunction(
        arguments: [.init([count])], threads: threads
      ) { _, arguments in
        let x = arguments[0]
        let table = x.reshaped([300, 1000])
        let outputs = [
          (x.exp() * 1.5 + x.sigmoid()).tanh() - x.squared(), x.sum(), x.squared().mean(),
          x.logSumExp(), x.max(), table.sum(axes: [0]), table.sum(axes: [1]),
          table.variance(axes: [0]),
          table.logSumExp(axes: [1]), table.softmax(), table.product(axes: [0]), x.cumulativeSum(),
          x.cast(to: .float64).sum(), table.argMax(axis: 0), table.sorted(),
          table.transposed().sum(axes: [0]), Tensor.normal([count], key: RandomKey(seed: 3)),
        ]
        return (state: [], outputs: outputs)
      }
      function.set(0, numbers)
      try function.run()
      return try (0..<17).map { try function.output($0).map(\.bitPattern) }
    }
    let (one, two) = (try run(1), try run(2))
    for (number, (a, b)) in zip(one, two).enumerated() { #expect(a == b, "output \(number)") }
    #expect(try run(2) == two)
  }

  @Test func outputsMayBeViewsArgumentsAndTheSameTensorTwice() throws {
    let function = try CompiledFunction(
      state: [Tensor([1, 2, 3, 4, 5, 6] as [Double], shape: [2, 3])],
      arguments: [.init([2, 2], .float64)], threads: 1
    ) { state, arguments in
      let x = arguments[0]
      let product = x.matmul(x)
      return (
        state: [state[0].reversed(axis: 0)],
        outputs: [
          x.transposed(), x, x.sliced(axis: 0, 1..<2), product, product, state[0],
          state[0].transposed(), x.sum().broadcast(to: [2, 2]), Tensor.ones([2]), x + x,
          product.reshaped([4]),
        ]
      )
    }
    for round in 0..<3 {
      let offset = Double(round)
      function.set(0, [1 + offset, 2, 3, 4])
      try function.run()
      let a = 1 + offset
      let square = [a * a + 6, a * 2 + 8, 3 * a + 12, 22]
      #expect(try function.output(0) == [a, 3, 2, 4])
      #expect(try function.output(1) == [a, 2, 3, 4])
      #expect(try function.output(2) == [3, 4])
      #expect(try function.output(3) == square)
      #expect(try function.output(4) == square)
      let state: [Double] = round % 2 == 0 ? [1, 2, 3, 4, 5, 6] : [4, 5, 6, 1, 2, 3]
      #expect(try function.output(5) == state)
      #expect(try function.output(6) == [0, 3, 1, 4, 2, 5].map { state[$0] })
      #expect(try function.output(7) == [Double](repeating: a + 9, count: 4))
      #expect(try function.output(8) == [1, 1])
      #expect(try function.output(9) == [2 * a, 4, 6, 8])
      #expect(try function.output(10) == square)
    }
  }

  @Test func stateThatStaysAndStateThatIsOnlyMovedAreKept() throws {
    let first = Tensor([1, 2, 3, 4] as [Float], shape: [2, 2])
    let function = try CompiledFunction(
      state: [first, first + 10, Tensor([7] as [Float])], arguments: [], threads: 1
    ) { state, _ in
      (state: [state[0].transposed(), state[0] + state[1] * 0, state[2]], outputs: [])
    }
    try function.run()
    #expect(try function.state(0).doubles() == [1, 3, 2, 4])
    #expect(try function.state(1).doubles() == [1, 2, 3, 4])
    try function.run()
    #expect(try function.state(0).doubles() == [1, 2, 3, 4])
    #expect(try function.state(1).doubles() == [1, 3, 2, 4])
    #expect(try function.state(2).doubles() == [7])
  }

  @Test func whatNoArgumentChangesIsComputedOnce() throws {
    let table = Tensor((0..<1000).map { Double($0) * 1e-3 })
    let function = try CompiledFunction(arguments: [.init([], .float64)], threads: 1) {
      _, arguments in
      let fixed = table.exp().sorted().cumulativeSum().sum()
      return (state: [], outputs: [arguments[0] * fixed])
    }
    #expect(function.instructionCount == 1, "\(function.explain())")
    let fixed = try table.exp().sorted().cumulativeSum().sum().scalar()
    for value in [2.0, -1] {
      function.set(0, [value])
      try function.run()
      expectClose(try function.output(0), [value * fixed], relative: 1e-14)
    }
  }

  @Test func functionsOfNothingAndOfEmptyBatchesRun() throws {
    let silent = try CompiledFunction(
      state: [Tensor([1] as [Double])], arguments: [], threads: 1
    ) { state, _ in (state: [state[0] * 2], outputs: []) }
    for _ in 0..<3 { try silent.run() }
    #expect(try silent.state(0).doubles() == [8])
    let empty = try CompiledFunction(arguments: [.init([0, 3], .float64)], threads: 2) {
      _, arguments in
      let x = arguments[0]
      let w = Tensor.ones([3, 2], dtype: .float64)
      let loss = x.matmul(w).tanh().sum()
      return (
        state: [],
        outputs: [loss, gradient(of: loss, withRespectTo: w), x.matmul(w), x.mean(), x.softmax()]
      )
    }
    empty.set(0, [] as [Double])
    try empty.run()
    #expect(try empty.output(0) == [0])
    #expect(try empty.output(1) == [0, 0, 0, 0, 0, 0])
    #expect(try empty.output(2).isEmpty)
    #expect(try empty.output(3)[0].isNaN)
    let nothing = try CompiledFunction(arguments: [], threads: 1) { _, _ in (state: [], outputs: [])
    }
    try nothing.run()
    #expect(nothing.instructionCount == 0)
  }

  @Test func aWrongIndexIsNamedAndTheFunctionStaysUsable() throws {
    let table = Tensor([10, 20, 30] as [Double])
    for wrong in [3, -1, Int32.max] as [Int32] {
      let function = try CompiledFunction(arguments: [.init([2], .int32)], threads: 1) {
        _, arguments in
        let found = table.gathered(arguments[0])
        return (state: [], outputs: [found * 2, found.scatterAdded(arguments[0], count: 3)])
      }
      function.set(0, [2, wrong])
      #expect {
        try function.run()
      } throws: { "\($0)" == "[gather] index \(wrong) at position 1 must lie in 0..<3" }
      function.set(0, [2, 0] as [Int32])
      try function.run()
      #expect(try function.output(0) == [60, 20])
      #expect(try function.output(1) == [10, 0, 30])
    }
  }

  @Test func aFailureInTheBodyIsTheErrorOfCompiling() {
    #expect {
      _ = try CompiledFunction(arguments: [.init([2, 3])], threads: 1) { _, arguments in
        (state: [], outputs: [arguments[0].matmul(arguments[0]).relu()])
      }
    } throws: {
      "\($0)".hasPrefix("[matmul] inner sizes must be equal, but are 3 and 2")
    }
  }

  @Test func tasksThatShareNodesAgree() async throws {
    let x = Tensor((0..<5000).map { Double($0) * 1e-3 })
    let shared = x.sin().cumulativeSum().exp()
    let plain = try x.sin().cumulativeSum().exp().sum().scalar()
    let sums = try await withThrowingTaskGroup(of: Double.self) { group in
      for number in 0..<16 {
        group.addTask {
          let mine = (shared * Double(number + 1)).sum()
          return try mine.scalar() / Double(number + 1)
        }
      }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sums.count == 16)
    for sum in sums { expectClose(sum, plain, relative: 1e-12) }
    #expect(try shared.sum().scalar() == plain)
  }
}
