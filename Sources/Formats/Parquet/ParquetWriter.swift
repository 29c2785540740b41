import ApusKernels
import CCodecs
public import ApusEvents

/// Writes a table as a Parquet file: the name holds the whole new file or what it held before.
///
/// Columns are required (a missing number is NaN and stays it), whole numbers keep their width, jagged
/// columns become lists; the values are plain and compressed by Zstandard. Events are taken from the source
/// in row groups of at most 2²⁰ (fewer where a row is wide), so that memory holds one of them.
/// - Parameters:
///   - source: The events: a table in memory or in a file.
///   - columns: The columns to write, in this order; nil for all that can be read.
///   - path: The file.
/// - Throws: ``FormatError`` when the file can't be written; what the source throws.
public func writeParquet(
  _ source: some TableSource, columns: [String]? = nil, to path: String
) throws {
  let names = columns ?? source.schema.filter { $0.obstacle == nil }.map(\.name)
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    var writer = try ParquetWriter(sink, path)
    for rows in ParquetWriter.rowGroups(of: source, columns: names.count) {
      try writer.append(try source.read(names, rows: rows))
    }
    if source.count == 0 { try writer.describe(try source.read(names, rows: 0..<0)) }
    try writer.finish()
    try sink.close()
  }
}

/// Writes row groups one behind the other, and the footer.
struct ParquetWriter {
  private let sink: FileSink
  private let path: String
  private var position = 0
  private var rows = 0
  private var columns: [ParquetLeaf] = []
  private var groups: [(rows: Int, chunks: [ParquetWrittenChunk])] = []

  /// About so many values are in a page.
  static let valuesAPage = 1 << 17

  init(_ sink: FileSink, _ path: String) throws {
    self.sink = sink
    self.path = path
    try put(ParquetTable.magic)
  }

  /// Runs of whole pieces of a source, each of at most 2²⁰ rows, and fewer where there are many columns.
  static func rowGroups(of source: some TableSource, columns: Int) -> [Range<Int>] {
    let most = max(1 << 14, min(1 << 20, (1 << 26) / max(1, columns)))
    var groups: [Range<Int>] = []
    for piece in source.pieces {
      if let last = groups.last, last.count + piece.count <= most {
        groups[groups.count - 1] = last.lowerBound..<piece.upperBound
        continue
      }
      for start in stride(from: piece.lowerBound, to: piece.upperBound, by: most) {
        groups.append(start..<min(start + most, piece.upperBound))
      }
    }
    return groups
  }

  private mutating func put(_ bytes: [UInt8]) throws {
    try sink.write(bytes)
    position += bytes.count
  }

  /// Takes the columns of a table as the file's own.
  mutating func describe(_ table: EventTable) throws {
    columns = try table.columns.map { try ParquetLeaf($0, path) }
  }

  /// Writes a table as the next row group; all must have the columns and types of the first.
  mutating func append(_ table: EventTable) throws {
    let leaves = try table.columns.map { try ParquetLeaf($0, path) }
    if groups.isEmpty { columns = leaves }
    for (first, leaf) in zip(columns, leaves) where !first.hasSchema(of: leaf) {
      throw FormatError(
        path, object: leaf.name, "a column must hold one type in all row groups",
        found: "it changes from \(first.typeName) to \(leaf.typeName) at event \(rows)",
        remedy: "Where whole numbers are sometimes missing, read the column as float64.")
    }
    let packed = Parallel.map(leaves.count) { i in Result { try leaves[i].pages() } }
    var chunks: [ParquetWrittenChunk] = []
    for (leaf, pages) in zip(leaves, packed) {
      let pages = try pages.get()
      chunks.append(
        ParquetWrittenChunk(
          start: position, size: pages.bytes.count, plainSize: pages.plainSize,
          values: pages.values, path: leaf.path))
      try put(pages.bytes)
    }
    groups.append((table.count, chunks))
    rows += table.count
  }

  /// Writes the footer.
  mutating func finish() throws {
    var thrift = ThriftWriter()
    let (columns, groups, rows) = (columns, groups, rows)
    thrift.element { meta in
      meta.int32(1, 2)
      let nodes = [ParquetNode(name: "schema", children: columns.count)] + columns.flatMap(\.nodes)
      meta.structures(2, nodes) { $1.write(to: &$0) }
      meta.int64(3, rows)
      meta.structures(4, groups) { thrift, group in
        thrift.structures(1, Array(zip(group.chunks, columns))) { $1.0.write(to: &$0, $1.1) }
        thrift.int64(2, group.chunks.reduce(0) { $0 + $1.plainSize })
        thrift.int64(3, group.rows)
      }
      meta.text(6, "Apus")
    }
    let footer = thrift.bytes
    guard footer.count < Int(UInt32.max) else {
      throw FormatError(path, "the footer must stay below 4 GiB", found: "it would not")
    }
    try put(footer)
    var end: [UInt8] = []
    end.append(littleEndian: UInt32(footer.count))
    try put(end + ParquetTable.magic)
  }
}

/// Where a column of a row group was written.
struct ParquetWrittenChunk {
  var start: Int
  var size: Int
  var plainSize: Int
  var values: Int
  var path: [String]

  func write(to thrift: inout ThriftWriter, _ leaf: ParquetLeaf) {
    thrift.int64(2, start)
    thrift.structure(3) { meta in
      meta.int32(1, leaf.kind.physical.rawValue)
      let encodings: [ParquetPage.Encoding] = [.plain, .runs]
      meta.integers(2, encodings.map(\.rawValue))
      meta.texts(3, path)
      meta.int32(4, ParquetCodec.zstd.rawValue)
      meta.int64(5, values)
      meta.int64(6, plainSize)
      meta.int64(7, size)
      meta.int64(9, start)
    }
  }
}

/// A node of the schema to write.
struct ParquetNode {
  var name: String
  var children = 0
  var repetition: ParquetMetadata.Repetition?
  var kind: ParquetLeaf.Kind?
  var isList = false

  func write(to thrift: inout ThriftWriter) {
    if let kind { thrift.int32(1, kind.physical.rawValue) }
    if let repetition { thrift.int32(3, repetition.rawValue) }
    thrift.text(4, name)
    if kind == nil { thrift.int32(5, children) }
    if let converted = isList ? 3 : kind?.converted { thrift.int32(6, converted) }
    if isList {
      thrift.structure(10) { $0.structure(3) { _ in } }
    } else if let kind {
      kind.writeLogical(to: &thrift)
    }
  }
}
