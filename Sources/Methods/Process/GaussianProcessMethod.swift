public import ApusEvents

/// Gaussian processes for numbers and classes, with hyper-parameters of greatest evidence.
///
/// Regression: ``GaussianProcess`` on standardised targets; noise of variance σ²/w. Several targets have one covariance and
/// noise, of the greatest evidence of all, as in scikit-learn. Classes: Laplace's approximation, one process a
/// class against the rest where there are more than two, with probabilities made to sum to one. Variance, lengths, α and
/// noise start from the options and climb the slope of the evidence by L-BFGS (Rasmussen and Williams 2006, section 5.4).
///
/// A weight counts how often an event was seen: the evidence is that of w events. Negative weights have no place there and
/// are refused with a message. Above `events` events a random part of them is taken: memory is n², time n³ a step.
public struct GaussianProcessMethod: Method {
  /// The name in YAML.
  public static let name = "gaussian_process"
  /// Other names that are accepted.
  public static let aliases = [
    "gp", "GaussianProcessRegressor", "GaussianProcessClassifier", "kriging",
  ]
  /// One sentence on what it does.
  public static let summary =
    "Gaussian process for numbers and classes, with lengths and noise of greatest evidence."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "kernel", .choice(Covariance.Shape.allCases.map(\.rawValue)), default: .text("rbf"),
      "The shape of the covariance."),
    OptionDescription(
      "ard", .flag, default: .flag(false), "Whether each input has a length of its own."),
    OptionDescription(
      "variance", .real(1e-9...1e9), default: .real(1),
      "The variance to start from (regression: in units of the target's)."),
    OptionDescription(
      "length", aliases: ["length_scale"], .real(1e-6...1e6), default: .real(1),
      "The length to start from, in standardised inputs; it is multiplied with √inputs."),
    OptionDescription(
      "mixture", .real(1e-3...1e3), default: .real(1),
      "rational_quadratic: α to start from."),
    OptionDescription(
      "noise", .real(1e-9...1e6), default: .real(0.1),
      "Regression: the noise variance to start from, in units of the target's."),
    OptionDescription(
      "optimise", aliases: ["optimize", "optimizer"], .flag,
      synonyms: ["fmin_l_bfgs_b": "true", "None": "false"], default: .flag(true),
      "Whether they climb to the greatest evidence; otherwise they stay."),
    OptionDescription(
      "iterations", aliases: ["max_iter"], .integer(1...100_000), default: .integer(40),
      "The most steps of that climb."),
    OptionDescription(
      "events", .integer(2...20_000), default: .integer(800),
      "The most training events; of more a random part is taken."),
    OptionDescription(
      "scale", .flag, default: .flag(true), "Whether inputs and targets are standardised first."),
  ]

  /// One factorisation serves all targets.
  public static let takesSeveralTargets = true

  let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let name = GaussianProcessMethod.name
    try training.checkUsable(for: name)
    try refuseNegativeWeights(
      training, name, because: "each says how often an event was seen")
    let sample = part(of: training.merged(), seed: context.seed)
    try sample.checkUsable(for: name)
    let width = sample.features.count
    let scaler = values.flag("scale") ? Standardizer(sample) : Standardizer(width: width)
    let points = scaler.scaled(sample.inputs).map { Double($0) }
    if sample.task == .regression { return try regression(sample, points, scaler, context) }
    let machines = try (sample.task == .binary ? 1..<2 : 0..<sample.classes.count).map {
      try classification(sample, points, $0, context)
    }
    return ProcessResponse(
      task: sample.task, classes: sample.classes.count, scaler: scaler, targets: [],
      machines: machines)
  }

  private func part(of sample: Sample, seed: UInt64) -> Sample {
    let limit = values.integer("events") ?? 800
    if sample.count <= limit { return sample }
    var generator = SplitMix64(seed: seed)
    return sample.selecting(generator.permutation(sample.count).prefix(limit).sorted())
  }

  private func start(_ width: Int) -> Covariance {
    let length = (values.real("length") ?? 1) * Double(width).squareRoot()
    return Covariance(
      Covariance.Shape(rawValue: values.text("kernel") ?? "") ?? .rbf,
      variance: values.real("variance") ?? 1,
      lengths: [Double](repeating: length, count: values.flag("ard") ? width : 1),
      mixture: values.real("mixture") ?? 1)
  }

  /// Climbs from the start; stays there where nothing better is found.
  private func climb(
    _ start: [Double], _ context: FitContext,
    _ evidence: ([Double]) -> (value: Double, slope: [Double])?
  ) throws -> [Double] {
    guard values.flag("optimise") else { return start }
    let reach = 12.0
    let space = SearchSpace(low: start.map { $0 - reach }, high: start.map { $0 + reach })
    var step = 0
    let search = QuasiNewton(iterations: values.integer("iterations") ?? 40, tolerance: 1e-4)
    let found = try search.minimise(from: start, in: space) { point in
      step += 1
      if context.shouldStop() {
        throw FitError.interrupted(method: GaussianProcessMethod.name, step: step)
      }
      return evidence(point).map { ($0.value, $0.slope) }
    }
    return found?.point ?? start
  }

  private func singular() -> FitError {
    .unusable(
      method: GaussianProcessMethod.name,
      reason:
        "the covariance of the events is singular to rounding, or no maximum was found. Raise "
        + "'noise', or lower 'length' or 'variance'.")
  }

  private func regression(
    _ sample: Sample, _ points: [Double], _ scaler: Standardizer, _ context: FitContext
  ) throws -> any Response {
    let count = sample.targetCount
    let scales =
      values.flag("scale")
      ? sample.targetScales : [(mean: Double, spread: Double)](repeating: (0, 1), count: count)
    let rows = sample.scaledTargets(scales)
    let columns = (0..<count).flatMap { k in
      stride(from: k, to: rows.count, by: count).map { rows[$0] }
    }
    let problem = ProcessProblem(
      covariance: start(sample.features.count), points: points, width: sample.features.count,
      targets: columns, weights: sample.weights, threads: context.threads)
    let begin = problem.covariance.parameters + [logarithm(values.real("noise") ?? 0.1)]
    let best = try climb(begin, context) { problem.evidence($0) }
    guard let process = problem.process(best) else { throw singular() }
    let machine = ProcessMachine(
      covariance: process.covariance,
      points: process.covariance.scaled(points, width: sample.features.count),
      weights: process.alpha, root: [])
    return ProcessResponse(
      task: .regression, classes: count, scaler: scaler, targets: scales, machines: [machine])
  }

  private func classification(
    _ sample: Sample, _ points: [Double], _ k: Int, _ context: FitContext
  ) throws -> ProcessMachine {
    let width = sample.features.count
    let signs = sample.labels.map { Int($0) == k ? 1.0 : -1 }
    let first = start(width)
    func process(_ parameters: [Double]) -> LaplaceProcess? {
      var covariance = first
      covariance.parameters = parameters
      return LaplaceProcess(
        covariance, points: points, width: width, signs: signs, weights: sample.weights,
        threads: context.threads)
    }
    let best = try climb(first.parameters, context) { parameters in
      process(parameters).map { ($0.logEvidence * -1, $0.evidenceSlopes.map { -$0 }) }
    }
    guard let found = process(best) else { throw singular() }
    return ProcessMachine(
      covariance: found.covariance, points: found.scaledPoints, weights: found.slope,
      root: found.root)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try ProcessResponse(record)
  }
}

/// The evidence of a regression as a function of the covariance's parameters and ln of the noise.
struct ProcessProblem {
  let covariance: Covariance
  let points: [Double]
  let width: Int
  let targets: [Double]
  let weights: [Double]
  let threads: Int

  func process(_ parameters: [Double]) -> GaussianProcess? {
    var own = covariance
    own.parameters = Array(parameters.dropLast())
    let noise = exponential(parameters[parameters.count - 1])
    return GaussianProcess(
      own, points: points, width: width, targets: targets, noise: weights.map { noise / $0 },
      threads: threads)
  }

  /// Minus the evidence, with its slopes.
  ///
  /// An event of weight w has noise σ²/w; w events of one place and target have the evidence of that times
  /// √(2πσ²/w)/(2πσ²)^(w/2).
  func evidence(_ parameters: [Double]) -> (value: Double, slope: [Double])? {
    guard let process = process(parameters) else { return nil }
    let noise = exponential(parameters[parameters.count - 1])
    let own = logarithm(2 * .pi * noise)
    let count = Double(targets.count / weights.count)
    let extra = count * weights.reduce(0) { $0 + (own - logarithm($1)) / 2 - $1 / 2 * own }
    let extraSlope = count * weights.reduce(0) { $0 + (1 - $1) / 2 }
    return (
      -process.logEvidence - extra,
      process.evidenceSlopes.map { -$0 } + [-process.noiseSlope - extraSlope]
    )
  }
}
