#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Snappy's block format, decompression only; see `Documentation/decisions/050-snappy.md` for why it is ours.
///
/// Format: https://github.com/google/snappy/blob/main/format_description.txt
enum Snappy {
  /// A copy of three bytes makes at most 64.
  static let greatestRatio = 22
  /// How many bytes behind the input must be readable, and behind the output writable.
  static let slack = 64

  /// Decompresses a block into exactly `size` bytes.
  ///
  /// ``slack`` bytes behind the input must be readable and behind the output writable; what stands there
  /// afterwards is not part of the result.
  /// - Returns: Nil, or what is wrong with the input.
  static func decompress(
    _ input: UnsafeRawBufferPointer, into output: UnsafeMutableRawPointer, size: Int
  ) -> String? {
    guard let start = input.baseAddress, let (length, header) = unsafe preamble(input) else {
      return "the length of its content is missing"
    }
    guard length == size else { return "it holds \(length) bytes instead of \(size)" }
    var p = unsafe start + header
    let end = unsafe start + input.count
    var out = unsafe output
    let outEnd = unsafe output + size
    while unsafe p < end {
      let tag = unsafe p.load(as: UInt8.self)
      unsafe p += 1
      if tag & 3 == 0 {
        var count = Int(tag >> 2) + 1
        if count > 60 {
          let wide = count - 60
          guard unsafe end - p >= wide else { return "it ends in the middle of a literal" }
          count = unsafe 1 + Int(littleEndian(p) & (1 << UInt64(8 * wide) - 1))
          unsafe p += wide
        }
        guard unsafe count <= end - p, unsafe count <= outEnd - out else {
          return "a literal is too long"
        }
        if count <= 16 {
          unsafe copy16(out, p)
        } else {
          unsafe memcpy(out, p, count)
        }
        unsafe p += count
        unsafe out += count
        continue
      }
      let word = unsafe littleEndian(p)
      var count = Int(tag >> 2) + 1
      var offset: Int
      switch tag & 3 {
      case 1:
        count = Int(tag >> 2 & 7) + 4
        offset = Int(tag >> 5) << 8 | Int(word & 0xff)
        unsafe p += 1
      case 2:
        offset = Int(word & 0xffff)
        unsafe p += 2
      default:
        offset = Int(word & 0xffff_ffff)
        unsafe p += 4
      }
      guard unsafe p <= end, offset > 0, unsafe offset <= out - output, unsafe count <= outEnd - out
      else {
        return "a copy reaches outside of what there is"
      }
      unsafe repeatBytes(out, offset, count)
      unsafe out += count
    }
    return unsafe out == outEnd ? nil : unsafe "it ends after \(out - output) of \(size) bytes"
  }

  /// The length of the content and of the number that says it.
  private static func preamble(_ input: UnsafeRawBufferPointer) -> (Int, Int)? {
    var value = 0
    for i in input.indices.prefix(5) {
      let byte = unsafe input[i]
      value |= Int(byte & 0x7f) << (7 * i)
      if byte & 0x80 == 0 { return (value, i + 1) }
    }
    return nil
  }

  @inline(__always)
  private static func littleEndian(_ p: UnsafeRawPointer) -> UInt64 {
    unsafe UInt64(littleEndian: p.loadUnaligned(as: UInt64.self))
  }

  @inline(__always)
  private static func copy16(_ to: UnsafeMutableRawPointer, _ from: UnsafeRawPointer) {
    unsafe to.storeBytes(of: from.loadUnaligned(as: SIMD16<UInt8>.self), as: SIMD16<UInt8>.self)
  }

  /// Copies `count` bytes (at most 64) from `offset` bytes before; where they overlap the pattern repeats.
  @inline(__always)
  private static func repeatBytes(_ out: UnsafeMutableRawPointer, _ offset: Int, _ count: Int) {
    let from = unsafe UnsafeRawPointer(out) - offset
    if offset >= 16 {
      unsafe copy16(out, from)
      if count > 16 {
        unsafe copy16(out + 16, from + 16)
        if count > 32 {
          unsafe copy16(out + 32, from + 32)
          unsafe copy16(out + 48, from + 48)
        }
      }
    } else if offset >= 8 {
      var done = 0
      while done < count {
        unsafe (out + done).storeBytes(
          of: (from + done).loadUnaligned(as: UInt64.self), as: UInt64.self)
        done += 8
      }
    } else {
      // Eight bytes of the pattern at a time, stepping by as many whole patterns as fit into eight.
      var pattern: UInt64 = 0
      for i in 0..<8 {
        unsafe pattern |= UInt64((from + i % offset).load(as: UInt8.self)) << UInt64(8 * i)
      }
      let step = 8 / offset * offset
      var done = 0
      while done < count {
        unsafe (out + done).storeBytes(of: pattern.littleEndian, as: UInt64.self)
        done += step
      }
    }
  }
}
