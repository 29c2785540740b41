import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct ParquetWriterTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  /// A table of every type, with lists of lists that are empty at every level.
  static func table(_ n: Int) throws -> EventTable {
    let lengths = (0..<n).map { ($0 * 7) % 4 }
    let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let inner = (0..<offsets[n]).map { ($0 * 5) % 3 }
    let innerOffsets = inner.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
    let values = (0..<n).map { Double($0) * 0.37 - 4 }
    func narrow<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
      (0..<n).map { T(truncatingIfNeeded: $0 &* 2_654_435_761 &- 99) }
    }
    return try EventTable([
      Column("f32", .float32(values.map { Float($0) })),
      Column("f64", .float64(values.enumerated().map { $0 % 9 == 4 ? .nan : $1 })),
      Column("i64", .int64(narrow(Int64.self))), Column("i8", .integers(.int8(narrow(Int8.self)))),
      Column("i16", .integers(.int16(narrow(Int16.self)))),
      Column("i32", .integers(.int32(narrow(Int32.self)))),
      Column("u8", .integers(.uint8(narrow(UInt8.self)))),
      Column("u16", .integers(.uint16(narrow(UInt16.self)))),
      Column("u32", .integers(.uint32(narrow(UInt32.self)))),
      Column("u64", .integers(.uint64(narrow(UInt64.self)))),
      Column("flag", .integers(.bool((0..<n).map { $0 % 3 == 0 }))),
      Column("text", .strings((0..<n).map { "µ \($0)" })),
      Column(
        "jet.pt",
        .jagged(
          Jagged(
            offsets: offsets, content: .float32((0..<offsets[n]).map { Float($0) / 3 })))),
      Column(
        "nested",
        .jagged(
          Jagged(
            offsets: offsets,
            content: .jagged(
              Jagged(
                offsets: innerOffsets,
                content: .integers(
                  .int16((0..<innerOffsets[offsets[n]]).map { Int16(truncatingIfNeeded: $0) }))))))),
      Column(
        "full",
        .jagged(
          Jagged(offsets: (0...n).map { 2 * $0 }, content: .int64((0..<Int64(2 * n)).map { $0 })))),
    ])
  }

  @Test(arguments: [0, 1, 7, 1000, 300_000]) func whatIsWrittenIsReadBack(_ n: Int) throws {
    let path = folder.path("t.parquet")
    let table = try Self.table(n)
    try writeParquet(table, to: path)
    let back = try readTable(path)
    #expect(back.names == table.names && back.count == n)
    for column in table.columns {
      let found = try back.column(column.name).values
      #expect(Checksum.of(found) == Checksum.of(column.values), "\(column.name)")
      #expect(found.typeName == column.values.typeName)
    }
    #expect(folder.names == ["t.parquet"])
  }

  /// Tools/reference/parquet_check.py shows that pyarrow reads this file as it was meant.
  @Test func aFileOfOursStaysReadable() throws {
    let table = try Self.table(100)
    let back = try readTable(goldenParquet("ours.parquet"))
    for column in table.columns {
      #expect(Checksum.of(try back.column(column.name).values) == Checksum.of(column.values))
    }
  }

  @Test func rowGroupsFollowThePiecesOfTheSource() throws {
    struct Pieces: TableSource {
      let table: EventTable
      var source: String { "pieces" }
      var count: Int { table.count }
      var schema: [ColumnDescription] { table.schema }
      let pieces: [Range<Int>]
      func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
        try table.read(names, rows: rows)
      }
    }
    let table = try Self.table(100_000)
    let source = Pieces(table: table, pieces: [0..<100, 100..<1000, 1000..<100_000])
    let path = folder.path("t.parquet")
    try writeParquet(source, columns: ["nested", "f32"], to: path)
    #expect(try ParquetTable(path).pieces == [0..<100_000])
    // So many columns that a row group holds 2^16 rows at most.
    let wide = try EventTable(
      (0..<1024).map { Column("c\($0)", .integers(.int8([Int8](repeating: 1, count: 70_000)))) })
    try writeParquet(wide, to: path)
    #expect(try ParquetTable(path).pieces == [0..<65_536, 65_536..<70_000])
    #expect(try readParquet(path, columns: ["c7"]).column("c7").values == wide.columns[7].values)
  }

  @Test func whatCanNotBeWrittenIsSaidAndLeavesNothing() throws {
    let table = try EventTable([Column("", .float32([1]))])
    #expect(
      message { try writeParquet(table, to: folder.path("t.parquet")) }.contains("one has no name"))
    #expect(folder.names == [])
  }
}
