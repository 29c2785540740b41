#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The separation of two distributions, ⟨S²⟩ = ½ Σ (ŝ − b̂)² / (ŝ + b̂) over bins, both normalised to one.
///
/// 0 for equal shapes, 1 for no overlap (TMVA Users Guide, arXiv:physics/0703039). Bins where ŝ + b̂ is
/// not positive, which negative weights can make, contribute nothing. NaN where a histogram has no
/// positive sum. The two histograms must have the same edges.
public func separation(_ a: Histogram, _ b: Histogram) -> Double {
  precondition(a.edges == b.edges, "histograms with different edges can't be compared")
  guard a.sum > 0, b.sum > 0 else { return .nan }
  let (sa, sb) = (a.sum, b.sum)
  return zip(a.sums, b.sums).reduce(0.0) { sum, bin in
    let (s, b) = (bin.0 / sa, bin.1 / sb)
    return s + b > 0 ? sum + (s - b) * (s - b) / (s + b) / 2 : sum
  }
}

/// The separation ⟨S²⟩ of signal (label 1) and background in one column.
///
/// Bins are equally wide between the 0.1 % and 99.9 % quantiles (unweighted) of all finite values; what
/// lies outside goes to the first and last bin. Zero for a column without spread.
public func separation(
  _ values: [Double], labels: [Int32], weights: [Double], bins: Int = 50
) -> Double {
  let finite = values.filter(\.isFinite)
  guard !finite.isEmpty else { return 0 }
  let (cut, last) = (finite.count / 1000, finite.count - 1)
  let ends = valuesAtRanks([cut, last - cut, 0, last], of: finite)
  var (low, high) = (ends[0], ends[1])
  if low >= high { (low, high) = (ends[2], ends[3]) }
  guard low < high else { return 0 }
  var signal = Histogram(bins: bins, from: low, to: high)
  var background = signal
  let (lowest, highest) = (signal.centres[0], signal.centres[bins - 1])
  for i in values.indices where values[i].isFinite {
    let value = values[i] < low ? lowest : (values[i] >= high ? highest : values[i])
    if labels[i] == 1 {
      signal.fill(value, weight: weights[i])
    } else {
      background.fill(value, weight: weights[i])
    }
  }
  return separation(signal, background)
}

/// The outcome of a Kolmogorov-Smirnov test.
public struct KolmogorovResult: Sendable, Equatable {
  /// The largest distance between the two cumulative distributions.
  public var distance: Double
  /// The probability of a larger distance when both samples come from one distribution.
  public var pValue: Double
}

/// The two-sample Kolmogorov-Smirnov test of weighted samples.
///
/// Cumulative distributions are signed sums of weights over their total. The p-value is asymptotic,
/// Q(D √n) with n = n₁n₂/(n₁+n₂) of the effective entries (Σw)²/Σw², as in ROOT. Values that are NaN are
/// left out.
/// - Throws: ``MetricError`` where a sample has no positive sum of weights.
public func kolmogorovSmirnov(
  _ a: [Double], weights wa: [Double], _ b: [Double], weights wb: [Double]
) throws(MetricError) -> KolmogorovResult {
  let name = "Kolmogorov-Smirnov test"
  try requireEqual(a.count, wa.count, "weights", for: name)
  try requireEqual(b.count, wb.count, "weights", for: name)
  let (ta, tb) = (
    try positiveSum(wa, of: "the first sample", for: name),
    try positiveSum(wb, of: "the second sample", for: name)
  )
  let values = a + b
  var (fa, fb, distance) = (0.0, 0.0, 0.0)
  let order = sortedOrder(values).filter { !values[Int($0)].isNaN }
  for (k, index) in order.enumerated() {
    let i = Int(index)
    if i < a.count { fa += wa[i] / ta } else { fb += wb[i - a.count] / tb }
    let tied = k + 1 < order.count && values[Int(order[k + 1])] == values[i]
    if !tied { distance = max(distance, abs(fa - fb)) }
  }
  let (na, nb) = (effectiveEntries(wa), effectiveEntries(wb))
  return KolmogorovResult(
    distance: distance,
    pValue: kolmogorovProbability(distance * (na * nb / (na + nb)).squareRoot()))
}

/// The Kolmogorov-Smirnov test between the shapes of two histograms with the same edges.
///
/// Binning makes the p-value too large, more so for few bins; under- and overflow are not used.
public func kolmogorovSmirnov(_ a: Histogram, _ b: Histogram) throws(MetricError)
  -> KolmogorovResult
{
  precondition(a.edges == b.edges, "histograms with different edges can't be compared")
  let name = "Kolmogorov-Smirnov test"
  let ta = try positiveSum(a.sums, of: "the first histogram", for: name)
  let tb = try positiveSum(b.sums, of: "the second histogram", for: name)
  var (fa, fb, distance) = (0.0, 0.0, 0.0)
  for i in a.sums.indices {
    fa += a.sums[i] / ta
    fb += b.sums[i] / tb
    distance = max(distance, abs(fa - fb))
  }
  let (na, nb) = (a.effectiveEntries, b.effectiveEntries)
  return KolmogorovResult(
    distance: distance,
    pValue: kolmogorovProbability(distance * (na * nb / (na + nb)).squareRoot()))
}

/// Kolmogorov's distribution, Q(z) = 2 Σ (−1)^(j−1) exp(−2 j² z²).
///
/// Below z = 1 the equivalent theta series is used, which converges there.
public func kolmogorovProbability(_ z: Double) -> Double {
  if z.isNaN { return .nan }
  if z < 0.04 { return 1 }
  if z < 1 {
    let c = -Double.pi * Double.pi / (8 * z * z)
    let sum = exp(c) + exp(9 * c) + exp(25 * c) + exp(49 * c)
    return 1 - (2 * Double.pi).squareRoot() / z * sum
  }
  var (sum, sign) = (0.0, 1.0)
  for j in 1...100 {
    let term = exp(-2 * Double(j * j) * z * z)
    sum += sign * term
    if term < 1e-17 { break }
    sign = -sign
  }
  return min(max(2 * sum, 0), 1)
}
