internal import FoundationEssentials

/// SHA-256 (FIPS 180-4), so that a run can say exactly which files it read.
struct SHA256 {
  private var state: [UInt32] = [
    0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
    0x5be0_cd19,
  ]
  private var pending: [UInt8] = []
  private var length: UInt64 = 0
  private var schedule = [UInt32](repeating: 0, count: 64)

  /// Adds bytes.
  mutating func update(_ bytes: [UInt8]) {
    length += UInt64(bytes.count)
    var start = 0
    if !pending.isEmpty {
      start = min(64 - pending.count, bytes.count)
      pending += bytes[..<start]
      if pending.count < 64 { return }
      let block = pending
      pending = []
      block.withUnsafeBufferPointer { compress($0, at: 0) }
    }
    bytes.withUnsafeBufferPointer { all in
      while start + 64 <= all.count {
        compress(all, at: start)
        start += 64
      }
    }
    pending = Array(bytes[start...])
  }

  /// The checksum of all bytes, in hexadecimal.
  mutating func finish() -> String {
    let bits = length &* 8
    var tail: [UInt8] = [0x80]
    tail += [UInt8](repeating: 0, count: (119 - pending.count) % 64)
    tail += (0..<8).map { UInt8(truncatingIfNeeded: bits >> UInt64(56 - 8 * $0)) }
    update(tail)
    return state.map { word in
      let text = String(word, radix: 16)
      return String(repeating: "0", count: 8 - text.count) + text
    }.joined()
  }

  private mutating func compress(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
    for i in 0..<16 {
      let at = start + 4 * i
      schedule[i] =
        UInt32(bytes[at]) << 24 | UInt32(bytes[at + 1]) << 16 | UInt32(bytes[at + 2]) << 8
        | UInt32(bytes[at + 3])
    }
    for i in 16..<64 {
      let (a, b) = (schedule[i - 15], schedule[i - 2])
      let s0 = turn(a, 7) ^ turn(a, 18) ^ (a >> 3)
      let s1 = turn(b, 17) ^ turn(b, 19) ^ (b >> 10)
      schedule[i] = schedule[i - 16] &+ s0 &+ schedule[i - 7] &+ s1
    }
    var (a, b, c, d) = (state[0], state[1], state[2], state[3])
    var (e, f, g, h) = (state[4], state[5], state[6], state[7])
    for i in 0..<64 {
      let s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
      let t1 = h &+ s1 &+ ((e & f) ^ (~e & g)) &+ Self.constants[i] &+ schedule[i]
      let s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
      let t2 = s0 &+ ((a & b) ^ (a & c) ^ (b & c))
      (h, g, f, e, d, c, b, a) = (g, f, e, d &+ t1, c, b, a, t1 &+ t2)
    }
    for (i, value) in [a, b, c, d, e, f, g, h].enumerated() { state[i] = state[i] &+ value }
  }

  private func turn(_ x: UInt32, _ n: UInt32) -> UInt32 { (x >> n) | (x << (32 - n)) }

  /// The fractions of the cube roots of the first 64 primes, computed in whole numbers.
  private static let constants: [UInt32] = {
    var primes: [UInt64] = []
    var candidate: UInt64 = 2
    while primes.count < 64 {
      if !primes.contains(where: { candidate % $0 == 0 }) { primes.append(candidate) }
      candidate += 1
    }
    return primes.map(cubeRootFraction)
  }()

  /// The first 32 bits behind the point of ∛p: floor(∛(p·2⁹⁶)) mod 2³², found bit by bit.
  private static func cubeRootFraction(_ p: UInt64) -> UInt32 {
    let target = UInt128(p) << 96
    var root: UInt128 = 0
    for bit in stride(from: 34, through: 0, by: -1) {
      let next = root | (1 << UInt128(bit))
      if next * next * next <= target { root = next }
    }
    return UInt32(truncatingIfNeeded: root)
  }
}

/// The size and the SHA-256 checksum of a file; nil where it can't be read.
func fingerprint(of path: String) -> (bytes: Int, checksum: String)? {
  guard let stream = try? FileReader(path) else { return nil }
  var sum = SHA256()
  var total = 0
  while true {
    let bytes = stream.next(1 << 20)
    if bytes.isEmpty { break }
    total += bytes.count
    sum.update(bytes)
  }
  return (total, "sha256:" + sum.finish())
}
