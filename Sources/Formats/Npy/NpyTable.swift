public import ApusEvents

/// A NumPy array as a table that is read piece by piece: see ``readNPY(_:columns:)`` for its columns.
///
/// Rows of an array in Fortran's order do not lie together, so that all of it is read for any part.
public struct NpyTable: TableSource {
  /// The file's path.
  public let source: String
  /// The number of events.
  public let count: Int
  /// What the columns are.
  public let schema: [ColumnDescription]
  /// Runs of about 32 MiB.
  public let pieces: [Range<Int>]
  private let file: RandomFile
  private let array: NpyArray

  /// Opens a file and reads its header.
  /// - Throws: ``FormatError`` with the offset of what is damaged.
  public init(_ path: String) throws {
    let file = try RandomFile(path)
    let head = try file.bytes(0..<min(file.size, Self.longestHeader), for: "the header")
    let array = try NpyArray(head, file: path, size: file.size)
    try checkWidth([array], file: path)
    let types = array.fields.flatMap {
      [String](repeating: $0.type.columnName, count: array.width * $0.count)
    }
    let rows = array.rows
    let step = max(1, (32 << 20) / max(1, array.elementSize * array.width))
    schema = zip(array.columnNames(Self.stem(path), matrixPrefix: "col"), types).map {
      ColumnDescription($0, type: $1)
    }
    pieces = stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
    count = rows
    source = path
    self.file = file
    self.array = array
  }

  private static let longestHeader = 16 << 20

  /// The name of the file without its ending.
  static func stem(_ path: String) -> String { String(splitPath(path).name.prefix { $0 != "." }) }

  /// Reads columns for a run of events.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    let all = schema.map(\.name)
    return try chosen(names, of: all, source: source) { wanted in
      let rowSize = array.elementSize * array.width
      guard !array.isFortran || array.width == 1, !array.shape.isEmpty else {
        let bytes = try file.bytes(0..<file.size, for: "the array")
        return array.columns(all, wanted: wanted, bytes: bytes)
          .map { Column($0.name, $0.values.sliced(rows)) }
      }
      var part = array
      part.shape[0] = rows.count
      part.start = 0
      let start = array.start + rows.lowerBound * rowSize
      let bytes = try file.bytes(start..<start + rows.count * rowSize, for: "the array")
      return part.columns(all, wanted: wanted, bytes: bytes)
    }
  }
}
