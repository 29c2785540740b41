public import ApusEvents
import ApusKernels

/// An RNTuple that is being written, run by run; each run is a cluster.
struct NTupleWriter {
  private struct Page: Sendable {
    var bytes: [UInt8]
    var storedSize: Int
    var count: Int
  }

  private struct Cluster {
    var entries: Range<Int>
    /// For each column its pages, and how many elements all clusters before hold.
    var columns: [(pages: [(offset: Int, size: Int, count: Int)], first: Int)]
  }

  private struct Link {
    var offset = 0
    var storedSize = 0
    var size = 0
  }

  private let name: String
  private let codec: RootCompression
  private let shapes: [NTupleShape]
  private let schema: NTupleNewSchema
  private let header: Link
  private let headerChecksum: UInt64
  private var clusters: [Cluster] = []
  private var elements: [Int]
  private var count = 0

  /// The most bytes of a page, as in ROOT.
  private static let pageSize = 1 << 20
  /// The most bytes of a record of the file that a reader may expect, as in ROOT.
  private static let greatestBlock = 1 << 30

  /// Writes the header for columns of these types.
  init(
    _ name: String, _ table: EventTable, titles: [String: String], _ codec: RootCompression,
    _ file: RootFileWriter
  ) throws(FormatError) {
    self.name = name
    self.codec = codec
    shapes = table.columns.map { NTupleShape($0.values) }
    schema = NTupleNewSchema(table, titles: titles, isSplit: codec != .none)
    elements = [Int](repeating: 0, count: schema.columns.count)
    var buffer = NTupleBuffer()
    buffer.append(UInt64(0))
    for text in [name, "", "Apus"] { buffer.append(text) }
    schema.append(to: &buffer)
    let (bytes, checksum) = buffer.envelope(.header)
    headerChecksum = checksum
    header = try Self.block(bytes, codec, file)
  }

  /// Writes a block that nothing but its place names.
  private static func block(
    _ plain: [UInt8], _ codec: RootCompression, _ file: RootFileWriter
  ) throws(FormatError) -> Link {
    let stored = codec.compress(plain)
    let key = try file.write(file.key("RBlob", "", ""), data: stored, size: plain.count)
    return Link(offset: key.seek + key.headerSize, storedSize: stored.count, size: plain.count)
  }

  /// Writes a cluster.
  mutating func append(_ table: EventTable, to file: RootFileWriter) throws(FormatError) {
    if table.count == 0 { return }
    for (column, shape) in zip(table.columns, shapes) where NTupleShape(column.values) != shape {
      throw FormatError(
        table.source, object: column.name, "all parts of a column must have one type",
        found: "it changes from \(shape.typeName) to \(NTupleShape(column.values).typeName)",
        remedy: "Leave the column out.")
    }
    let parts = table.columns.flatMap { NTupleElements.of($0.values) }
    let pages = encoded(parts)
    var cluster = Cluster(entries: count..<count + table.count, columns: [])
    for (i, column) in pages.enumerated() {
      cluster.columns.append((try write(column, file), elements[i]))
      elements[i] += parts[i].count
    }
    count += table.count
    clusters.append(cluster)
  }

  /// The pages of all columns, encoded, compressed and summed in parallel.
  private func encoded(_ parts: [NTupleElements]) -> [[Page]] {
    let (columns, codec) = (schema.columns, codec)
    return Parallel.map(parts.count) { i in
      let encoding = columns[i].encoding
      let step = Self.pageSize / max(1, encoding.natural.size)
      return stride(from: 0, to: parts[i].count, by: step).map { start in
        let range = start..<min(parts[i].count, start + step)
        let stored = codec.compress(parts[i].page(range, encoding))
        let checksum = unsafe stored.withUnsafeBytes { unsafe ByteKernels.xxh3($0) }
        var tail = NTupleBuffer()
        tail.append(checksum)
        return Page(bytes: stored + tail.bytes, storedSize: stored.count, count: range.count)
      }
    }
  }

  /// Writes the pages of a column of a cluster, one behind the other in one record.
  private func write(
    _ pages: [Page], _ file: RootFileWriter
  ) throws(FormatError) -> [(offset: Int, size: Int, count: Int)] {
    if pages.isEmpty { return [] }
    let bytes = pages.flatMap(\.bytes)
    let key = try file.write(file.key("RBlob", "", ""), data: bytes, size: bytes.count)
    var offset = key.seek + key.headerSize
    return pages.map { page in
      defer { offset += page.bytes.count }
      return (offset, page.storedSize, page.count)
    }
  }

  /// Writes the page list, the footer and the anchor.
  func finish(_ file: RootFileWriter) throws(FormatError) {
    let footer = try Self.block(footer(try pageList(file)), codec, file)
    var anchor = RootBuffer()
    anchor.versioned(2) {
      $0.append(UInt16(1), UInt16(0), UInt16(0), UInt16(0))
      for link in [header, footer] {
        $0.append(UInt64(link.offset), UInt64(link.storedSize), UInt64(link.size))
      }
      $0.append(UInt64(Self.greatestBlock))
    }
    // Behind size and version, the fields are summed.
    let checksum = unsafe anchor.bytes.withUnsafeBytes {
      unsafe ByteKernels.xxh3(.init(rebasing: $0.dropFirst(6)))
    }
    anchor.append(checksum)
    try file.write(
      file.key(RNTupleTable.className, name, ""), data: anchor.bytes, size: anchor.bytes.count,
      isListed: true)
  }

  private func pageList(_ file: RootFileWriter) throws(FormatError) -> Link {
    var buffer = NTupleBuffer()
    buffer.append(headerChecksum)
    buffer.list(clusters.count) {
      for cluster in clusters {
        $0.record { $0.append(UInt64(cluster.entries.lowerBound), UInt64(cluster.entries.count)) }
      }
    }
    buffer.list(clusters.count) {
      for cluster in clusters {
        $0.list(cluster.columns.count) {
          for column in cluster.columns {
            $0.list(column.pages.count) {
              for page in column.pages {
                // Negative: a checksum follows the page.
                $0.append(Int32(-page.count))
                $0.locator(page.offset, page.size)
              }
              $0.append(Int64(column.first), UInt32(codec.settings))
            }
          }
        }
      }
    }
    return try Self.block(buffer.envelope(.pageList).bytes, codec, file)
  }

  private func footer(_ pageList: Link) -> [UInt8] {
    var buffer = NTupleBuffer()
    buffer.append(UInt64(0), headerChecksum)
    buffer.record { for _ in 0..<4 { $0.list(0) } }
    buffer.list(clusters.isEmpty ? 0 : 1) {
      if clusters.isEmpty { return }
      $0.record {
        $0.append(UInt64(0), UInt64(count), UInt32(clusters.count), UInt64(pageList.size))
        $0.locator(pageList.offset, pageList.storedSize)
      }
    }
    return buffer.envelope(.footer).bytes
  }
}

/// Writes a table as an RNTuple of a ROOT file, version 1.0.0.0 of the format, which ROOT 6.34 and later and uproot read.
///
/// Numbers and texts become fields of their C++ type, lists `std::vector`, arrays of one size `std::array`, in any
/// depth. Characters that names of fields may not have (`.`, `/`, `\`, blanks) become `_`. The table is taken piece by
/// piece, so it may be larger than memory; a run of about 32 MiB is a cluster. Pages have checksums.
/// - Parameters:
///   - table: The events; an `EventTable` or a table that is read piece by piece.
///   - path: The file to write; it appears only once it is whole.
///   - name: The RNTuple's name.
///   - columns: The columns, in this order; nil for all that can be read.
///   - compression: ZSTD at level 5 as in ROOT.
/// - Throws: ``FormatError`` when the file can't be written.
public func writeRNTuple(
  _ table: any TableSource, to path: String, name: String = "Events", columns: [String]? = nil,
  compression: RootCompression = .zstd(5)
) throws {
  try checkObjectName(name, path, "RNTuple")
  let titles = Dictionary(table.schema.map { ($0.name, $0.title) }) { first, _ in first }
  try writeAtomically(to: path) { temporary in
    let file = try RootFileWriter(temporary, shownAs: path, compression, version: 63400)
    var writer: NTupleWriter?
    try TableRuns(table, columns).forEach { run in
      if writer == nil {
        writer = try NTupleWriter(name, run, titles: titles, compression, file)
      }
      try writer?.append(run, to: file)
    }
    try writer?.finish(file)
    try file.finish(classes: RootClassTable(RootClassTable.rntuple))
  }
}
