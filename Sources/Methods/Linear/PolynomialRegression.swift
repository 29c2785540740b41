public import ApusEvents

/// Polynomial regression by least squares.
///
/// It is ``LinearRegression`` with two as the usual degree; formula, weights and cost are told there.
public struct PolynomialRegression: Method {
  /// The name in YAML.
  public static let name = "polynomial"
  /// Other names that are accepted.
  public static let aliases = ["polynomial_regression"]
  /// One sentence on what it does.
  public static let summary =
    "Polynomial regression by least squares, of degree 2 unless another is given."
  /// Which tasks it can learn.
  public static let tasks = LinearRegression.tasks
  /// One factorisation serves all targets.
  public static let takesSeveralTargets = true
  /// Its options.
  public static let options = LinearRegression.usualOptions(degree: 2)

  private let linear: LinearRegression

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { linear = try LinearRegression(options: options) }

  /// Refuses a polynomial of too many terms.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try linear.check(facts) }

  /// What a fit takes, roughly.
  public func workload(_ size: FitSize) -> Workload { linear.workload(size) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: PolynomialRegression.name)
    return try linear.fit(training, validation: validation, context: context)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try LinearRegression.restore(record)
  }
}
