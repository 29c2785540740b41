/// A peak on a background that is learned by a Gaussian process instead of a parametric function.
///
/// Counts t_i = b(x_i) + s g_i(m) + noise, with b a process of a prior mean and a ``Covariance``, and g_i the share of a Gaussian peak of
/// mass m and known width in bin i. For each mass the yield is linear: with C the covariance of background and noise, ŝ = g·C⁻¹t/g·C⁻¹g with
/// the variance 1/g·C⁻¹g, and the evidence gains ŝ²/(2 variance) over the background alone. The mass is that of the largest gain, by a
/// parabola through three steps of the scan (Frate, Cranmer, Kalia, Vandenberg-Rodes, Whiteson, arXiv:1709.05681).
public struct PeakFit: Sendable {
  /// The fitted mass.
  public let mass: Double
  /// The fitted events of the peak.
  public let yield: Double
  /// The standard deviation of the yield at this mass, the background's uncertainty included.
  public let yieldError: Double
  /// The gain in ln evidence over a model without peak.
  public let evidenceGain: Double

  /// Scans masses.
  /// - Parameters:
  ///   - places: The middles of the bins, evenly spaced.
  ///   - counts: The events of each bin.
  ///   - prior: The prior mean of the background in each bin, which is also the variance of its count.
  ///   - covariance: The covariance of the background about that mean; its length must be well above the peak's width.
  ///   - peakWidth: The standard deviation of the peak.
  ///   - masses: The masses to try, ascending and evenly spaced.
  ///   - threads: The most threads to use.
  /// - Returns: nil where there are fewer than two bins or no mass, or the covariance is singular.
  public init?(
    places: [Double], counts: [Double], prior: [Double], covariance: Covariance,
    peakWidth: Double, masses: [Double], threads: Int = 1
  ) {
    guard places.count >= 2, counts.count == places.count, prior.count == places.count,
      !masses.isEmpty
    else { return nil }
    // Not the counts: fluctuations downwards would weigh most.
    let noise = prior.map { max($0, 1) }
    let rest = zip(counts, prior).map { $0 - $1 }
    guard
      let process = GaussianProcess(
        covariance, points: places, width: 1, targets: rest, noise: noise, threads: threads)
    else { return nil }
    let bin = places[1] - places[0]
    let scan = masses.map { mass -> (yield: Double, variance: Double, gain: Double) in
      let shape = places.map { place -> Double in
        let z = (place - mass) / peakWidth
        return bin * exponential(-z * z / 2) / (peakWidth * (2 * Double.pi).squareRoot())
      }
      let solved = process.solve(shape)
      let square = zip(shape, solved).reduce(0) { $0 + $1.0 * $1.1 }
      let yield = zip(rest, solved).reduce(0) { $0 + $1.0 * $1.1 } / square
      return (yield, 1 / square, yield > 0 ? yield * yield * square / 2 : 0)
    }
    let best = scan.indices.max { scan[$0].gain < scan[$1].gain } ?? 0
    var shift = 0.0
    if best > 0, best < scan.count - 1 {
      let (a, b, c) = (scan[best - 1].gain, scan[best].gain, scan[best + 1].gain)
      let bend = a - 2 * b + c
      if bend < 0 { shift = (a - c) / (2 * bend) }
    }
    let step = masses.count > 1 ? masses[1] - masses[0] : 0
    mass = masses[best] + shift * step
    (yield, yieldError) = (scan[best].yield, scan[best].variance.squareRoot())
    evidenceGain = scan[best].gain
  }
}
