import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport

/// The table that the writers are tested with: every type that a column can have. Tools/reference/check_written.py
/// makes the same with NumPy.
func tableOfAllTypes(_ count: Int, nested: Bool = false) throws -> EventTable {
  let n = 0..<count
  func integers<T: FixedWidthInteger>(_ type: T.Type) -> [T] {
    n.map { T(truncatingIfNeeded: $0 &* 7_919_317 &- 500) }
  }
  let lengths = n.map { $0 * $0 % 5 }
  let offsets = lengths.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  let values = 0..<offsets[count]
  var columns = [
    Column("i8", .integers(.int8(integers(Int8.self)))),
    Column("u8", .integers(.uint8(integers(UInt8.self)))),
    Column("i16", .integers(.int16(integers(Int16.self)))),
    Column("u16", .integers(.uint16(integers(UInt16.self)))),
    Column("i32", .integers(.int32(integers(Int32.self)))),
    Column("u32", .integers(.uint32(integers(UInt32.self)))),
    Column("i64", .int64(integers(Int64.self))),
    Column("u64", .integers(.uint64(integers(UInt64.self)))),
    Column("flag", .integers(.bool(n.map { $0 % 3 == 0 }))),
    Column("f32", .float32(n.map { Float($0) * 0.5 - 3 })),
    Column("f64", .float64(n.map { $0 == 1 ? .nan : Double($0) * 0.1 })),
    Column("text", .strings(n.map { String(repeating: "µ\($0) ", count: $0 % 97) })),
    Column(
      "jag", .jagged(Jagged(offsets: offsets, content: .float32(values.map { Float($0) * 0.25 })))),
    Column("njag", .float64(n.map { Double($0) })),
    Column(
      "jag_flag",
      .jagged(Jagged(offsets: offsets, content: .integers(.bool(values.map { $0 % 2 == 0 }))))),
    Column(
      "array",
      .jagged(
        Jagged(count: count, of: [3], content: .float64((0..<3 * count).map { Double($0) / 8 })))),
    Column(
      "matrix",
      .jagged(
        Jagged(
          count: count, of: [2, 3], content: .integers(.int32((0..<6 * count).map { Int32($0) }))))),
    Column(
      "jag_array",
      .jagged(
        Jagged(
          offsets: offsets,
          content: .jagged(
            Jagged(
              count: values.count, of: [2],
              content: .integers(
                .int16((0..<2 * values.count).map { Int16(truncatingIfNeeded: $0) }))))))),
  ]
  if nested { columns += nestedColumns(offsets) }
  return try EventTable(columns, source: "all types")
}

/// Lists of lists, and lists of texts.
private func nestedColumns(_ offsets: [Int]) -> [Column] {
  let count = offsets[offsets.count - 1]
  let inner = (0..<count).map { $0 % 3 }.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) }
  let hits = Jagged(offsets: inner, content: .int64((0..<inner[count]).map { Int64($0) * -3 }))
  return [
    Column("jag_jag", .jagged(Jagged(offsets: offsets, content: .jagged(hits)))),
    Column(
      "jag_text", .jagged(Jagged(offsets: offsets, content: .strings((0..<count).map { "t\($0)" })))
    ),
  ]
}

/// A table that says to have several pieces.
struct PiecedTable: TableSource {
  var table: EventTable
  var pieces: [Range<Int>]
  var source: String { table.source }
  var count: Int { table.count }
  var schema: [ColumnDescription] { table.schema }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    try table.read(names, rows: rows)
  }

  /// Cuts a table at these events.
  init(_ table: EventTable, cuts: [Int]) {
    self.table = table
    let ends = [0] + cuts + [table.count]
    pieces = zip(ends, ends.dropFirst()).map { $0..<$1 }
  }
}

/// Where a test writes a file: the folder that `APUS_KEEP` names, so that Tools/reference/check_written.py can read
/// it with uproot, else a temporary one.
func writtenPath(_ name: String, _ folder: TemporaryFolder) -> String {
  guard let kept = ProcessInfo.processInfo.environment["APUS_KEEP"] else {
    return folder.path(name)
  }
  return kept + "/" + name
}
