import ApusKernels

/// Descent along one coefficient after the other down a parabola of the loss, with a penalty λ |β| on each.
///
/// A round over terms as they stand costs events × terms. Terms that are not zero are settled among themselves before the others are looked at again,
/// and where that takes many rounds, the products of all pairs are summed once, after which a round costs the square of their number only.
struct SparseRounds {
  let terms: RuleTerms
  /// Terms that may move.
  let moving: [Int]
  /// Σ of the curvatures times the square of each of those.
  let own: [Double]
  let curvatures: [Double]
  /// Σ of the curvatures.
  let all: Double
  let penalty: Double
  let threads: Int
  /// Minus the slope of the parabola for each event.
  private(set) var rest: [Double]
  private(set) var beta: [Double]
  private(set) var constant: Double

  init(
    terms: RuleTerms, moving: [Int], own: [Double], curvatures: [Double], all: Double,
    penalty: Double, threads: Int, rest: [Double], beta: [Double], constant: Double
  ) {
    (self.terms, self.moving, self.own, self.curvatures) = (terms, moving, own, curvatures)
    (self.all, self.penalty, self.threads, self.rest) = (all, penalty, threads, rest)
    (self.beta, self.constant) = (beta, constant)
  }

  /// The best value of a coefficient whose own curvature and pull, without what it does itself, are known.
  private func best(_ pull: Double, _ curvature: Double) -> Double {
    let size = max(abs(pull) - penalty, 0) / curvature
    return pull < 0 ? -size : size
  }

  /// Moves each coefficient once.
  /// - Parameter onlyUsed: Leaves out those that are zero.
  /// - Returns: The largest move, in units of the fit.
  mutating func sweep(onlyUsed: Bool) -> Double {
    var most = 0.0
    if all > 0 {
      let shift = TermKernels.sum(rest) / all
      constant += shift
      TermKernels.add(curvatures, -shift, times: nil, to: &rest)
      most = abs(shift) * all.squareRoot()
    }
    for (place, j) in moving.enumerated()
    where own[place] > 1e-12 && !(onlyUsed && beta[j] == 0) {
      let next = best(terms.sum(j, rest) + own[place] * beta[j], own[place])
      let change = next - beta[j]
      if change == 0 { continue }
      beta[j] = next
      terms.add(j, -change, times: curvatures, to: &rest)
      most = max(most, abs(change) * own[place].squareRoot())
    }
    return most
  }

  /// Moves the coefficients that are not zero until none moves by more than `least`.
  mutating func settle(within least: Double) {
    let used = moving.indices.filter { own[$0] > 1e-12 && beta[moving[$0]] != 0 }
    // So many rounds cost as much as the products of all pairs.
    for _ in 0..<2 + used.count / 6 where !(sweep(onlyUsed: true) > least) { return }
    if used.count > 1 { settleByProducts(used, within: least) }
  }

  private mutating func settleByProducts(_ used: [Int], within least: Double) {
    let columns = used.map { moving[$0] }, n = columns.count
    let products = self.products(columns)
    let means = columns.map { terms.sum($0, curvatures) }
    var pulls = columns.map { terms.sum($0, rest) }
    var (values, total, shifts) = (columns.map { beta[$0] }, TermKernels.sum(rest), 0.0)
    let before = values
    for _ in 0..<2000 {
      var most = 0.0
      if all > 0 {
        let shift = total / all
        shifts += shift
        total = 0
        for k in 0..<n { pulls[k] -= shift * means[k] }
        most = abs(shift) * all.squareRoot()
      }
      for k in 0..<n {
        let curvature = own[used[k]]
        let next = best(pulls[k] + curvature * values[k], curvature)
        let change = next - values[k]
        if change == 0 { continue }
        values[k] = next
        total -= change * means[k]
        TermKernels.add(products[k], -change, times: nil, to: &pulls)
        most = max(most, abs(change) * curvature.squareRoot())
      }
      if !(most > least) { break }
    }
    constant += shifts
    TermKernels.add(curvatures, -shifts, times: nil, to: &rest)
    for (k, j) in columns.enumerated() where values[k] != before[k] {
      beta[j] = values[k]
      terms.add(j, before[k] - values[k], times: curvatures, to: &rest)
    }
  }

  /// Σ of the curvatures times the products of all pairs of terms, row by row.
  private func products(_ columns: [Int]) -> [[Double]] {
    let (terms, curvatures) = (terms, curvatures)
    let halves = parallelElements(columns.count, grain: 1, threads: threads) { range in
      range.map { k in
        var own = [Double](repeating: 0, count: terms.count)
        terms.add(columns[k], 1, times: curvatures, to: &own)
        return columns[...k].map { terms.sum($0, own) }
      }
    }
    return columns.indices.map { k in
      columns.indices.map { m in m <= k ? halves[k][m] : halves[m][k] }
    }
  }
}
