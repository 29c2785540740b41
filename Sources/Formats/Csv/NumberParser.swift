#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What stands at the start of some text.
@unsafe struct ParsedNumber {
  enum Kind: UInt8 {
    /// No number.
    case none
    /// A whole number that fits into 64 bits.
    case integer
    /// Any other number.
    case real
  }

  var kind: Kind
  /// The bits of the `Int64` or `Double`.
  var bits: UInt64
  /// The first byte behind the number.
  var end: UnsafePointer<UInt8>
}

/// Reads decimal numbers exactly: the double nearest to the digits, as `strtod` gives it.
///
/// Up to 19 significant digits take no library call: an exact product of doubles where both fit, else
/// the algorithm of Eisel and Lemire (doi:10.1002/spe.2984); what that can't decide goes to `strtod`.
struct NumberParser: Sendable {
  private let tables = PowersOfFive.shared

  /// Reads the number that starts at `start`.
  ///
  /// Eight bytes behind the text must be readable, and a byte that can't be part of a number must end it.
  @inline(__always)
  func parse(_ start: UnsafePointer<UInt8>) -> ParsedNumber {
    var p = unsafe start
    let first = unsafe p.pointee
    let isNegative = first == 0x2d
    if isNegative || first == 0x2b { unsafe p += 1 }
    let digits = unsafe p
    var w: UInt64 = 0
    unsafe p = unsafe take(p, into: &w)
    var count = unsafe p - digits
    var q = 0
    if unsafe p.pointee == 0x2e {
      unsafe p += 1
      let fraction = unsafe p
      unsafe p = unsafe take(p, into: &w)
      q = unsafe fraction - p
      count -= q
    } else if unsafe p.pointee | 0x20 != 0x65, count > 0, count <= 18, !(isNegative && w == 0) {
      let value = isNegative ? 0 &- w : w
      return unsafe ParsedNumber(kind: .integer, bits: value, end: p)
    }
    if count == 0 { return unsafe ParsedNumber(kind: .none, bits: 0, end: start) }
    let mantissaEnd = unsafe p
    if unsafe p.pointee | 0x20 == 0x65 {
      guard let exponent = unsafe Self.exponent(&p) else {
        return unsafe ParsedNumber(kind: .none, bits: 0, end: start)
      }
      q += exponent
    }
    if count > 19 {
      return unsafe slow(start, digits: digits, mantissaEnd: mantissaEnd, exponent: q, end: p)
    }
    if count == 19, q == 0, unsafe mantissaEnd == digits + 19, unsafe p == mantissaEnd,
      w <= UInt64(Int64.max) + (isNegative ? 1 : 0)
    {
      return unsafe ParsedNumber(kind: .integer, bits: isNegative ? 0 &- w : w, end: p)
    }
    guard let magnitude = value(w, q) else {
      return unsafe ParsedNumber(kind: .real, bits: strtod(start).bitPattern, end: p)
    }
    return unsafe ParsedNumber(
      kind: .real, bits: magnitude.bitPattern | (isNegative ? 1 << 63 : 0), end: p)
  }

  /// The double nearest to w 10^q, or nil where only `strtod` can tell.
  @inline(__always)
  func value(_ w: UInt64, _ q: Int) -> Double? {
    if w <= 1 << 53, q >= -22, q <= 22 {
      let exact = Double(w)
      return unsafe q < 0 ? exact / tables.exactTens[-q] : exact * tables.exactTens[q]
    }
    return w == 0 ? 0 : eiselLemire(w, q)
  }

  /// The algorithm of Eisel and Lemire for normal doubles.
  private func eiselLemire(_ digits: UInt64, _ q: Int) -> Double? {
    guard PowersOfFive.exponents.contains(q) else { return nil }
    let zeros = digits.leadingZeroBitCount
    let w = digits << UInt64(zeros)
    var (high, low) = unsafe w.multipliedFullWidth(by: tables.five[2 * q])
    if high & 0x1ff == 0x1ff {
      let more = unsafe w.multipliedFullWidth(by: tables.five[2 * q + 1]).high
      let (sum, carry) = low.addingReportingOverflow(more)
      low = sum
      if carry { high &+= 1 }
    }
    let upper = Int(high >> 63)
    var mantissa = high >> UInt64(upper + 9)
    var power = ((217706 * q) >> 16) + 63 + upper - zeros + 1023
    guard power > 0 else { return nil }
    // Exactly between two doubles: the even one.
    if low <= 1, q >= -4, q <= 23, mantissa & 3 == 1, mantissa << UInt64(upper + 9) == high {
      mantissa &= ~1
    }
    mantissa = (mantissa + (mantissa & 1)) >> 1
    if mantissa >= 2 << 52 {
      mantissa = 1 << 52
      power += 1
    }
    guard power < 0x7ff else { return nil }
    return Double(bitPattern: mantissa & ~(1 << 52) | UInt64(power) << 52)
  }

  /// Numbers of more than 19 digits: leading zeros don't count, and digits behind the 19th matter only
  /// where they decide the rounding.
  private func slow(
    _ start: UnsafePointer<UInt8>, digits: UnsafePointer<UInt8>,
    mantissaEnd: UnsafePointer<UInt8>, exponent: Int, end: UnsafePointer<UInt8>
  ) -> ParsedNumber {
    var w: UInt64 = 0
    var kept = 0
    var dropped = 0
    var p = unsafe digits
    while unsafe p < mantissaEnd {
      let digit = unsafe UInt64(p.pointee &- 0x30)
      unsafe p += 1
      if digit > 9 { continue }
      if kept == 19 {
        dropped += 1
      } else if kept > 0 || digit > 0 {
        w = w * 10 + digit
        kept += 1
      }
    }
    let q = exponent + dropped
    guard let below = value(w, q), dropped == 0 || below == value(w + 1, q) else {
      return unsafe ParsedNumber(kind: .real, bits: strtod(start).bitPattern, end: end)
    }
    return unsafe ParsedNumber(
      kind: .real, bits: below.bitPattern | (start.pointee == 0x2d ? 1 << 63 : 0), end: end)
  }

  private func strtod(_ start: UnsafePointer<UInt8>) -> Double {
    #if canImport(Glibc)
      unsafe Glibc.strtod(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), nil)
    #elseif canImport(Musl)
      Musl.strtod(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), nil)
    #else
      Darwin.strtod(UnsafeRawPointer(start).assumingMemoryBound(to: CChar.self), nil)
    #endif
  }

  /// Takes digits, up to eight at once: the loop's only branch that is hard to foresee is its end.
  @inline(__always)
  private func take(
    _ start: UnsafePointer<UInt8>, into w: inout UInt64
  ) -> UnsafePointer<UInt8> {
    var p = unsafe start
    while true {
      let bytes = unsafe Self.word(p)
      // The highest bit of each byte that is no digit; right up to the first of them.
      let others =
        ((bytes &+ 0x4646_4646_4646_4646) | (bytes &- 0x3030_3030_3030_3030))
        & 0x8080_8080_8080_8080
      if others == 0 {
        w = w &* 100_000_000 &+ Self.eightDigits(bytes &- 0x3030_3030_3030_3030)
        unsafe p += 8
        continue
      }
      let count = others.trailingZeroBitCount >> 3
      // Moves the digits to the end, behind zeros; in two steps, because none moves them out altogether.
      let own = ((bytes &- 0x3030_3030_3030_3030) &<< UInt64(56 &- 8 &* count)) &<< 8
      w = unsafe w &* tables.wholeTens[count] &+ Self.eightDigits(own)
      return unsafe p + count
    }
  }

  /// Reads "e-12"; nil where no digit follows.
  @inline(__always)
  private static func exponent(_ p: inout UnsafePointer<UInt8>) -> Int? {
    unsafe p += 1
    let isNegative = unsafe p.pointee == 0x2d
    if unsafe isNegative || p.pointee == 0x2b { unsafe p += 1 }
    var digit = unsafe p.pointee &- 0x30
    guard digit <= 9 else { return nil }
    var value = 0
    while digit <= 9 {
      if value < 100_000 { value = value * 10 + Int(digit) }
      unsafe p += 1
      digit = unsafe p.pointee &- 0x30
    }
    return isNegative ? -value : value
  }

  @inline(__always)
  private static func word(_ p: UnsafePointer<UInt8>) -> UInt64 {
    unsafe UInt64(littleEndian: UnsafeRawPointer(p).loadUnaligned(as: UInt64.self))
  }

  /// The value of eight digits at once, given as bytes from 0 to 9: doi:10.1002/spe.2984.
  @inline(__always)
  private static func eightDigits(_ digits: UInt64) -> UInt64 {
    let mask: UInt64 = 0x0000_00ff_0000_00ff
    let bytes = digits &* 10 &+ (digits >> 8)
    let even = (bytes & mask) &* 0x000f_4240_0000_0064
    let odd = ((bytes >> 16) & mask) &* 0x0000_2710_0000_0001
    return (even &+ odd) >> 32
  }
}
