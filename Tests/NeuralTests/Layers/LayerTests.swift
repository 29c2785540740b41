import ApusNeural
import ApusEngine
import ApusEvents
import TestSupport
import Testing

@Suite struct LayerTests {
  @Test func everyLayerHasItsGradientsAndNoForgottenTensor() throws {
    let key = RandomKey(seed: 1)
    try checkLayer(Dense(4, 3, activation: .tanh, key: key), input: [5, 4])
    try checkLayer(Dense(4, 3, bias: false, key: key), input: [5, 2, 4])
    try checkLayer(PReLU(), input: [5, 4])
    try checkLayer(PReLU(features: 4), input: [5, 4])
    try checkLayer(BatchNorm(4), input: [5, 4], training: true)
    try checkLayer(BatchNorm(4), input: [5, 4])
    try checkLayer(LayerNorm(4), input: [5, 4])
    try checkLayer(Flatten(), input: [5, 2, 3])
    try checkLayer(Reshape([3, 2]), input: [5, 6])
    try checkLayer(Activated(.softplus), input: [5, 4])
    try checkLayer(Dropout(0.5), input: [5, 4], training: true)
    try checkLayer(
      Residual(shortcut: Dense(4, 3)) {
        Dense(4, 6, activation: .sigmoid)
        Dense(6, 3)
      }, input: [5, 4])
    try checkLayer(
      Sequential(key: key) {
        Dense(4, 3, activation: .sigmoid)
        BatchNorm(3)
        Residual { Dense(3, 3, activation: .tanh) }
      }, input: [5, 4], training: true)
  }

  @Test func aForgottenTensorIsFound() {
    struct Forgetful: Layer {
      var seen = Tensor.ones([2]), forgotten = Tensor.ones([2])
      func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { x * seen * forgotten }
      mutating func forEachParameter(_ path: String, _ body: (String, inout Tensor) throws -> Void)
        rethrows
      { try body(path + "seen", &seen) }
    }
    let layer = Sequential([Forgetful()])
    #expect(storedTensors(layer).count == 2)
    #expect(layer.parameters.count == 1)
  }

  @Test func layersEqualPyTorch() throws {
    let golden = try loadGolden("layers.json")
    let dense = golden.at("cases", "dense")
    var layer = Dense(4, 3, dtype: .float64)
    layer.weight = tensor(dense.at("inputs", "weight"))
    layer.bias = tensor(dense.at("inputs", "bias"))
    try compare(layer, dense, names: ["weight": "weight", "bias": "bias"], training: false)
    var norm = LayerNorm(4, dtype: .float64)
    let normCase = golden.at("cases", "layer_norm")
    norm.scale = tensor(normCase.at("inputs", "scale"))
    norm.shift = tensor(normCase.at("inputs", "shift"))
    try compare(norm, normCase, names: ["scale": "scale", "shift": "shift"], training: false)
  }

  @Test(arguments: [("batch_norm_training", true), ("batch_norm_evaluation", false)])
  func batchNormEqualsPyTorch(name: String, training: Bool) throws {
    let golden = try loadGolden("layers.json").at("cases", name)
    var layer = BatchNorm(4, dtype: .float64)
    layer.scale = tensor(golden.at("inputs", "scale"))
    layer.shift = tensor(golden.at("inputs", "shift"))
    layer.mean = tensor(golden.at("before", "running_mean"))
    layer.variance = tensor(golden.at("before", "running_variance"))
    let notes = try compare(
      layer, golden, names: ["scale": "scale", "shift": "shift"], training: training)
    let mean = notes.newValue(of: "mean") ?? layer.mean
    let variance = notes.newValue(of: "variance") ?? layer.variance
    expectClose(try mean.doubles(), golden.at("after", "running_mean").flat)
    expectClose(try variance.doubles(), golden.at("after", "running_variance").flat)
  }

  @discardableResult
  private func compare(
    _ layer: some Layer, _ golden: JSONValue, names: [String: String], training: Bool
  ) throws -> Context.Notes {
    let x = tensor(golden.at("inputs", "x"))
    let notes = Context.Notes()
    let y = layer(x, Context(training: training, key: RandomKey(seed: 0), notes: notes))
    expectClose(try y.doubles(), golden.at("output").flat, absolute: 1e-11)
    let loss = (y * tensor(golden.at("upstream"))).sum()
    let parameters = layer.parameters
    let found = gradients(of: loss, withRespectTo: [x] + parameters.map(\.tensor))
    expectClose(
      try found[0].doubles(), golden.at("gradients", "x").flat, absolute: 1e-11, "gradient of x")
    for (parameter, slope) in zip(parameters, found.dropFirst()) {
      let name = names[parameter.path] ?? parameter.path
      expectClose(
        try slope.doubles(), golden.at("gradients", name).flat, absolute: 1e-11, name)
    }
    return notes
  }

  @Test func theResidualNetEqualsPyTorch() throws {
    let golden = try loadGolden("layers.json").at("cases", "residual_mlp")
    let inputs = golden.at("inputs")
    func dense(_ number: Int, _ activation: Activation) -> Dense {
      var layer = Dense(1, 1, activation: activation, dtype: .float64)
      layer.weight = tensor(inputs.at("w\(number)"))
      layer.bias = tensor(inputs.at("b\(number)"))
      return layer
    }
    let net = Sequential([
      dense(1, .tanh), Residual { dense(2, .relu) }, dense(3, .linear),
    ])
    try compare(
      net, golden,
      names: [
        "0.weight": "w1", "0.bias": "b1", "1.body.0.weight": "w2", "1.body.0.bias": "b2",
        "2.weight": "w3", "2.bias": "b3",
      ], training: false)
  }

  @Test func dropoutKeepsTheExpectedValueAndDoesNothingAfterTraining() throws {
    let x = Tensor.ones([200, 100], dtype: .float64)
    let layer = Dropout(0.3)
    #expect(try layer(x).doubles() == x.doubles())
    let dropped = try layer(x, Context(training: true, key: RandomKey(seed: 2))).doubles()
    let zeros = Double(dropped.count { $0 == 0 }) / Double(dropped.count)
    #expect(abs(zeros - 0.3) < 0.012, "20,000 draws: σ = 0.0032, found \(zeros)")
    expectClose(
      dropped.filter { $0 != 0 }, Array(repeating: 1 / 0.7, count: dropped.count { $0 != 0 }))
  }

  @Test func twoDropoutsOfOneModelDropDifferently() throws {
    let x = Tensor.ones([1, 100], dtype: .float64)
    let context = Context(training: true, key: RandomKey(seed: 2))
    let a = try Dropout(0.5)(x, context.entering("0")).doubles()
    let b = try Dropout(0.5)(x, context.entering("1")).doubles()
    #expect(a != b)
    #expect(a == (try Dropout(0.5)(x, context.entering("0")).doubles()))
  }

  @Test func batchNormMakesMeanZeroAndVarianceOne() throws {
    let x = try (Tensor.normal([64, 3], key: RandomKey(seed: 1), dtype: .float64) * 7 + 3)
      .detached()
    let y = BatchNorm(3, dtype: .float64)(x, Context(training: true, key: RandomKey(seed: 0)))
    expectClose(try y.mean(axes: [0]).doubles(), [0, 0, 0], absolute: 1e-12)
    expectClose(try y.variance(axes: [0]).doubles(), [1, 1, 1], absolute: 1e-5)
  }

  @Test func branchesJoinAndShapesAreChecked() throws {
    let a = Tensor([1, 2, 3, 4] as [Double], shape: [2, 2])
    let b = Tensor([10, 20, 30, 40] as [Double], shape: [2, 2])
    #expect(try Merge.add([a, b]).doubles() == [11, 22, 33, 44])
    #expect(try Merge.subtract([b, a]).doubles() == [9, 18, 27, 36])
    #expect(try Merge.multiply([a, b]).doubles() == [10, 40, 90, 160])
    #expect(try Merge.concatenate(axis: -1)([a, b]).doubles() == [1, 2, 10, 20, 3, 4, 30, 40])
    #expect(Merge.add([]).failure != nil)
    #expect(Merge.add([a, Tensor.ones([3, 2], dtype: .float64)]).failure != nil)
    let flat = Flatten()(Tensor.iota([2, 3, 4]))
    #expect(flat.shape == [2, 12])
    #expect(Reshape([-1, 2])(flat).shape == [2, 6, 2])
  }

  /// C19: values and gradients element by element, of every way to join and of what changes only the shape.
  @Test func mergesHaveTheirGradients() throws {
    let key = RandomKey(seed: 8)
    func numbers(_ shape: [Int], _ name: String) throws -> Tensor {
      try (Tensor.normal(shape, key: key.fold(name), dtype: .float64) + 0.1).detached()
    }
    let a = try numbers([3, 4], "a"), b = try numbers([3, 4], "b"), c = try numbers([3, 4], "c")
    let narrow = try numbers([3, 2], "narrow"), few = try numbers([2, 4], "few")
    for merge in [Merge.add, .multiply, .concatenate(axis: -1), .concatenate(axis: 0)] {
      try checkGradient(of: "\(merge) of two", at: [a, b]) { merge($0) }
      try checkGradient(of: "\(merge) of three", at: [a, b, c]) { merge($0) }
      try checkGradient(of: "\(merge) of one with itself", at: [a]) { merge([$0[0], $0[0]]) }
    }
    try checkGradient(of: "subtract", at: [a, b]) { Merge.subtract($0) }
    try checkGradient(of: "wide and narrow", at: [a, narrow]) { Merge.concatenate(axis: 1)($0) }
    try checkGradient(of: "rows", at: [a, few]) { Merge.concatenate(axis: 0)($0) }
    let cube = try numbers([2, 3, 2], "cube")
    try checkGradient(of: "flatten", at: [cube]) { Flatten()($0[0]) * Flatten()($0[0]) }
    try checkGradient(of: "reshape", at: [cube]) { Reshape([2, -1])($0[0]).exp() }
    #expect(
      [Merge.add, .subtract, .multiply, .concatenate(axis: -1)].map { $0([a, b]).shape }
        == [[3, 4], [3, 4], [3, 4], [3, 8]])
  }

  @Test func severalInputsAndOutputsWork() throws {
    var net = Graph()
    let image = net.input()
    let features = net.input()
    let seen = net.add(Dense(6, 4, activation: .relu), to: image, name: "image")
    let all = net.add(.concatenate(axis: -1), of: [seen, features])
    net.outputs = [
      net.add(Dense(6, 2), to: all, name: "class"), net.add(Dense(6, 1), to: all, name: "energy"),
    ]
    net.initialise(RandomKey(seed: 1))
    let outputs = net([Tensor.ones([3, 6]), Tensor.ones([3, 2])], .inference)
    #expect(outputs.map(\.shape) == [[3, 2], [3, 1]])
    #expect(net.parameterCount == 28 + 14 + 7)
    #expect(
      net.parameters.map(\.path) == [
        "image.weight", "image.bias", "class.weight", "class.bias", "energy.weight", "energy.bias",
      ])
    #expect(net([Tensor.ones([3, 6])], .inference)[0].failure != nil)
  }

  @Test func loadingNamesEveryMisfit() throws {
    var model = Sequential { Dense(2, 3) }
    let error = #expect(throws: ModuleError.self) {
      try model.load([("0.weight", Tensor.ones([3, 2])), ("1.bias", Tensor.ones([1]))])
    }
    #expect(
      error?.message
        == "the stored arrays do not fit the model: '0.weight' must have the shape [2, 3], found [3, 2]; "
        + "'0.bias' is missing; '1.bias' is not part of the model.")
    try model.load([("0.weight", Tensor.ones([2, 3])), ("0.bias", Tensor.ones([3]))])
    #expect(try model.parameters[0].tensor.doubles() == [1, 1, 1, 1, 1, 1])
  }
}
