import ApusEngine
import ApusEvents
import ApusKernels

/// The machines of all pairs of classes, or the one of a regression.
struct VectorResponse: Response {
  let task: Task
  let classes: Int
  let kernel: VectorKernel
  let scaler: Standardizer
  /// The mean and spread of the target.
  let target: (mean: Double, spread: Double)
  /// In the order (0, 1), (0, 2), (1, 2), (0, 3) and so on; positive decisions are for the second.
  let machines: [VectorMachine]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { machines.reduce(0) { $0 + $1.points.count + $1.beta.count + 1 } }

  init(
    task: Task, classes: Int, kernel: VectorKernel, scaler: Standardizer,
    target: (mean: Double, spread: Double), machines: [VectorMachine]
  ) {
    (self.task, self.classes, self.kernel) = (task, classes, kernel)
    (self.scaler, self.target, self.machines) = (scaler, target, machines)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = scaler.means.count
    try checkInputs(inputs, count: count, width: width, method: SupportVectorMachine.name)
    let rows = scaler.scaled(inputs)
    let decisions = machines.map { $0.decisions(kernel, rows, width, threads) }
    switch task {
    case .regression: return decisions[0].map { $0 * target.spread + target.mean }
    case .binary: return decisions[0].map { probability($0, machines[0]) }
    case .multiclass: return (0..<count).flatMap { coupled($0, decisions) }
    }
  }

  private func probability(_ decision: Double, _ machine: VectorMachine) -> Double {
    machine.sigmoid.map { sigmoid(-($0.slope * decision + $0.offset)) } ?? decision
  }

  private func coupled(_ event: Int, _ decisions: [[Double]]) -> [Double] {
    var r = [Double](repeating: 0, count: classes * classes)
    var pair = 0
    for b in 1..<classes {
      for a in 0..<b {
        let p = min(max(probability(decisions[pair][event], machines[pair]), 1e-7), 1 - 1e-7)
        r[b * classes + a] = p
        r[a * classes + b] = 1 - p
        pair += 1
      }
    }
    return coupledProbabilities(r, classes: classes)
  }

  func record() throws -> ModelRecord {
    let width = scaler.means.count
    var kernelWords: [JSONValue.Member] = []
    switch kernel {
    case .linear: kernelWords = [.init("kernel", .string("linear"))]
    case .polynomial(let gamma, let constant, let degree):
      kernelWords = [
        .init("kernel", .string("polynomial")), .init("gamma", .number(gamma)),
        .init("constant", .number(constant)), .init("degree", .int(degree)),
      ]
    case .rbf(let gamma):
      kernelWords = [.init("kernel", .string("rbf")), .init("gamma", .number(gamma))]
    case .sigmoid(let gamma, let constant):
      kernelWords = [
        .init("kernel", .string("sigmoid")), .init("gamma", .number(gamma)),
        .init("constant", .number(constant)),
      ]
    }
    let description = JSONValue.object(
      [
        .init("method", .string(SupportVectorMachine.name)), .init("task", .string(task.rawValue)),
        .init("inputs", .int(width)), .init("classes", .int(classes)),
        .init("vectors", .array(machines.map { .int($0.beta.count) })),
        .init("probability", .bool(machines[0].sigmoid != nil)),
      ] + kernelWords)
    let beta = machines.flatMap(\.beta)
    let numbers = machines.flatMap { machine -> [Double] in
      let sigmoid = machine.sigmoid ?? (0, 0)
      return [machine.offset, sigmoid.slope, sigmoid.offset]
    }
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("shift", Tensor(scaler.means, shape: [width])),
        ("scale", Tensor(scaler.spreads, shape: [width])),
        ("target", Tensor([target.mean, target.spread], shape: [2])),
        ("points", Tensor(machines.flatMap(\.points), shape: [beta.count, width])),
        ("beta", Tensor(beta, shape: [beta.count])),
        ("offsets", Tensor(numbers, shape: [machines.count, 3])),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: SupportVectorMachine.name)
    task = try reader.task()
    let width = try reader.count("inputs")
    classes = try reader.classes(task)
    switch try reader.word("kernel", of: ["linear", "polynomial", "rbf", "sigmoid"]) {
    case "linear": kernel = .linear
    case "polynomial":
      kernel = .polynomial(
        gamma: try reader.real("gamma"), constant: try reader.real("constant"),
        degree: min(try reader.count("degree"), 1000))
    case "sigmoid":
      kernel = .sigmoid(gamma: try reader.real("gamma"), constant: try reader.real("constant"))
    default: kernel = .rbf(gamma: try reader.real("gamma"))
    }
    let sizes = reader.json["vectors"]?.items?.compactMap(\.integer) ?? []
    let pairs = task == .regression ? 1 : classes * (classes - 1) / 2
    guard sizes.count == pairs, width > 0, sizes.allSatisfy({ $0 >= 0 && $0 < 1 << 31 }) else {
      throw reader.fail("'vectors' does not fit its classes.")
    }
    var scaler = Standardizer(width: width)
    scaler.means = try reader.numbers("shift", count: width)
    scaler.spreads = try reader.numbers("scale", count: width)
    self.scaler = scaler
    let pair = try reader.numbers("target", count: 2)
    target = (pair[0], pair[1])
    let total = sizes.reduce(0, +)
    let points = try reader.numbers("points", count: total * width).map { Float($0) }
    let beta = try reader.numbers("beta", count: total)
    let numbers = try reader.numbers("offsets", count: pairs * 3)
    let isProbability = reader.json["probability"]?.flag ?? false
    var (machines, start) = ([VectorMachine](), 0)
    for (m, size) in sizes.enumerated() {
      machines.append(
        VectorMachine(
          points: Array(points[start * width..<(start + size) * width]),
          beta: Array(beta[start..<start + size]), offset: numbers[3 * m],
          sigmoid: isProbability ? (numbers[3 * m + 1], numbers[3 * m + 2]) : nil))
      start += size
    }
    self.machines = machines
  }
}
