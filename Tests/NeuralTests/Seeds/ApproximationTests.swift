import ApusEngine
import ApusEvents
import ApusNeural
import TestSupport
import Testing

/// What networks can represent, with one hidden layer and with several: A11, A12.
@Suite struct ApproximationTests {
  private func settings(_ change: (inout TrainingSettings) -> Void) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.batch = nil
    change(&settings)
    return settings
  }

  /// A11: one hidden layer of sigmoids and a linear output approximate |x|, sin and a step on [-1, 1]: the largest
  /// error falls with every doubling from 2 to 64 units, to less than 0.01.
  ///
  /// The units are spread evenly, with slopes in proportion to their number, and stay; the output is fitted. Of the
  /// step, the points within 0.04 are left out: no continuous function is near both of its sides there.
  @Test(arguments: ["|x|", "sin", "step"])
  func everyDoublingOfUnitsFitsAFunctionBetter(name: String) throws {
    let all = try (Tensor.iota([200, 1], dtype: .float64) / 99.5 - 1).doubles()
    let points = name == "step" ? all.filter { abs($0) > 0.04 } : all
    let x = Tensor(points, shape: [points.count, 1])
    let function: Tensor =
      name == "|x|"
      ? x.abs() : name == "sin" ? (x * 6).sin() : (x .> 0).cast(to: .float64)
    func error(_ units: Int) throws -> Double {
      var net = Sequential([
        Dense(
          1, units, activation: .sigmoid, initialiser: .constant(2 * Double(units)), dtype: .float64
        ),
        Dense(units, 1, initialiser: .constant(0), dtype: .float64),
      ])
      let centers = (Tensor.iota([units], dtype: .float64) + 0.5) / Double(units) * 2 - 1
      var tensors = net.parameters.map(\.tensor)
      tensors[1] = try (centers * (-2 * Double(units))).detached()
      net.setParameters(tensors)
      let data = TrainingData(
        inputs: [x], targets: [try function.reshaped([points.count]).detached()])
      let trainer = Trainer<Sequential>(
        .squared,
        settings {
          $0.epochs = 4
          $0.isFrozen = { $0.hasPrefix("0.") }
        })
      let trained = try trainer.fit(net, with: Newton(), on: data).model
      #expect(trained.parameterCount == 3 * units + 1)
      return try (trained(x) - function).abs().max().scalar()
    }
    let errors = try [2, 4, 8, 16, 32, 64].map(error)
    #expect(zip(errors, errors.dropFirst()).allSatisfy { $1 < $0 }, "\(name): \(errors)")
    #expect(errors[5] < 0.01, "\(name): \(errors)")
  }

  /// A11: trained from random weights, one hidden layer fits |x|, sin and a smooth step better with more units.
  @Test func moreHiddenUnitsFitAFunctionBetter() throws {
    let x = (Tensor.iota([200, 1], dtype: .float64) / 99.5 - 1)
    for (name, function) in [
      ("|x|", x.abs()), ("sin", (x * 3).sin()), ("step", (x * 5).erf()),
    ] {
      // The best of three starts: one alone may end in a poor minimum, which rounding decides.
      func error(_ units: Int, seed: UInt64) throws -> Double {
        let net = Sequential(key: RandomKey(seed: seed)) {
          Dense(1, units, activation: .tanh, initialiser: .normal(3))
          Dense(units, 1)
        }
        let data = TrainingData(inputs: [x], targets: [function.reshaped([200])])
        let trainer = Trainer<Sequential>(.squared, settings { $0.epochs = 400 })
        let result = try trainer.fit(net, with: LBFGS(memory: 20, tolerance: 1e-9), on: data)
        return try (result.model.cast(to: .float64)(x) - function).abs().max().scalar()
      }
      let errors = try [2, 8, 32].map { units in
        try [1, 2, 3].map { try error(units, seed: $0) }.min() ?? 9
      }
      #expect(errors[1] < errors[0] && errors[2] < max(errors[1], 1e-3), "\(name): \(errors)")
      #expect(errors[2] < 0.02, "\(name): \(errors)")
    }
  }

  /// A12: whether an integer from 0 to 31 is odd. Five layers of two rectified units (31 weights) say so for all, since each
  /// folds the interval in two (Telgarsky, arXiv:1602.04485). One layer of 24 (73 weights) can't: its output has 25 straight
  /// pieces and so changes its sign at most 25 times, which is right for at most (32 + 26)/2 = 29 of them.
  @Test func depthTakesFewerWeightsThanWidthForParity() throws {
    let x = Tensor((0..<32).map { Float($0) / 32 }, shape: [32, 1])
    let data = TrainingData(inputs: [x], targets: [Tensor((0..<32).map { Float($0 % 2) })])
    var deep = Sequential(
      (0..<5).map { Dense($0 == 0 ? 1 : 2, 2, activation: .relu) } + [Dense(2, 1)])
    // Behind the first layer stands the tent 2r(x) - 4r(x - ½), which goes from 0 to 1 and back.
    let tent: [Float] = [2, 2, -4, -4]
    let shift: [Float] = [0, -0.5]
    var tensors = [Tensor([1, 1] as [Float], shape: [1, 2]), Tensor(shift)]
    for _ in 1..<5 { tensors += [Tensor(tent, shape: [2, 2]), Tensor(shift)] }
    tensors += [Tensor([20, -40] as [Float], shape: [2, 1]), Tensor([-5] as [Float])]
    deep.setParameters(tensors)
    #expect(deep.parameterCount == 31)
    #expect(try accuracy(deep, data) == 1)
    // Its output layer learned from nothing says the same.
    tensors[10] = Tensor.zeros([2, 1])
    tensors[11] = Tensor.zeros([1])
    deep.setParameters(tensors)
    let trainer = Trainer<Sequential>(
      .binaryCrossEntropyFromLogits,
      settings {
        $0.epochs = 50
        $0.isFrozen = { !$0.hasPrefix("5.") }
      })
    #expect(try accuracy(try trainer.fit(deep, with: LBFGS(), on: data).model, data) == 1)
    for seed in 1...3 {
      let net = Sequential(key: RandomKey(seed: UInt64(seed))) {
        Dense(1, 24, activation: .relu, initialiser: .normal(3))
        Dense(24, 1)
      }
      #expect(net.parameterCount == 73)
      let shallow = try Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 2000
          $0.learningRate = 1e-2
        }
      ).fit(net, on: data).model
      #expect(try accuracy(shallow, data) <= 29.0 / 32)
    }
  }

  /// A12: rings inside rings; two hidden layers of 12 do what one of 12 can't.
  @Test func depthHelpsWhereWidthIsShort() throws {
    let data = try rings(400)
    func loss(_ hidden: [Int]) throws -> Double {
      let sizes = [2] + hidden
      let net = Sequential(key: RandomKey(seed: 4)) {
        for (inputs, outputs) in zip(sizes, sizes.dropFirst()) {
          Dense(inputs, outputs, activation: .tanh)
        }
        Dense(sizes[sizes.count - 1], 1)
      }
      // A checkerboard of two times two cells in each coordinate.
      let checks = (data.inputs[0] * 3).floor().sum(axes: [1]).modulo(2)
      let board = TrainingData(inputs: data.inputs, targets: [try checks.detached()])
      let trainer = Trainer<Sequential>(
        .binaryCrossEntropyFromLogits,
        settings {
          $0.epochs = 400
          $0.batch = 50
          $0.learningRate = 1e-2
        })
      return try trainer.fit(net, on: board).history.map { $0.values[0].value }.min() ?? 9
    }
    // 30 units in one layer have 121 parameters, 8 and 8 have 105.
    #expect(try loss([8, 8]) < loss([30]))
  }
}
