import ApusEvents
import Testing

/// Columns of lists and of narrow whole numbers: against answers written down by hand.
@Suite struct JaggedTests {
  private let lists = Jagged(offsets: [0, 2, 2, 5], content: .float32([1, 2, 3, 4, 5]))

  @Test func listsAreSelectedWithTheirValues() {
    let chosen = lists.selecting([2, 1, 0, 2])
    #expect(chosen.offsets == [0, 3, 3, 5, 8])
    #expect(chosen.content == .float32([3, 4, 5, 1, 2, 3, 4, 5]))
  }

  @Test func listsOfListsAreSelectedAndJoined() {
    let nested = Jagged(offsets: [0, 1, 3], content: .jagged(lists))
    let expected = Jagged(
      offsets: [0, 2],
      content: .jagged(Jagged(offsets: [0, 0, 3], content: .float32([3, 4, 5]))))
    #expect(nested.selecting([1]) == expected)
    let twice = Column.Values.joined([.jagged(nested), .jagged(nested)])
    #expect(twice == .jagged(nested.selecting([0, 1, 0, 1])))
  }

  @Test func fixedArraysKeepTheirShapeOnlyWhereAllPiecesHaveIt() throws {
    let pair = Jagged(count: 2, of: [2], content: .int64([1, 2, 3, 4]))
    #expect(pair.offsets == [0, 2, 4])
    let same = try #require(Jagged.joined([pair, pair]))
    #expect(same.fixedShape == [2] && same.count == 4)
    let free = Jagged(offsets: [0, 1], content: .int64([9]))
    let mixed = try #require(Jagged.joined([pair, free]))
    #expect(mixed.fixedShape == nil && mixed.offsets == [0, 2, 4, 5])
  }

  @Test func offsetsThatFallOrDoNotEndAtTheLastValueAreNoOffsets() {
    #expect(Jagged.areValid([0, 2, 5], count: 5))
    for bad in [[], [1, 5], [0, 3, 2, 5], [0, 4]] as [[Int]] {
      #expect(!Jagged.areValid(bad, count: 5), "\(bad)")
    }
  }

  @Test func wholeNumbersOfDifferentWidthsJoinAsSigned() {
    let narrow = Column.Values.integers(.int8([-1, 2]))
    #expect(Column.Values.joined([narrow, narrow]) == .integers(.int8([-1, 2, -1, 2])))
    #expect(
      Column.Values.joined([narrow, .integers(.uint16([65535]))]) == .int64([-1, 2, 65535]))
    #expect(
      Column.Values.joined([narrow, .integers(.uint64([.max]))])
        == .float64([-1, 2, 0x1p64]))
    #expect(Column.Values.joined([narrow, .strings(["a"])]) == nil)
    #expect(Column.Values.joined([narrow, .jagged(lists)]) == nil)
    #expect(Column.Values.joined([]) == nil)
  }

  @Test func typesAndValuesAreNamedAsInNumPy() {
    #expect(Column.Values.jagged(lists).typeName == "list<float32>")
    #expect(Column.Values.integers(.bool([true])).typeName == "bool")
    let square = Column.Values.jagged(
      Jagged(count: 1, of: [2, 2], content: .integers(.int32([1, 2, 3, 4]))))
    #expect(square.typeName == "int32[2][2]")
    #expect(square.text(0) == "[1, 2, 3, 4]")
    #expect(Column.Values.jagged(lists).text(1) == "[]")
  }
}
