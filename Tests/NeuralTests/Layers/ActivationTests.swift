import ApusNeural
import ApusEngine
import ApusEvents
import TestSupport
import Testing

@Suite struct ActivationTests {
  /// Names in `Tests/Golden/activations.json` and ours.
  static let pairs: [(String, Activation)] = [
    ("identity", .linear), ("sigmoid", .sigmoid), ("tanh", .tanh), ("relu", .relu),
    ("leaky_relu", .leakyReLU(slope: 0.01)), ("elu", .elu(alpha: 1)), ("selu", .selu),
    ("softplus", .softplus), ("gelu", .gelu), ("silu", .silu), ("atan", .arctan),
    ("shifted_relu", .shiftedReLU),
  ]

  @Test(arguments: pairs.indices)
  func valuesAndDerivativesEqualPyTorch(number: Int) throws {
    let (name, function) = Self.pairs[number]
    let golden = try loadGolden("activations.json")
    for part in ["grid", "far"] {
      let x = tensor(golden.at(part))
      let expected = golden.at("cases", name, part)
      let y = function(x)
      let slope = gradient(of: y.sum(), withRespectTo: x)
      expectClose(
        try y.doubles(), expected.at("value").flat, absolute: 1e-13, relative: 1e-13,
        "\(name) \(part)")
      expectClose(
        try slope.doubles(), expected.at("derivative").flat, absolute: 1e-13, relative: 1e-12,
        "\(name)' \(part)")
    }
  }

  @Test func preluEqualsPyTorchAndItsSlopeLearns() throws {
    let golden = try loadGolden("activations.json")
    let x = tensor(golden.at("grid"))
    let layer = PReLU(dtype: .float64)
    let y = layer(x)
    expectClose(try y.doubles(), golden.at("cases", "prelu", "grid", "value").flat)
    let slope = try gradient(of: y.sum(), withRespectTo: layer.slope).doubles()
    expectClose(slope, [golden.at("grid").flat.filter { $0 <= 0 }.reduce(0, +)])
  }

  @Test func softmaxSumsToOneIsShiftInvariantAndNeverOverflows() throws {
    let golden = try loadGolden("activations.json").at("rows")
    let x = tensor(golden.at("input"))
    for (name, function) in [("softmax", Activation.softmax), ("log_softmax", .logSoftmax)] {
      let y = function(x)
      expectClose(try y.doubles(), golden.at(name, "value").flat, absolute: 1e-12, name)
      let slope = gradient(of: (y * tensor(golden.at("upstream"))).sum(), withRespectTo: x)
      expectClose(try slope.doubles(), golden.at(name, "gradient").flat, absolute: 1e-12, name)
    }
    let far = Tensor([10_000, 0, -10_000] as [Double], shape: [1, 3])
    expectClose(try Activation.softmax(far).doubles(), [1, 0, 0])
    expectClose(try Activation.softmax(x).sum(axes: [1]).doubles(), [1, 1, 1, 1])
    expectClose(
      try Activation.softmax(x + 7).doubles(), try Activation.softmax(x).doubles(), absolute: 1e-12)
  }

  @Test func theStepHasNoGradientAndTheIdentitiesOfTheSigmoidHold() throws {
    let x = Tensor([-2, -0.5, 0, 0.5, 2] as [Double])
    #expect(try Activation.step(x).doubles() == [0, 0, 1, 1, 1])
    #expect(
      try gradient(of: Activation.step(x).sum(), withRespectTo: x).doubles() == [0, 0, 0, 0, 0])
    let s = x.sigmoid()
    expectClose(try (s + (-x).sigmoid()).doubles(), [1, 1, 1, 1, 1])
    expectClose(try (s * 2).doubles(), try ((x * 0.5).tanh() + 1).doubles())
    expectClose(try (((x * 2).sigmoid()) * 2 - 1).doubles(), try x.tanh().doubles())
  }

  @Test func softplusHasSlopeOneHalfAtZero() throws {
    let x = Tensor([0, 800, -800] as [Double])
    let slope = gradient(of: Activation.softplus(x).sum(), withRespectTo: x)
    expectClose(try slope.doubles(), [0.5, 1, 0])
  }

  @Test func seluKeepsMeanAndVarianceThroughFiftyLayers() throws {
    var layers: [any Layer] = []
    for _ in 0..<50 { layers.append(Dense(100, 100, activation: .selu)) }
    let net = Sequential(layers).initialised(RandomKey(seed: 4))
    let y = net(Tensor.normal([256, 100], key: RandomKey(seed: 5)))
    #expect(abs(try y.mean().scalar()) < 0.2)
    #expect(abs(try y.variance().scalar() - 1) < 0.5)
  }

  /// D06, D15, F21: the gradient at the first of 20 layers.
  @Test func sigmoidsLoseTheGradientAndReLUKeepsIt() throws {
    func firstGradient(_ activation: Activation) throws -> Double {
      var layers: [any Layer] = []
      for _ in 0..<20 { layers.append(Dense(32, 32, activation: activation)) }
      let net = Sequential(layers).initialised(RandomKey(seed: 6))
      let y = net(Tensor.normal([16, 32], key: RandomKey(seed: 7))).sum()
      let slope = gradient(of: y, withRespectTo: net.parameters[0].tensor)
      return try slope.squared().sum().scalar().squareRoot()
    }
    #expect(try firstGradient(.relu) > 1000 * firstGradient(.sigmoid))
  }

  @Test func aStackOfLinearLayersIsOneLinearLayer() throws {
    let net = Sequential(key: RandomKey(seed: 8)) {
      Dense(4, 5, dtype: .float64)
      Dense(5, 2, dtype: .float64)
    }
    let p = net.parameters.map(\.tensor)
    let x = Tensor.normal([3, 4], key: RandomKey(seed: 9), dtype: .float64)
    expectClose(
      try net(x).doubles(),
      try (x.matmul(p[0].matmul(p[2])) + p[1].expanded(at: 0).matmul(p[2]) + p[3]).doubles(),
      absolute: 1e-12)
  }
}
