/// A cut on the score with what it selects.
public struct WorkingPoint: Sendable, Equatable {
  /// Events with `score >= threshold` are selected.
  public var threshold: Double
  /// The share of signal selected.
  public var signalEfficiency: Double
  /// The share of background selected.
  public var backgroundEfficiency: Double
  /// Σw of selected signal.
  public var signalYield: Double
  /// Σw of selected background.
  public var backgroundYield: Double

  /// Background rejection as jet tagging quotes it, 1/ε_B; +∞ where no background is left.
  public var inverseBackgroundEfficiency: Double {
    backgroundEfficiency == 0 ? .infinity : 1 / backgroundEfficiency
  }
  /// Background rejection as TMVA plots it, 1 − ε_B.
  public var backgroundRejection: Double { 1 - backgroundEfficiency }
  /// The share of signal among the selected events.
  public var purity: Double { signalYield / (signalYield + backgroundYield) }
}

extension RocCurve {
  /// The signal efficiency at a background efficiency, linear between the points of the curve.
  ///
  /// From the tight end, the first point whose background efficiency exceeds the target ends the
  /// segment that is used; this also settles curves that run backwards for negative weights.
  public func signalEfficiency(atBackground target: Double) -> Double {
    let limit = target * backgroundTotal
    guard let k = backgroundYields.firstIndex(where: { $0 > limit }), k > 0 else {
      return signalYields[count - 1] / signalTotal
    }
    let (b0, b1) = (backgroundYields[k - 1], backgroundYields[k])
    let (s0, s1) = (signalYields[k - 1], signalYields[k])
    return (s0 + (s1 - s0) * (limit - b0) / (b1 - b0)) / signalTotal
  }

  /// The background efficiency (mistag rate) at a signal efficiency, linear between points.
  ///
  /// From the tight end, the first point whose signal efficiency reaches the target ends the segment.
  public func backgroundEfficiency(atSignal target: Double) -> Double {
    let limit = target * signalTotal
    guard let k = signalYields.firstIndex(where: { $0 >= limit }) else {
      return backgroundYields[count - 1] / backgroundTotal
    }
    guard k > 0 else { return 0 }
    let (b0, b1) = (backgroundYields[k - 1], backgroundYields[k])
    let (s0, s1) = (signalYields[k - 1], signalYields[k])
    return (b0 + (b1 - b0) * (limit - s0) / (s1 - s0)) / backgroundTotal
  }

  /// Background rejection 1/ε_B at a signal efficiency; +∞ where no background is left.
  public func inverseBackgroundEfficiency(atSignal target: Double) -> Double {
    let efficiency = backgroundEfficiency(atSignal: target)
    return efficiency == 0 ? .infinity : 1 / efficiency
  }

  /// The working point of the curve's point `i`.
  public func workingPoint(_ i: Int) -> WorkingPoint {
    WorkingPoint(
      threshold: threshold(i), signalEfficiency: signalYields[i] / signalTotal,
      backgroundEfficiency: backgroundYields[i] / backgroundTotal, signalYield: signalYields[i],
      backgroundYield: backgroundYields[i])
  }

  /// The tightest cut whose signal efficiency is at least the target.
  public func workingPoint(signalEfficiency target: Double) -> WorkingPoint {
    let limit = target * signalTotal
    return workingPoint(signalYields.firstIndex { $0 >= limit } ?? count - 1)
  }

  /// The loosest cut, coming from the tight end, that keeps the background efficiency within the target.
  public func workingPoint(backgroundEfficiency target: Double) -> WorkingPoint {
    let limit = target * backgroundTotal
    let k = backgroundYields.firstIndex { $0 > limit } ?? count
    return workingPoint(max(k - 1, 0))
  }

  /// The cut with the largest figure of merit, for example an expected significance.
  /// - Parameters:
  ///   - signalScale: Expected signal events for each unit of Σw.
  ///   - backgroundScale: Expected background events for each unit of Σw.
  ///   - figure: The figure of merit from the expected signal and background; NaN is passed over.
  /// - Returns: The point, with yields scaled, and its figure; nil where no cut has one.
  public func best(
    signalScale: Double = 1, backgroundScale: Double = 1,
    by figure: (_ signal: Double, _ background: Double) -> Double
  ) -> (point: WorkingPoint, value: Double)? {
    var best: (Int, Double)?
    for i in 1..<count {
      let value = figure(signalYields[i] * signalScale, backgroundYields[i] * backgroundScale)
      if !value.isNaN, value > (best?.1 ?? -.infinity) { best = (i, value) }
    }
    guard let (i, value) = best else { return nil }
    var point = workingPoint(i)
    point.signalYield *= signalScale
    point.backgroundYield *= backgroundScale
    return (point, value)
  }
}
