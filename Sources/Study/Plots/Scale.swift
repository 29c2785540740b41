#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// How numbers are laid along an axis.
public enum ScaleKind: Sendable, Equatable {
  /// In proportion.
  case linear
  /// By powers of ten; numbers that are not positive have no place.
  case logarithmic
}

/// A mark on an axis; minor marks have no label.
struct Tick: Equatable {
  var value: Double
  var label: String?
  var isMajor: Bool
}

/// An axis with its limits: numbers to positions, and where the marks stand.
struct Scale: Equatable {
  let kind: ScaleKind
  let low: Double
  let high: Double

  /// Makes a scale; limits that cannot be drawn are mended (equal, reversed, not finite, not positive).
  init(_ kind: ScaleKind, low: Double, high: Double) {
    self.kind = kind
    var (low, high) = (min(low, high), max(low, high))
    if !low.isFinite || !high.isFinite { (low, high) = kind == .linear ? (0, 1) : (0.1, 1) }
    if kind == .logarithmic {
      if high <= 0 { (low, high) = (0.1, 1) }
      low = max(low, high * 1e-12)
      low = low > 0 ? low : high * 1e-3
    }
    if !(high - low > 1e-12 * max(high.magnitude, low.magnitude)) {
      let margin = high == 0 ? 0.5 : high.magnitude * 0.1
      (low, high) = kind == .linear ? (low - margin, high + margin) : (low / 2, high * 2)
    }
    self.low = low
    self.high = high
  }

  /// Where a number stands, 0 at the low end and 1 at the high one; nil where it has no place.
  func position(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch kind {
    case .linear: return (value - low) / (high - low)
    case .logarithmic:
      return value > 0 ? log(value / low) / log(high / low) : nil
    }
  }

  /// The marks, ascending, and the power of ten that was taken out of the labels (0 for none).
  /// - Parameter target: About how many labelled marks there is room for.
  func ticks(target: Int) -> (ticks: [Tick], exponent: Int) {
    kind == .linear ? linearTicks(target: target) : (logarithmicTicks(target: target), 0)
  }

  private func linearTicks(target: Int) -> (ticks: [Tick], exponent: Int) {
    let (step, minors) = Self.niceStep((high - low) / Double(max(target, 1)))
    let largest = max(low.magnitude, high.magnitude)
    let exponentOfLargest = NumberText.decimalExponent(largest)
    // Labels past 10⁵ or below 10⁻³ are crowded: take out a power of ten, a multiple of three.
    let exponent =
      exponentOfLargest >= 5 || exponentOfLargest < -3
      ? Int((Double(exponentOfLargest) / 3).rounded(.down)) * 3 : 0
    let decimals = max(0, exponent - Int(log10(step * 1.000001).rounded(.down)))
    let unit = NumberText.powerOfTen(exponent)
    let small = step / Double(minors)
    let first = (low / small - 1e-9).rounded(.up)
    let last = (high / small + 1e-9).rounded(.down)
    guard last - first < 500 else { return ([], 0) }
    var ticks: [Tick] = []
    for index in stride(from: first, through: last, by: 1) {
      let isMajor = index.truncatingRemainder(dividingBy: Double(minors)) == 0
      let value = index * small
      ticks.append(
        Tick(
          value: value, label: isMajor ? NumberText.typeset(value / unit, decimals) : nil,
          isMajor: isMajor))
    }
    return (ticks, exponent)
  }

  /// The step of 1, 2 or 5 times a power of ten nearest to a raw one, and its number of subdivisions.
  static func niceStep(_ raw: Double) -> (step: Double, minors: Int) {
    guard raw > 0, raw.isFinite else { return (1, 5) }
    let exponent = Int(log10(raw).rounded(.down))
    let fraction = raw / NumberText.powerOfTen(exponent)
    switch fraction {
    case ..<1.5: return (NumberText.powerOfTen(exponent), 5)
    case ..<3.5: return (2 * NumberText.powerOfTen(exponent), 4)
    case ..<7.5: return (5 * NumberText.powerOfTen(exponent), 5)
    default: return (NumberText.powerOfTen(exponent + 1), 5)
    }
  }

  private func logarithmicTicks(target: Int) -> [Tick] {
    let first = Int((log10(low) - 1e-9).rounded(.down))
    let last = Int((log10(high) + 1e-9).rounded(.up))
    // Powers of ten are short, so there is room for more of them than of decimal numbers.
    let stride = max(1, Int((Double(last - first) / (1.6 * Double(max(target, 1)))).rounded(.up)))
    // Within little more than a decade the powers alone say too little.
    let labelled: Set<Int> = log10(high / low) < 1.6 ? [1, 2, 5] : [1]
    var ticks: [Tick] = []
    for exponent in first...last {
      for digit in 1...9 {
        let value = Double(digit) * NumberText.powerOfTen(exponent)
        guard value >= low * (1 - 1e-9), value <= high * (1 + 1e-9) else { continue }
        let shown = labelled.contains(digit) && (exponent - first) % stride == 0
        ticks.append(
          Tick(
            value: value, label: shown ? Self.label(digit, exponent) : nil, isMajor: digit == 1))
      }
    }
    return ticks
  }

  private static func label(_ digit: Int, _ exponent: Int) -> String {
    if (0...2).contains(exponent) { return String(digit) + String(repeating: "0", count: exponent) }
    if digit != 1 || exponent == -1 {
      return exponent < 0 && exponent >= -2
        ? NumberText.fixed(Double(digit) * NumberText.powerOfTen(exponent), -exponent)
        : "\(digit)×10^{" + NumberText.withMinus("\(exponent)") + "}"
    }
    return "10^{" + NumberText.withMinus("\(exponent)") + "}"
  }
}
