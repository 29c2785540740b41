public import ApusEvents
import ApusKernels

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
    let classes = try GaussianClasses(training, values, method: Fisher.name)
    let (standardizer, moments, priors) = (classes.standardizer, classes.moments, classes.priors)
    let factor = try classes.factor(classes.covariance())
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
