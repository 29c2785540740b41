public import ApusEvents

/// The lasso: least squares that sets the coefficients of what does not help to zero.
///
/// Minimises Σ w (t − f(x))²/(2 Σ w) + alpha (share |β|₁ + (1 − share) |β|²/2) (Tibshirani 1996; Zou and Hastie 2005) by coordinate
/// descent on the covariance of the terms (Friedman, Hastie, Tibshirani 2010, doi:10.18637/jss.v033.i01). β are
/// the coefficients of the inputs, as in scikit-learn, or for a higher degree those of products of Legendre polynomials of
/// inputs scaled to [−1, 1]; the intercept is free.
///
/// Weights enter as they are; where negative weights give a term a negative variance the fit ends with a message, and so
/// it does where the steps do not settle. Cost: n t² for t terms, t² a round.
public struct Lasso: Method {
  /// The name in YAML.
  public static let name = "lasso"
  /// Other names that are accepted.
  public static let aliases = ["Lasso", "lasso_regression"]
  /// One sentence on what it does.
  public static let summary =
    "Lasso: least squares with a penalty |β| that leaves inputs out; with a share below 1 the elastic net."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.regression]
  /// Its options.
  public static let options = usualOptions(share: 1)

  /// The options with a usual share of |β|.
  static func usualOptions(share: Double) -> [OptionDescription] {
    [
      OptionDescription(
        "alpha", aliases: ["lambda"], .real(0...Double.greatestFiniteMagnitude),
        default: .real(0.01), "Strength of the penalty beside the mean of squares."),
      OptionDescription(
        "share", aliases: ["l1_ratio"], .real(0...1), default: .real(share),
        "The share of |β| in the penalty: 1 lasso, below it an elastic net."),
      degreeOption(1),
      OptionDescription(
        "iterations", aliases: ["max_iter"], .integer(1...100_000_000), default: .integer(100_000),
        "The most rounds over the terms."),
      OptionDescription(
        "tolerance", aliases: ["tol"], .real(0...1, open: true), default: .real(1e-10),
        "Ends when a round moves the fit by less than this share of the target's spread."),
    ]
  }

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
      training, degree: values.integer("degree") ?? 1, method: Lasso.name)
    var descent = CoordinateDescent(squares)
    guard descent.isSound else { throw WeightedSquares.unbounded(Lasso.name) }
    let (alpha, share) = (values.real("alpha") ?? 0.01, values.real("share") ?? 1)
    let units = (1..<max(squares.size, 1)).map { squares.unit(ofTerm: $0) }
    descent.l1 = units.map { alpha * share * $0 }
    descent.l2 = units.map { alpha * (1 - share) * $0 * $0 }
    let limit = values.integer("iterations") ?? 100_000
    var (round, change) = (0, Double.infinity)
    while round < limit, change > values.real("tolerance") ?? 1e-10 {
      change = descent.round()
      round += 1
      guard change.isFinite else { throw WeightedSquares.unbounded(Lasso.name) }
      if round % 100 == 0, context.shouldStop() {
        throw FitError.interrupted(method: Lasso.name, step: round)
      }
    }
    return PolynomialResponse(
      method: Lasso.name, basis: squares.basis, coefficients: [descent.coefficients])
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try PolynomialResponse(record, method: name)
  }
}

/// Descent along one coefficient after the other, on centred terms.
private struct CoordinateDescent {
  /// The number of terms beside the constant.
  let size: Int
  /// The covariance of the terms, and with the target.
  private var covariance: [Double]
  private var side: [Double]
  /// side − covariance β.
  private var rest: [Double]
  private var beta: [Double]
  private let means: [Double]
  private let targetMean: Double
  private let targetSpread: Double
  var l1: [Double] = []
  var l2: [Double] = []

  init(_ squares: WeightedSquares) {
    let (n, total) = (squares.size, squares.total)
    let means = (1..<max(n, 1)).map { squares.matrix[$0 * n] / total }
    let mean = squares.sides[0][0] / total
    size = n - 1
    covariance = [Double](repeating: 0, count: size * size)
    side = (1..<max(n, 1)).map { squares.sides[0][$0] / total - means[$0 - 1] * mean }
    for a in 0..<size {
      for b in 0...a {
        let value = squares.matrix[(a + 1) * n + b + 1] / total - means[a] * means[b]
        covariance[a * size + b] = value
        covariance[b * size + a] = value
      }
    }
    (self.means, targetMean) = (means, mean)
    targetSpread = max(squares.targetSquares / total - mean * mean, 0).squareRoot()
    beta = [Double](repeating: 0, count: size)
    rest = side
  }

  /// Whether no term has a negative variance.
  var isSound: Bool {
    (0..<size).allSatisfy {
      covariance[$0 * (size + 1)] >= -1e-9 && covariance[$0 * (size + 1)].isFinite
    }
  }

  /// One round over all terms.
  /// - Returns: The largest change of the fit, in units of the target's spread; NaN where it runs away.
  mutating func round() -> Double {
    var most = 0.0
    for j in 0..<size {
      let own = covariance[j * size + j]
      // A constant term, up to rounding.
      if own <= 1e-12 { continue }
      let pull = rest[j] + own * beta[j]
      let shrunk = max(abs(pull) - l1[j], 0) / (own + l2[j])
      let next = pull < 0 ? -shrunk : shrunk
      let step = next - beta[j]
      if step == 0 { continue }
      beta[j] = next
      for k in 0..<size { rest[k] -= step * covariance[j &* size &+ k] }
      most = max(most, abs(step) * own.squareRoot())
    }
    let unit = targetSpread > 0 ? targetSpread : 1
    return beta.allSatisfy({ abs($0) < 1e100 }) ? most / unit : .nan
  }

  /// The constant, then the coefficients.
  var coefficients: [Double] {
    [targetMean - zip(beta, means).reduce(0) { $0 + $1.0 * $1.1 }] + beta
  }
}
