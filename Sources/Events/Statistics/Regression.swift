/// How well estimates of a number agree with the truth; every mean is weighted.
public struct RegressionScores: Sendable, Equatable {
  /// Σw r² / Σw with r = estimate − target.
  public let meanSquaredError: Double
  /// Σw |r| / Σw.
  public let meanAbsoluteError: Double
  /// Σw r / Σw.
  public let bias: Double
  /// 1 − Σw r² / Σw (t − t̄)²; NaN where all targets are equal.
  public let r2: Double
  /// √MSE; NaN where negative weights make the mean square negative.
  public var rootMeanSquaredError: Double { meanSquaredError.squareRoot() }
  /// The standard error of ``rootMeanSquaredError``: √(Σw²(r²−MSE)²)/Σw for the mean square, over 2 RMSE.
  public let rootMeanSquareUncertainty: Double
  /// The weighted standard deviation of r.
  public var resolution: Double { (meanSquaredError - bias * bias).squareRoot() }

  /// Compares estimates with targets.
  /// - Throws: ``MetricError`` where lengths differ, a number is not finite, or Σw is not positive.
  public init(estimates: [Double], targets: [Double], weights: [Double]) throws(MetricError) {
    let name = "regression metrics"
    try requireEqual(estimates.count, targets.count, "targets", for: name)
    try requireEqual(estimates.count, weights.count, "weights", for: name)
    try requireFinite(estimates, "estimates", for: name)
    try requireFinite(targets, "targets", for: name)
    let total = try positiveSum(weights, of: "all events", for: name)
    var (squares, absolutes, sum, target) = (0.0, 0.0, 0.0, 0.0)
    for i in estimates.indices {
      let (r, w) = (estimates[i] - targets[i], weights[i])
      squares += w * r * r
      absolutes += w * abs(r)
      sum += w * r
      target += w * targets[i]
    }
    let mean = target / total
    let spread = targets.indices.reduce(0.0) {
      $0 + weights[$1] * (targets[$1] - mean) * (targets[$1] - mean)
    }
    let mse = squares / total
    let scatter = estimates.indices.reduce(0.0) { sum, i in
      let r = estimates[i] - targets[i]
      let move = weights[i] * (r * r - mse)
      return sum + move * move
    }
    rootMeanSquareUncertainty = scatter.squareRoot() / total / (2 * mse.squareRoot())
    meanSquaredError = mse
    meanAbsoluteError = absolutes / total
    bias = sum / total
    r2 = spread == 0 ? .nan : 1 - squares / spread
  }
}
