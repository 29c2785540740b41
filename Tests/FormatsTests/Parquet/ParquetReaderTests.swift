import ApusEvents
import ApusFormats
import TestSupport
import Testing

/// A golden file of Tools/reference/parquet.py.
func goldenParquet(_ name: String) -> String { TestData.golden("parquet/" + name) }

@Suite struct ParquetReaderTests {
  /// Files, and for each column its type and checksum, as pyarrow reads them.
  static let expected:
    [(file: String, rows: Int, columns: [(name: String, type: String, sum: UInt32)])] = {
      guard let golden = try? loadGolden("parquet/digests.json"),
        case .object(let files) = golden.at("files")
      else { return [] }
      return files.map { file in
        guard case .object(let columns) = file.value.at("columns") else { return (file.key, 0, []) }
        return (
          file.key, Int(file.value.at("rows").double ?? -1),
          columns.map {
            ($0.key, $0.value.items?.first?.text ?? "", UInt32($0.value.items?.last?.double ?? 0))
          }
        )
      }
    }()

  @Test func everyColumnIsBitForBitWhatPyarrowReads() throws {
    #expect(Self.expected.count == 20)
    for (file, rows, columns) in Self.expected {
      let table = try readTable(goldenParquet(file))
      #expect(table.count == rows, "\(file)")
      #expect(table.names.sorted() == columns.map(\.name).sorted(), "\(file)")
      for (name, type, sum) in columns {
        let values = try table.column(name).values
        #expect(values.typeName == type, "\(file):\(name)")
        #expect(Checksum.of(values) == sum, "\(file):\(name) \(values.text(0)) \(values.text(1))")
      }
    }
  }

  @Test func aGapInALaterRowGroupChangedTheTypeWithinAFile() throws {
    let table = try ParquetTable(goldenParquet("late_gap.parquet"))
    for rows in [0..<0, 0..<20, 20..<40, 0..<40] {
      let read = try table.read(["k", "none"], rows: rows)
      #expect(read.columns[0].values.typeName == "list<float64>", "\(rows)")
      #expect(read.columns[1].values.typeName == "float64", "\(rows)")
    }
    let folder = try TemporaryFolder()
    for name in ["o.npz", "o.h5", "o.root", "o.parquet"] {
      try writeTable(table, to: folder.path(name))
      let back = try readTable(folder.path(name), columns: ["k"]).column("k").values
      guard case .jagged(let lists) = back, case .float64(let numbers) = lists.content else {
        Issue.record("\(name) holds \(back.typeName)")
        continue
      }
      #expect(numbers.count == 55 && numbers.filter(\.isNaN).count == 1, "\(name)")
    }
  }

  @Test func anyRunOfEventsIsThatPartOfTheWhole() throws {
    let table = try ParquetTable(goldenParquet("snappy_v1.parquet"))
    #expect(table.pieces == [0..<90, 90..<150])
    let names = table.columnNames
    let whole = try table.read(names, rows: 0..<150)
    for rows in [0..<1, 3..<90, 90..<150, 89..<91, 149..<150, 20..<20, 0..<150] {
      let part = try table.read(names, rows: rows)
      for name in names {
        let expected = try whole.column(name).values.selecting(Array(rows))
        let found = try part.column(name).values
        #expect(Checksum.of(found) == Checksum.of(expected), "\(name) \(rows)")
      }
    }
  }

  @Test func typesUnitsAndObstaclesAreSaid() throws {
    let schema = try ParquetTable(goldenParquet("types.parquet")).schema
    func column(_ name: String) -> ColumnDescription? { schema.first { $0.name == name } }
    #expect(column("stamp_ms")?.title == "milliseconds since 1970-01-01 UTC")
    #expect(column("stamp_ns")?.title == "nanoseconds since 1970-01-01, local time")
    #expect(column("date")?.title == "days since 1970-01-01")
    #expect(column("time")?.title == "microseconds since midnight")
    #expect(column("decimal128")?.type == "decimal(12)?")
    #expect(column("map.key_value.key")?.obstacle?.contains("map") == true)
    let lists = try ParquetTable(goldenParquet("none_v1.parquet")).schema
    #expect(lists.first { $0.name == "nested" }?.type == "list<list<float64?>>")
    #expect(lists.map(\.name).suffix(4) == ["jets.pt", "jets.id", "met.pt", "met.phi"])
  }

  @Test func mistakesAreNamed() throws {
    let path = goldenParquet("types.parquet")
    #expect(
      message { _ = try readTable(path, columns: ["dates"]) }.contains("Did you mean 'date'"))
    #expect(
      message { _ = try readParquet(path, columns: ["map.key_value.key"]) }.contains(
        "'map.key_value.key' can't be read: it is a map, which has no column of its own. Leave it out."
      ))
    #expect(
      message { _ = try readTable(path, tree: "Events") }.contains("only ROOT, HDF5 and NPZ files"))
    let description = try inspect(path).text
    #expect(description.contains("Parquet") && description.contains("stamp_ns"))
  }

  @Test(arguments: [
    "zstd_v1", "snappy_v2", "gzip_v1", "lz4_v2", "none_v1", "types", "encodings_v2", "half_split",
    "by_hand",
  ])
  func anyBytesGiveATableOrAnError(_ name: String) throws {
    try checkReader(goldenParquet(name + ".parquet"), flips: 700, stride: 61) {
      _ = try readParquet($0)
      _ = try inspect($0)
    }
  }

  @Test func cutsAtEveryByteAreErrors() throws {
    try checkReader(goldenParquet("required.parquet"), flips: 800) { _ = try readParquet($0) }
    try checkReader(goldenParquet("empty.parquet"), flips: 800) { _ = try readParquet($0) }
  }
}

/// CRC-32 of a column's bytes as Tools/reference/parquet.py lays them out.
enum Checksum {
  static func of(_ values: Column.Values) -> UInt32 { crc32(bytes(values)) }

  static func bytes(_ values: Column.Values) -> [UInt8] {
    switch values {
    case .float32(let v): raw(v.map { $0.isNaN ? 0x7fc0_0000 : $0.bitPattern })
    case .float64(let v): raw(v.map { $0.isNaN ? 0x7ff8_0000_0000_0000 : $0.bitPattern })
    case .int64(let v): raw(v)
    case .strings(let v): v.flatMap { Array($0.utf8) + [0] }
    case .integers(let v): bytes(v)
    case .jagged(let v): raw(v.offsets) + bytes(v.content)
    }
  }

  private static func bytes(_ values: Integers) -> [UInt8] {
    switch values {
    case .int8(let v): raw(v)
    case .int16(let v): raw(v)
    case .int32(let v): raw(v)
    case .uint8(let v): raw(v)
    case .uint16(let v): raw(v)
    case .uint32(let v): raw(v)
    case .uint64(let v): raw(v)
    case .bool(let v): v.map { $0 ? 1 : 0 }
    }
  }

  private static func raw<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  private static let table: [UInt32] = (0..<256).map { byte in
    (0..<8).reduce(UInt32(byte)) { c, _ in c & 1 == 1 ? 0xedb8_8320 ^ (c >> 1) : c >> 1 }
  }

  static func crc32(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xff)] ^ ($0 >> 8) }
  }
}
