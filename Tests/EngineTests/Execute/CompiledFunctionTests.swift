import ApusEngine
import TestSupport
import Testing

@Suite struct CompiledFunctionTests {
  /// A straight line fitted by gradient descent: the compiled steps equal the formula's.
  private func descent(steps: Int) throws -> [Double] {
    let x = Tensor([1, 2, 3, 4] as [Double], shape: [4, 1])
    let y = Tensor([2, 4, 6, 8] as [Double], shape: [4, 1])
    let step = try CompiledFunction(
      state: [Tensor([0.5] as [Double], shape: [1, 1])], arguments: [.init([], .float64)],
      threads: 1
    ) { state, arguments in
      let loss = (x.matmul(state[0]) - y).squared().mean()
      let slope = gradient(of: loss, withRespectTo: state[0])
      return (state: [state[0] - slope * arguments[0]], outputs: [loss])
    }
    var losses: [Double] = []
    for _ in 0..<steps {
      step.set(0, [0.02] as [Double])
      try step.run()
      losses += try step.output(0)
    }
    return losses + (try step.state(0).doubles())
  }

  @Test func stateIsUpdatedInPlace() throws {
    var (w, expected) = (0.5, [Double]())
    for _ in 0..<5 {
      let error = w - 2
      expected.append(error * error * 30 / 4)
      w -= 0.02 * 2 * error * 30 / 4
    }
    expectClose(try descent(steps: 5), expected + [w], relative: 1e-13)
  }

  @Test func statesThatExchangeDoNotOverwriteEachOther() throws {
    let swap = try CompiledFunction(
      state: [Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float])], arguments: [], threads: 1
    ) { state, _ in (state: [state[1], state[0]], outputs: [state[0]]) }
    try swap.run()
    #expect(try swap.state(0).doubles() == [3, 4])
    #expect(try swap.state(1).doubles() == [1, 2])
    #expect(try swap.output(0) == [1, 2])
    try swap.run()
    #expect(try swap.state(0).doubles() == [1, 2])
  }

  /// Old parameters that are still read must not be overwritten early.
  @Test func oldStateIsReadBeforeItIsReplaced() throws {
    let function = try CompiledFunction(
      state: [Tensor([1, 2, 3] as [Double])], arguments: [], threads: 1
    ) { state, _ in
      let new = state[0] * 2
      let sum = (new.sum() + state[0].reversed(axis: 0)).sum()
      return (state: [new], outputs: [sum, state[0] + 1])
    }
    try function.run()
    #expect(try function.output(0) == [42])
    #expect(try function.output(1) == [2, 3, 4])
    #expect(try function.state(0).doubles() == [2, 4, 6])
  }

  @Test func partsOfOneVectorAreUpdatedTogether() throws {
    let flat = Tensor((0..<6).map(Double.init))
    let function = try CompiledFunction(state: [flat], arguments: [], threads: 1) { state, _ in
      let a = state[0].sliced(axis: 0, 0..<4).reshaped([2, 2])
      let b = state[0].sliced(axis: 0, 4..<6)
      let loss = (a.matmul(a) + b).squared().sum()
      let parts = gradients(of: loss, withRespectTo: [a, b])
      let slope = Tensor.concatenate(parts.map { $0.flattened() })
      return (state: [state[0] - slope * 0.01], outputs: [loss, slope])
    }
    try function.run()
    let found = try function.output(1)
    try checkGradient(of: "sum", at: [flat]) { inputs in
      let a = inputs[0].sliced(axis: 0, 0..<4).reshaped([2, 2])
      return (a.matmul(a) + inputs[0].sliced(axis: 0, 4..<6)).squared().sum().reshaped([1])
    }
    let expected = try gradient(
      of: {
        let a = flat.sliced(axis: 0, 0..<4).reshaped([2, 2])
        return (a.matmul(a) + flat.sliced(axis: 0, 4..<6)).squared().sum()
      }(), withRespectTo: flat
    ).doubles()
    expectClose(found, expected, relative: 1e-13)
  }

  @Test func newStateOfAnotherShapeIsRefused() {
    #expect {
      _ = try CompiledFunction(state: [Tensor.zeros([2])], arguments: [], threads: 1) { state, _ in
        (state: [state[0].sum()], outputs: [])
      }
    } throws: {
      "\($0)" == #"[compile] new state must be ["float32[2]"]: found ["float32[]"]"#
    }
  }

  @Test func twoFunctionsInTwoTasksGiveTheBitsOfOneAfterTheOther() async throws {
    let alone = try descent(steps: 200)
    async let first = Task.detached { try self.descent(steps: 200) }.value
    async let second = Task.detached { try self.descent(steps: 200) }.value
    #expect(try await first == alone)
    #expect(try await second == alone)
  }
}
