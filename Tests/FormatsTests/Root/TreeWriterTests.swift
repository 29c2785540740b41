import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TreeWriterTests {
  /// What uproot reads of these files is compared by Tools/reference/check_written.py.
  @Test(arguments: [
    ("tree_zstd.root", RootCompression.zstd(5)), ("tree_zlib.root", .zlib(1)),
    ("tree_plain.root", .none),
  ])
  func everyTypeIsWritten(_ name: String, _ compression: RootCompression) throws {
    let folder = try TemporaryFolder()
    let path = writtenPath(name, folder)
    let table = PiecedTable(try tableOfAllTypes(1000), cuts: [400, 401])
    try writeROOT(table, to: path, compression: compression)
    let objects = try listRoot(path)
    #expect(objects.map(\.path) == ["Events"] && objects.map(\.className) == ["TTree"])
    #expect(try readRootObject(path, "Events").count == objects[0].bytes)
    let read = try openTable(path)
    #expect(read.count == 1000)
    #expect(Set(read.columnNames) == Set(table.columnNames + ["njag_", "njag_flag", "njag_array"]))
    for column in try read.read(table.columnNames, rows: 0..<1000).columns {
      let wanted = try table.table.column(column.name).values
      #expect(column.values.isSame(as: wanted), "\(column.name): \(column.values.typeName)")
    }
  }

  @Test func anEmptyTableIsAnEmptyTree() throws {
    let folder = try TemporaryFolder()
    let path = writtenPath("tree_empty.root", folder)
    try writeROOT(try tableOfAllTypes(0), to: path, tree: "none")
    #expect(try listRoot(path).map(\.path) == ["none"])
  }

  /// The descriptions of classes are, byte by byte, those that ROOT 6.20 wrote.
  @Test(.data("root/uproot-sample-6.20.04-uncompressed.root")) func classesAreDescribedAsByROOT()
    throws
  {
    let sample = try TestData.path("root/uproot-sample-6.20.04-uncompressed.root")
    let folder = try TemporaryFolder()
    let path = folder.path("plain.root")
    try writeROOT(try tableOfAllTypes(3), to: path, compression: .none)
    let ours = try classes(path)
    let theirs = try classes(sample)
    // ROOT's list has one more element, the rules for old versions; sizes and counts are in the first bytes.
    #expect(ours.count > 10_000)
    #expect(ours.dropFirst(21) == theirs.prefix(ours.count).dropFirst(21))
  }

  /// The record of the class descriptions behind its key.
  private func classes(_ path: String) throws -> [UInt8] {
    let bytes = try readFile(path)
    func number(_ place: Int, _ size: Int) -> Int {
      bytes[place..<place + size].reduce(0) { $0 << 8 | Int($1) }
    }
    // The header of a file below 2 GB: place and size of the record are its last numbers.
    let seek = number(37, 4)
    let size = number(41, 4)
    return Array(bytes[seek + number(seek + 14, 2)..<seek + size])
  }

  @Test func whatATreeCannotHoldIsSaid() throws {
    let folder = try TemporaryFolder()
    let table = try tableOfAllTypes(5, nested: true)
    let text = message { try writeROOT(table, to: folder.path("nested.root")) }
    #expect(text.contains("Events.jag_jag: a branch of a TTree must hold numbers"), "\(text)")
    #expect(text.contains("list<list<int64>>") && text.contains("RNTuple"), "\(text)")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    let name = message { try writeROOT(table, to: folder.path("x.root"), tree: "a/b") }
    #expect(name.contains("none of / ; :"), "\(name)")
  }
}
