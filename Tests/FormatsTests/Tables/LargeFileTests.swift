import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

/// What is larger than 2 or 4 GB, where places and sizes of 32 bits end, and tables that are never in memory whole.
@Suite struct LargeFileTests {
  /// 2.5 GB of numbers in every format; read back by Tools/reference/check_written.py, too.
  ///
  /// Of a ROOT file the header has positions of eight bytes beyond 2 GB; an array of an NPZ file passes 4 GB.
  @Test(
    .slow,
    arguments: [
      "big_tree.root", "big_ntuple.rntuple.root", "big.parquet", "big.npz", "big.h5", "big.npy",
    ])
  func filesBeyondTwoGigabytes(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = writtenPath(name, folder)
    let isFlat = name.hasSuffix(".npy")
    let table = WideTable(
      count: name.hasSuffix(".npz") ? 1_800_000 : 1 << 20, width: isFlat ? 1 : 300,
      columns: isFlat ? 300 : 1)
    switch name {
    case "big_tree.root": try writeROOT(table, to: path, compression: .none)
    case "big_ntuple.rntuple.root": try writeRNTuple(table, to: path, compression: .none)
    default: try writeTable(table, to: path)
    }
    if name.hasSuffix(".root") || isFlat { #expect(try size(path) > 2_000_000_000) }
    // NPZ is read whole: only its header here.
    if name.hasSuffix(".npz") {
      #expect(try inspect(path).items.first { $0.path == "x0" }?.shape == [table.count, 300])
      return
    }
    let read = try openTable(path)
    #expect(read.count == table.count)
    let rows = table.count - 5..<table.count
    // Datasets of two dimensions give a column each; lists of Parquet have no fixed size.
    let column = name.hasSuffix(".h5") ? "x0_0" : "x0"
    let found = try read.read([column], rows: rows).columns[0].values
    let wanted = try table.read(["x0"], rows: rows).columns[0].values
    guard case .jagged(let lists) = wanted, !name.hasSuffix(".root") else {
      #expect(found.isSame(as: wanted))
      return
    }
    let numbers = lists.content.doubles ?? []
    if case .jagged(let own) = found {
      #expect(own.offsets == lists.offsets && own.content.doubles == numbers)
    } else {
      #expect(found.doubles == (0..<5).map { numbers[300 * $0] })
    }
  }

  private func size(_ path: String) throws -> Int {
    // What the dictionary holds is one type with Foundation in the program and another without.
    let value = try FileManager.default.attributesOfItem(atPath: path)[.size]
    return Int("\(value ?? 0)") ?? 0
  }

  /// 20 runs of lists, texts and arrays through the formats that are written array by array.
  @Test(arguments: ["runs.h5", "runs.npz", "runs.npy", "runs.parquet", "runs.rntuple.root"])
  func runsOfATableAreWrittenOneBehindTheOther(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(name)
    let whole = try tableOfAllTypes(20_000, nested: true)
    let cuts = Array(stride(from: 1000, to: 20_000, by: 1000))
    let hasLists = !name.hasSuffix(".npy")
    let lists = ["jag", "jag_flag", "jag_jag", "jag_text", "array", "matrix"]
    let columns = ["i8", "u64", "flag", "f32", "f64", "text"] + (hasLists ? lists : [])
    try writeTable(PiecedTable(whole, cuts: cuts), to: path, columns: columns)
    let read = try readTable(path)
    #expect(read.count == 20_000)
    for column in columns where name.hasSuffix("root") || !["array", "matrix"].contains(column) {
      #expect(
        try read.column(column).values.isSame(as: whole.column(column).values), "\(column)")
    }
  }

  /// A table of 1 GB is written with a few runs in memory: no run that is asked for is large.
  @Test(arguments: ["t.h5", "t.npz", "t.npy", "t.root", "t.rntuple.root", "t.parquet", "t.csv"])
  func noWriterAsksForATableWhole(_ name: String) throws {
    let folder = try TemporaryFolder()
    let table = WideTable(count: 400_000, width: 1, columns: 8)
    try writeTable(table, to: folder.path(name))
    #expect(table.largest.value <= 32 << 20, "\(table.largest.value) bytes in one run")
  }
}

/// A table that is made when it is read: column c of event i holds `width` numbers from (i + c) · width on.
private struct WideTable: TableSource {
  let source = "made"
  let count: Int
  let width: Int
  let columns: Int
  let largest = Largest()

  final class Largest: @unchecked Sendable { var value = 0 }

  var schema: [ColumnDescription] {
    (0..<columns).map { ColumnDescription("x\($0)", type: "float64") }
  }

  var pieces: [Range<Int>] {
    stride(from: 0, to: count, by: 8192).map { $0..<min($0 + 8192, count) }
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    largest.value = max(largest.value, names.count * rows.count * width * 8)
    return try EventTable(
      names.map { name in
        let c = Int(name.dropFirst()) ?? 0
        let first = (rows.lowerBound + c) * width
        let numbers = (first..<first + rows.count * width).map { Double($0) }
        return Column(
          name,
          width == 1
            ? .float64(numbers)
            : .jagged(Jagged(count: rows.count, of: [width], content: .float64(numbers))))
      }, source: source)
  }
}
