import ApusEvents
import ApusKernels

/// What both Gaussian discriminants start from: moments of the classes in standardised inputs, and priors.
struct GaussianClasses {
  let standardizer: Standardizer
  let moments: ClassMoments
  /// ln of the prior probability of each class.
  let priors: [Double]
  private let shrinkage: Double
  private let method: String

  /// - Throws: `FitError.unusable` where the sample can't be learned from.
  init(_ sample: Sample, _ values: OptionValues, method: String) throws {
    let sample = try sample.usable(for: method)
    standardizer = Standardizer(sample)
    moments = ClassMoments(sample, standardizer)
    priors = logPriors(values, sums: moments.sums)
    shrinkage = values.real("shrinkage") ?? 0
    self.method = method
  }

  /// The covariance within the classes: of one class, or of all together.
  func covariance(ofClass k: Int? = nil) -> [Double] {
    let chosen = k.map { [$0] } ?? Array(moments.sums.indices)
    let total = chosen.reduce(0) { $0 + moments.sums[$1] }
    var covariance = [Double](repeating: 0, count: moments.width * moments.width)
    for k in chosen {
      for i in covariance.indices { covariance[i] += moments.scatter[k][i] / total }
    }
    shrink(&covariance, moments.width, by: shrinkage)
    return covariance
  }

  /// The factor of a covariance.
  /// - Throws: `FitError.unusable` where negative weights give it a negative direction.
  func factor(_ covariance: [Double]) throws -> Cholesky {
    guard let factor = Cholesky(covariance, size: moments.width) else { throw indefinite(method) }
    return factor
  }
}

/// The options of both Gaussian discriminants.
let discriminantOptions: [OptionDescription] = [
  priorsOption,
  OptionDescription(
    "shrinkage", .real(0...1), default: .real(0),
    "Pulls the covariance of the standardised inputs towards a multiple of one: 0 not at all, 1 wholly."
  ),
]

/// (1−γ) S + γ tr(S)/n 1.
func shrink(_ matrix: inout [Double], _ n: Int, by gamma: Double) {
  guard gamma > 0 else { return }
  let mean = (0..<n).reduce(0) { $0 + matrix[$1 * n + $1] } / Double(n)
  for i in matrix.indices { matrix[i] *= 1 - gamma }
  for i in 0..<n { matrix[i * n + i] += gamma * mean }
}

/// Negative weights can give a covariance a negative direction.
func indefinite(_ method: String, remedy: String = "add 'shrinkage'") -> FitError {
  .unusable(
    method: method,
    reason:
      "the weighted covariance of the inputs must not have a negative direction, but has one: "
      + "events with negative weights outweigh their surroundings. Set 'negative_weights: pair' (or "
      + "'ignore', 'absolute'), or \(remedy).")
}
