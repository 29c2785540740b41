public import ApusEvents
import ApusKernels

/// Kernel density estimation: each class's density is a sum of kernels around its events.
///
/// f_k(x) = Σ w_i K(|H⁻¹(x − x_i)|/λ_i) / (λ_i^d |H| Σw); the score is π_k f_k / Σ π f. H is the bandwidth times
/// the spread of each input in the class (`product`), or times the root of the class's covariance
/// (`multivariate`). Bandwidths follow Scott, n^(-1/(d+4)), or Silverman, (n(d+2)/4)^(-1/(d+4)), with the effective
/// entries n of distinct events (Silverman 1986). `adaptive` widens kernels where events are rare: λ_i = √(g/f(x_i)), between
/// 1/4 and 4 (Abramson 1982; Cranmer, hep-ex/0011057). A kd-tree takes far groups of events as one, so that
/// densities are wrong by a share of at most `tolerance`.
///
/// Weights enter as they are; widths use |w|. Where negative weights leave no class a positive density, the priors
/// hold. Cost of a score: between log n and n.
public struct KernelDensity: Method {
  /// The name in YAML.
  public static let name = "kde"
  /// Other names that are accepted.
  public static let aliases = ["kernel_density", "KernelDensity", "PDERS", "pdf"]
  /// One sentence on what it does.
  public static let summary =
    "Kernel density estimation: the densities of the classes as sums of kernels around events."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "kernel", .choice(DensityTree.Kernel.allCases.map(\.rawValue)), default: .text("gaussian"),
      "The shape of a kernel."),
    OptionDescription(
      "bandwidth", aliases: ["bw_method", "h"], .text, default: .text("scott"),
      "scott, silverman, or a number: the width in units of the spread."),
    OptionDescription(
      "widths", aliases: ["covariance"], .choice(["product", "multivariate"]),
      default: .text("product"),
      "Whether a kernel has a width for each input, or the shape of the class's covariance."),
    OptionDescription(
      "scale", .flag, default: .flag(true),
      "Whether widths are in units of the spread of the class; otherwise in those of the inputs."),
    OptionDescription(
      "adaptive", .flag, default: .flag(false), "Whether kernels are wider where events are rare."),
    OptionDescription(
      "tolerance", aliases: ["rtol"], .real(0...1), default: .real(1e-3),
      "The share by which a density may be wrong; 0 looks at all events."),
    priorsOption,
  ]

  private let values: OptionValues
  private let bandwidth: Double?

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where `bandwidth` is neither a rule nor a positive number.
  public init(options: OptionValues) throws {
    values = options
    let text = options.text("bandwidth") ?? "scott"
    bandwidth = Double(text)
    let positive = bandwidth.map { $0 > 0 && $0.isFinite } ?? false
    if !positive, !["scott", "silverman"].contains(text) {
      throw OptionProblems([
        .init(
          path: "bandwidth",
          text: "must be 'scott', 'silverman' or a number above 0, got '\(text)'.")
      ])
    }
  }

  /// Learns from a sample.
  /// - Throws: `FitError.unusable`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let sample = try training.usable(for: KernelDensity.name).merged()
    let pooled = Standardizer(sample).spreads
    let positions = sample.positionsByClass
    let sums = positions.map { $0.reduce(0) { $0 + sample.weights[$1] } }
    let classes = try positions.indices.map {
      try density(sample.selecting(positions[$0]), sample.classes[$0], pooled, context.threads)
    }
    return KernelDensityResponse(
      task: sample.task, classes: classes, logPriors: logPriors(values, sums: sums),
      tolerance: values.real("tolerance") ?? 1e-3)
  }

  private func density(_ sample: Sample, _ name: String, _ pooled: [Double], _ threads: Int) throws
    -> ClassDensity
  {
    let width = sample.features.count
    let frame = try frame(sample, name, pooled)
    let points = frame.turned(sample.inputs, sample.count, threads)
    let kernel = DensityTree.Kernel(rawValue: values.text("kernel") ?? "") ?? .gaussian
    let ones = [Float](repeating: 1, count: sample.count)
    let weights = sample.weights.map { Float($0) }
    let pilot = ClassDensity(
      frame: frame, points: points, amplitudes: weights, inverseSquares: ones, kernel: kernel,
      sum: sample.weights.reduce(0, +))
    if !values.flag("adaptive") { return pilot }
    let tolerance = values.real("tolerance") ?? 1e-3
    let logs = pilot.logDensities(turned: points, tolerance, threads).map { max($0, -700) }
    let total = sample.weights.reduce(0) { $0 + abs($1) }
    let mean = logs.indices.reduce(0) { $0 + abs(sample.weights[$1]) * logs[$1] } / total
    let factors = logs.map { min(max(exponential((mean - $0) / 2), 0.25), 4) }
    return ClassDensity(
      frame: frame, points: points,
      amplitudes: factors.indices.map {
        Float(sample.weights[$0] * exponential(-Double(width) * logarithm(factors[$0])))
      }, inverseSquares: factors.map { Float(1 / ($0 * $0)) }, kernel: kernel,
      sum: sample.weights.reduce(0, +))
  }

  /// The coordinates in which kernels are round and of width one.
  private func frame(_ sample: Sample, _ name: String, _ pooled: [Double]) throws -> KernelFrame {
    let (width, own) = (sample.features.count, Standardizer(sample))
    let h = factor(sample)
    guard values.flag("scale") else {
      return KernelFrame(mean: own.means, spreads: pooled.map { _ in h }, factor: nil)
    }
    let constant = own.spreadsBeforeFloor(sample)
    let spreads = (0..<width).map { constant[$0] > 1e-6 * pooled[$0] ? constant[$0] : pooled[$0] }
    guard values.text("widths") == "multivariate" else {
      return KernelFrame(mean: own.means, spreads: spreads.map { $0 * h }, factor: nil)
    }
    var matrix = [Double](repeating: 0, count: width * width)
    var row = [Double](repeating: 0, count: width)
    let total = sample.weights.reduce(0) { $0 + abs($1) }
    for i in 0..<sample.count {
      for j in 0..<width {
        row[j] = (Double(sample.inputs[i * width + j]) - own.means[j]) / spreads[j]
      }
      addOuter(row, abs(sample.weights[i]) / total, to: &matrix, width)
    }
    let factor = Cholesky(matrix, size: width)
    guard let factor, !factor.dropped.contains(true) else {
      throw FitError.unusable(
        method: KernelDensity.name,
        reason:
          "the covariance of the inputs in class '\(name)' is singular: an input is constant or a "
          + "combination of others there. Leave it out, or take 'widths: product'.")
    }
    return KernelFrame(mean: own.means, spreads: spreads.map { $0 * h }, factor: factor.factor)
  }

  private func factor(_ sample: Sample) -> Double {
    if let bandwidth { return bandwidth }
    let d = Double(sample.features.count)
    let total = sample.weights.reduce(0) { $0 + abs($1) }
    var n = total * total / sample.weights.reduce(0) { $0 + $1 * $1 }
    if values.text("bandwidth") == "silverman" { n *= (d + 2) / 4 }
    return exponential(-logarithm(n) / (d + 4))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try KernelDensityResponse(record)
  }
}
