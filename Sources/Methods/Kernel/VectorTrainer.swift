import ApusEvents
import ApusKernels

/// One machine: f(x) = Σ β_i K(x_i, x) + offset, and what makes it a probability.
struct VectorMachine: Sendable {
  var points: [Float]
  var beta: [Double]
  var offset: Double
  /// A and B of 1/(1 + exp(A f + B)); nil where f itself is the score.
  var sigmoid: (slope: Double, offset: Double)?

  func decisions(_ kernel: VectorKernel, _ inputs: [Float], _ width: Int, _ threads: Int)
    -> [Double]
  {
    kernel.sums(
      points: points, coefficients: beta, width: width, offset: offset, queries: inputs,
      threads: threads)
  }
}

/// Sets up and solves the problems of a sample.
struct VectorTrainer {
  let sample: Sample
  let values: OptionValues
  let context: FitContext
  let scaler: Standardizer
  let scaled: [Float]
  let kernel: VectorKernel
  private let width: Int

  init(_ sample: Sample, _ values: OptionValues, _ context: FitContext) {
    (self.sample, self.values, self.context) = (sample, values, context)
    width = sample.features.count
    scaler = values.flag("scale") ? Standardizer(sample) : Standardizer(width: width)
    scaled = scaler.scaled(sample.inputs)
    let gamma = values.real("gamma") ?? VectorTrainer.usualGamma(scaled, sample.weights, width)
    let constant = values.real("constant") ?? 1
    switch values.text("kernel") {
    case "linear": kernel = .linear
    case "polynomial":
      kernel = .polynomial(
        gamma: gamma, constant: constant, degree: values.integer("degree") ?? 3)
    case "sigmoid": kernel = .sigmoid(gamma: gamma, constant: constant)
    default: kernel = .rbf(gamma: gamma)
    }
  }

  /// 1/(inputs × variance of all numbers), weighted, as scikit-learn's 'scale'.
  private static func usualGamma(_ rows: [Float], _ weights: [Double], _ width: Int) -> Double {
    let total = weights.reduce(0, +) * Double(width)
    var (sum, squares) = (0.0, 0.0)
    for i in weights.indices {
      for j in i * width..<(i + 1) * width {
        sum += weights[i] * Double(rows[j])
        squares += weights[i] * Double(rows[j]) * Double(rows[j])
      }
    }
    let variance = squares / total - sum / total * (sum / total)
    return variance > 0 ? 1 / (Double(width) * variance) : 1
  }

  private var cost: Double { (values.real("C") ?? 1) * sample.weightUnit }

  private func rows(_ positions: [Int]) -> [Float] {
    var rows: [Float] = []
    rows.reserveCapacity(positions.count * width)
    for i in positions { rows.append(contentsOf: scaled[i * width..<(i + 1) * width]) }
    return rows
  }

  private func solve(_ problem: VectorProblem) throws -> VectorProblem.Solution {
    let stop = context.shouldStop
    let solution = problem.solve(
      kernel: kernel, tolerance: values.real("tolerance") ?? 1e-3,
      steps: values.integer("steps") ?? 100_000_000, shrinking: values.flag("shrinking"),
      cache: (values.integer("cache") ?? 200) << 20, threads: context.threads, shouldStop: stop)
    guard let solution else {
      if stop() { throw FitError.interrupted(method: SupportVectorMachine.name, step: 0) }
      throw FitError.unusable(
        method: SupportVectorMachine.name,
        reason:
          "there is no memory for \(problem.linear.count) events; lower 'cache' or take fewer.")
    }
    guard solution.offset.isFinite, solution.beta.allSatisfy(\.isFinite) else {
      throw FitError.diverged(
        method: SupportVectorMachine.name,
        detail: "the coefficients left the range of numbers; lower 'C', 'degree' or 'constant'.")
    }
    return solution
  }

  private func machine(_ problem: VectorProblem, _ solution: VectorProblem.Solution)
    -> VectorMachine
  {
    let support = solution.beta.indices.filter { solution.beta[$0] != 0 }
    return VectorMachine(
      points: support.flatMap { problem.points[$0 * width..<($0 + 1) * width] },
      beta: support.map { solution.beta[$0] }, offset: solution.offset, sigmoid: nil)
  }

  /// Separates class b (positive) from class a.
  func pair(_ a: Int, _ b: Int) throws -> VectorMachine {
    let positions = (0..<sample.count).filter {
      Int(sample.labels[$0]) == a || Int(sample.labels[$0]) == b
    }
    var machine = try separate(positions, b)
    guard values.flag("probability") || sample.task == .multiclass else { return machine }
    let folds = values.integer("folds") ?? 5
    let fold = positions.map { Int(sample.inputHash($0) % UInt64(folds)) }
    var decisions = [Double](repeating: 0, count: positions.count)
    for f in 0..<folds {
      let inside = positions.indices.filter { fold[$0] == f }
      let outside = positions.indices.filter { fold[$0] != f }.map { positions[$0] }
      if inside.isEmpty { continue }
      let found = try decide(inside.map { positions[$0] }, by: outside, b)
      for (place, value) in zip(inside, found) { decisions[place] = value }
    }
    machine.sigmoid = probabilities(decisions, positions, b)
    if let sigmoid = machine.sigmoid, sigmoid.slope >= 0 {
      // Where errors cost next to nothing a decision is almost the offset, which follows from how many events of each class a part lacks:
      // it falls where the class is. Such a machine knows no event by heart, so its own decisions serve as well.
      let own = machine.decisions(kernel, rows(positions), width, context.threads)
      machine.sigmoid = probabilities(own, positions, b)
    }
    return machine
  }

  /// Decision values of events by a machine that learned from others; ±1 where these are of one class.
  private func probabilities(_ decisions: [Double], _ positions: [Int], _ b: Int) -> (
    slope: Double, offset: Double
  ) {
    plattSigmoid(
      decisions, positive: positions.map { Int(sample.labels[$0]) == b },
      weights: positions.map { sample.weights[$0] })
  }

  private func decide(_ events: [Int], by others: [Int], _ b: Int) throws -> [Double] {
    let classes = Set(others.map { sample.labels[$0] })
    guard classes.count == 2 else {
      return events.map { _ in classes.first.map { Int($0) == b ? 1 : -1 } ?? 0 }
    }
    return try separate(others, b).decisions(kernel, rows(events), width, context.threads)
  }

  private func separate(_ positions: [Int], _ b: Int) throws -> VectorMachine {
    let signs = positions.map { Int(sample.labels[$0]) == b ? 1.0 : -1 }
    let costs = positions.map { cost * sample.weights[$0] }
    let problem = VectorProblem(
      points: rows(positions), width: width, linear: signs.map { -$0 },
      low: zip(signs, costs).map { $0 > 0 ? 0 : -$1 },
      high: zip(signs, costs).map { $0 > 0 ? $1 : 0 })
    return machine(problem, try solve(problem))
  }

  /// The ε-insensitive regression: each event pulls up or down, as two points of one place.
  func regression() throws -> VectorResponse {
    var target = (0.0, 1.0)
    if values.flag("scale") {
      let total = sample.weights.reduce(0, +)
      let mean =
        (0..<sample.count).reduce(0) { $0 + sample.weights[$1] * sample.targets[$1] } / total
      let square = (0..<sample.count).reduce(0) { sum, i in
        sum + sample.weights[i] * (sample.targets[i] - mean) * (sample.targets[i] - mean)
      }
      let spread = (square / total).squareRoot()
      target = (mean, spread > 1e-12 * abs(mean) && spread > 0 ? spread : 1)
    }
    let z = sample.targets.map { ($0 - target.0) / target.1 }
    let (epsilon, costs) = (values.real("epsilon") ?? 0.1, sample.weights.map { cost * $0 })
    let none = [Double](repeating: 0, count: sample.count)
    let problem = VectorProblem(
      points: scaled + scaled, width: width,
      linear: z.map { epsilon - $0 } + z.map { -epsilon - $0 }, low: none + costs.map { -$0 },
      high: costs + none)
    var solution = try solve(problem)
    for i in 0..<sample.count { solution.beta[i] += solution.beta[i + sample.count] }
    solution.beta.removeLast(sample.count)
    let single = VectorProblem(
      points: scaled, width: width, linear: z, low: none, high: none)
    return VectorResponse(
      task: .regression, classes: 1, kernel: kernel, scaler: scaler, target: target,
      machines: [machine(single, solution)])
  }
}
