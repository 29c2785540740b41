import ApusKernels
public import ApusEvents
import Synchronization

/// A Parquet file as a table that is read row group by row group; only the columns asked for are touched.
///
/// See ``readParquet(_:columns:)`` for what becomes of the types.
public final class ParquetTable: TableSource {
  /// The file's path.
  public let source: String
  /// The number of events.
  public let count: Int
  /// What the columns are; columns that can't be read say why.
  public let schema: [ColumnDescription]
  /// The row groups.
  public let pieces: [Range<Int>]
  /// The file's own notes: keys and values.
  public let notes: [(key: String, value: String)]

  let file: RandomFile
  let columns: [ParquetColumn]
  let groups: [ParquetMetadata.RowGroup]
  private let scratch = ParquetScratchPool()
  /// Whether columns of whole numbers miss values, of those whose metadata do not say and that were looked at.
  private let missing = Mutex<[Int: Bool]>([:])

  /// Opens a file and reads its footer.
  /// - Throws: ``FormatError`` where the file is no whole Parquet file or is encrypted.
  public init(_ path: String) throws {
    file = try RandomFile(path)
    source = path
    let metadata = try Self.footer(file)
    do {
      columns = try ParquetSchemaWalk.columns(of: metadata.elements)
    } catch {
      throw Self.wrong(path, "the schema of a Parquet file must be whole", error.what)
    }
    try Self.check(metadata, columns, file)
    groups = metadata.groups
    notes = metadata.notes.filter { $0.key != "ARROW:schema" }
    var start = 0
    pieces = groups.filter { $0.rows > 0 }.map { group in
      defer { start += group.rows }
      return start..<start + group.rows
    }
    count = start
    let groups = groups
    schema = columns.map { column in
      var description = column.description
      description.obstacle =
        description.obstacle
        ?? groups.lazy.compactMap { Self.obstacle($0.chunks[column.leaf], column) }.first
      return description
    }
  }

  static let magic = Array("PAR1".utf8)

  private static func wrong(
    _ path: String, _ expected: String, _ found: String, at offset: Int? = nil
  ) -> FormatError {
    FormatError(
      path, offset: offset, expected, found: found,
      remedy: "The file was cut off or is damaged; copy or make it again.")
  }

  /// Reads the metadata at the end of the file.
  private static func footer(_ file: RandomFile) throws(FormatError) -> ParquetMetadata {
    guard file.size >= 12 else {
      throw wrong(file.path, "a Parquet file must have a footer", "it has \(file.size) bytes")
    }
    let end = try file.bytes(file.size - 8..<file.size, for: "the footer")
    if end.suffix(4) == Array("PARE".utf8)[...] {
      throw FormatError(
        file.path, "a Parquet file must be readable without a key",
        found: "the footer of this one is encrypted", remedy: "Write it again without encryption.")
    }
    guard end.suffix(4) == magic[...] else {
      throw wrong(
        file.path, "a Parquet file must end with PAR1", "it ends otherwise", at: file.size - 4)
    }
    let size = end.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
    guard size > 0, size <= file.size - 12 else {
      throw wrong(
        file.path, "the footer must lie within the file",
        "it claims \(size) bytes and the file has \(file.size)", at: file.size - 8)
    }
    let start = file.size - 8 - size
    let bytes = try file.bytes(start..<file.size - 8, for: "the footer")
    do {
      return try unsafe bytes.withUnsafeBufferPointer { buffer throws(ThriftReader.Damage) in
        var reader = unsafe ThriftReader(UnsafeRawBufferPointer(buffer))
        return try ParquetMetadata(&reader)
      }
    } catch {
      throw wrong(
        file.path, "the footer must hold the file's metadata", "in them \(error.what)",
        at: start + error.position)
    }
  }

  /// Checks what row groups claim against the schema, the file's size and each other.
  private static func check(
    _ metadata: ParquetMetadata, _ columns: [ParquetColumn], _ file: RandomFile
  ) throws(FormatError) {
    let path = file.path
    if metadata.isEncrypted {
      throw FormatError(
        path, "a Parquet file must be readable without a key",
        found: "this one has encrypted columns", remedy: "Write it again without encryption.")
    }
    var rows = 0
    for (i, group) in metadata.groups.enumerated() {
      guard group.rows >= 0, group.rows <= 1 << 40, group.chunks.count == columns.count else {
        throw wrong(
          path, "a row group must have all columns",
          "row group \(i) has \(group.chunks.count) of \(columns.count) and \(group.rows) rows")
      }
      rows += group.rows
      for chunk in group.chunks where chunk.hasMetadata {
        guard chunk.values >= 0, chunk.compressedSize >= 0, chunk.start >= 0,
          chunk.compressedSize <= file.size,
          chunk.values <= mostValues(of: chunk.compressedSize)
        else {
          throw wrong(
            path, "the columns of a row group must have possible sizes",
            "'\(chunk.path.joined(separator: "."))' in row group \(i) claims \(chunk.values) values in "
              + "\(chunk.compressedSize) bytes from byte \(chunk.start)")
        }
      }
    }
    guard rows == metadata.rows else {
      throw wrong(
        path, "the row groups must hold all rows", "they hold \(rows) of \(metadata.rows)")
    }
  }

  /// The values that so many bytes may hold: runs of one value take next to nothing, so the first 2²⁶
  /// (the longest row group that pyarrow writes) are free, and any more need bytes for their levels.
  static func mostValues(of bytes: Int) -> Int { 1 << 26 + bytes * 64 }

  private static func obstacle(
    _ chunk: ParquetMetadata.Chunk, _ column: ParquetColumn
  ) -> String? {
    if chunk.isEncrypted { return "it is encrypted" }
    if chunk.isElsewhere { return "its values are in another file" }
    if !chunk.hasMetadata { return "a row group says nothing of it" }
    if chunk.physical != column.physical.rawValue {
      return "a row group holds another type than the schema"
    }
    if ParquetCodec(rawValue: chunk.codec) == nil {
      return "it is compressed by \(ParquetCodec.name(chunk.codec))"
    }
    return nil
  }

  /// Reads columns for a run of events.
  ///
  /// Cheapest for whole row groups; of others the whole row group is decoded. Row groups and columns are
  /// decoded by all threads of the machine.
  /// - Throws: `TableError` for an unknown name; ``FormatError`` for a column that can't be read, with the
  ///   reason, and for damage, with the row group and the offset.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let known = try EventTable(
      Self.unique(schema.map(\.name)).map { Column($0, .int64([])) }, source: source)
    let wanted = try names.map { name in
      _ = try known.column(name)
      let place = schema.firstIndex { $0.name == name } ?? 0
      if let obstacle = schema[place].obstacle { throw unreadable(name, obstacle) }
      return columns[place]
    }
    precondition(
      rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count) in \(source)")
    let span = groupSpan(rows)
    let local = rows.lowerBound - span.firstRow..<rows.upperBound - span.firstRow
    // Either columns are decoded side by side, or the row groups of a column.
    let byGroups = span.groups.count > wanted.count
    let values = Parallel.map(wanted.count, threads: byGroups ? 1 : 0) { i in
      Result {
        try self.values(of: wanted[i], span.groups, upTo: local.upperBound).sliced(local)
      }
    }
    return try EventTable(
      zip(wanted, values).map { Column($0.name, try $1.get()) }, source: source)
  }

  private func values(
    of column: ParquetColumn, _ groups: [Int], upTo last: Int
  ) throws -> Column.Values {
    var left = last
    let rows = groups.map { group in
      defer { left -= self.groups[group].rows }
      return min(self.groups[group].rows, left)
    }
    let isWhole = groups.count == pieces.count && last == count
    let hasNulls = try hasNulls(column) ?? (isWhole ? nil : missesValues(column))
    return try load(column, groups, rows, hasNulls).values()
  }

  private func load(
    _ column: ParquetColumn, _ groups: [Int], _ rows: [Int], _ hasNulls: Bool?
  ) -> ParquetColumnLoad {
    ParquetColumnLoad(
      column: column, groups: groups, chunks: groups.map { self.groups[$0].chunks[column.leaf] },
      rows: rows, hasNulls: hasNulls, file: file, scratch: scratch)
  }

  /// Whether a list of whole numbers misses elements anywhere, so that all pieces of a file have one type.
  ///
  /// Metadata count empty lists as well, so row groups that may have gaps are decoded, once for each file.
  private func missesValues(_ column: ParquetColumn) throws -> Bool? {
    guard column.isWholeNumber else { return nil }
    if let known = missing.withLock({ $0[column.leaf] }) { return known }
    let found = try groups.indices.contains { group in
      guard groups[group].rows > 0, groups[group].chunks[column.leaf].nulls != 0 else {
        return false
      }
      return try load(column, [group], [groups[group].rows], nil).missesValues()
    }
    missing.withLock { $0[column.leaf] = found }
    return found
  }

  private static func unique(_ names: [String]) -> [String] {
    var seen: Set<String> = []
    return names.filter { seen.insert($0).inserted }
  }

  private func unreadable(_ name: String, _ obstacle: String) -> FormatError {
    FormatError(
      source, object: name, "a column must hold numbers, text or lists of them",
      found: "'\(name)' can't be read: \(obstacle)", remedy: "Leave it out.", kind: .usage)
  }

  /// The row groups that hold some rows, and the first row of the first.
  private func groupSpan(_ rows: Range<Int>) -> (groups: [Int], firstRow: Int) {
    var start = 0
    var first: Int?
    var found: [Int] = []
    for (i, group) in groups.enumerated() {
      let range = start..<start + group.rows
      if range.overlaps(rows) {
        found.append(i)
        first = first ?? start
      }
      start += group.rows
    }
    return (found, first ?? rows.lowerBound)
  }

  /// Whether a flat column misses values anywhere in the file: nil where the file does not say.
  private func hasNulls(_ column: ParquetColumn) -> Bool? {
    if !column.mayBeNull { return false }
    if column.isNested { return nil }
    let counts = groups.map { $0.chunks[column.leaf].nulls }
    if counts.contains(where: { ($0 ?? 0) > 0 }) { return true }
    return counts.contains(nil) ? nil : false
  }
}

/// Scratch memory that threads borrow.
final class ParquetScratchPool: Sendable {
  private let free = Mutex<[ParquetScratch]>([])

  func take() -> ParquetScratch { free.withLock { $0.popLast() } ?? ParquetScratch() }
  func give(_ scratch: ParquetScratch) { free.withLock { $0.append(scratch) } }
}
