import ApusEvents

/// The weighted squares of a polynomial model: what least squares, ridge and lasso start from.
struct WeightedSquares {
  let basis: PolynomialBasis
  /// What the weights of the sums are in units of.
  let weightUnit: Double
  /// Σ w f fᵀ over the events, lower triangle, and Σ w t f of each target.
  private(set) var matrix: [Double]
  private(set) var sides: [[Double]]
  /// Σ w, and Σ w t² of the first target.
  private(set) var total = 0.0
  private(set) var targetSquares = 0.0

  var size: Int { basis.powers.count }

  /// - Throws: `FitError.unusable` where the sample can't be learned from or has too many terms.
  init(_ sample: Sample, degree: Int, method: String) throws {
    let sample = try sample.usable(for: method)
    weightUnit = sample.weightUnit
    let limit = LinearRegression.termLimit
    guard
      let powers = PolynomialBasis.powers(
        width: sample.features.count, degree: degree, limit: limit)
    else {
      throw FitError.unusable(
        method: method,
        reason: "degree \(degree) of \(sample.features.count) inputs has more than \(limit) terms. "
          + "Lower the degree, or take fewer inputs.")
    }
    basis = PolynomialBasis(sample, degree: degree, powers: powers)
    let n = powers.count
    matrix = [Double](repeating: 0, count: n * n)
    var row = [Double](repeating: 0, count: n)
    let count = sample.targetCount
    sides = [[Double]](repeating: row, count: count)
    for i in 0..<sample.count where sample.weights[i] != 0 {
      let (w, t) = (sample.weights[i], sample.targets[i * count])
      basis.fill(&row, sample.inputs, i)
      addOuter(row, w, to: &matrix, n)
      for k in 0..<count {
        let t = sample.targets[i * count + k]
        for j in 0..<n { sides[k][j] += w * t * row[j] }
      }
      total += w
      targetSquares += w * t * t
    }
  }

  /// How much a term changes where its input changes by one: what turns a penalty on coefficients of the inputs into
  /// one on terms.
  ///
  /// Terms of higher degree keep their own scale.
  func unit(ofTerm t: Int) -> Double {
    guard basis.powers[t].reduce(0, +) == 1, basis.degree == 1,
      let j = basis.powers[t].firstIndex(of: 1)
    else { return 1 }
    return 1 / basis.halves[j]
  }

  /// Negative weights leave the squares without a least value.
  static func unbounded(_ method: String) -> FitError {
    .unusable(
      method: method,
      reason:
        "the weighted squares must have a least value, but have none: events with negative weights "
        + "outweigh their surroundings. Set 'negative_weights: pair' (or 'ignore', 'absolute').")
  }
}
