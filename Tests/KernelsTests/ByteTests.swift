import ApusKernels
import Testing

@Suite struct ByteTests {
  /// Answers of xxHash (Python package xxhash 4.1.0, xxh3_64_intdigest) for the bytes 7 i² + 3 i + 11.
  static let answers: [(Int, UInt64)] = [
    (0, 0x2d06800538d394c2),
    (1, 0x4a4139caf4136257),
    (2, 0xbbdaef3139a03ec5),
    (3, 0xb43a8c626d379e9e),
    (4, 0x20b3ce4390c38033),
    (7, 0x781da828d0d1911d),
    (8, 0x287984563dfb5fcc),
    (9, 0x39301a76b6214064),
    (16, 0x749facd7877f5d40),
    (17, 0xa04d07e38fa78a85),
    (31, 0x11233606f2302f12),
    (32, 0x329dbb4de6262953),
    (33, 0x41eac332bff84229),
    (64, 0x7a2319261b50949e),
    (65, 0x2a5a1014bae8bf5f),
    (128, 0xe68787e6fec7b653),
    (129, 0x5f28c47fa767a7f1),
    (160, 0x217f89a3b477a899),
    (239, 0x4fc2f090d2da1260),
    (240, 0xab5fb9fcbd0321eb),
    (241, 0x295012525efaf3de),
    (255, 0x29417c42b43500c2),
    (256, 0x2a36f9021919f75a),
    (1023, 0x548919ee24208524),
    (1024, 0x4712c797961a58eb),
    (1025, 0x3d5031b96720e3ea),
    (1088, 0xf72d1a9e4c006d29),
    (2048, 0xd2a925ba4dd49316),
    (4999, 0xc3b97d3d6baec072),
  ]

  @Test func checksumsAreThoseOfXXH3() {
    let bytes = (0..<5000).map { UInt8(truncatingIfNeeded: $0 * $0 * 7 + $0 * 3 + 11) }
    for (count, expected) in Self.answers {
      #expect(
        bytes.withUnsafeBytes { ByteKernels.xxh3(.init(rebasing: $0[..<count])) } == expected,
        "\(count) bytes")
    }
    #expect(ByteKernels.xxh3(UnsafeRawBufferPointer(start: nil, count: 0)) == Self.answers[0].1)
  }

  @Test(arguments: [1, 2, 4, 8]) func splittingIsByBytes(_ width: Int) {
    for count in [0, 1, 3, 64, 257] {
      let values = (0..<count * width).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) }
      var split = [UInt8](repeating: 0, count: count * width)
      var whole = [UInt64](repeating: 0, count: count * width / 8 + 1)
      values.withUnsafeBytes { input in
        split.withUnsafeMutableBytes { output in
          guard let from = input.baseAddress, let to = output.baseAddress else { return }
          ByteKernels.split(from, into: to, count: count, width: width)
        }
      }
      let expected = (0..<width).flatMap { b in (0..<count).map { values[$0 * width + b] } }
      #expect(split == expected)
      whole.withUnsafeMutableBytes { output in
        guard let to = output.baseAddress else { return }
        split.withUnsafeBytes { input in
          guard let from = input.baseAddress else { return }
          ByteKernels.unsplit(from, into: to, count: count, width: width)
        }
        #expect(Array(output.prefix(values.count)) == values)
      }
    }
  }

  @Test(arguments: [1, 2, 4, 8]) func turningBytesRoundWorksInPlace(_ width: Int) {
    let values = (0..<33 * width).map { UInt8(truncatingIfNeeded: $0 * 37 + 5) }
    var turned = values
    turned.withUnsafeMutableBytes { bytes in
      guard let p = bytes.baseAddress else { return }
      ByteKernels.swapBytes(p, into: p, count: 33, width: width)
    }
    let expected: [UInt8] = (0..<33).flatMap {
      values[($0 * width)..<($0 * width + width)].reversed()
    }
    #expect(turned == expected)
  }

  @Test(arguments: [0, 1, 2, 100, 100_000]) func loopsRunEveryIterationOnce(_ count: Int) {
    #expect(Parallel.map(count) { $0 * 3 } == (0..<count).map { $0 * 3 })
    let nested = Parallel.map(8) { i in Parallel.map(8) { $0 + i }.reduce(0, +) }
    #expect(nested == (0..<8).map { 28 + 8 * $0 })
  }
}
