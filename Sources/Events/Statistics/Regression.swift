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

  /// The pulls, where the method estimates its own errors.
  public let pulls: PullMoments?

  /// Compares estimates with targets.
  /// - Parameters:
  ///   - estimates: A number an event.
  ///   - targets: The truth.
  ///   - weights: The weight of each event, possibly negative.
  ///   - deviations: The standard deviations that go with the estimates; empty for none.
  /// - Throws: ``MetricError`` where lengths differ, a number is not finite, or Σw is not positive.
  public init(
    estimates: [Double], targets: [Double], weights: [Double], deviations: [Double] = []
  ) throws(MetricError) {
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
    pulls =
      deviations.isEmpty
      ? nil
      : try PullMoments(
        estimates: estimates, targets: targets, weights: weights, deviations: deviations)
  }
}

/// Pulls (estimate − target)/σ: where the estimated errors σ are right, their mean is 0 and their width 1.
public struct PullMoments: Sendable, Equatable {
  /// Σw p / Σw.
  public let mean: Double
  /// The weighted standard deviation of p; NaN where negative weights make its square negative.
  public let width: Double

  /// Takes estimates with their errors; an event whose σ is not above 0 makes both NaN.
  /// - Throws: ``MetricError`` where lengths differ or Σw is not positive.
  public init(estimates: [Double], targets: [Double], weights: [Double], deviations: [Double])
    throws(MetricError)
  {
    try requireEqual(estimates.count, deviations.count, "deviations", for: "pulls")
    let total = try positiveSum(weights, of: "all events", for: "pulls")
    var (sum, squares) = (0.0, 0.0)
    for i in estimates.indices {
      let pull = deviations[i] > 0 ? (estimates[i] - targets[i]) / deviations[i] : .nan
      sum += weights[i] * pull
      squares += weights[i] * pull * pull
    }
    mean = sum / total
    width = (squares / total - mean * mean).squareRoot()
  }
}
