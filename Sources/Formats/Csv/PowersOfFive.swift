/// Tables for turning decimal digits into the nearest double.
///
/// Made once at the first use, and read through pointers because the number parser's inner loop can't
/// afford a checked lookup. The pointers are never freed and never written again.
@safe struct PowersOfFive: Sendable {
  /// The decimal exponents that the table covers.
  static let exponents = -54...55

  /// The only instance.
  static let shared = PowersOfFive()

  /// The powers of ten from 10^0 to 10^22, exact in double precision.
  nonisolated(unsafe) let exactTens: UnsafePointer<Double>
  /// The powers of ten from 10^0 to 10^7 as whole numbers.
  nonisolated(unsafe) let wholeTens: UnsafePointer<UInt64>
  /// The 128 leading bits of 5^q, two words each, the high one first; the entry of q = 0 is here.
  nonisolated(unsafe) let five: UnsafePointer<UInt64>

  private init() {
    let tens = UnsafeMutablePointer<Double>.allocate(capacity: 23)
    var ten = 1.0
    for i in 0...22 {
      unsafe tens[i] = ten
      ten *= 10
    }
    unsafe exactTens = unsafe UnsafePointer(tens)
    let whole = UnsafeMutablePointer<UInt64>.allocate(capacity: 8)
    for i in 0..<8 { unsafe whole[i] = unsafe UInt64(tens[i]) }
    unsafe wholeTens = unsafe UnsafePointer(whole)
    let words = UnsafeMutablePointer<UInt64>.allocate(capacity: 2 * Self.exponents.count)
    for (i, q) in Self.exponents.enumerated() {
      let bits = Self.leadingBits(of: q)
      unsafe words[2 * i] = UInt64(truncatingIfNeeded: bits >> 64)
      unsafe words[2 * i + 1] = UInt64(truncatingIfNeeded: bits)
    }
    unsafe five = unsafe UnsafePointer(words) - 2 * Self.exponents.lowerBound
  }

  /// The 128 leading bits of 5^q: truncated for q >= 0, and rounded up for q < 0.
  ///
  /// So does Lemire's algorithm want them: Number parsing at a gigabyte per second, doi:10.1002/spe.2984.
  static func leadingBits(of q: Int) -> UInt128 {
    var power: UInt128 = 1
    for _ in 0..<abs(q) { power *= 5 }
    if q >= 0 { return power << UInt128(power.leadingZeroBitCount) }
    // 2^b / 5^-q + 1 by long division, keeping the 128 leading bits of the quotient.
    let bits = 128 - power.leadingZeroBitCount
    let b = q >= -27 ? bits + 127 : 2 * bits + 128
    var quotient: UInt128 = 0
    var remainder: UInt128 = 1
    var produced = 0
    for step in 0...b {
      if step > 0 { remainder <<= 1 }
      let digit: UInt128 = remainder >= power ? 1 : 0
      if digit == 1 { remainder -= power }
      guard produced > 0 || digit == 1 else { continue }
      if produced < 128 { quotient = quotient << 1 | digit }
      produced += 1
    }
    // The + 1 reaches the kept bits only where nothing was cut off.
    return produced <= 128 ? quotient + 1 : quotient
  }
}
