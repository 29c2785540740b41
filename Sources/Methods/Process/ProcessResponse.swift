import ApusEngine
import ApusEvents

/// One process: Σ weights_i k(x_i, x), and for classes what the uncertainty follows from.
struct ProcessMachine: Sendable {
  var covariance: Covariance
  /// Rows over the lengths.
  var points: [Double]
  /// One an event; of several targets one after the other.
  var weights: [Double]
  /// √(w p (1 − p)) of each event; empty for a regression.
  var root: [Double]
}

/// The processes of a task.
struct ProcessResponse: Response {
  let task: Task
  /// Classes, or targets.
  let classes: Int
  let scaler: Standardizer
  /// The mean and spread of each target; none for classes.
  let targets: [(mean: Double, spread: Double)]
  let machines: [ProcessMachine]
  private let processes: [LaplaceProcess]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int {
    machines.reduce(0) { $0 + $1.points.count + $1.weights.count + $1.covariance.parameters.count }
  }

  init(
    task: Task, classes: Int, scaler: Standardizer, targets: [(mean: Double, spread: Double)],
    machines: [ProcessMachine]
  ) {
    (self.task, self.classes, self.scaler) = (task, classes, scaler)
    (self.targets, self.machines) = (targets, machines)
    let width = scaler.means.count
    processes =
      task == .regression
      ? []
      : machines.compactMap {
        LaplaceProcess(
          $0.covariance, scaledPoints: $0.points, width: width, slope: $0.weights, root: $0.root)
      }
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = scaler.means.count
    try checkInputs(inputs, count: count, width: width, method: GaussianProcessMethod.name)
    // Pieces, so that the covariances with all events stay small.
    var scores: [Double] = []
    for start in stride(from: 0, to: count, by: 2048) {
      let end = min(start + 2048, count)
      let piece = Array(inputs[start * width..<end * width])
      let places = scaler.scaled(piece).map { Double($0) }
      scores += self.scores(places, width, threads)
    }
    return scores
  }

  private func scores(_ places: [Double], _ width: Int, _ threads: Int) -> [Double] {
    if task == .regression {
      let machine = machines[0]
      let cross = machine.covariance.matrix(
        machine.covariance.scaled(places, width: width), machine.points, width: width,
        threads: threads)
      let n = machine.weights.count / targets.count
      var scores: [Double] = []
      for q in 0..<places.count / width {
        for (k, target) in targets.enumerated() {
          var sum = 0.0
          for i in 0..<n { sum += cross[q &* n &+ i] * machine.weights[k &* n &+ i] }
          scores.append(sum * target.spread + target.mean)
        }
      }
      return scores
    }
    let all = processes.map { $0.probabilities(places, threads: threads) }
    if task == .binary { return all[0] }
    return all[0].indices.flatMap { q -> [Double] in
      let sum = all.reduce(0) { $0 + $1[q] }
      return all.map { sum > 0 ? $0[q] / sum : 1 / Double(classes) }
    }
  }

  func record() throws -> ModelRecord {
    let width = scaler.means.count
    let description: JSONValue = [
      "method": .string(GaussianProcessMethod.name), "task": .string(task.rawValue),
      "inputs": .int(width), "classes": .int(classes), "machines": .int(machines.count),
      "events": .int(machines[0].weights.count / max(targets.count, 1)),
      "lengths": .int(machines[0].covariance.lengths.count),
      "kernel": .string(machines[0].covariance.shape.rawValue),
    ]
    func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: [values.count]) }
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("shift", tensor(scaler.means)), ("scale", tensor(scaler.spreads)),
        ("target", tensor(targets.isEmpty ? [0, 1] : targets.flatMap { [$0.mean, $0.spread] })),
        (
          "parameters",
          tensor(
            machines.flatMap {
              [$0.covariance.variance, $0.covariance.mixture] + $0.covariance.lengths
            })
        ),
        ("points", tensor(machines.flatMap(\.points))),
        ("weights", tensor(machines.flatMap(\.weights))),
        ("roots", tensor(machines.flatMap(\.root))),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: GaussianProcessMethod.name)
    let task = try reader.task()
    let (width, classes) = (try reader.count("inputs"), try reader.outputs(task))
    let (count, n) = (try reader.count("machines"), try reader.count("events"))
    let lengths = try reader.count("lengths")
    let word = try reader.word("kernel", of: Covariance.Shape.allCases.map(\.rawValue))
    guard width > 0, n > 0, n <= 20_000, lengths == 1 || lengths == width,
      count == (task == .multiclass ? classes : 1)
    else { throw reader.fail("its numbers of machines, events and lengths do not fit.") }
    var scaler = Standardizer(width: width)
    scaler.means = try reader.numbers("shift", count: width)
    scaler.spreads = try reader.numbers("scale", count: width)
    let columns = task == .regression ? classes : 1
    let pairs = try reader.numbers("target", count: 2 * columns)
    let parameters = try reader.numbers("parameters", count: count * (2 + lengths))
    let points = try reader.numbers("points", count: count * n * width)
    let weights = try reader.numbers("weights", count: count * n * columns)
    let roots = try reader.numbers("roots", count: task == .regression ? 0 : count * n)
    let machines = (0..<count).map { m in
      let own = parameters[m * (2 + lengths)..<(m + 1) * (2 + lengths)]
      return ProcessMachine(
        covariance: Covariance(
          Covariance.Shape(rawValue: word) ?? .rbf, variance: own[own.startIndex],
          lengths: Array(own.dropFirst(2)), mixture: own[own.startIndex + 1]),
        points: Array(points[m * n * width..<(m + 1) * n * width]),
        weights: Array(weights[m * n * columns..<(m + 1) * n * columns]),
        root: task == .regression ? [] : Array(roots[m * n..<(m + 1) * n]))
    }
    self.init(
      task: task, classes: classes, scaler: scaler,
      targets: task == .regression
        ? (0..<columns).map { (pairs[2 * $0], pairs[2 * $0 + 1]) } : [], machines: machines)
    guard task == .regression || processes.count == count else {
      throw reader.fail("a covariance is not positive definite.")
    }
  }
}
