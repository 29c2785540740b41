#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The median discovery significance of `signal` expected events over `background`, in Gaussian σ.
///
/// Z = √(2[(s+b) ln(1+s/b) − s]) for a background that is known; with its uncertainty σ
/// Z = √(2[(s+b) ln((s+b)(b+σ²)/(b²+(s+b)σ²)) − (b²/σ²) ln(1+σ²s/(b(b+σ²)))]), the profile likelihood of an
/// auxiliary Poisson measurement of relative error σ/b (Cowan, Cranmer, Gross, Vitells, arXiv:1007.1727, and
/// Cowan's note of 2012). Tends to s/√(b+σ²) for s ≪ b.
/// - Parameters:
///   - signal: Expected signal events, at least 0.
///   - background: Expected background events.
///   - uncertainty: The standard deviation σ of the background, in events.
/// - Returns: 0 for no signal, +∞ for signal without background, NaN where `background` is negative.
public func asimovSignificance(signal: Double, background: Double, uncertainty: Double = 0)
  -> Double
{
  if signal.isNaN || background.isNaN || background < 0 { return .nan }
  if signal <= 0 { return 0 }
  if background == 0 { return .infinity }
  let (s, b, v) = (signal, background, uncertainty * uncertainty)
  var square = (s + b) * log1p(s / b) - s
  // Below this the difference from a known background drowns in rounding.
  if v > 1e-9 * b {
    square =
      (s + b) * log1p(s * b / (b * b + (s + b) * v)) - b * b / v * log1p(v * s / (b * (b + v)))
  }
  return (2 * max(square, 0)).squareRoot()
}

/// S/√B, the limit of the discovery significance for little signal on a large, known background.
public func signalOverRootBackground(signal: Double, background: Double) -> Double {
  signal / background.squareRoot()
}

/// S/√(S+B), the inverse relative error of a measured signal.
public func signalOverRootTotal(signal: Double, background: Double) -> Double {
  signal / (signal + background).squareRoot()
}

/// The approximate median significance of the HiggsML challenge.
///
/// AMS = √(2[(s+b+b_r) ln(1+s/(b+b_r)) − s]) with the regularisation b_r = 10 (Adam-Bourdarios et al.,
/// "The Higgs boson machine learning challenge", PMLR 42, 2015).
public func approximateMedianSignificance(
  signal: Double, background: Double, regularisation: Double = 10
) -> Double {
  asimovSignificance(signal: signal, background: background + regularisation)
}
