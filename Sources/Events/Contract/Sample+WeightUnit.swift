/// The power of two that is near the mean |w| of events that have a weight; 1 where none has.
///
/// Weights divided by it have a mean |w| from 1 to 2. A power of two changes no digit of a number, so sums of weights scaled by one
/// power of two are the same numbers in units of the other.
public func weightUnit(of weights: [Double]) -> Double {
  let most = weights.reduce(0) { max($0, abs($1)) }
  guard most > 0, most.isFinite else { return 1 }
  // In units of the largest, so that no sum leaves the range of numbers.
  let top = Double(sign: .plus, exponent: most.exponent, significand: 1)
  var (sum, count) = (0.0, 0.0)
  for weight in weights where weight != 0 {
    sum += abs(weight) / top
    count += 1
  }
  let unit = top * Double(sign: .plus, exponent: (sum / count).exponent, significand: 1)
  return max(unit, .leastNormalMagnitude)
}

extension Sample {
  /// The same events with weights in another unit: weight times ``weightUnit`` stays.
  public func weighed(inUnitsOf unit: Double) -> Sample {
    if unit == weightUnit { return self }
    var result = self
    let own = weightUnit
    result.weights = weights.map { $0 / unit * own }
    result.weightUnit = unit
    return result
  }

  /// The events as a method computes with them: checked as by ``checkUsable(for:missing:)``, with weights whose mean |w| is about one.
  ///
  /// Weights may have any scale (cross sections, inverse variances, generators' own), which must change no answer: their products with
  /// squares leave the range of numbers, and integers that stand for them lose their bits. Options that are sums of weights, such as an
  /// L2 penalty beside a sum of losses, are to be divided by ``weightUnit``.
  /// - Parameters:
  ///   - method: The name of the method that asks, for the message.
  ///   - missing: Whether NaN in an input is a missing value and may stay.
  /// - Throws: ``FitError/unusable(method:reason:)``.
  public func usable(for method: String, missing: Bool = false) throws(FitError) -> Sample {
    try checkUsable(for: method, missing: missing)
    return weighed(inUnitsOf: ApusEvents.weightUnit(of: weights) * weightUnit)
  }
}
