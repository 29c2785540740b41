import ApusEngine
import ApusEvents
import ApusKernels

/// Coordinates z = L⁻¹((x − mean)/spreads) in which kernels are round; without L, (x − mean)/spreads.
struct KernelFrame: Sendable {
  let mean: [Double]
  let spreads: [Double]
  /// A lower triangle, row-major; nil for the unit matrix.
  let factor: [Double]?

  func turned(_ inputs: [Float], _ count: Int, _ threads: Int) -> [Float] {
    let width = mean.count
    return parallelElements(count, grain: 512, threads: threads) { range in
      var turned: [Float] = []
      turned.reserveCapacity(range.count * width)
      var row = [Double](repeating: 0, count: width)
      for i in range {
        for j in 0..<width {
          var sum = (Double(inputs[i * width + j]) - mean[j]) / spreads[j]
          if let factor {
            for k in 0..<j { sum -= factor[j * width + k] * row[k] }
            sum /= factor[j * width + j]
          }
          row[j] = sum
          turned.append(Float(min(max(sum, -1e17), 1e17)))
        }
      }
      return turned
    }
  }

  /// ln |∂x/∂z|.
  var logVolume: Double {
    var sum = 0.0
    for j in mean.indices {
      sum += logarithm(spreads[j])
      if let factor { sum += logarithm(factor[j * (mean.count + 1)]) }
    }
    return sum
  }
}

/// The density of one class.
struct ClassDensity: Sendable {
  let frame: KernelFrame
  let points: [Float]
  let amplitudes: [Float]
  let inverseSquares: [Float]
  let kernel: DensityTree.Kernel
  let sum: Double
  private let tree: DensityTree
  private let logNorm: Double

  init(
    frame: KernelFrame, points: [Float], amplitudes: [Float], inverseSquares: [Float],
    kernel: DensityTree.Kernel, sum: Double
  ) {
    (self.frame, self.points, self.sum) = (frame, points, sum)
    (self.amplitudes, self.inverseSquares, self.kernel) = (amplitudes, inverseSquares, kernel)
    let width = frame.mean.count
    tree = DensityTree(
      PointTree(points, width: width), amplitudes: amplitudes, inverseSquares: inverseSquares,
      kernel: kernel)
    let d = Double(width)
    let shape =
      switch kernel {
      case .gaussian: d / 2 * logarithm(2 * .pi)
      case .epanechnikov: logBallVolume(width) + logarithm(2 / (d + 2))
      case .tophat: logBallVolume(width)
      }
    logNorm = -shape - frame.logVolume - logarithm(sum)
  }

  /// ln f at places in the frame's coordinates.
  func logDensities(turned: [Float], _ tolerance: Double, _ threads: Int) -> [Double] {
    tree.logSums(at: turned, tolerance: tolerance, threads: threads).map { $0 + logNorm }
  }

  /// ln f at inputs.
  func logDensities(_ inputs: [Float], _ count: Int, _ tolerance: Double, _ threads: Int)
    -> [Double]
  {
    logDensities(turned: frame.turned(inputs, count, threads), tolerance, threads)
  }
}

/// The densities of all classes and their priors.
struct KernelDensityResponse: Response {
  let task: Task
  let classes: [ClassDensity]
  let logPriors: [Double]
  let tolerance: Double
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { classes.reduce(0) { $0 + $1.points.count + $1.amplitudes.count } }

  init(task: Task, classes: [ClassDensity], logPriors: [Double], tolerance: Double) {
    (self.task, self.classes) = (task, classes)
    (self.logPriors, self.tolerance) = (logPriors, tolerance)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(
      inputs, count: count, width: classes[0].frame.mean.count, method: KernelDensity.name)
    let densities = classes.map { $0.logDensities(inputs, count, tolerance, threads) }
    var scores: [Double] = []
    for i in 0..<count {
      var logs = densities.indices.map { densities[$0][i] + logPriors[$0] }
      appendProbabilities(&logs, fallback: logPriors, task, to: &scores)
    }
    return scores
  }

  func record() throws -> ModelRecord {
    let width = classes[0].frame.mean.count
    let description: JSONValue = [
      "method": .string(KernelDensity.name), "task": .string(task.rawValue), "inputs": .int(width),
      "classes": .int(classes.count), "kernel": .string(classes[0].kernel.rawValue),
      "tolerance": .number(tolerance), "turned": .bool(classes[0].frame.factor != nil),
      "events": .array(classes.map { .int($0.amplitudes.count) }),
    ]
    var tensors: [(name: String, tensor: Tensor)] = [
      ("priors", Tensor(logPriors, shape: [logPriors.count])),
      ("sums", Tensor(classes.map(\.sum), shape: [classes.count])),
    ]
    for (k, density) in classes.enumerated() {
      let n = density.amplitudes.count
      tensors += [
        ("points\(k)", Tensor(density.points, shape: [n, width])),
        ("amplitudes\(k)", Tensor(density.amplitudes, shape: [n])),
        ("widths\(k)", Tensor(density.inverseSquares, shape: [n])),
        ("mean\(k)", Tensor(density.frame.mean, shape: [width])),
        ("spreads\(k)", Tensor(density.frame.spreads, shape: [width])),
      ]
      if let factor = density.frame.factor {
        tensors.append(("factor\(k)", Tensor(factor, shape: [width, width])))
      }
    }
    return ModelRecord(description: description.text(), tensors: tensors)
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: KernelDensity.name)
    task = try reader.task()
    let (width, count) = (try reader.count("inputs"), try reader.classes(task))
    let kernels = DensityTree.Kernel.allCases.map(\.rawValue)
    let kernel = DensityTree.Kernel(rawValue: try reader.word("kernel", of: kernels)) ?? .gaussian
    tolerance = try reader.real("tolerance")
    logPriors = try reader.numbers("priors", count: count)
    let sums = try reader.numbers("sums", count: count)
    let events = reader.json["events"]?.items?.compactMap(\.integer) ?? []
    guard width > 0, events.count == count, events.allSatisfy({ $0 > 0 && $0 < 1 << 31 }),
      sums.allSatisfy({ $0 > 0 })
    else { throw reader.fail("it needs events for each class.") }
    let turned = reader.json["turned"]?.flag ?? false
    classes = try (0..<count).map { k in
      func floats(_ name: String, _ count: Int) throws -> [Float] {
        try reader.numbers("\(name)\(k)", count: count).map { Float($0) }
      }
      let frame = KernelFrame(
        mean: try reader.numbers("mean\(k)", count: width),
        spreads: try reader.numbers("spreads\(k)", count: width),
        factor: turned ? try reader.numbers("factor\(k)", count: width * width) : nil)
      return ClassDensity(
        frame: frame, points: try floats("points", events[k] * width),
        amplitudes: try floats("amplitudes", events[k]),
        inverseSquares: try floats("widths", events[k]), kernel: kernel, sum: sums[k])
    }
  }
}
