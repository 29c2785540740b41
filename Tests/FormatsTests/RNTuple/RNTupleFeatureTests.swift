import ApusEvents
import ApusFormats
import TestSupport
import Testing

/// The file is written byte by byte by Tools/reference/rntuple_features.py, after the specification; uproot 5.7.7 reads the same
/// but for `f`, whose second representation it takes for the first.
@Suite struct RNTupleFeatureTests {
  private func column(_ name: String, _ rows: Range<Int> = 0..<5) throws -> Column.Values {
    let table = try openRNTuple(TestData.golden("formats/rntuple_features.root"))
    return try table.read([name], rows: rows).columns[0].values
  }

  @Test func columnsAndClusters() throws {
    let table = try openRNTuple(TestData.golden("formats/rntuple_features.root"))
    #expect(
      table.columnNames == ["f", "i", "q", "t", "h", "v", "n", "bits", "e", "late", "late_v"])
    #expect(table.schema.allSatisfy { $0.obstacle == nil } && table.pieces == [0..<3, 3..<5])
  }

  @Test func representationsMayChangeBetweenClusters() throws {
    #expect(try column("f") == .float32([1.5, -2, 0.25, 4.5, 1e-3]))
    #expect(try column("f", 2..<4) == .float32([0.25, 4.5]))
  }

  @Test func numbersTakeTheTypeOfTheirField() throws {
    // Stored as 32 bits with the zigzag encoding, in two pages of which one has no checksum.
    #expect(try column("i") == .int64([-5, 70000, -2_147_483_648, 1, 2]))
    #expect(try column("e") == .integers(.int32([3, -1, 2, 0, 4])))
  }

  @Test func shortNumbersAreUnpacked() throws {
    let step = 2.0 / 127
    #expect(try column("q") == .float64([-1, 1, 100 * step - 1, 64 * step - 1, step - 1]))
    // 20 bits: sign, exponent and eleven bits of the fraction.
    #expect(try column("t") == .float32([1.5, -3.25, 9_999_220_736, 0, 7]))
    #expect(try column("h") == .float32([0.5, -2, 65504, .infinity, 0x1p-24]))
  }

  @Test func listsAndTheirLengths() throws {
    let lists = Jagged(
      offsets: [0, 2, 2, 5, 5, 6], content: .integers(.uint8([9, 8, 7, 6, 255, 5])))
    #expect(try column("v") == .jagged(lists))
    #expect(try column("v", 1..<5) == .jagged(lists.selecting(1..<5)))
    #expect(try column("n") == .integers(.uint32([2, 0, 3, 0, 1])))
    #expect(try column("n", 4..<5) == .integers(.uint32([1])))
  }

  @Test func bitsetsHaveTheLowestBitFirst() throws {
    let numbers = [1, 0b10_0000_0001, 0b11_1110_0000, 0, 1023]
    let bits = numbers.flatMap { number in (0..<10).map { number >> $0 & 1 == 1 } }
    #expect(
      try column("bits") == .jagged(Jagged(count: 5, of: [10], content: .integers(.bool(bits)))))
  }

  /// Before a field was added its numbers are zeros and its lists empty, also within a cluster.
  @Test func fieldsThatWereAddedLater() throws {
    #expect(try column("late") == .float64([0, 0, 0, 0, 2.5]))
    #expect(try column("late", 3..<5) == .float64([0, 2.5]))
    let lists = Jagged(offsets: [0, 0, 0, 0, 0, 2], content: .float32([1, 2]))
    #expect(try column("late_v") == .jagged(lists))
    #expect(try column("late_v", 4..<5) == .jagged(lists.selecting(4..<5)))
  }
}
