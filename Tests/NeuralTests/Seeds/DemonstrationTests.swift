import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// What the lectures say that a loss, a layer, a penalty or a schedule does to training: A06, C05, C15, C16, D15, E01, F15, H03.
@Suite struct DemonstrationTests {
  private func settings(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batch = nil
    settings.restoresBest = false
    change(&settings)
    return settings
  }

  /// A line y = 2x - 1 in [0, 1]; every tenth event lies far above it.
  private func outliers() throws -> TrainingData {
    let x = Tensor.iota([200, 1], dtype: .float64) / 200
    let noise = Tensor.normal([200], key: RandomKey(seed: 1), dtype: .float64) * 0.05
    let far = Tensor.uniform([200], key: RandomKey(seed: 2), dtype: .float64) .< 0.1
    let y = x.reshaped([200]) * 2 - 1 + noise + far.cast(to: .float64) * 10
    return TrainingData(inputs: [try x.detached()], targets: [try y.detached()])
  }

  /// E01: the absolute error gives the line of the median, which outliers hardly move; squares follow them.
  @Test func absoluteErrorIgnoresOutliersAndSquaresFollowThem() throws {
    func distance(_ loss: Loss) throws -> Double {
      let trainer = Trainer<Dense>(
        loss,
        settings {
          $0.epochs = 1500
          $0.learningRate = 0.02
          $0.schedule = .cosine(floor: 0)
        })
      let model = Dense(1, 1, initialiser: .constant(0), dtype: .float64)
      let line = try trainer.fit(model, on: outliers()).model
      let x = Tensor.iota([11, 1], dtype: .float64) / 10
      return try (line(x) - (x * 2 - 1)).abs().max().scalar()
    }
    let (absolute, squared) = (try distance(.absolute), try distance(.squared))
    #expect(absolute < 0.1, "\(absolute)")
    #expect(squared > 0.5, "\(squared)")
  }

  private func noisyRings(_ count: Int, _ seed: UInt64) throws -> TrainingData {
    var data = try rings(count, seed: seed)
    let flips = Tensor.uniform([count], key: RandomKey(seed: seed + 50)) .< 0.2
    data.targets = [try flips.select(1 - data.targets[0], data.targets[0]).detached()]
    return data
  }

  /// C16: on fifty noisy events, dropping half of the nodes leaves less of the gap between training and validation.
  @Test func dropoutShrinksTheGapBetweenTrainingAndValidation() throws {
    let training = try noisyRings(50, 1), validation = try noisyRings(400, 2)
    func gap(_ rate: Double) throws -> Double {
      let net = Sequential(key: RandomKey(seed: 5)) {
        Dense(2, 64, activation: .tanh)
        Dropout(rate)
        Dense(64, 64, activation: .tanh)
        Dropout(rate)
        Dense(64, 1)
      }
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 400
          $0.learningRate = 1e-2
        })
      let trained = try trainer.fit(net, on: training, validation: validation)
      func loss(_ data: TrainingData) throws -> Double {
        let output = trained.model(data.inputs[0], .inference).reshaped([data.count])
        return try Loss.binaryCrossEntropyFromLogits(output, data.targets[0]).scalar()
      }
      return try loss(validation) - loss(training)
    }
    let (without, with) = (try gap(0), try gap(0.5))
    #expect(without > 0.5 && with < 0.7 * without, "\(without) and \(with)")
  }

  /// C15, H10: eight layers of sigmoids learn nothing in the epochs in which normalised ones have learned.
  @Test func batchNormalisationLetsADeepNetLearn() throws {
    let data = try rings(400)
    func loss(_ isNormalised: Bool) throws -> Double {
      var layers: [any Layer] = []
      for k in 0..<8 {
        layers.append(Dense(k == 0 ? 2 : 24, 24))
        if isNormalised { layers.append(BatchNorm(24)) }
        layers.append(Activated(.sigmoid))
      }
      layers.append(Dense(24, 1))
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 60
          $0.batch = 50
          $0.learningRate = 1e-2
        })
      let net = Sequential(layers).initialised(RandomKey(seed: 6))
      return try trainer.fit(net, on: data).history.map { $0.values[0].value }.min() ?? 9
    }
    let (plain, normalised) = (try loss(false), try loss(true))
    #expect(normalised < 0.2 && plain > 0.5, "\(plain) and \(normalised)")
  }

  /// D15: what is left of the gradient in the first layer, by depth.
  @Test func theGradientOfTheFirstLayerByDepthAndActivation() throws {
    func size(_ activation: Activation, _ depth: Int) throws -> Double {
      var layers: [any Layer] = []
      for _ in 0..<depth { layers.append(Dense(32, 32, activation: activation)) }
      let net = Sequential(layers).initialised(RandomKey(seed: 6))
      let y = net(Tensor.normal([64, 32], key: RandomKey(seed: 7))).sum()
      let slope = gradient(of: y, withRespectTo: net.parameters[0].tensor)
      return try slope.squared().sum().scalar().squareRoot()
    }
    for (activation, least, most) in [
      (Activation.sigmoid, 0.0, 1e-6), (.tanh, 1e-3, 10), (.relu, 1e-3, 100), (.selu, 1e-3, 100),
    ] {
      let sizes = try [1, 5, 10, 20].map { try size(activation, $0) }
      let left = sizes[3] / sizes[0]
      #expect(left >= least && left <= most, "\(activation): \(sizes)")
      if most < 1 { #expect(sizes == sizes.sorted(by: >), "\(activation): \(sizes)") }
    }
  }

  /// H03: all weights shrink as the strength of an Lp penalty grows, whatever p is.
  @Test(arguments: [0.5, 1, 2, 4]) func weightsShrinkAlongThePathOfAPenalty(power: Double) throws {
    let x = try Tensor.normal([200, 4], key: RandomKey(seed: 3)).detached()
    let slopes = Tensor([2, -1, 0.5, 0.25] as [Float])
    let data = TrainingData(inputs: [x], targets: [try (x * slopes).sum(axes: [1]).detached()])
    func length(_ strength: Double) throws -> Double {
      let trainer = Trainer<Dense>(
        .squared,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 0.01
          $0.epochs = 800
          $0.penalty = Penalty(lp: strength, power: power)
        })
      let model = try trainer.fit(Dense(4, 1, initialiser: .constant(0.1)), on: data).model
      return try model.weight.abs().sum().scalar()
    }
    let lengths = try [0, 0.03, 0.1, 0.3].map { try length($0) }
    #expect(zip(lengths, lengths.dropFirst()).allSatisfy { $0 > $1 + 1e-3 }, "\(lengths)")
  }

  /// F15: a rate that falls in steps ends nearer to the minimum than the constant rate that it starts from.
  @Test func stepsEndNearerToTheMinimumThanAConstantRate() throws {
    let x = try Tensor.normal([500, 3], key: RandomKey(seed: 3)).detached()
    let noise = Tensor.normal([500], key: RandomKey(seed: 4))
    let y = (x * Tensor([1, -2, 0.5] as [Float])).sum(axes: [1]) + noise
    let data = TrainingData(inputs: [x], targets: [try y.detached()])
    func loss(_ schedule: Schedule) throws -> Double {
      let trainer = Trainer<Dense>(
        .squared,
        settings {
          $0.optimizer = SGD()
          $0.learningRate = 0.1
          $0.batch = 5
          $0.epochs = 30
          $0.schedule = schedule
        })
      let model = try trainer.fit(Dense(3, 1), on: data).model
      return try Loss.squared(model(x).reshaped([500]), data.targets[0]).scalar()
    }
    let least = try loss(.step(every: 3, factor: 0.4))
    #expect(try loss(.constant) > least + 0.01)
    #expect(try loss(.step(every: 8, factor: 0.2)) < least + 0.01)
  }

  /// C05: without hidden layers, three classes around three points are told apart as well as the nearest point does.
  @Test func softmaxRegressionTellsThreeCloudsApart() throws {
    let centers = Tensor([2, 0, -1, 1.7, -1, -1.7] as [Float], shape: [3, 2])
    let label = Tensor.iota([600]).modulo(3)
    let isClass = (0..<3).map { (label .== Tensor(Double($0))).cast(to: .float32).expanded(at: 1) }
    let hot = try Tensor.concatenate(isClass, axis: 1).detached()
    let x = try (hot.matmul(centers) + Tensor.normal([600, 2], key: RandomKey(seed: 9)) * 0.8)
      .detached()
    let trainer = Trainer<Dense>(.crossEntropyFromLogits, settings { $0.epochs = 60 })
    let data = TrainingData(inputs: [x], targets: [hot])
    let model = try trainer.fit(Dense(2, 3, initialiser: .constant(0)), with: LBFGS(), on: data)
      .model
    // Equal clouds: the best decision is the nearest center, x·c - c²/2.
    let best = x.matmul(centers.transposed()) - centers.squared().sum(axes: [1]) / 2
    func share(_ scores: Tensor) throws -> Double {
      let own = (scores * hot).sum(axes: [1])
      return try (own .>= scores.max(axes: [1])).cast(to: .float64).mean().scalar()
    }
    #expect(try share(model(x)) > share(best) - 0.01)
    #expect(try share(best) > 0.9)
  }
}
