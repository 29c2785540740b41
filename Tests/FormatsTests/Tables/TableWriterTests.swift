import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

@Suite struct TableWriterTests {
  /// Lists and arrays of the formats that hold them as plain arrays; NumPy and h5py read them by
  /// Tools/reference/check_written.py.
  @Test(arguments: ["lists.npz", "lists.h5"]) func listsBecomeArraysAndReturn(_ name: String) throws
  {
    let folder = try TemporaryFolder()
    let path = writtenPath(name, folder)
    let table = try tableOfAllTypes(100, nested: true)
    try writeTable(PiecedTable(table, cuts: [40]), to: path)
    let columns = ["jag", "jag_flag", "jag_jag", "jag_text", "f64", "text"]
    let read = try readTable(path, columns: columns)
    #expect(read.count == 100)
    for column in read.columns {
      #expect(column.values.isSame(as: try table.column(column.name).values), "\(column.name)")
    }
  }

  @Test func offsetsThatDoNotFitAreRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.path("bad.npz")
    let table = try EventTable([
      Column("x", .float32([1, 2, 3])), Column("x.offsets", .int64([0, 2, 1])),
    ])
    try writeTable(table, to: path)
    let text = message { _ = try readTable(path) }
    #expect(
      text.contains("bad.npz:x.offsets: offsets must be whole numbers from 0, never fall"),
      "\(text)")
  }

  @Test func piecesAreWrittenOneAfterTheOther() throws {
    let folder = try TemporaryFolder()
    let table = try tableOfAllTypes(1000)
    let plain = table.names.filter { !$0.hasPrefix("jag") && !["array", "matrix"].contains($0) }
    for name in ["t.csv", "t.tsv.gz", "t.npy", "t.parquet", "t.h5"] {
      let path = folder.path(name)
      try writeTable(PiecedTable(table, cuts: [1, 2, 500]), to: path, columns: plain)
      let read = try readTable(path)
      #expect(read.count == 1000 && read.names == plain, "\(name)")
      #expect(try read.numbers("f32") == table.numbers("f32"), "\(name)")
      // The reader of text takes blanks at the ends off, also inside of quotes.
      let isText = name.hasPrefix("t.csv") || name.hasPrefix("t.tsv")
      let found = try read.texts("text")
      let wanted = try table.texts("text").map {
        isText && $0.hasSuffix(" ") ? String($0.dropLast()) : $0
      }
      let other = wanted.indices.first { found[$0] != wanted[$0] }
      #expect(other == nil, "\(name): '\(found[other ?? 0])' instead of '\(wanted[other ?? 0])'")
    }
    try writeTable(table, to: folder.path("t.root:mine"))
    try writeTable(table, to: folder.path("t.rntuple.root"))
    #expect(try listRoot(folder.path("t.root")).map(\.path) == ["mine"])
    #expect(
      try openRNTuple(folder.path("t.rntuple.root")).source.hasSuffix("t.rntuple.root:Events"))
  }

  @Test func formatsWithoutListsSaySo() throws {
    let folder = try TemporaryFolder()
    let table = try tableOfAllTypes(5)
    for name in ["x.csv", "x.npy"] {
      let text = message { try writeTable(table, to: folder.path(name)) }
      #expect(text.contains("jag") && text.contains("Write ROOT, Parquet, HDF5 or NPZ"), "\(text)")
    }
    #expect(
      message { try writeTable(table, to: folder.path("x.doc")) }.contains("must end in .root"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }
}
