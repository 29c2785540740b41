/// A small generator for orders on the host (SplitMix64, Steele and others 2014): the same seed, the same numbers.
package struct SplitMix: Sendable {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  package mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in 0 ..< bound; its bias is below 2⁻³² for every bound that fits 32 bits.
  package mutating func below(_ bound: Int) -> Int {
    Int(next().multipliedFullWidth(by: UInt64(bound)).high)
  }
}

/// The order of events in an epoch: a function of seed and epoch alone, so that a resumed run has the same.
package func epochOrder(count: Int, epoch: Int, seed: UInt64, shuffled: Bool) -> [Int32] {
  var order = (0..<Int32(count)).map { $0 }
  guard shuffled, count > 1 else { return order }
  var mixer = SplitMix(seed: seed)
  var random = SplitMix(seed: mixer.next() ^ UInt64(epoch) &* 0xD6E8_FEB8_6659_FD93)
  order.withUnsafeMutableBufferPointer { places in
    for i in stride(from: count - 1, to: 0, by: -1) {
      let j = random.below(i + 1)
      let kept = places[i]
      places[i] = places[j]
      places[j] = kept
    }
  }
  return order
}
