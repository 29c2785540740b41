/// The checksum xxHash64 with seed 0, which stands before every LZ4 block of a ROOT file.
///
/// Algorithm: github.com/Cyan4973/xxHash, doc/xxhash_spec.md.
enum XXHash64 {
  private static let p1: UInt64 = 0x9e37_79b1_85eb_ca87
  private static let p2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
  private static let p3: UInt64 = 0x1656_67b1_9e37_79f9
  private static let p4: UInt64 = 0x85eb_ca77_c2b2_ae63
  private static let p5: UInt64 = 0x27d4_eb2f_1656_67c5

  /// The checksum of bytes.
  static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
    var place = 0
    var hash = unsafe bytes.count >= 32 ? stripes(bytes, &place) : p5
    hash &+= UInt64(bytes.count)
    while place + 8 <= bytes.count {
      hash = unsafe rotated(hash ^ round(0, word(bytes, place)), 27) &* p1 &+ p4
      place += 8
    }
    if place + 4 <= bytes.count {
      let half = unsafe UInt32(
        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
      hash = rotated(hash ^ UInt64(half) &* p1, 23) &* p2 &+ p3
      place += 4
    }
    while place < bytes.count {
      hash = unsafe rotated(hash ^ UInt64(bytes[place]) &* p5, 11) &* p1
      place += 1
    }
    hash = (hash ^ hash >> 33) &* p2
    hash = (hash ^ hash >> 29) &* p3
    return hash ^ hash >> 32
  }

  private static func stripes(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> UInt64 {
    var (a, b, c, d) = (p1 &+ p2, p2, UInt64(0), 0 &- p1)
    while place + 32 <= bytes.count {
      a = unsafe round(a, word(bytes, place))
      b = unsafe round(b, word(bytes, place + 8))
      c = unsafe round(c, word(bytes, place + 16))
      d = unsafe round(d, word(bytes, place + 24))
      place += 32
    }
    var hash = rotated(a, 1) &+ rotated(b, 7) &+ rotated(c, 12) &+ rotated(d, 18)
    for lane in [a, b, c, d] { hash = (hash ^ round(0, lane)) &* p1 &+ p4 }
    return hash
  }

  private static func word(_ bytes: UnsafeRawBufferPointer, _ place: Int) -> UInt64 {
    unsafe UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self))
  }

  private static func round(_ lane: UInt64, _ input: UInt64) -> UInt64 {
    rotated(lane &+ input &* p2, 31) &* p1
  }

  private static func rotated(_ x: UInt64, _ n: UInt64) -> UInt64 { x << n | x >> (64 &- n) }
}
