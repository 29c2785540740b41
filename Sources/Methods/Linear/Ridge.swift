public import ApusEvents
import ApusKernels

/// Ridge regression: least squares that prefers small coefficients.
///
/// Minimises Σ w (t − f(x))² + l2 |β|² (Hoerl and Kennard 1970); the intercept is free. β are the coefficients of the
/// inputs, as in scikit-learn, or for a higher degree those of products of Legendre polynomials of inputs scaled to
/// [−1, 1]. Weights enter as they are; where negative weights leave no least value the fit ends with a message. Cost: n t²
/// for t terms.
public struct Ridge: Method {
  /// The name in YAML.
  public static let name = "ridge"
  /// Other names that are accepted.
  public static let aliases = ["ridge_regression"]
  /// One sentence on what it does.
  public static let summary =
    "Ridge regression: linear or polynomial least squares with a penalty |β|²."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "l2", aliases: ["alpha", "lambda"], .real(0...Double.greatestFiniteMagnitude),
      default: .real(1), "Strength of the penalty beside the weighted sum of squares."),
    degreeOption(1),
  ]

  /// One factorisation serves all targets.
  public static let takesSeveralTargets = true

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Refuses a polynomial of too many terms.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try PolynomialBasis.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let squares = try WeightedSquares(
      training, degree: values.integer("degree") ?? 1, method: Ridge.name)
    var matrix = squares.matrix
    for j in 1..<max(squares.size, 1) {
      let unit = squares.unit(ofTerm: j)
      matrix[j * squares.size + j] += (values.real("l2") ?? 1) / squares.weightUnit * unit * unit
    }
    guard let factor = Cholesky(matrix, size: squares.size) else {
      throw WeightedSquares.unbounded(Ridge.name)
    }
    return PolynomialResponse(
      method: Ridge.name, basis: squares.basis, coefficients: squares.sides.map(factor.solve))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try PolynomialResponse(record, method: name)
  }
}

/// The option of all polynomial methods.
func degreeOption(_ standard: Int) -> OptionDescription {
  OptionDescription(
    "degree", .integer(0...30), default: .integer(standard), "The total degree of the polynomial.")
}
