/// A decimal number as it is written: 0.83 is 83 · 10⁻² and no binary fraction near it.
struct ExactDecimal: Sendable, Equatable {
  var digits: Int128
  var exponent: Int

  /// Reads `12`, `0.83`, `1e-3`; nil for anything else, and for more than 30 digits.
  init?(_ text: some StringProtocol) {
    let parts = text.lowercased().split(separator: "e", omittingEmptySubsequences: false)
    guard parts.count <= 2, let mantissa = parts.first else { return nil }
    let pieces = mantissa.split(separator: ".", omittingEmptySubsequences: false)
    guard pieces.count <= 2, mantissa.count <= 30 else { return nil }
    let fraction = pieces.count == 2 ? pieces[1] : ""
    guard fraction.allSatisfy({ ("0"..."9").contains($0) }),
      mantissa.contains(where: { ("0"..."9").contains($0) }),
      let digits = Int128(String(pieces[0] + fraction))
    else { return nil }
    var exponent = -fraction.count
    if parts.count == 2 {
      guard let shift = Int(parts[1]), abs(shift) <= 100 else { return nil }
      exponent += shift
    }
    (self.digits, self.exponent) = (digits, exponent)
  }

  private init(digits: Int128, exponent: Int) {
    (self.digits, self.exponent) = (digits, exponent)
  }

  /// The nearest number of double precision.
  var value: Double { Double("\(digits)e\(exponent)") ?? .nan }

  /// The product; nil where its digits are too many.
  func times(_ other: ExactDecimal) -> ExactDecimal? {
    let (product, overflow) = digits.multipliedReportingOverflow(by: other.digits)
    return overflow
      ? nil : ExactDecimal(digits: product, exponent: exponent + other.exponent)
  }

  /// The number times a power of ten.
  func shifted(_ powers: Int) -> ExactDecimal {
    ExactDecimal(digits: digits, exponent: exponent + powers)
  }
}

/// Cross sections and luminosities as people write them.
enum Quantity {
  /// Powers of ten of a unit over a femtobarn.
  private static let units: [(name: String, power: Int)] = [
    ("ab", -3), ("fb", 0), ("pb", 3), ("nb", 6), ("ub", 9), ("µb", 9), ("μb", 9), ("mb", 12),
    ("b", 15),
  ]

  /// A cross section in femtobarns: `0.83 pb`, `12.5fb`.
  static func crossSection(_ text: String) -> ExactDecimal? {
    let (number, unit) = split(text)
    guard let number, let power = units.first(where: { $0.name == unit })?.power else { return nil }
    return number.shifted(power)
  }

  /// A luminosity in inverse femtobarns: `140 /fb`, `36.1 fb-1`, `3 ab^-1`, `140 1/fb`.
  static func luminosity(_ text: String) -> ExactDecimal? {
    var (number, unit) = split(text)
    for prefix in ["1/", "/"] where unit.hasPrefix(prefix) {
      unit.removeFirst(prefix.count)
      guard let number, let power = units.first(where: { $0.name == unit })?.power else {
        return nil
      }
      return number.shifted(-power)
    }
    for ending in ["^{-1}", "^-1", "-1", "⁻¹"] where unit.hasSuffix(ending) {
      unit.removeLast(ending.count)
      number = units.first { $0.name == unit }.flatMap { unit in number?.shifted(-unit.power) }
      return number
    }
    return nil
  }

  /// The longest number at the start, and what follows it.
  private static func split(_ text: String) -> (number: ExactDecimal?, unit: String) {
    let words = trimSpace(text)
    if let space = words.firstIndex(of: " ") {
      let unit = words[space...].filter { $0 != " " }
      return (ExactDecimal(words[..<space]), unit)
    }
    for count in stride(from: words.count, to: 0, by: -1) {
      if let number = ExactDecimal(words.prefix(count)) {
        return (number, String(words.dropFirst(count)))
      }
    }
    return (nil, words)
  }
}
