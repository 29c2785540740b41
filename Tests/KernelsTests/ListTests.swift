import ApusKernels
import Testing

@Suite struct ListTests {
  private func bytes(_ text: [UInt32]) -> [UInt8] {
    text.flatMap { word in (0..<4).map { UInt8(truncatingIfNeeded: word >> (24 - 8 * UInt32($0))) }
    }
  }

  /// Positions behind a key of 70 bytes, a header of 10 before each list, elements of 4 bytes.
  @Test func positionsBecomeOffsets() {
    let positions = bytes([70, 88, 98])  // 18, 10 and 14 bytes: two, none and one element
    var offsets = [Int](repeating: -1, count: 3)
    let isGood = offsets.withUnsafeMutableBufferPointer { out in
      positions.withUnsafeBytes { source in
        ListKernels.offsets(
          positions: source.baseAddress!, count: 3, key: 70, header: 10, unit: 4, base: 5, last: 8,
          out: out.baseAddress!)
      }
    }
    #expect(isGood && offsets == [5, 7, 7])
  }

  @Test(arguments: [[71, 88, 98], [70, 88, 80], [70, 88, 150], [60, 88, 98]] as [[UInt32]])
  func wrongPositionsAreFound(_ wrong: [UInt32]) {
    var offsets = [Int](repeating: -1, count: 3)
    let isGood = offsets.withUnsafeMutableBufferPointer { out in
      bytes(wrong).withUnsafeBytes { source in
        ListKernels.offsets(
          positions: source.baseAddress!, count: 3, key: 70, header: 10, unit: 4, base: 5, last: 8,
          out: out.baseAddress!)
      }
    }
    // One byte more than an element's end rounds down: the reader of the basket checks whole elements.
    #expect(isGood == (wrong[0] == 71))
  }

  @Test(arguments: [1, 2, 4, 8])
  func listsLoseTheirHeaders(_ width: Int) {
    let lengths = [3, 0, 1, 40]
    var source: [UInt8] = []
    var expected: [UInt8] = []
    var offsets = [0]
    var next: UInt8 = 1
    for length in lengths {
      source += [UInt8](repeating: 0xee, count: 10)
      for _ in 0..<length {
        let number = (0..<width).map { next &+ UInt8($0) }
        next &+= 7
        source += number
        expected += number.reversed()
      }
      offsets.append(offsets[offsets.count - 1] + length)
    }
    var found = [UInt8](repeating: 0, count: expected.count)
    found.withUnsafeMutableBytes { target in
      source.withUnsafeBytes {
        ListKernels.lists(
          $0.baseAddress!, offsets: offsets, count: 4, last: 44, header: 10, run: 1,
          to: target.baseAddress!, width: width)
      }
    }
    #expect(found == expected)
  }

  @Test func truthIsWhatIsNotZero() {
    var found = [UInt8](repeating: 9, count: 70)
    let source = (0..<70).map { UInt8($0 % 3) }
    found.withUnsafeMutableBytes { target in
      source.withUnsafeBytes {
        ListKernels.numbers($0.baseAddress!, to: target.baseAddress!, count: 70, width: 0)
      }
    }
    #expect(found == source.map { $0 == 0 ? 0 : 1 })
  }
}
