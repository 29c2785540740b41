import ApusNeural
import ApusEngine
import ApusEvents
import FoundationEssentials
import Synchronization
import TestSupport
import Testing

@Suite struct TrainerTests {
  private func settings(_ change: (inout TrainingSettings) -> Void = { _ in }) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 5
    settings.batch = 16
    change(&settings)
    return settings
  }

  private func net(seed: UInt64 = 1) -> Sequential {
    Sequential(key: RandomKey(seed: seed)) {
      Dense(2, 8, activation: .relu)
      BatchNorm(8)
      Dropout(0.1)
      Dense(8, 1)
    }
  }

  private func train(_ settings: TrainingSettings, _ data: TrainingData) throws -> Trained<
    Sequential
  > {
    try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(net(), on: data)
  }

  /// Y05, and with a last batch that is smaller: 100 = 6·16 + 4.
  @Test func theSameSeedGivesTheSameBitsAndAnotherSeedDoesNot() throws {
    let data = try rings(100)
    let one = try train(settings(), data), two = try train(settings(), data)
    #expect(try bits(one.model) == bits(two.model))
    #expect(one.history.map { $0.values[0].value } == two.history.map { $0.values[0].value })
    let other = try train(settings { $0.seed = 2 }, data)
    #expect(try bits(one.model) != bits(other.model))
  }

  @Test func theGivenModelStaysAsItIs() throws {
    let model = net()
    let before = try bits(model)
    let trained = try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings()).fit(
      model, on: try rings(64))
    #expect(try bits(model) == before)
    #expect(try bits(trained.model) != before)
  }

  /// One plain step of gradient descent on all events equals the formula, weights included.
  @Test func aStepFollowsTheFormulaWithWeights() throws {
    let data = TrainingData(
      inputs: [Tensor([1, 2, 4] as [Float], shape: [3, 1])],
      targets: [Tensor([1, 0, 1] as [Float])], weights: [1, 2, -0.5])
    let model = Dense(1, 1, bias: false, initialiser: .constant(0.5))
    let result = try Trainer<Dense>(
      .squared,
      settings {
        $0.optimizer = SGD()
        $0.learningRate = 0.1
        $0.batch = nil
        $0.epochs = 1
      }
    ).fit(model, on: data)
    // Σw(wx - y)x·2/Σw with Σw = 2.5
    let parts: [Double] = [1 * (0.5 - 1) * 1, 2 * (1.0 - 0) * 2, -0.5 * (2.0 - 1) * 4]
    let slope = 2 * parts.reduce(0, +) / 2.5
    expectClose(try result.model.weight.doubles(), [0.5 - 0.1 * slope], absolute: 1e-6)
    let loss = (0.25 + 2 - 0.5) / 2.5
    expectClose(result.history[0].values[0].value, loss, absolute: 1e-6)
  }

  @Test func weightsOfOneChangeNothingAndATwoCountsTwiceInTheLoss() throws {
    let data = try rings(48)
    var weighted = data
    weighted.weights = data.weights.map { $0 * 3 }
    #expect(try bits(train(settings(), data).model) == bits(train(settings(), weighted).model))
  }

  @Test func penaltyMaskFreezingClippingAndMaxNormAct() throws {
    let data = try rings(64)
    let model = Sequential(key: RandomKey(seed: 3)) {
      Dense(2, 8, activation: .tanh)
      Dense(8, 1)
    }
    func fit(_ change: (inout TrainingSettings) -> Void) throws -> Sequential {
      try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings(change)).fit(model, on: data)
        .model
    }
    func norm(_ model: Sequential) throws -> Double {
      try model.parameters.filter { TrainingSettings.isWeight($0.path) }
        .reduce(0) { $0 + (try $1.tensor.squared().sum().scalar()) }
    }
    let plain = try fit { _ in }
    let decayed = try fit { $0.penalty = Penalty(l2: 1) }
    #expect(try norm(decayed) < norm(plain))
    let frozen = try fit { $0.isFrozen = { $0.hasPrefix("0.") } }
    #expect(try frozen.parameters[0].tensor.doubles() == model.parameters[0].tensor.doubles())
    #expect(try frozen.parameters[2].tensor.doubles() != model.parameters[2].tensor.doubles())
    let short = try fit { $0.maxNorm = 0.5 }
    for parameter in short.parameters where TrainingSettings.isWeight(parameter.path) {
      #expect(try parameter.tensor.squared().sum(axes: [0]).max().scalar() <= 0.2501)
    }
    let still = try fit {
      $0.optimizer = SGD()
      $0.clipNorm = 1e-6
      $0.epochs = 1
    }
    let moved = try zip(still.parameters, model.parameters).reduce(0.0) {
      $0 + (try ($1.0.tensor - $1.1.tensor).abs().max().scalar())
    }
    #expect(moved > 0 && moved < 1e-7)
    let clipped = try fit {
      $0.optimizer = SGD()
      $0.learningRate = 1
      $0.clipValue = 1e-3
      $0.epochs = 1
      $0.batch = nil
    }
    for (new, old) in zip(clipped.parameters, model.parameters) {
      #expect(try (new.tensor - old.tensor).abs().max().scalar() <= 1.001e-3)
    }
  }

  @Test func twoModelsInTwoTasksHaveTheBitsOfOneAfterTheOther() async throws {
    let data = try rings(96)
    let alone = try (1...2).map { seed in
      try bits(train(settings { $0.seed = UInt64(seed) }, data).model)
    }
    let together = try await withThrowingTaskGroup(of: (Int, [[UInt64]]).self) { group in
      for seed in 1...2 {
        group.addTask {
          (seed - 1, try bits(train(settings { $0.seed = UInt64(seed) }, data).model))
        }
      }
      var found = [[[UInt64]]](repeating: [], count: 2)
      for try await (place, result) in group { found[place] = result }
      return found
    }
    #expect(together == alone)
  }

  @Test func aNaNIsTracedToLayerEpochAndBatch() throws {
    struct Exploding: Layer {
      func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        (x .> 50).select(x * 1e38, x)
      }
    }
    var points = [Float](repeating: 1, count: 64)
    points[37] = 100
    let data = TrainingData(
      inputs: [Tensor(points, shape: [64, 1])], targets: [Tensor([Float](repeating: 0, count: 64))])
    let model = Sequential([
      Dense(1, 1, bias: false, initialiser: .constant(1)), Exploding(), Dense(1, 1),
    ])
    let error = #expect(throws: FitError.self) {
      _ = try Trainer<Sequential>(
        .squared,
        settings {
          $0.shuffle = false
          $0.learningRate = 1e-6
        }
      ).fit(model, on: data)
    }
    let words = error?.message ?? ""
    #expect(words.contains("epoch 1, batch 3 of 4"), "\(words)")
    #expect(words.contains("layer '1'"), "\(words)")
  }

  @Test func divergenceNamesTheParameter() throws {
    let data = try rings(64)
    let model = Sequential(key: RandomKey(seed: 1)) {
      Dense(2, 4); Dense(4, 1)
    }
    let error = #expect(throws: FitError.self) {
      _ = try Trainer<Sequential>(
        .squared,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 1e20
        }
      ).fit(model, on: data)
    }
    #expect(error?.message.contains("smaller learning rate") == true)
  }

  @Test func unusableWeightsAreRefused() throws {
    var data = try rings(10)
    data.weights = data.weights.map { _ in 0 }
    let error = #expect(throws: FitError.self) { _ = try train(settings(), data) }
    #expect(error?.message.contains("positive sum of weights") == true)
  }

  /// B08: going on with a fifth of new events does not lose what was learned.
  @Test func trainingGoesOnWithNewEvents() throws {
    let old = try rings(200), more = try rings(40, seed: 6)
    let trainer = Trainer<Sequential>(
      .binaryCrossEntropyFromLogits,
      settings {
        $0.epochs = 60
        $0.learningRate = 1e-2
      })
    let first = try trainer.fit(net(), on: old)
    let second = try trainer.fit(first.model, on: more, memory: first.memory)
    let test = try rings(200, seed: 7)
    #expect(try accuracy(second.model, test) >= accuracy(first.model, test) - 0.01)
  }

  /// B06, F23: the gradient of batches scatters around that of all events as 1/B.
  @Test func theGradientNoiseFallsAsOneOverTheBatch() throws {
    let data = try rings(512)
    let model = Dense(2, 1, key: RandomKey(seed: 2))
    let graph = StepGraph(
      model: model, data: data,
      objective: Trainer<Dense>(.binaryCrossEntropyFromLogits).objective,
      settings: TrainingSettings())
    func noise(_ batch: Int) throws -> Double {
      var (sum, squares) = (0.0, 0.0)
      for number in 0..<200 {
        let order = epochOrder(count: 512, epoch: number, seed: 9, shuffled: true)
        let loss = graph.batchLoss(
          model, Tensor(Array(order.prefix(batch))), .inference, batch: batch)
        let slope = try gradient(of: loss, withRespectTo: model.weight).doubles()[0]
        sum += slope
        squares += slope * slope
      }
      return squares / 200 - (sum / 200) * (sum / 200)
    }
    let ratio = try noise(4) / noise(64)
    // 16, less the finite sample: (1 - 4/512)/(1 - 64/512) more, and 10 % statistics each.
    #expect(ratio > 11 && ratio < 29, "\(ratio)")
  }

  @Test func balancedWeightsGiveClassesEqualSums() {
    let weights = balancedWeights([1, 2, 3, 6], labels: [0, 0, 0, 1], classes: 2)
    #expect(weights == [1, 2, 3, 6])
    #expect(balancedWeights([1, 1, 2], labels: [0, 0, 1], classes: 2) == [1, 1, 2])
    #expect(balancedWeights([1, 1, 6], labels: [0, 0, 1], classes: 2) == [2, 2, 4])
    #expect(balancedWeights([1, -1], labels: [0, 1], classes: 2) == [1, -1])
  }

  @Test func anEpochVisitsEveryEventOnceInAnOrderOfItsOwn() {
    let one = epochOrder(count: 1000, epoch: 0, seed: 1, shuffled: true)
    let two = epochOrder(count: 1000, epoch: 1, seed: 1, shuffled: true)
    #expect(one.sorted() == (0..<1000).map { Int32($0) })
    #expect(one != two)
    #expect(one == epochOrder(count: 1000, epoch: 0, seed: 1, shuffled: true))
    #expect(epochOrder(count: 3, epoch: 5, seed: 1, shuffled: false) == [0, 1, 2])
  }
}
