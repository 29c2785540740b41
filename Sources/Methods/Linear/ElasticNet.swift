public import ApusEvents

/// The elastic net: least squares with a penalty of which a share is |β| and the rest β²/2.
///
/// It is ``Lasso`` with a half as the usual share (l1_ratio), as in scikit-learn; formula, weights, cost and paper are told there.
public struct ElasticNet: Method {
  /// The name in YAML.
  public static let name = "elastic_net"
  /// Other names that are accepted.
  public static let aliases = ["ElasticNet", "enet"]
  /// One sentence on what it does.
  public static let summary =
    "Elastic net: least squares with a penalty of |β| and β² that leaves inputs out."
  /// Which tasks it can learn.
  public static let tasks = Lasso.tasks
  /// Its options.
  public static let options = Lasso.usualOptions(share: 0.5)

  private let lasso: Lasso

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { lasso = try Lasso(options: options) }

  /// Refuses a polynomial of too many terms.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try lasso.check(facts) }

  /// What a fit takes, roughly.
  public func workload(_ size: FitSize) -> Workload { lasso.workload(size) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: ElasticNet.name)
    return try lasso.fit(training, validation: validation, context: context)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try Lasso.restore(record)
  }
}
