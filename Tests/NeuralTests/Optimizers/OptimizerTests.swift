import ApusNeural
import ApusEngine
import ApusEvents
import TestSupport
import Testing

/// The objective of `Tests/Golden/optimizers.json` and a compiled step of a rule on it.
private struct Bowl {
  let golden: JSONValue
  init() throws { golden = try loadGolden("optimizers.json") }

  func gradient(_ x: Tensor) -> Tensor {
    let (a, b, c) = (tensor(golden.at("a")), tensor(golden.at("b")), tensor(golden.at("c")))
    let k = golden.at("k").double ?? 0
    let cross = Tensor.concatenate([
      x.sliced(axis: 0, 1..<2), x.sliced(axis: 0, 0..<1), Tensor.zeros([2], dtype: .float64),
    ])
    return a * x + b * x * x * x - c + cross * k
  }

  func iterates(_ rule: any Optimizer, rate: Double, steps: Int = 10) throws -> [[Double]] {
    let start = tensor(golden.at("start"))
    let step = try CompiledFunction(
      state: [start] + rule.initialState(parameters: start),
      arguments: [.init([], .float64), .init([], .float64)], threads: 1
    ) { state, arguments in
      let next = rule.update(
        parameters: state[0], gradient: gradient(state[0]), state: Array(state.dropFirst()),
        step: arguments[0], learningRate: arguments[1])
      return ([next.parameters] + next.state, [])
    }
    var all = [try start.doubles()]
    for number in 1...steps {
      step.set(0, [Double(number)])
      step.set(1, [rate])
      try step.run()
      all.append(try step.state(0).doubles())
    }
    return all
  }
}

@Suite struct OptimizerTests {
  static let cases: [(name: String, rule: any Optimizer, rate: Double)] = [
    ("sgd", SGD(), 0.05), ("momentum", SGD(momentum: 0.9), 0.02),
    ("nesterov", SGD(momentum: 0.9, nesterov: true), 0.02),
    ("rmsprop", RMSProp(decay: 0.99, epsilon: 1e-8), 0.02),
    ("rmsprop_momentum", RMSProp(decay: 0.9, epsilon: 1e-8, momentum: 0.5), 0.02),
    ("rmsprop_centered", RMSProp(decay: 0.9, epsilon: 1e-8, centered: true), 0.02),
    ("rmsprop_lecture", RMSProp(decay: 0.9, epsilon: 1e-7), 0.05), ("adagrad", Adagrad(), 0.1),
    ("adadelta", Adadelta(), 1), ("adam", Adam(), 0.05), ("amsgrad", Adam(amsgrad: true), 0.05),
    ("adamw", WeightDecay(Adam(), 0.1), 0.05), ("nadam", Nadam(), 0.05),
  ]

  @Test(arguments: cases.indices)
  func tenStepsEqualPyTorch(number: Int) throws {
    let (name, rule, rate) = Self.cases[number]
    let bowl = try Bowl()
    let golden = bowl.golden.at("cases", name)
    #expect(golden.at("settings", "lr").double == rate)
    let decay = golden.at("settings", "weight_decay").double
    #expect(decay == nil || decay == (rule as? WeightDecay)?.strength)
    // PyTorch keeps Nadam's product of momenta in float32.
    expectClose(
      try bowl.iterates(rule, rate: rate).flatMap { $0 }, golden.at("iterates").flat,
      absolute: name == "nadam" ? 1e-8 : 1e-11, name)
  }

  /// F01: on a bowl of curvature λ gradient descent converges if and only if η < 2/λ.
  @Test func gradientDescentConvergesBelowTwoOverTheCurvature() throws {
    func last(_ rate: Double) throws -> Double {
      let start = Tensor([1] as [Double])
      let step = try CompiledFunction(state: [start], arguments: [], threads: 1) { state, _ in
        let rate = Tensor(rate, dtype: .float64)
        let next = SGD().update(
          parameters: state[0], gradient: state[0] * 10, state: [], step: rate, learningRate: rate)
        return ([next.parameters], [])
      }
      for _ in 0..<200 { try step.run() }
      return abs(try step.state(0).doubles()[0])
    }
    #expect(try last(0.199) < 0.2)
    #expect(try last(0.201) > 5)
  }

  /// F04: on a ravine momentum needs less than a third of the steps.
  @Test func momentumIsThreeTimesFasterOnARavine() throws {
    func steps(_ rule: SGD, rate: Double) throws -> Int {
      let start = Tensor([1, 1] as [Double])
      let step = try CompiledFunction(
        state: [start] + rule.initialState(parameters: start), arguments: [], threads: 1
      ) { state, _ in
        let scalar = Tensor(rate, dtype: .float64)
        let next = rule.update(
          parameters: state[0], gradient: state[0] * Tensor([1, 100] as [Double]),
          state: Array(state.dropFirst()), step: scalar, learningRate: scalar)
        return ([next.parameters] + next.state, [])
      }
      for number in 1...5000 {
        try step.run()
        let x = try step.state(0).doubles()
        if abs(x[0]) < 1e-3, abs(x[1]) < 1e-3 { return number }
      }
      return 5000
    }
    let plain = try steps(SGD(), rate: 0.018)
    let heavy = try steps(SGD(momentum: 0.8), rate: 0.03)
    #expect(plain >= 3 * heavy, "\(plain) and \(heavy) steps")
  }
}

@Suite struct MinimiserTests {
  /// Rosenbrock's valley, whose minimum is at (1, 1).
  private func valley(hessian: Bool = false) throws -> Objective {
    try Objective(count: 2, hessian: hessian) { p in
      let (x, y) = (p.sliced(axis: 0, 0..<1), p.sliced(axis: 0, 1..<2))
      return ((1 - x).squared() + (y - x * x).squared() * 100).sum()
    }
  }

  @Test func lbfgsFindsTheEndOfTheValley() throws {
    let result = try LBFGS(tolerance: 1e-10).minimise(try valley(), from: [-1.2, 1], steps: 200)
    expectClose(result.point, [1, 1], absolute: 1e-8)
    #expect(result.steps < 60, "\(result.steps) steps")
  }

  @Test func newtonFindsTheEndOfTheValley() throws {
    let result = try Newton().minimise(try valley(hessian: true), from: [-1.2, 1], steps: 100)
    expectClose(result.point, [1, 1], absolute: 1e-8)
    #expect(result.steps < 40, "\(result.steps) steps")
  }

  /// F11: logistic regression in fewer than ten steps, to the known optimum of exercise 1.
  @Test(.data("exercises/01-logistic.csv")) func newtonSolvesLogisticRegressionInFewerThanTenSteps()
    throws
  {
    let data = try exercise("01-logistic.csv")
    let trainer = Trainer<Dense>(.binaryCrossEntropyFromLogits)
    let model = Dense(2, 1, initialiser: .constant(0))
    let result = try Newton().minimise(
      try trainer.objective(model, data, curvature: .hessian), from: [0, 0, 0], steps: 10)
    #expect(result.steps < 10)
    expectClose(result.value, 0.158305, absolute: 1e-6)
    expectClose(result.point, [1.16586, 1.15770, -0.12567], absolute: 5e-5)
  }

  /// F12: a step of the natural gradient moves a Gaussian fit the same way, to first order, for σ and for log σ.
  @Test func theNaturalGradientDoesNotDependOnTheParametrisation() throws {
    let x = try (Tensor.normal([500], key: RandomKey(seed: 3), dtype: .float64) * 2 + 1).detached()
    func entry(_ p: Tensor, _ i: Int) -> Tensor { p.sliced(axis: 0, i..<(i + 1)) }
    func likelihood(_ mean: Tensor, _ deviation: Tensor) -> Tensor {
      (deviation.log() + ((x - mean) / deviation).squared() * 0.5).mean()
    }
    func diagonal(_ a: Tensor, _ b: Tensor) -> Tensor {
      let zero = Tensor.zeros([1], dtype: .float64)
      return Tensor.concatenate([a, zero, zero, b]).reshaped([2, 2])
    }
    let plain = try Objective(
      count: 2,
      metric: { p in
        let s = entry(p, 1)
        return diagonal(s.squared().reciprocal(), s.squared().reciprocal() * 2)
      }, { p in likelihood(entry(p, 0), entry(p, 1)) })
    let logarithmic = try Objective(
      count: 2,
      metric: { p in
        let s = entry(p, 1).exp()
        return diagonal(s.squared().reciprocal(), Tensor.full(2, shape: [1], dtype: .float64))
      }, { p in likelihood(entry(p, 0), entry(p, 1).exp()) })
    let rate = 1e-5
    let rule = NaturalGradient(rate: rate, damping: 0)
    let a = try rule.minimise(plain, from: [0, 1], steps: 1).point
    let b = try rule.minimise(logarithmic, from: [0, 0], steps: 1).point
    expectClose((a[1] - 1) / rate, b[1] / rate, absolute: 1e-3, relative: 1e-4)
    expectClose(a[0], b[0], relative: 1e-9)
    let fitted = try NaturalGradient(rate: 0.1).minimise(plain, from: [0, 1], steps: 300).point
    expectClose(
      fitted, [try x.mean().scalar(), try x.variance().scalar().squareRoot()], absolute: 1e-6)
  }

  @Test func linearEquationsAreSolvedAndSingularOnesRefused() {
    expectClose(solved([2, 1, 1, 3], [3, 5], damping: 0) ?? [], [0.8, 1.4])
    #expect(solved([1, 1, 1, 1], [1, 2], damping: 0) == nil)
    expectClose(solved([0, 1, 1, 0], [2, 3], damping: 0) ?? [], [3, 2])
  }
}
