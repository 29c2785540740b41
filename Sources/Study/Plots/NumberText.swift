#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers as a physicist writes them.
///
/// Powers of ten are marked up as `10^{3}`, which plots and pages typeset.
enum NumberText {
  /// What stands for a number that is not finite or does not exist.
  static let dash = "–"

  /// A number with a fixed count of decimals, in ASCII; for coordinates and tables.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return dash }
    let scale = powerOfTen(decimals)
    let scaled = (value.magnitude * scale).rounded()
    guard scaled < 9e15 else { return "\(value)" }
    let digits = String(Int64(scaled))
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// A coordinate: at most two decimals, no trailing zeros, never "NaN".
  static func coordinate(_ value: Double) -> String {
    guard value.isFinite else { return "0" }
    var text = fixed(min(max(value, -20_000), 20_000), 2)
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// A number with a true minus sign.
  static func typeset(_ value: Double, _ decimals: Int) -> String {
    withMinus(fixed(value, decimals))
  }

  /// A number with so many significant digits, as 1.23×10^{n} where it is very large or small.
  static func significant(_ value: Double, _ digits: Int = 4) -> String {
    guard value.isFinite else { return dash }
    if value == 0 { return "0" }
    let exponent = decimalExponent(value, digits: digits)
    if exponent >= -4 && exponent < 6 {
      return typeset(value, max(0, digits - 1 - exponent))
    }
    return typeset(value / powerOfTen(exponent), max(0, digits - 1))
      + "×10^{\(exponent)}"
      .replacingMinus()
  }

  /// A number with its error, rounded by the rule of the Particle Data Group: two digits of the
  /// error where its first three are below 355, else one.
  static func withError(_ value: Double, _ error: Double?) -> String {
    guard let error, error.isFinite, error > 0, value.isFinite else { return significant(value) }
    let decimals = decimals(forError: error)
    if decimals > 7 || decimals < 0 {
      return significant(value) + "\u{A0}±\u{A0}" + significant(error, 2)
    }
    return typeset(value, decimals) + "\u{A0}±\u{A0}" + fixed(error, decimals)
  }

  /// How many decimals an error deserves; negative when it is above ten or so.
  static func decimals(forError error: Double) -> Int {
    let exponent = decimalExponent(error, digits: 3)
    let leading = (error / powerOfTen(exponent) * 100).rounded()
    return leading < 355 ? 1 - exponent : -exponent
  }

  /// A whole number with thin spaces between groups of three digits.
  static func grouped(_ value: Int) -> String {
    var text = ""
    let digits = String(value.magnitude)
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { text += "\u{202F}" }
      text.append(digit)
    }
    return (value < 0 ? "−" : "") + text
  }

  /// A weighted yield: whole numbers are grouped, others get significant digits.
  static func yield(_ value: Double) -> String {
    guard value.isFinite else { return dash }
    if value.magnitude >= 1000 && value.magnitude < 1e9 { return grouped(Int(value.rounded())) }
    return value == value.rounded() && value.magnitude < 1000
      ? withMinus(fixed(value, 0)) : significant(value)
  }

  /// A share as percent.
  static func percent(_ share: Double, _ decimals: Int = 1) -> String {
    share.isFinite ? typeset(100 * share, decimals) + "\u{202F}%" : dash
  }

  /// A time in the unit that suits it.
  static func time(_ seconds: Double) -> String {
    guard seconds.isFinite else { return dash }
    switch seconds.magnitude {
    case 0: return "0 s"
    case ..<1e-3: return significant(seconds * 1e6, 2) + " µs"
    case ..<1: return significant(seconds * 1e3, 2) + " ms"
    case ..<120: return significant(seconds, 3) + " s"
    case ..<7200: return significant(seconds / 60, 3) + " min"
    default: return significant(seconds / 3600, 3) + " h"
    }
  }

  /// 10ⁿ as a double, exact as far as it can be.
  static func powerOfTen(_ exponent: Int) -> Double { pow(10, Double(exponent)) }

  /// n with 10ⁿ ≤ |value| < 10ⁿ⁺¹ after rounding to some digits; 0 for zero.
  static func decimalExponent(_ value: Double, digits: Int = 15) -> Int {
    guard value.isFinite, value != 0 else { return 0 }
    let exponent = Int(log10(value.magnitude).rounded(.down))
    let scaled = (value.magnitude / powerOfTen(exponent) * powerOfTen(digits - 1)).rounded()
    return scaled >= powerOfTen(digits) ? exponent + 1 : exponent
  }

  /// Replaces hyphens by true minus signs.
  static func withMinus(_ text: String) -> String { text.replacingMinus() }
}

extension String {
  fileprivate func replacingMinus() -> String { String(map { $0 == "-" ? "−" : $0 }) }
}
