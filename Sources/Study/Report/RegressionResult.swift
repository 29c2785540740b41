extension ReportData {
  /// How a regression's estimate compares with the truth.
  public struct RegressionResult: Sendable, Codable, Equatable {
    /// What is estimated: "m_true".
    public var target: String
    /// Its unit, if known.
    public var unit: String?
    /// The edges of truth (x) and estimate (y).
    public var edges: [Double]
    /// Σw in each cell; a row for each bin of the estimate.
    public var counts: [[Double]]
    /// The distribution of estimate − truth.
    public var residuals: Histogram
    /// The mean residual in each bin of truth.
    public var meanResiduals: [Double]
    /// The standard deviation of the residual in each bin of truth.
    public var residualDeviations: [Double]
    /// The distribution of (estimate − truth)/σ from −5 to 5; nil where no σ is estimated.
    public var pulls: Histogram?
    /// The mean and the width of all pulls.
    public var pullMoments: [Double]?
    /// RMSE, bias, MAE and R² of one target of several; nil where those of the method are meant.
    public var numbers: [Double]?
    /// Makes a comparison.
    public init(
      target: String, unit: String? = nil, edges: [Double], counts: [[Double]],
      residuals: Histogram, meanResiduals: [Double] = [], residualDeviations: [Double] = []
    ) {
      self.target = target
      self.unit = unit
      self.edges = edges
      self.counts = counts
      self.residuals = residuals
      self.meanResiduals = meanResiduals
      self.residualDeviations = residualDeviations
    }
  }
}
