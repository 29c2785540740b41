/// The sigmoid 1/(1 + exp(A f + B)) that makes decision values most likely probabilities.
///
/// Newton's method of Lin, Lin and Weng (2007, doi:10.1007/s10994-007-5018-6) on weighted events; the targets are Platt's,
/// (n₊ + 1)/(n₊ + 2) and 1/(n₋ + 2) with the effective entries n = (Σw)²/Σw², so that the scale of weights does not matter. Make coincident
/// events one before.
func plattSigmoid(_ f: [Double], positive: [Bool], weights: [Double]) -> (
  slope: Double, offset: Double
) {
  var (sums, entries) = ((up: 0.0, down: 0.0), (up: 0.0, down: 0.0))
  for i in f.indices {
    let (w, square) = (weights[i], weights[i] * weights[i])
    if positive[i] {
      sums.up += w
      entries.up += square
    } else {
      sums.down += w
      entries.down += square
    }
  }
  if entries.up > 0 { entries.up = sums.up * sums.up / entries.up }
  if entries.down > 0 { entries.down = sums.down * sums.down / entries.down }
  let (high, low) = ((entries.up + 1) / (entries.up + 2), 1 / (entries.down + 2))
  let targets = positive.map { $0 ? high : low }
  func loss(_ a: Double, _ b: Double) -> Double {
    var sum = 0.0
    for i in f.indices {
      let z = a * f[i] + b
      // −t ln p − (1 − t) ln(1 − p) with p = 1/(1 + e^z).
      sum += weights[i] * (softplus(z) - (1 - targets[i]) * z)
    }
    return sum
  }
  let isSigned = sums.up <= 0 || sums.down <= 0
  var (a, b) = (0.0, isSigned ? 0 : logarithm(sums.down / sums.up))
  let total = weights.reduce(0) { $0 + abs($1) }
  var value = loss(a, b)
  for _ in 0..<100 {
    var (g1, g2, h11, h12, h22) = (0.0, 0.0, 1e-12 * total, 0.0, 1e-12 * total)
    for i in f.indices {
      let q = sigmoid(a * f[i] + b)
      let rest = weights[i] * (targets[i] - (1 - q))
      let curve = weights[i] * q * (1 - q)
      g1 += f[i] * rest
      g2 += rest
      h11 += f[i] * f[i] * curve
      h12 += f[i] * curve
      h22 += curve
    }
    if abs(g1) < 1e-9 * total && abs(g2) < 1e-9 * total { break }
    let det = h11 * h22 - h12 * h12
    guard det > 0 else { break }
    let step = (-(h22 * g1 - h12 * g2) / det, -(h11 * g2 - h12 * g1) / det)
    var length = 1.0
    while length > 1e-10 {
      let next = loss(a + length * step.0, b + length * step.1)
      if next < value + 1e-4 * length * (g1 * step.0 + g2 * step.1) {
        (a, b, value) = (a + length * step.0, b + length * step.1, next)
        break
      }
      length /= 2
    }
    if length <= 1e-10 { break }
  }
  return (a, b)
}

/// Probabilities of classes from those of pairs, r_ij = P(i | i or j): the second method of Wu, Lin and Weng
/// (2004, JMLR 5, 975), the least Σ_i Σ_{j≠i} (r_ji p_i − r_ij p_j)².
/// - Parameter r: Row-major, `classes` squared; the diagonal is not read.
func coupledProbabilities(_ r: [Double], classes k: Int) -> [Double] {
  var q = [Double](repeating: 0, count: k * k)
  for i in 0..<k {
    for j in 0..<k where j != i {
      q[i * k + i] += r[j * k + i] * r[j * k + i]
      q[i * k + j] = -r[j * k + i] * r[i * k + j]
    }
  }
  var p = [Double](repeating: 1 / Double(k), count: k)
  for _ in 0..<max(100, k) {
    var qp = (0..<k).map { i in (0..<k).reduce(0) { $0 + q[i * k + $1] * p[$1] } }
    var square = zip(p, qp).reduce(0) { $0 + $1.0 * $1.1 }
    if qp.allSatisfy({ abs($0 - square) < 1e-9 / Double(k) }) { break }
    for i in 0..<k where q[i * k + i] > 0 {
      let step = (square - qp[i]) / q[i * k + i]
      p[i] += step
      square = (square + step * (step * q[i * k + i] + 2 * qp[i])) / ((1 + step) * (1 + step))
      for j in 0..<k {
        qp[j] = (qp[j] + step * q[i * k + j]) / (1 + step)
        p[j] /= 1 + step
      }
    }
  }
  return p
}
