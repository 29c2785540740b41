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
@unsafe struct ParquetHybrid {
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
    unsafe self.p = unsafe p
    unsafe self.end = unsafe end
    unsafe self.width = width
  }

  /// The bits that numbers up to `most` need.
  static func width(upTo most: Int) -> Int { Int.bitWidth - most.leadingZeroBitCount }

  /// Starts the next run; false where the input ends or is damaged.
  private mutating func nextRun() -> Bool {
    if unsafe isPacked {
      unsafe p += (bit + 7) / 8
      unsafe bit = 0
    }
    var header: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      guard unsafe p < end, shift < 64 else { return false }
      let byte = unsafe p.load(as: UInt8.self)
      unsafe p += 1
      header |= UInt64(byte & 0x7f) << shift
      if byte & 0x80 == 0 { break }
      shift += 7
    }
    guard header >> 1 <= 1 << 32 else { return false }
    unsafe isPacked = header & 1 == 1
    unsafe left = Int(header >> 1)
    if unsafe isPacked {
      // The last run may be cut where the values end.
      unsafe left = unsafe width == 0 ? left * 8 : min(left * 8, (end - p) * 8 / width)
    } else {
      let bytes = unsafe (width + 7) / 8
      guard unsafe end - p >= bytes else { return false }
      let raw = unsafe p.loadUnaligned(as: UInt64.self).littleEndian
      unsafe value =
        bytes == 0 ? 0 : UInt32(truncatingIfNeeded: raw & (~0 >> UInt64(64 - 8 * bytes)))
      unsafe p += bytes
    }
    return unsafe left > 0
  }

  /// Whether the next `count` values are all `expected` and come in one run, which is then taken.
  mutating func takeRun(of expected: UInt32, _ count: Int) -> Bool {
    if unsafe left == 0, unsafe !nextRun() { return false }
    guard unsafe !isPacked, unsafe value == expected, unsafe left >= count else { return false }
    unsafe left -= count
    return true
  }

  /// Takes `count` values; false where there are fewer.
  mutating func take(_ count: Int, into output: UnsafeMutablePointer<UInt32>) -> Bool {
    var done = 0
    while done < count {
      if unsafe left == 0, unsafe !nextRun() { return false }
      let n = unsafe min(left, count - done)
      let target = unsafe output + done
      if unsafe isPacked {
        let start = unsafe bit
        let mask = unsafe UInt64(1) << UInt64(width) - 1
        for i in 0..<n {
          let place = unsafe start + i * width
          let word = unsafe (p + place >> 3).loadUnaligned(as: UInt64.self).littleEndian
          unsafe target[i] = UInt32(truncatingIfNeeded: word &>> UInt64(place & 7) & mask)
        }
        unsafe advance(n)
      } else {
        unsafe target.initialize(repeating: value, count: n)
      }
      unsafe left -= n
      done += n
    }
    return true
  }

  /// Takes `count` values of at most eight bits; false where there are fewer.
  mutating func take(_ count: Int, into output: UnsafeMutablePointer<UInt8>) -> Bool {
    var done = 0
    while done < count {
      if unsafe left == 0, unsafe !nextRun() { return false }
      let n = unsafe min(left, count - done)
      let target = unsafe output + done
      if unsafe isPacked {
        unsafe unpack(n, into: target)
        unsafe advance(n)
      } else {
        unsafe memset(target, Int32(UInt8(truncatingIfNeeded: value)), n)
      }
      unsafe left -= n
      done += n
    }
    return true
  }

  private mutating func advance(_ count: Int) {
    unsafe bit += count * width
    unsafe p += bit / 8
    unsafe bit %= 8
  }

  /// Unpacks values of at most eight bits: eight at a time where they start at a byte.
  private func unpack(_ count: Int, into target: UnsafeMutablePointer<UInt8>) {
    var done = 0
    let mask = unsafe UInt64(1) << UInt64(width) - 1
    let w = unsafe UInt64(width)
    if unsafe bit == 0 {
      while count - done >= 8 {
        let word = unsafe (p + done / 8 * width).loadUnaligned(as: UInt64.self).littleEndian
        var bytes: UInt64 = 0
        for i in UInt64(0)..<8 { bytes |= (word &>> (i &* w) & mask) &<< (8 &* i) }
        unsafe UnsafeMutableRawPointer(target + done).storeBytes(
          of: bytes.littleEndian, as: UInt64.self)
        done += 8
      }
    }
    for i in done..<count {
      let place = unsafe bit + i * width
      let word = unsafe (p + place >> 3).loadUnaligned(as: UInt64.self).littleEndian
      unsafe target[i] = UInt8(truncatingIfNeeded: word &>> UInt64(place & 7) & mask)
    }
  }

  /// Levels packed the old way, highest bit first (encoding BIT_PACKED); false where bytes are missing.
  static func takeOldLevels(
    _ p: UnsafeRawPointer, _ end: UnsafeRawPointer, width: Int, _ count: Int,
    into output: UnsafeMutablePointer<UInt8>
  ) -> Bool {
    guard unsafe (count * width + 7) / 8 <= end - p else { return false }
    for i in 0..<count {
      var level: UInt8 = 0
      for k in i * width..<(i + 1) * width {
        level =
          unsafe level << 1 | (p.load(fromByteOffset: k / 8, as: UInt8.self) >> UInt8(7 - k % 8))
          & 1
      }
      unsafe output[i] = level
    }
    return true
  }
}
