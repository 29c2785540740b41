#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A small generator of random numbers that gives the same numbers on every machine.
///
/// SplitMix64 (Steele, Lea and Flood 2014, doi:10.1145/2660193.2660195). For splits, shuffles and
/// bootstraps on the host; numbers inside the graph come from the engine's keys.
public struct SplitMix64: RandomNumberGenerator, Sendable {
  private var state: UInt64

  /// Starts a stream; different seeds give different streams, also seeds that differ by one.
  public init(seed: UInt64) { state = SplitMix64.mix(seed &+ 0x9E37_79B9_7F4A_7C15) }

  /// Starts a stream of its own for a purpose within a seed.
  public init(seed: UInt64, stream: UInt64) {
    state = SplitMix64.mix(seed ^ SplitMix64.mix(stream &+ 0x632B_E59B_D9B4_E019))
  }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    return SplitMix64.mix(state)
  }

  /// A hash of 64 bits that changes half of them for each changed bit.
  public static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in [0, 1).
  public mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A number from the normal distribution of mean 0 and standard deviation 1 (Box-Muller).
  public mutating func normal() -> Double {
    let radius = (-2 * log(1 - uniform())).squareRoot()
    return radius * cos(2 * Double.pi * uniform())
  }

  /// A whole number in 0..<bound, without bias; `bound` must be positive.
  public mutating func below(_ bound: Int) -> Int {
    let bound = UInt64(bound)
    while true {
      let (high, low) = next().multipliedFullWidth(by: bound)
      if low >= bound || low >= (0 &- bound) % bound { return Int(high) }
    }
  }

  /// A number from the Poisson distribution of mean one.
  mutating func poissonOfOne() -> Int {
    let u = uniform()
    var (k, term) = (0, 0.36787944117144233)
    var sum = term
    while u >= sum && k < 20 {
      k += 1
      term /= Double(k)
      sum += term
    }
    return k
  }

  /// The numbers 0..<count in random order (Fisher-Yates).
  public mutating func permutation(_ count: Int) -> [Int] {
    var order = Array(0..<count)
    if count > 1 {
      for i in stride(from: count - 1, to: 0, by: -1) { order.swapAt(i, below(i + 1)) }
    }
    return order
  }
}
