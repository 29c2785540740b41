import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

@Suite struct RNTupleWriterTests {
  /// What uproot reads of these files is compared by Tools/reference/check_written.py.
  @Test(arguments: [
    ("ntuple_zstd.root", RootCompression.zstd(5)), ("ntuple_zlib.root", .zlib(1)),
    ("ntuple_plain.root", .none),
  ])
  func everyTypeReturns(_ name: String, _ compression: RootCompression) throws {
    let folder = try TemporaryFolder()
    let path = writtenPath(name, folder)
    let table = try tableOfAllTypes(1000, nested: true)
    try writeRNTuple(PiecedTable(table, cuts: [400, 401]), to: path, compression: compression)
    let read = try openRNTuple(path)
    #expect(read.pieces == [0..<400, 400..<1000] && read.columnNames == table.names)
    for column in try read.read(table.names, rows: 0..<1000).columns {
      #expect(column.values.isSame(as: try table.column(column.name).values), "\(column.name)")
    }
    let part = try read.read(table.names, rows: 390..<410)
    for column in part.columns {
      let expected = try table.column(column.name).values.selecting(390..<410)
      #expect(column.values.isSame(as: expected), "\(column.name)")
    }
  }

  /// Several pages a column, and the ends of lists across pages.
  @Test func pagesAreCutAtAMebibyte() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("pages.root")
    let count = 300_000
    let lists = Jagged(
      offsets: (0...count).map { $0 * 2 },
      content: .integers(.uint16((0..<2 * count).map { UInt16($0 & 0xffff) })))
    let table = try EventTable([
      Column("x", .float64((0..<count).map { Double($0) * 1.7 })), Column("list", .jagged(lists)),
      Column("flag", .integers(.bool((0..<count).map { $0 % 7 == 0 }))),
    ])
    try writeRNTuple(table, to: path)
    let read = try openRNTuple(path).read(["list", "x", "flag"], rows: 0..<count)
    for column in read.columns {
      #expect(column.values.isSame(as: try table.column(column.name).values), "\(column.name)")
    }
  }

  @Test func emptyTablesAndForbiddenNames() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("empty.root")
    let table = try EventTable([Column("Jet.pt", .float32([])), Column("Jet_pt", .strings([]))])
    try writeRNTuple(table, to: path, name: "none")
    let read = try openRNTuple(path, "none")
    #expect(read.count == 0 && read.columnNames == ["Jet_pt", "Jet_pt_"])
    #expect(
      try read.read(read.columnNames, rows: 0..<0).columns.map(\.values) == [
        .float32([]), .strings([]),
      ])
    let text = message { try writeRNTuple(table, to: path, name: "") }
    #expect(text.contains("must not be empty"), "\(text)")
  }
}
