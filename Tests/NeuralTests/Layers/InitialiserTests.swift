import ApusNeural
import ApusEngine
import TestSupport
import Testing

@Suite struct InitialiserTests {
  static let variances: [(Initialiser, Double)] = [
    (.glorotNormal, 2.0 / 300), (.glorotUniform, 2.0 / 300), (.heNormal, 2.0 / 200),
    (.heUniform, 2.0 / 200), (.lecunNormal, 1.0 / 200), (.lecunUniform, 1.0 / 200),
    (.normal(0.3), 0.09),
  ]

  @Test(arguments: variances)
  func weightsHaveTheVarianceOfTheirFormula(initialiser: Initialiser, variance: Double) throws {
    let w = initialiser.weights(
      inputs: 200, outputs: 100, key: RandomKey(seed: 1), dtype: .float64)
    // 20,000 numbers: the variance is known to 1 % (normal) or 0.6 % (uniform).
    #expect(abs(try w.variance().scalar() / variance - 1) < 0.04)
    #expect(abs(try w.mean().scalar()) < 4 * (variance / 20_000).squareRoot())
  }

  @Test(arguments: [(6, 4), (4, 6), (5, 5)])
  func orthogonalWeightsAreOrthogonal(inputs: Int, outputs: Int) throws {
    let w = Initialiser.orthogonal(gain: 1).weights(
      inputs: inputs, outputs: outputs, key: RandomKey(seed: 1), dtype: .float64)
    let product = inputs >= outputs ? w.transposed().matmul(w) : w.matmul(w.transposed())
    let size = min(inputs, outputs)
    expectClose(
      try product.doubles(), try Tensor.identity(size, dtype: .float64).doubles(), absolute: 1e-14)
  }

  @Test func activationsKeepTheirSizeThroughTwentyLayers() throws {
    for (activation, initialiser) in [
      (Activation.relu, Initialiser.heNormal), (.linear, .glorotNormal), (.linear, .lecunUniform),
    ] {
      var layers: [any Layer] = []
      for _ in 0..<20 {
        layers.append(Dense(200, 200, activation: activation, initialiser: initialiser))
      }
      let net = Sequential(layers).initialised(RandomKey(seed: 2))
      let x = Tensor.normal([100, 200], key: RandomKey(seed: 3))
      let size = try net(x).squared().mean().scalar() / x.squared().mean().scalar()
      #expect(size > 0.4 && size < 2.1, "\(initialiser): \(size)")
    }
  }

  @Test func constantAndKeysAreWhatTheySay() throws {
    let key = RandomKey(seed: 1)
    #expect(
      try Initialiser.constant(0.5).weights(inputs: 1, outputs: 2, key: key).doubles() == [
        0.5, 0.5,
      ])
    let one = try Sequential(key: key) {
      Dense(3, 3); Dense(3, 3)
    }.parameters.map { try $0.tensor.doubles() }
    let two = try Sequential(key: key) {
      Dense(3, 3); Dense(3, 3)
    }.parameters.map { try $0.tensor.doubles() }
    #expect(one == two)
    #expect(one[0] != one[2], "layers of one size start differently")
  }
}
