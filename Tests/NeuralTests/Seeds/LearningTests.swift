import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// What networks learn and when they overfit: A06, A10, A17, B03, B06, D14, H01, H02, H03, H09.
@Suite struct LearningTests {
  private func settings(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batch = nil
    change(&settings)
    return settings
  }

  /// A06: a body with two heads learns class and energy as well as two networks of their own.
  @Test func oneBodyServesTwoTargets() throws {
    let data = try rings(300)
    let radius = try data.inputs[0].squared().sum(axes: [1]).sqrt().detached()
    func graph(_ heads: [String]) -> Graph {
      var net = Graph()
      let x = net.input()
      let body = net.add(Dense(2, 24, activation: .tanh), to: x, name: "body")
      net.outputs = heads.map { net.add(Dense(24, 1), to: body, name: $0) }
      net.initialise(RandomKey(seed: 5))
      return net
    }
    let training = settings {
      $0.epochs = 300
      $0.batch = 50
      $0.learningRate = 1e-2
    }
    func fit(_ net: Graph, _ targets: [Tensor], _ losses: [Loss]) throws -> Graph {
      let trainer = Trainer<Graph>(training) { outputs, targets in
        zip(zip(outputs, targets), losses).map { $1.perEvent($0.0, $0.1) }.reduce(Tensor(0), +)
      }
      return try trainer.fit(net, on: TrainingData(inputs: data.inputs, targets: targets)).model
    }
    let both = try fit(
      graph(["class", "energy"]), [data.targets[0], radius],
      [.binaryCrossEntropyFromLogits, .squared])
    let classOnly = try fit(graph(["class"]), [data.targets[0]], [.binaryCrossEntropyFromLogits])
    let energyOnly = try fit(graph(["energy"]), [radius], [.squared])
    let test = try rings(300, seed: 8)
    func share(_ output: Tensor) throws -> Double {
      let right = (output.reshaped([300]) .> 0).cast(to: .float32)
      return try (right .== test.targets[0]).cast(to: .float32).mean().scalar()
    }
    let truth = try test.inputs[0].squared().sum(axes: [1]).sqrt().detached()
    func error(_ output: Tensor) throws -> Double {
      try Loss.squared(output.reshaped([300]), truth).scalar()
    }
    let outputs = both(test.inputs, .inference)
    #expect(try share(outputs[0]) >= 0.99)
    #expect(try abs(share(outputs[0]) - share(classOnly(test.inputs, .inference)[0])) <= 0.01)
    // The squares of the radius are about one, so this is one per cent of them.
    #expect(try abs(error(outputs[1]) - error(energyOnly(test.inputs, .inference)[0])) <= 0.01)
  }

  /// A10: where errors differ, weighting by 1/σ² gives a slope nearer to the truth than a plain mean.
  @Test func inverseVarianceBeatsPlainSquares() throws {
    var (plain, weighted) = (0.0, 0.0)
    for seed in 0..<20 {
      let key = RandomKey(seed: UInt64(seed))
      let x = Tensor.iota([100, 1], dtype: .float64) / 100
      let deviation = (x * 4).exp().reshaped([100]) * 0.02
      let noise = Tensor.normal([100], key: key, dtype: .float64) * deviation
      let y = x.reshaped([100]) * 2 + noise
      func slope(_ loss: Loss, _ target: Tensor) throws -> Double {
        let trainer = Trainer<Dense>(loss, settings { $0.epochs = 50 })
        let data = TrainingData(inputs: [x], targets: [target])
        let model = Dense(1, 1, initialiser: .constant(0), dtype: .float64)
        return try trainer.fit(model, with: LBFGS(), on: data).model.weight.scalar()
      }
      let pair = Tensor.concatenate([y.expanded(at: 1), deviation.expanded(at: 1)], axis: 1)
      let a = try slope(.squared, y) - 2, b = try slope(.inverseVariance, pair) - 2
      plain += a * a
      weighted += b * b
    }
    #expect(weighted * 4 < plain, "mean squared errors \(weighted / 20) and \(plain / 20)")
  }

  /// H02, H03, H07: of twelve inputs only two matter; L1 puts the others to zero, L2 only shrinks them.
  @Test func l1ZeroesIrrelevantInputs() throws {
    let x = try Tensor.normal([200, 12], key: RandomKey(seed: 3)).detached()
    let noise = Tensor.normal([200], key: RandomKey(seed: 4)) * 0.3
    let truth =
      x.sliced(axis: 1, 0..<1).reshaped([200]) * 2 - x.sliced(axis: 1, 1..<2).reshaped([200])
    let data = TrainingData(inputs: [x], targets: [try (truth + noise).detached()])
    func small(_ penalty: Penalty) throws -> Int {
      let trainer = Trainer<Dense>(
        .squared,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 0.02
          $0.epochs = 600
          $0.penalty = penalty
          $0.restoresBest = false
        })
      let model = Dense(12, 1, initialiser: .constant(0))
      return try trainer.fit(model, on: data).model.weight.doubles().count { abs($0) < 0.01 }
    }
    #expect(try small(Penalty(l1: 0.15)) >= 8)
    #expect(try small(Penalty(l2: 0.15)) < 5)
    #expect(try small(Penalty(lp: 0.15, power: 4)) < 5)
  }

  /// H01, H09, H11, A17: on fifty noisy events a large net overfits, and decay of weights closes the gap.
  @Test func weightDecayClosesTheGapBetweenTrainingAndValidation() throws {
    func noisy(_ count: Int, _ seed: UInt64) throws -> TrainingData {
      var data = try rings(count, seed: seed)
      let flips = Tensor.uniform([count], key: RandomKey(seed: seed + 50)) .< 0.2
      data.targets = [try flips.select(1 - data.targets[0], data.targets[0]).detached()]
      return data
    }
    let training = try noisy(50, 1), validation = try noisy(400, 2)
    func fit(_ l2: Double) throws -> (gap: Double, length: Double) {
      let net = Sequential(key: RandomKey(seed: 5)) {
        Dense(2, 64, activation: .tanh)
        Dense(64, 64, activation: .tanh)
        Dense(64, 1)
      }
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 400
          $0.learningRate = 1e-2
          $0.penalty = Penalty(l2: l2)
          $0.restoresBest = false
        })
      let result = try trainer.fit(net, on: training, validation: validation)
      let last = result.history[result.history.count - 1].values
      let length = try result.model.parameters.reduce(0.0) {
        $0 + (try $1.tensor.squared().sum().scalar())
      }
      return (last[1].value - last[0].value, length)
    }
    let free = try fit(0), held = try fit(2e-3)
    #expect(free.gap > 0.5, "without: \(free)")
    #expect(held.gap < free.gap / 2, "with: \(held)")
    #expect(held.length < free.length)
  }

  /// B03: inputs of very different scale need more epochs than standardized ones.
  @Test func standardizedInputsLearnFaster() throws {
    let data = try rings(200)
    let scales = Tensor([100, 0.01] as [Float])
    func loss(_ inputs: Tensor) throws -> Double {
      let net = Sequential(key: RandomKey(seed: 6)) {
        Dense(2, 16, activation: .tanh)
        Dense(16, 1)
      }
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 40
          $0.batch = 20
          $0.learningRate = 1e-2
        })
      let raw = TrainingData(inputs: [try inputs.detached()], targets: data.targets)
      return try trainer.fit(net, on: raw).history.last?.values[0].value ?? 9
    }
    #expect(try loss(data.inputs[0]) < 0.5 * loss(data.inputs[0] * scales))
  }

  /// D14: a softplus at the end keeps estimates of a positive quantity positive.
  @Test func theOutputActivationKeepsTheTargetsDomain() throws {
    let x = Tensor.iota([100, 1], dtype: .float32) / 10 - 5
    let y = (x.reshaped([100]) * 1.5).exp()
    let data = TrainingData(inputs: [try x.detached()], targets: [try (y / 100).detached()])
    func lowest(_ output: Activation) throws -> Double {
      let net = Sequential(key: RandomKey(seed: 7)) {
        Dense(1, 8, activation: .tanh)
        Dense(8, 1, activation: output)
      }
      let trainer = Trainer<Sequential>(.squared, settings { $0.epochs = 200 })
      return try trainer.fit(net, on: data).model(x).min().scalar()
    }
    #expect(try lowest(.softplus) >= 0)
    #expect(try lowest(.linear) < 0)
  }
}
