public import ApusEngine

/// The speed of a training step of a standard network on this machine.
public struct BenchmarkResult: Sendable {
  /// The case's name.
  public var name: String
  /// The median over repetitions.
  public var secondsPerStep: Double
  /// Events in a step.
  public var batch: Int
  /// Threads used.
  public var threads: Int
  /// The loss of the last step: that the work was done.
  public var loss: Double
  /// Learned numbers.
  public var parameters: Int
  /// What each instruction of the step costs.
  public var costs: [InstructionCost]

  /// Events a second.
  public var samplesPerSecond: Double { Double(batch) / secondsPerStep }
}

/// A standard case: a network, a batch, Adam, and events gathered from a resident table of random numbers.
public struct BenchmarkCase: Sendable {
  /// Its name on the command line.
  public var name: String
  /// Inputs, hidden layers, outputs.
  public var sizes: [Int]
  /// Events in a step.
  public var batch: Int
  /// Of the hidden layers.
  public var activation: Activation
  /// The share that is dropped after each hidden layer.
  public var dropout: Double
  /// Events in the table.
  public var events: Int

  /// All cases.
  public static let all = [
    BenchmarkCase("jet-mlp-128", [16, 64, 32, 32, 5], batch: 128),
    BenchmarkCase("jet-mlp-1024", [16, 64, 32, 32, 5], batch: 1024),
    BenchmarkCase("higgs-dn-100", [28, 300, 300, 300, 300, 300, 1], batch: 100, .tanh),
    BenchmarkCase("higgs-dn-1000", [28, 300, 300, 300, 300, 300, 1], batch: 1000, .tanh),
    BenchmarkCase("mnist-mlp-128", [784, 512, 512, 10], batch: 128, dropout: 0.2, events: 20_000),
  ]

  init(
    _ name: String, _ sizes: [Int], batch: Int, _ activation: Activation = .relu,
    dropout: Double = 0, events: Int = 100_000
  ) {
    self.name = name
    self.sizes = sizes
    self.batch = batch
    self.activation = activation
    self.dropout = dropout
    self.events = events
  }

  /// The network of the case.
  public var model: Sequential {
    Sequential(key: RandomKey(seed: 1)) {
      for (inputs, outputs) in zip(sizes.dropLast(2), sizes.dropFirst().dropLast()) {
        Dense(inputs, outputs, activation: activation)
        if dropout > 0 { Dropout(dropout) }
      }
      Dense(sizes[sizes.count - 2], sizes[sizes.count - 1])
    }
  }

  /// Runs the case: some steps to warm up, then blocks of steps until `seconds` have gone, whose median counts.
  public func run(threads: Int, seconds: Double = 2) throws -> BenchmarkResult {
    let classes = sizes[sizes.count - 1]
    let data = try table(classes)
    var settings = TrainingSettings()
    settings.threads = threads
    let loss = classes == 1 ? Loss.binaryCrossEntropyFromLogits : .crossEntropyFromLogits
    let trainer = Trainer<Sequential>(loss, settings)
    let net = model
    let parameters = try net.layout.flat(net.parameters.map(\.tensor)).detached()
    let memory = try settings.optimizer.initialState(parameters: parameters).map {
      try $0.detached()
    }
    let step = try TrainingStep(
      net, data, trainer.objective, settings, state: [parameters] + memory, batch: batch)
    let order = epochOrder(count: events, epoch: 0, seed: 1, shuffled: true)
    let batches = (0..<(events / batch)).map { Array(order[($0 * batch)..<(($0 + 1) * batch)]) }
    var (done, last) = (0, 0.0)
    func steps(_ count: Int) throws -> Double {
      let start = ContinuousClock.now
      for _ in 0..<count {
        last = try step.run(
          batches[done % batches.count], rate: 1e-3, step: done + 1, seed: 1, double: false)
        done += 1
      }
      let gone = (ContinuousClock.now - start).components
      return (Double(gone.seconds) + Double(gone.attoseconds) * 1e-18) / Double(count)
    }
    _ = try steps(5)
    let guess = try steps(10)
    let block = max(1, Int(seconds / 20 / guess))
    let times = try (0..<20).map { _ in try steps(block) }.sorted()
    return BenchmarkResult(
      name: name, secondsPerStep: times[times.count / 2], batch: batch, threads: threads,
      loss: last, parameters: net.parameterCount, costs: try step.costs())
  }

  private func table(_ classes: Int) throws -> TrainingData {
    let key = RandomKey(seed: 7)
    let rows = try Tensor.normal([events, sizes[0]], key: key.fold("inputs")).detached()
    // A linear rule of the inputs, so that the loss has somewhere to go.
    let rule = Tensor.normal([sizes[0], max(2, classes)], key: key.fold("rule"))
    let labels = rows.matmul(rule).argMax(axis: 1)
    let target = labels.cast(to: classes == 1 ? .float32 : .int32)
    return TrainingData(inputs: [rows], targets: [try target.detached()])
  }
}

/// The case of a name, or nil.
public func benchmarkCase(_ name: String) -> BenchmarkCase? {
  BenchmarkCase.all.first { $0.name == name }
}
