import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// How training depends on order, start, threads and the reach of the sample: B02, B09, F19, F22, F24, H11.
@Suite struct DynamicsTests {
  private func settings(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.restoresBest = false
    change(&settings)
    return settings
  }

  private func net(_ hidden: Int, seed: UInt64, scale: Double? = nil) -> Sequential {
    Sequential(key: RandomKey(seed: seed)) {
      Dense(2, hidden, activation: .tanh, initialiser: scale.map { .normal($0) } ?? .glorotUniform)
      Dense(hidden, 1)
    }
  }

  private func accuracy(_ model: Sequential, _ data: TrainingData) throws -> Double {
    let decided = (model(data.inputs[0]).reshaped([data.count]) .> 0).cast(to: .float32)
    return try (decided .== data.targets[0]).cast(to: .float32).mean().scalar()
  }

  /// B02: online learning that sees all events of one class before the other forgets the first.
  @Test func shufflingMattersForOnlineLearning() throws {
    let data = try rings(400)
    let order = data.targets[0].argSorted()
    let sorted = TrainingData(
      inputs: [try data.inputs[0].gathered(order).detached()],
      targets: [try data.targets[0].gathered(order).detached()])
    func share(_ shuffle: Bool) throws -> Double {
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 0.1
          $0.batch = 1
          $0.epochs = 20
          $0.shuffle = shuffle
        })
      return try accuracy(try trainer.fit(net(24, seed: 2), on: sorted).model, data)
    }
    #expect(try share(true) > share(false) + 0.01)
  }

  /// B09: five networks agree where there were events and disagree beyond.
  @Test func anEnsembleDisagreesOutsideTheSample() throws {
    let x = Tensor.iota([100, 1]) / 25 - 2
    let y = (x * 2).sin().reshaped([100])
    let data = TrainingData(inputs: [try x.detached()], targets: [try y.detached()])
    let probes = Tensor([-1.5, -0.5, 0.5, 1.5, 4, 5] as [Float], shape: [6, 1])
    let estimates = try (0..<5).map { seed in
      let start = Sequential(key: RandomKey(seed: UInt64(seed))) {
        Dense(1, 32, activation: .tanh, initialiser: .normal(1.5))
        Dense(32, 1)
      }
      let trainer = Trainer<Sequential>(
        .squared,
        settings {
          $0.learningRate = 1e-2
          $0.batch = 20
          $0.epochs = 300
        })
      return try trainer.fit(start, on: data).model(probes).doubles()
    }
    let spread = (0..<6).map { place in
      let values = estimates.map { $0[place] }
      return (values.max() ?? 0) - (values.min() ?? 0)
    }
    let (inside, outside) = (spread.prefix(4).max() ?? 9, spread.suffix(2).min() ?? 0)
    #expect(outside > 3 * inside, "spread inside and outside: \(spread)")
  }

  /// F19: weights of zero learn nothing, and large ones saturate and learn slowly; in between it works.
  @Test func theScaleOfTheFirstWeightsMatters() throws {
    let data = try rings(300)
    func loss(_ scale: Double) throws -> Double {
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 0.3
          $0.batch = 30
          $0.epochs = 40
        })
      let history = try trainer.fit(net(24, seed: 3, scale: scale), on: data).history
      return history.last?.values[0].value ?? 9
    }
    let (zero, middle, large) = (try loss(0), try loss(1), try loss(100))
    #expect(middle < zero && middle < large, "losses \(zero), \(middle), \(large)")
  }

  /// F22: a net that is barely large enough ends in different minima from different starts.
  @Test func restartsEndInDifferentMinima() throws {
    let x = Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], shape: [4, 2])
    let data = TrainingData(inputs: [x], targets: [Tensor([0, 1, 1, 0] as [Float])])
    let losses = try (0..<20).map { seed in
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.batch = nil
          $0.learningRate = 0.05
          $0.epochs = 500
        })
      let start = net(2, seed: UInt64(seed), scale: 1)
      return try trainer.fit(start, on: data).history.last?.values[0].value ?? 9
    }
    #expect(losses.contains { $0 < 0.05 }, "no restart solved it: \(losses)")
    #expect(losses.contains { $0 > 0.2 }, "no restart was caught: \(losses)")
  }

  /// F24: two threads compute the gradient of one to 1e-6, and the training that follows from it.
  @Test func threadsDoNotChangeTheTraining() throws {
    let data = try rings(4000)
    func fit(_ threads: Int) throws -> [Double] {
      let start = Sequential(key: RandomKey(seed: 4)) {
        Dense(2, 256, activation: .tanh)
        Dense(256, 256, activation: .tanh)
        Dense(256, 1)
      }
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.batch = 1000
          $0.epochs = 1
          $0.threads = threads
        })
      return try trainer.fit(start, on: data).model.parameters.flatMap {
        try $0.tensor.doubles()
      }
    }
    expectClose(try fit(2), try fit(1), absolute: 1e-6, relative: 1e-5)
  }

  /// H11: where classes overlap, a net without restraint is sure of itself and wrong; decay makes it
  /// less sure and better on new events.
  @Test func regularisationTamesConfidence() throws {
    func moons(_ count: Int, _ seed: UInt64) throws -> TrainingData {
      var data = try rings(count, seed: seed)
      let noise = Tensor.normal([count, 2], key: RandomKey(seed: seed + 90)) * 0.5
      data.inputs = [try (data.inputs[0] + noise).detached()]
      return data
    }
    let (training, new) = (try moons(60, 11), try moons(500, 12))
    func fit(_ l2: Double) throws -> (confidence: Double, loss: Double) {
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.batch = nil
          $0.learningRate = 1e-2
          $0.epochs = 1500
          $0.penalty = Penalty(l2: l2)
        })
      let model = try trainer.fit(net(64, seed: 6), on: training).model
      let logits = model(new.inputs[0]).reshaped([new.count])
      let sure = logits.abs().sigmoid().mean()
      let loss = Loss.binaryCrossEntropyFromLogits(logits, new.targets[0])
      return (try sure.scalar(), try loss.scalar())
    }
    let (free, held) = (try fit(0), try fit(3e-3))
    #expect(held.confidence < free.confidence && held.loss < free.loss, "\(free) and \(held)")
  }
}
