// A compiled function is traced once and runs from fixed memory: the loop of any training.
import Apus

func descend() throws {
  let w = Tensor.zeros([2, 1])
  let batch = (0..<200).map { Float($0 % 7) * 0.3 + Float($0 % 2) }
  let step = try CompiledFunction(state: [w], arguments: [.init([100, 2])], threads: 2) {
    state, x in
    let loss = (x[0].matmul(state[0]) - 1).squared().mean()
    return (state: [state[0] - gradient(of: loss, withRespectTo: state[0]) * 0.1], outputs: [loss])
  }
  step.set(0, batch)
  try step.run()
  print(try step.output(0))

  let before = try step.output(0)[0]
  for _ in 0..<100 { try step.run() }
  let after = try step.output(0)[0]
  precondition(before == 1 && after < 0.5)
  print("loss \(before) → \(after) in \(step.instructionCount) instructions a step:")
  print(step.explain())
}

/// Random numbers come from a key that is an argument, so that every run has its own.
func randomNumbers() throws {
  let noise = try CompiledFunction(arguments: [.init([2], .int64)], threads: 1) { _, arguments in
    let key = RandomKey(tensor: arguments[0])
    return (state: [], outputs: [Tensor.normal([1000], key: key.fold("noise")).mean()])
  }
  var means: [Double] = []
  for counter in [0, 1, 0] as [Int64] {
    noise.set(0, [2012, counter])
    try noise.run()
    means += try noise.output(0)
  }
  precondition(means[0] == means[2] && means[0] != means[1])
}

try descend()
try randomNumbers()
