public import ApusEvents
import ApusKernels

/// Support vector machines: the widest margin between classes, or the flattest function within ε of the targets.
///
/// Two classes: f(x) = Σ α_i y_i K(x_i, x) + b from the least ½ Σ α_i α_j y_i y_j K_ij − Σ α_i with 0 ≤ α_i ≤ C w_i, Σ α y = 0 (Cortes and
/// Vapnik 1995, doi:10.1007/BF00994018). Regression: the ε-insensitive loss. Solved as libsvm does (Chang and Lin 2011,
/// doi:10.1145/1961189.1961199): pairs of second order, shrinking, cached rows of K. Several classes: each pair is separated, and
/// pairwise probabilities are coupled (Wu, Lin, Weng 2004). Scores are probabilities 1/(1 + exp(A f + B)) fitted to decision
/// values of events that the machine had not seen (Platt 1999; Lin, Lin, Weng 2007), in `folds` parts that follow from the inputs, so
/// that the same event always lies in the same part; with `probability: false`, two classes are scored by f itself.
///
/// A weight multiplies C. Negative weights have no place in this problem and are refused with a message. Memory: the
/// cache; cost: between n² and n³.
public struct SupportVectorMachine: Method {
  /// The name in YAML.
  public static let name = "svm"
  /// Other names that are accepted.
  public static let aliases = ["SVM", "kSVM", "SVC", "SVR", "support_vector_machine"]
  /// One sentence on what it does.
  public static let summary =
    "Support vector machine with linear, polynomial, Gaussian or sigmoid kernel, for classes and numbers."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "kernel", aliases: ["Kernel"], .choice(["linear", "polynomial", "rbf", "sigmoid"]),
      synonyms: ["poly": "polynomial", "Polynom": "polynomial", "gaussian": "rbf"],
      default: .text("rbf"),
      "x·y, (γ x·y + constant)^degree, exp(−γ|x−y|²) or tanh(γ x·y + constant)."),
    OptionDescription(
      "C", aliases: ["cost"], .real(0...Double.greatestFiniteMagnitude, open: true),
      default: .real(1), "What an error of an event of weight one costs."),
    OptionDescription(
      "gamma", aliases: ["Gamma"], .real(0...Double.greatestFiniteMagnitude, open: true),
      synonyms: ["scale": "off"],
      "γ of the kernel; when nothing is said 1/(inputs × variance of all inputs)."),
    OptionDescription(
      "degree", aliases: ["Order"], .integer(1...20), default: .integer(3), "polynomial: the power."
    ),
    OptionDescription(
      "constant", aliases: ["coef0"], .real(-1e9...1e9), default: .real(1),
      "polynomial, sigmoid: what is added to γ x·y."),
    OptionDescription(
      "epsilon", .real(0...Double.greatestFiniteMagnitude), default: .real(0.1),
      "Regression: errors below this cost nothing, in units of the target's spread."),
    OptionDescription(
      "tolerance", aliases: ["tol", "Tol"], .real(0...1, open: true), default: .real(1e-3),
      "Ends when no pair violates the conditions of the optimum by more."),
    OptionDescription(
      "steps", aliases: ["max_iter", "MaxIter"], .integer(1...1_000_000_000_000),
      synonyms: ["-1": "1000000000000"], default: .integer(100_000_000), "The most pairs to move."),
    OptionDescription(
      "probability", .flag, default: .flag(true), "Two classes: scores are probabilities."),
    OptionDescription(
      "folds", .integer(2...100), default: .integer(5),
      "Parts of the cross-validation behind the probabilities."),
    OptionDescription(
      "scale", .flag, default: .flag(true), "Whether inputs (and targets) are standardised first."),
    OptionDescription(
      "shrinking", .flag, default: .flag(true),
      "Whether events that are surely at a bound are left out for a while."),
    OptionDescription(
      "cache", aliases: ["cache_size"], .integer(1...1_000_000), default: .integer(200),
      "Megabytes for rows of the kernel."),
  ]

  let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let name = SupportVectorMachine.name
    let training = try training.usable(for: name)
    try refuseNegativeWeights(
      training, name, because: "each is the cost of an error, and less than no cost has no optimum")
    let sample = training.merged()
    let trainer = VectorTrainer(sample, values, context)
    if sample.task == .regression { return try trainer.regression() }
    let classes = sample.classes.count
    var machines: [VectorMachine] = []
    for b in 1..<classes {
      for a in 0..<b { machines.append(try trainer.pair(a, b)) }
    }
    return VectorResponse(
      task: sample.task, classes: classes, kernel: trainer.kernel, scaler: trainer.scaler,
      target: (0, 1), machines: machines)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try VectorResponse(record)
  }
}
