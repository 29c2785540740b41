/// A source of random numbers that is passed as a value.
///
/// Numbers come from Philox4x32-10, a counter-based generator (Salmon et al. 2011,
/// doi:10.1145/2063384.2063405): the same key gives the same numbers on any machine and any number of
/// threads. Derive one key for each use with `fold`; two uses of one key give equal numbers.
public struct RandomKey: Sendable {
  /// Two int64: the seed, and a counter that a training loop raises each step.
  let seed: Tensor
  let stream: UInt64

  /// Makes a key from a seed; different seeds give unrelated streams.
  public init(seed: UInt64) {
    self.init(tensor: Tensor([Int64(bitPattern: seed), 0]))
  }

  /// Makes a key from an int64 tensor of two numbers, so that a compiled step can take it as an argument.
  public init(tensor: Tensor) {
    seed = tensor
    stream = 0
  }

  private init(seed: Tensor, stream: UInt64) {
    self.seed = seed
    self.stream = stream
  }

  /// A key of its own for each number; costs nothing when a graph runs.
  public func fold(_ number: UInt64) -> RandomKey {
    RandomKey(seed: seed, stream: mix64(stream &+ mix64(number &+ 0x9E37_79B9_7F4A_7C15)))
  }

  /// A key of its own for each name, such as the path of a layer.
  public func fold(_ name: String) -> RandomKey {
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in name.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    return fold(hash)
  }

  /// Several keys of their own.
  public func split(_ count: Int) -> [RandomKey] {
    (0..<Swift.max(count, 0)).map { fold(UInt64($0)) }
  }
}

/// SplitMix64's finaliser: a bijection of 64 bits that spreads every bit.
func mix64(_ value: UInt64) -> UInt64 {
  var z = value
  z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
  z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
  return z ^ (z >> 31)
}

extension Tensor {
  static func random(_ kind: Distribution, _ shape: [Int], _ key: RandomKey, _ dtype: DType)
    -> Tensor
  {
    guard kind == .bits || dtype.isFloating else {
      return .failed("random", "numbers must be float32 or float64, not \(dtype)")
    }
    return Tensor(.random(kind, stream: key.stream, shape, dtype), key.seed)
  }

  /// Uniform random numbers in [0, 1).
  public static func uniform(_ shape: [Int], key: RandomKey, dtype: DType = .float32) -> Tensor {
    random(.uniform, shape, key, dtype)
  }

  /// Normal random numbers of mean 0 and variance 1.
  public static func normal(_ shape: [Int], key: RandomKey, dtype: DType = .float32) -> Tensor {
    random(.normal, shape, key, dtype)
  }

  /// A random order of the numbers 0 to count - 1, as int64.
  public static func permutation(_ count: Int, key: RandomKey) -> Tensor {
    uniform([count], key: key, dtype: .float64).argSorted()
  }
}
