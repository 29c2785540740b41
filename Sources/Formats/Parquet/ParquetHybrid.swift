#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Small whole numbers as runs of one value and runs packed into a few bits each: levels and the indices of
/// dictionaries.
///
/// Eight bytes behind the input must be readable.
struct ParquetHybrid {
  private var p: UnsafeRawPointer
  private let end: UnsafeRawPointer
  private let width: Int
  /// What is left of the current run.
  private var left = 0
  private var isPacked = false
  private var value: UInt32 = 0
  /// The bit of `p` at which the next packed value starts.
  private var bit = 0

  /// - Precondition: `width` is at most 32.
  init(_ p: UnsafeRawPointer, _ end: UnsafeRawPointer, width: Int) {
    self.p = p
    self.end = end
    self.width = width
  }

  /// The bits that numbers up to `most` need.
  static func width(upTo most: Int) -> Int { Int.bitWidth - most.leadingZeroBitCount }

  /// Starts the next run; false where the input ends or is damaged.
  private mutating func nextRun() -> Bool {
    if isPacked {
      p += (bit + 7) / 8
      bit = 0
    }
    var header: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard p < end, shift < 64 else { return false }
      let byte = p.load(as: UInt8.self)
      p += 1
      header |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    guard header >> 1 <= 1 << 32 else { return false }
    isPacked = header & 1 == 1
    left = Int(header >> 1)
    if isPacked {
      // The last run may be cut where the values end.
      left = width == 0 ? left * 8 : min(left * 8, (end - p) * 8 / width)
    } else {
      let bytes = (width + 7) / 8
      guard end - p >= bytes else { return false }
      let raw = p.loadUnaligned(as: UInt64.self).littleEndian
      value = bytes == 0 ? 0 : UInt32(truncatingIfNeeded: raw & (~0 >> UInt64(64 - 8 * bytes)))
      p += bytes
    }
    return left > 0
  }

  /// Whether the next `count` values are all `expected` and come in one run, which is then taken.
  mutating func takeRun(of expected: UInt32, _ count: Int) -> Bool {
    if left == 0, !nextRun() { return false }
    guard !isPacked, value == expected, left >= count else { return false }
    left -= count
    return true
  }

  /// Takes `count` values; false where there are fewer.
  mutating func take(_ count: Int, into output: UnsafeMutablePointer<UInt32>) -> Bool {
    var done = 0
    while done < count {
      if left == 0, !nextRun() { return false }
      let n = min(left, count - done)
      let target = output + done
      if isPacked {
        let start = bit
        let mask = UInt64(1) << UInt64(width) - 1
        for i in 0..<n {
          let place = start + i * width
          let word = (p + place >> 3).loadUnaligned(as: UInt64.self).littleEndian
          target[i] = UInt32(truncatingIfNeeded: word &>> UInt64(place & 7) & mask)
        }
        advance(n)
      } else {
        target.initialize(repeating: value, count: n)
      }
      left -= n
      done += n
    }
    return true
  }

  /// Takes `count` values of at most eight bits; false where there are fewer.
  mutating func take(_ count: Int, into output: UnsafeMutablePointer<UInt8>) -> Bool {
    var done = 0
    while done < count {
      if left == 0, !nextRun() { return false }
      let n = min(left, count - done)
      let target = output + done
      if isPacked {
        unpack(n, into: target)
        advance(n)
      } else {
        memset(target, Int32(UInt8(truncatingIfNeeded: value)), n)
      }
      left -= n
      done += n
    }
    return true
  }

  private mutating func advance(_ count: Int) {
    bit += count * width
    p += bit / 8
    bit %= 8
  }

  /// Unpacks values of at most eight bits: eight at a time where they start at a byte.
  private func unpack(_ count: Int, into target: UnsafeMutablePointer<UInt8>) {
    var done = 0
    let mask = UInt64(1) << UInt64(width) - 1
    let w = UInt64(width)
    if bit == 0 {
      while count - done >= 8 {
        let word = (p + done / 8 * width).loadUnaligned(as: UInt64.self).littleEndian
        var bytes: UInt64 = 0
        for i in UInt64(0)..<8 { bytes |= (word &>> (i &* w) & mask) &<< (8 &* i) }
        UnsafeMutableRawPointer(target + done).storeBytes(of: bytes.littleEndian, as: UInt64.self)
        done += 8
      }
    }
    for i in done..<count {
      let place = bit + i * width
      let word = (p + place >> 3).loadUnaligned(as: UInt64.self).littleEndian
      target[i] = UInt8(truncatingIfNeeded: word &>> UInt64(place & 7) & mask)
    }
  }

  /// Levels packed the old way, highest bit first (encoding BIT_PACKED); false where bytes are missing.
  static func takeOldLevels(
    _ p: UnsafeRawPointer, _ end: UnsafeRawPointer, width: Int, _ count: Int,
    into output: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    guard (count * width + 7) / 8 <= end - p else { return false }
    for i in 0..<count {
      var level: UInt8 = 0
      for k in i * width..<(i + 1) * width {
        level = level << 1 | (p.load(fromByteOffset: k / 8, as: UInt8.self) >> UInt8(7 - k % 8)) & 1
      }
      output[i] = level
    }
    return true
  }
}
