import ApusEngine
import ApusNeural
import TestSupport
import Testing

/// The single neuron, as the lectures build it up: C01, C02, C03, C06, A15.
@Suite struct NeuronTests {
  private let pairs = Tensor([0, 0, 0, 1, 1, 0, 1, 1] as [Float], shape: [4, 2])

  /// A threshold unit of McCulloch and Pitts: weights by hand, a step as activation.
  private func unit(_ weights: [Float], threshold: Float) -> Dense {
    var neuron = Dense(weights.count, 1, activation: .step)
    neuron.weight = Tensor(weights, shape: [weights.count, 1])
    neuron.bias = Tensor([-threshold])
    return neuron
  }

  @Test func thresholdUnitsComputeAndOrNot() throws {
    #expect(try unit([1, 1], threshold: 1.5)(pairs).doubles() == [0, 0, 0, 1])
    #expect(try unit([1, 1], threshold: 0.5)(pairs).doubles() == [0, 1, 1, 1])
    let not = unit([-1], threshold: -0.5)(Tensor([0, 1] as [Float], shape: [2, 1]))
    #expect(try not.doubles() == [1, 0])
  }

  @Test func aNeuronIsAFunctionOfAWeightedSum() throws {
    var neuron = Dense(3, 1, activation: .sigmoid, dtype: .float64)
    neuron.weight = Tensor([0.5, -1, 2] as [Double], shape: [3, 1])
    neuron.bias = Tensor([0.1] as [Double])
    let y = try neuron(Tensor([1, 2, 3] as [Double], shape: [1, 3])).scalar()
    // 0.5 - 2 + 6 + 0.1 = 4.6
    expectClose(y, 1 / (1 + 0.010051835744633586), absolute: 1e-14)
  }

  /// Rosenblatt's rule: w ← w + (t - y)x for each point that is on the wrong side.
  private func perceptron(
    _ points: [(x: [Double], label: Double)], passes: Int
  ) -> (updates: Int, right: Int) {
    var (w, updates) = ([Double](repeating: 0, count: points[0].x.count), 0)
    func isRight(_ p: (x: [Double], label: Double)) -> Bool {
      (zip(w, p.x).reduce(0) { $0 + $1.0 * $1.1 } > 0) == (p.label == 1)
    }
    for _ in 0..<passes {
      for point in points where !isRight(point) {
        for i in w.indices { w[i] += (2 * point.label - 1) * point.x[i] }
        updates += 1
      }
    }
    return (updates, points.count(where: isRight))
  }

  /// C02: at most (R/γ)² updates, with the margin γ of a unit vector that parts the points.
  @Test func thePerceptronRuleSeparatesInAFiniteNumberOfUpdates() throws {
    let numbers = try Tensor.normal([200, 2], key: RandomKey(seed: 3), dtype: .float64)
      .scalars(as: Double.self)
    let direction = [0.6, 0.8]
    var points: [(x: [Double], label: Double)] = []
    for i in 0..<100 {
      let x = [numbers[2 * i], numbers[2 * i + 1]]
      let side = x[0] * direction[0] + x[1] * direction[1]
      if abs(side) > 0.3 { points.append((x, side > 0 ? 1 : 0)) }
    }
    let largest = points.map { $0.x[0] * $0.x[0] + $0.x[1] * $0.x[1] }.max() ?? 0
    let result = perceptron(points, passes: 100)
    #expect(result.right == points.count)
    #expect(Double(result.updates) <= largest / (0.3 * 0.3))
  }

  /// A15: one neuron gets at most three of XOR's four points; a hidden layer gets all.
  @Test func aPerceptronCannotLearnXORAndAHiddenLayerCan() throws {
    let points = [([1.0, 0, 0], 0.0), ([1, 0, 1], 1), ([1, 1, 0], 1), ([1, 1, 1], 0)]
    #expect(perceptron(points.map { ($0.0, $0.1) }, passes: 1000).right <= 3)
    let data = TrainingData(inputs: [pairs], targets: [Tensor([0, 1, 1, 0] as [Float])])
    var settings = TrainingSettings()
    settings.batch = nil
    settings.epochs = 500
    settings.learningRate = 0.05
    let single = try Trainer<Dense>(.binaryCrossEntropyFromLogits, settings).fit(
      Dense(2, 1, key: RandomKey(seed: 1)), on: data)
    #expect(try accuracy(single.model, data) <= 0.75)
    let net = Sequential(key: RandomKey(seed: 2)) {
      Dense(2, 2, activation: .tanh)
      Dense(2, 1)
    }
    let two = try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(net, on: data)
    #expect(try accuracy(two.model, data) == 1)
  }

  /// C13: the rule of the lectures, δ_k = (y_k - t_k)y_k(1 - y_k), δ_j = z_j(1 - z_j)Σ_k w_kj δ_k, dE/dw_ji = δ_j x_i.
  @Test func backpropagationByHandEqualsAutomaticGradients() throws {
    let net = Sequential(key: RandomKey(seed: 3)) {
      Dense(3, 4, activation: .sigmoid, dtype: .float64)
      Dense(4, 2, activation: .sigmoid, dtype: .float64)
    }
    let x = [0.3, -1.2, 0.8], t = [1.0, 0.0]
    let output = net(Tensor(x, shape: [1, 3]))
    let loss = (output - Tensor(t, shape: [1, 2])).squared().sum() * 0.5
    let parameters = net.parameters.map(\.tensor)
    let found = try gradients(of: loss, withRespectTo: parameters).map { try $0.doubles() }
    let w1 = try parameters[0].doubles(), w2 = try parameters[2].doubles()
    func squash(_ sum: Double) throws -> Double {
      try Tensor(sum, dtype: .float64).sigmoid().scalar()
    }
    var z = [Double](repeating: 0, count: 4), y = [0.0, 0.0]
    for j in 0..<4 {
      for i in 0..<3 { z[j] += x[i] * w1[i * 4 + j] }
      z[j] = try squash(z[j])
    }
    for k in 0..<2 {
      for j in 0..<4 { y[k] += z[j] * w2[j * 2 + k] }
      y[k] = try squash(y[k])
    }
    let deltaK = (0..<2).map { k in (y[k] - t[k]) * y[k] * (1 - y[k]) }
    let deltaJ = (0..<4).map { j in
      let back: Double = w2[j * 2] * deltaK[0] + w2[j * 2 + 1] * deltaK[1]
      return z[j] * (1 - z[j]) * back
    }
    expectClose(found[0], (0..<3).flatMap { i in deltaJ.map { $0 * x[i] } }, absolute: 1e-10)
    expectClose(found[1], deltaJ, absolute: 1e-10)
    expectClose(found[2], (0..<4).flatMap { j in deltaK.map { $0 * z[j] } }, absolute: 1e-10)
    expectClose(found[3], deltaK, absolute: 1e-10)
  }
}
