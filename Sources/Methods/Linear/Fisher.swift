public import ApusEvents

/// Fisher's linear discriminant: the best cut for classes that are Gaussian with one covariance.
///
/// Score of class k: x·W⁻¹m_k − ½ m_k·W⁻¹m_k + ln π_k, with the weighted means m_k and the covariance within the
/// classes W = Σ_k Σ w(x−m_k)(x−m_k)ᵀ / Σw; for two classes the log-odds are x·d + c with d = W⁻¹(m₁−m₀). A
/// softmax (two classes: a sigmoid) turns scores into probabilities, which are right where the Gaussian model
/// is (Fisher 1936, doi:10.1111/j.1469-1809.1936.tb02137.x; Hastie et al., section 4.3).
///
/// Weights enter as they are, also negative ones, as long as each class keeps a positive sum and W no negative
/// direction. Constant inputs and linear combinations of others get the coefficient 0. Cost: n d².
public struct Fisher: Method {
  /// The name in YAML.
  public static let name = "fisher"
  /// Other names that are accepted.
  public static let aliases = ["lda", "Fisher", "LD", "linear_discriminant"]
  /// One sentence on what it does.
  public static let summary =
    "Fisher's linear discriminant (LDA): one cut plane, exact for Gaussian classes of equal covariance."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options = discriminantOptions

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample in one pass over the events for means and one for covariances.
  /// - Throws: `FitError.unusable`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: Fisher.name)
    let standardizer = Standardizer(training)
    let moments = ClassMoments(training, standardizer)
    let (width, total) = (moments.width, moments.sums.reduce(0, +))
    var within = [Double](repeating: 0, count: width * width)
    for scatter in moments.scatter { for i in within.indices { within[i] += scatter[i] / total } }
    shrink(&within, width, by: values.real("shrinkage") ?? 0)
    guard let factor = Cholesky(within, size: width) else { throw indefinite(Fisher.name) }
    let priors = logPriors(values, sums: moments.sums)
    var (rows, intercepts) = ([[Double]](), [Double]())
    for (mean, prior) in zip(moments.means, priors) {
      let row = factor.solve(mean)
      let half = zip(row, mean).reduce(0) { $0 + $1.0 * $1.1 } / 2
      let raw = standardizer.unscaled(row, prior - half)
      rows.append(raw.coefficients)
      intercepts.append(raw.intercept)
    }
    if training.task == .binary {
      rows = [zip(rows[1], rows[0]).map { $0 - $1 }]
      intercepts = [intercepts[1] - intercepts[0]]
    }
    return LinearResponse(
      method: Fisher.name, task: training.task, coefficients: rows, intercepts: intercepts,
      history: [])
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try LinearResponse(record, method: name)
  }
}

/// The options of both Gaussian discriminants.
let discriminantOptions: [OptionDescription] = [
  OptionDescription(
    "priors", .choice(["data", "equal"]), default: .text("data"),
    "Prior probabilities of the classes: their sums of weights, or all equal."),
  OptionDescription(
    "shrinkage", .real(0...1), default: .real(0),
    "Pulls the covariance of the standardised inputs towards a multiple of one: 0 not at all, 1 wholly."
  ),
]

/// Logarithms of the prior probabilities.
func logPriors(_ values: OptionValues, sums: [Double]) -> [Double] {
  let total = sums.reduce(0, +)
  return values.text("priors") == "equal"
    ? sums.map { _ in 0 } : sums.map { logarithm($0 / total) }
}

/// (1−γ) S + γ tr(S)/n 1.
func shrink(_ matrix: inout [Double], _ n: Int, by gamma: Double) {
  guard gamma > 0 else { return }
  let mean = (0..<n).reduce(0) { $0 + matrix[$1 * n + $1] } / Double(n)
  for i in matrix.indices { matrix[i] *= 1 - gamma }
  for i in 0..<n { matrix[i * n + i] += gamma * mean }
}

/// Negative weights can give a covariance a negative direction.
func indefinite(_ method: String) -> FitError {
  .unusable(
    method: method,
    reason:
      "the weighted covariance of the inputs must not have a negative direction, but has one: "
      + "events with negative weights outweigh their surroundings. Set 'negative_weights: pair' (or "
      + "'ignore', 'absolute'), or add 'shrinkage'.")
}
