import ApusEvents
import ApusKernels

/// Finds few terms whose weighted sum fits best: the least Σ w ℓ/Σ w + λ Σ |β|, with a free constant.
///
/// ℓ is the logistic loss of two classes, or half the square of what is left of a number. Proximal Newton steps: the loss is replaced by
/// its parabola, of which descent along one coefficient after the other finds the least value over the terms that can move
/// (Friedman, Hastie, Tibshirani 2010, doi:10.18637/jss.v033.i01); a step that would raise the true value is halved, so that
/// the value never rises, also with negative weights. A term whose parabola has no least value then stays as it is. Each λ starts
/// from the coefficients of the last one.
struct SparseDescent {
  let terms: RuleTerms
  /// 0 or 1 for classes.
  let targets: [Double]
  /// Shares of Σ w.
  let shares: [Double]
  let isLogistic: Bool
  private let threads: Int
  private(set) var beta: [Double]
  private(set) var constant: Double
  /// The fit of each event.
  private(set) var forms: [Double]
  private var value = Double.infinity
  /// The size of fits: 1 for log-odds, else the spread of the targets.
  private let unit: Double

  init(
    _ terms: RuleTerms, targets: [Double], weights: [Double], isLogistic: Bool, threads: Int
  ) {
    self.threads = threads
    (self.terms, self.targets, self.isLogistic) = (terms, targets, isLogistic)
    let total = weights.reduce(0, +)
    shares = weights.map { $0 / total }
    beta = [Double](repeating: 0, count: terms.size)
    let mean = min(max(zip(shares, targets).reduce(0) { $0 + $1.0 * $1.1 }, -1e300), 1e300)
    constant = isLogistic ? logarithm(mean / (1 - mean)) : mean
    forms = [Double](repeating: constant, count: terms.count)
    let square = zip(weights, targets).reduce(0) {
      $0 + abs($1.0 / total) * ($1.1 - mean) * ($1.1 - mean)
    }
    unit = isLogistic || square <= 0 ? 1 : square.squareRoot()
  }

  /// The largest λ for which a coefficient is not zero.
  var largestPenalty: Double {
    termSlopes(parabola().slopes).reduce(0) { max($0, abs($1)) }
  }

  /// Σ over the events of each term with what is left.
  private func termSlopes(_ slopes: [Double]) -> [Double] {
    let terms = terms
    return parallelElements(terms.size, grain: 64, threads: threads) { range in
      range.map { terms.sum($0, slopes) }
    }
  }

  /// Goes to the coefficients of a λ.
  /// - Parameter precision: Ends when no coefficient moves the fit by more, in units of its size.
  /// - Returns: false where they run away.
  mutating func descend(penalty: Double, precision: Double) -> Bool {
    value = objective(forms, beta, penalty)
    // A parabola that is not yet the right one need not be followed to its bottom.
    var share = 0.1
    for _ in 0..<100 {
      let before = value
      step(penalty, precision, share)
      guard value.isFinite else { return false }
      if before - value > precision * 1e-3 * max(abs(value), 1e-12) { continue }
      if share == 0 { break }
      share = 0
    }
    return beta.allSatisfy { abs($0) < 1e8 * unit } && constant.isFinite
  }

  /// Σ w ℓ/Σ w of events with these fits.
  func loss(_ forms: [Double]) -> Double {
    var sum = 0.0
    for i in forms.indices {
      let rest = targets[i] - forms[i]
      sum +=
        shares[i]
        * (isLogistic ? softplus(forms[i]) - targets[i] * forms[i] : rest * rest / 2)
    }
    return sum
  }

  private func objective(_ forms: [Double], _ beta: [Double], _ penalty: Double) -> Double {
    loss(forms) + penalty * beta.reduce(0) { $0 + abs($1) }
  }

  /// Minus the slope and the curvature of the loss of each event.
  private func parabola() -> (slopes: [Double], curvatures: [Double]) {
    guard isLogistic else {
      return (shares.indices.map { shares[$0] * (targets[$0] - forms[$0]) }, shares)
    }
    var (slopes, curvatures) = (shares, shares)
    for i in shares.indices {
      let p = sigmoid(forms[i])
      slopes[i] *= targets[i] - p
      // From below, so that no event of a sure class is without a say.
      curvatures[i] *= max(p * (1 - p), 1e-5)
    }
    return (slopes, curvatures)
  }

  /// Goes down one parabola, until nothing moves by more than the precision, or by this share of the first round's moves.
  private mutating func step(_ penalty: Double, _ precision: Double, _ share: Double) {
    let (slopes, curvatures) = parabola()
    let pulls = termSlopes(slopes)
    let moving = pulls.indices.filter { beta[$0] != 0 || abs(pulls[$0]) > penalty }
    let own = moving.map { terms.squares($0, curvatures) }
    let all = curvatures.reduce(0, +)
    var rounds = SparseRounds(
      terms: terms, moving: moving, own: own, curvatures: curvatures, all: all, penalty: penalty,
      threads: threads, rest: slopes, beta: beta, constant: constant)
    var least = precision * unit
    for round in 0..<100 {
      let most = rounds.sweep(onlyUsed: false)
      if round == 0 { least = max(least, share * most) }
      if !(most > least) { break }
      rounds.settle(within: least)
    }
    take(rounds.beta, rounds.constant, penalty)
  }

  /// Goes as far towards new coefficients as the value falls.
  private mutating func take(_ next: [Double], _ free: Double, _ penalty: Double) {
    var moves = [Double](repeating: free - constant, count: terms.count)
    for j in next.indices where next[j] != beta[j] {
      terms.add(j, next[j] - beta[j], times: nil, to: &moves)
    }
    var length = 1.0
    for _ in 0..<30 {
      let there = forms.indices.map { forms[$0] + length * moves[$0] }
      let coefficients = beta.indices.map { beta[$0] + length * (next[$0] - beta[$0]) }
      let reached = objective(there, coefficients, penalty)
      if reached <= value {
        (forms, beta, value) = (there, coefficients, reached)
        constant += length * (free - constant)
        return
      }
      length /= 2
    }
  }
}
