public import ApusEvents

/// Logistic regression: the linear log-odds that make the labels most likely.
///
/// Minimises Σ w ℓ + l1 |β|₁ + ½ l2 |β|² with ℓ = −ln p(true class), p = σ(x·β + c) for two classes and a softmax for
/// several; the intercept is not penalised. Newton's method (iteratively reweighted least squares) with halved
/// steps where one would overshoot; above 600 parameters L-BFGS. With `l1`, which sets the coefficients of what does not help
/// to zero, each step descends along one coefficient after the other (Yuan, Ho, Lin 2012, JMLR 13, 1999), above 600 parameters by
/// accelerated proximal steps (Beck and Teboulle 2009). Scikit-learn's `C` is 1/l2 (1/l1 for `penalty: l1`).
/// With a `degree` the inputs are all products of Legendre polynomials of inputs scaled to [−1, 1], up to that total degree.
///
/// Weights enter as they are. Where negative weights give the curvature a negative direction the fit ends with a
/// message, never with NaN. For classes that a plane separates there is no best solution without l2: steps
/// go on until the loss no longer falls, and coefficients are large. Constant and repeated inputs get coefficient 0.
/// Cost: n d² an iteration.
public struct LogisticRegression: Method {
  /// The name in YAML.
  public static let name = "logistic"
  /// Other names that are accepted.
  public static let aliases = [
    "softmax", "logistic_regression", "logit", "LogisticRegression", "maxent",
  ]
  /// One sentence on what it does.
  public static let summary =
    "Logistic regression by Newton's method: linear log-odds of greatest likelihood."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "l2", aliases: ["lambda", "alpha"], .real(0...Double.greatestFiniteMagnitude),
      "Strength of ½ l2 |β|² beside the weighted sum of losses; 0 for none."),
    OptionDescription(
      "l1", .real(0...Double.greatestFiniteMagnitude),
      "Strength of l1 Σ|β| beside the weighted sum of losses, which leaves inputs out; 0 for none."),
    OptionDescription(
      "C", .real(0...Double.infinity, open: true),
      "Scikit-learn's inverse strength, for the 'penalty' named; instead of 'l1' and 'l2'."),
    OptionDescription(
      "penalty", .choice(["l2", "l1", "elastic_net", "none"]),
      synonyms: ["elasticnet": "elastic_net"],
      "What C (1 unless given) is the inverse strength of; when off 'l2' if C is given, else none."),
    OptionDescription(
      "share", aliases: ["l1_ratio"], .real(0...1),
      "elastic_net: the share of |β| in the penalty, the rest is ½ |β|²; a half when off."),
    OptionDescription(
      "iterations", aliases: ["max_iter", "epochs"], .integer(1...100_000), default: .integer(100),
      "The most Newton or L-BFGS steps."),
    OptionDescription(
      "tolerance", aliases: ["tol"], .real(0...1, open: true), default: .real(1e-10),
      "Stops when the largest slope a unit of weight is below this."),
    OptionDescription(
      "degree", .integer(1...30), default: .integer(1),
      "The total degree of a polynomial in the inputs, by products of Legendre polynomials."),
  ]

  private let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where `C` or `penalty` is given beside `l1` or `l2`.
  public init(options: OptionValues) throws {
    values = options
    let named = ["C", "penalty", "share"].first { options.values[$0] != nil }
    let own = ["l1", "l2"].first { options.values[$0] != nil }
    guard let named, let own else { return }
    throw OptionProblems([
      .init(
        path: named,
        text: "says the same as '\(own)' in scikit-learn's words; keep one of them (C is 1/\(own))."
      )
    ])
  }

  /// The strengths of Σ|β| and of ½ |β|².
  private var strengths: (l1: Double, l2: Double) {
    let share = values.real("share")
    let word = values.text("penalty") ?? (share == nil ? nil : "elastic_net")
    guard word != nil || values.real("C") != nil else {
      return (values.real("l1") ?? 0, values.real("l2") ?? 0)
    }
    let strength = 1 / (values.real("C") ?? 1)
    switch word {
    case "none": return (0, 0)
    case "l1": return (strength, 0)
    case "elastic_net":
      let share = share ?? 0.5
      return (share * strength, (1 - share) * strength)
    default: return (0, strength)
    }
  }

  /// Refuses a polynomial of too many terms.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try PolynomialBasis.check(values, facts) }

  /// Learns from a sample, starting from zero.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: LogisticRegression.name)
    let degree = values.integer("degree") ?? 1
    guard degree > 1 else { return try linear(training, context) }
    let limit = LinearRegression.termLimit
    let width = training.features.count
    guard let powers = PolynomialBasis.powers(width: width, degree: degree, limit: limit) else {
      throw FitError.unusable(
        method: LogisticRegression.name,
        reason:
          "degree \(degree) of \(width) inputs has more than \(limit) terms. Lower the degree, or "
          + "take fewer inputs.")
    }
    let basis = PolynomialBasis(training, degree: degree, powers: powers)
    var terms = training
    terms.inputs = basis.terms(training.inputs, count: training.count)
    terms.features = (1..<powers.count).map { "term\($0)" }
    return PolynomialLogistic(basis: basis, inner: try linear(terms, context))
  }

  /// The linear model of the inputs of a sample.
  private func linear(_ training: Sample, _ context: FitContext) throws -> LinearResponse {
    let (l1, l2) = strengths
    let unit = training.weightUnit
    let objective = LogisticObjective(training, l2: l2 / unit, l1: l1 / unit)
    var search = LogisticSearch(
      objective: objective, iterations: values.integer("iterations") ?? 100,
      tolerance: values.real("tolerance") ?? 1e-10, context: context)
    let isSmall = objective.size <= 600
    let beta =
      l1 > 0
      ? try (isSmall ? search.sparseNewton() : search.proximal())
      : try (isSmall ? search.newton() : search.quasiNewton())
    guard beta.allSatisfy(\.isFinite) else {
      throw FitError.diverged(
        method: LogisticRegression.name,
        detail: "the coefficients left the range of numbers; add 'l2', or check the weights.")
    }
    var (rows, intercepts) = ([[Double]](), [Double]())
    for k in 0..<objective.outputs {
      let row = beta[k * objective.stride..<(k + 1) * objective.stride]
      let raw = objective.standardizer.unscaled(Array(row.dropLast()), row.last ?? 0)
      rows.append(raw.coefficients)
      intercepts.append(raw.intercept)
    }
    return LinearResponse(
      method: LogisticRegression.name, task: training.task, coefficients: rows,
      intercepts: intercepts, history: search.history)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    let degree = try JSONValue(parsing: record.description)["degree"]?.integer ?? 1
    return degree > 1 ? try PolynomialLogistic(record) : try LinearResponse(record, method: name)
  }
}
