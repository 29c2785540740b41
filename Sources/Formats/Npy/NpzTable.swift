import ApusEvents
import ApusKernels

/// An archive of NumPy arrays as a table that is read piece by piece: see ``readNPZ(_:columns:array:)`` for its columns.
///
/// Stored arrays are read from any place, deflated ones from the front: see ``ContentReader``. Rows of an array in
/// Fortran's order do not lie together, so that all of it is read for any part.
struct NpzTable: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  private let parts: [Part]
  private let file: String

  /// An array with the columns that it gives; with offsets it is the values of one jagged column.
  private struct Part {
    var array: Member
    var names: [String]
    /// The arrays of offsets, outermost lists first.
    var offsets: [Member]

    var rows: Int { offsets.first.map { max(0, $0.header.rows - 1) } ?? array.header.rows }
  }

  /// One array of the archive.
  private struct Member {
    var name: String
    var header: NpyArray
    var content: ContentReader
    var size: Int
  }

  /// Opens an archive and reads the headers of its arrays.
  /// - Parameters:
  ///   - path: The file.
  ///   - only: The array to read alone; nil for all of them.
  init(_ path: String, only: String? = nil) throws {
    let archive = try ZipArchive(path)
    var members: [Member] = []
    for entry in archive.entries where entry.name.hasSuffix(".npy") {
      members.append(try Self.member(archive, entry))
    }
    let pairs = OffsetPairs.find(among: members.map(\.name))
    if let only { members.removeAll { $0.name != only && !(pairs[only] ?? []).contains($0.name) } }
    // The words for an archive without arrays, or without this one.
    if members.isEmpty { _ = try npzArrays(path, only, []) }
    try checkWidth(members.map(\.header), file: path)
    let offsets = Set(pairs.values.flatMap(\.self))
    let all = members
    parts = members.filter { !offsets.contains($0.name) }.map { member in
      let own = pairs[member.name]
      return Part(
        array: member,
        names: own == nil
          ? member.header.columnNames(member.name, matrixPrefix: member.name + "_")
          : [member.name],
        offsets: (own ?? []).compactMap { name in all.first { $0.name == name } })
    }
    if let first = parts.first, let other = parts.first(where: { $0.rows != first.rows }) {
      throw FormatError(
        path, "arrays of one table must have one length",
        found:
          "'\(first.array.name)' has \(first.rows) and '\(other.array.name)' has \(other.rows)",
        remedy: "Name one array: '\(path):\(first.array.name)'. There are "
          + members.map { "\($0.name) \($0.header.shape)" }.joined(separator: ", ") + ".",
        kind: .usage)
    }
    (file, source) = (path, only.map { "\(path):\($0)" } ?? path)
    let rows = parts.first?.rows ?? 0
    count = rows
    schema = parts.flatMap(Self.columns)
    let bytes = parts.reduce(0) { $0 + $1.array.size / max(1, rows) }
    let step = max(1, (16 << 20) / max(1, bytes))
    pieces = stride(from: 0, to: rows, by: step).map { $0..<min($0 + step, rows) }
  }

  private static func member(
    _ archive: ZipArchive, _ entry: ZipArchive.Entry
  ) throws(FormatError) -> Member {
    let content = try archive.reader(of: entry)
    let name = String(entry.name.dropLast(4))
    // The first bytes tell the header's length: 16 bits in version 1, 32 in later ones.
    let start = try content.bytes(from: 0, count: 12)
    var length = start.count
    if start.count == 12 {
      let wide = start[6] > 1
      length = 12 + start[8..<(wide ? 12 : 10)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    let head = try content.bytes(from: 0, count: min(length, entry.size, 16 << 20))
    let header = try NpyArray(head, file: archive.file.path, object: name, size: entry.size)
    return Member(name: name, header: header, content: content, size: entry.size)
  }

  private static func columns(_ part: Part) -> [ColumnDescription] {
    let header = part.array.header
    let types = header.fields.flatMap {
      [String](repeating: $0.type.columnName, count: header.width * $0.count)
    }
    return zip(part.names, types).map { name, type in
      ColumnDescription(name, type: part.offsets.reduce(type) { type, _ in "list<\(type)>" })
    }
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    precondition(rows.lowerBound >= 0 && rows.upperBound <= count, "rows \(rows) of \(count)")
    return try chosen(names, of: schema.map(\.name), source: source) { wanted in
      try parts.flatMap { part -> [Column] in
        guard wanted.map({ !$0.isDisjoint(with: part.names) }) ?? true else { return [] }
        guard part.offsets.isEmpty else {
          return [Column(part.names[0], try jagged(part, rows))]
        }
        return try Self.columns(part.array, part.names, wanted, rows, file)
      }
    }
  }

  /// The columns of some rows of an array.
  private static func columns(
    _ member: Member, _ names: [String], _ wanted: Set<String>?, _ rows: Range<Int>, _ file: String
  ) throws(FormatError) -> [Column] {
    let header = member.header
    guard !header.isFortran || header.width == 1, !header.shape.isEmpty else {
      let bytes = try member.content.bytes(from: 0, count: member.size)
      return header.columns(names, wanted: wanted, bytes: bytes)
        .map { Column($0.name, $0.values.sliced(rows)) }
    }
    let rowSize = header.elementSize * header.width
    var part = header
    part.shape[0] = rows.count
    part.start = 0
    let start = header.start + rows.lowerBound * rowSize
    let bytes = try member.content.bytes(from: start, count: rows.count * rowSize)
    guard bytes.count == rows.count * rowSize else {
      throw FormatError(
        file, object: member.name, "an array must hold what its header announces",
        found: "it ends before row \(rows.upperBound)",
        remedy: "The file is damaged; copy it again from its source.")
    }
    return part.columns(names, wanted: wanted, bytes: bytes)
  }

  /// Reads the offsets of some events, and then only the values that they point at.
  private func jagged(_ part: Part, _ rows: Range<Int>) throws -> Column.Values {
    func values(_ member: Member, _ range: Range<Int>) throws -> Column.Values {
      guard member.header.shape.count == 1, !member.header.isStructured,
        range.upperBound <= member.header.rows
      else {
        throw FormatError(
          file, object: member.name, "the values and offsets of lists must be plain arrays",
          found:
            "this one has the shape \(member.header.shape), and entry \(range.upperBound) is needed"
        )
      }
      let read = try Self.columns(member, [member.name], nil, range, file)
      return read.first?.values ?? .int64([])
    }
    let isWhole = rows == 0..<part.rows
    var range = rows
    var offsets: [Column.Values] = []
    for member in part.offsets {
      guard member.header.rows > 0 else {
        return .jagged(Jagged(offsets: [0], content: .int64([])))
      }
      let starts = try values(member, range.lowerBound..<range.upperBound + 1)
      guard let places = OffsetPairs.places(starts), let first = places.first,
        let last = places.last, 0 <= first, first <= last
      else {
        throw FormatError(
          file, object: member.name, "offsets must be whole numbers that never fall",
          found: "they do or are \(starts.typeName)")
      }
      // Only the offsets of the whole column must start at 0 and end with the values.
      let base = isWhole ? 0 : first
      offsets.append(.int64(places.map { Int64($0 &- base) }))
      range = base..<last
    }
    let content = try values(part.array, isWhole ? 0..<part.array.header.rows : range)
    return try OffsetPairs.jagged(content, offsets, column: part.array.name, file: file)
  }
}

extension ZipArchive {
  /// The content of an entry, read in order.
  func reader(of entry: Entry) throws(FormatError) -> ContentReader {
    let start = try contentStart(of: entry)
    let possible = entry.packedSize.multipliedReportingOverflow(by: Deflate.greatestRatio)
    guard entry.packedSize <= file.size - start,
      entry.method == 0
        ? entry.size == entry.packedSize
        : possible.overflow || entry.size <= possible.partialValue + 64
    else {
      throw FormatError(
        file.path, object: entry.name, offset: start,
        "an entry must lie within the file and hold what it announces",
        found:
          "\(entry.packedSize) bytes are to hold \(entry.size), and \(file.size - start) are left",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
    guard entry.method == 0 || entry.method == 8 else {
      throw FormatError(
        file.path, object: entry.name, "an entry must be stored or deflated",
        found: "its method is number \(entry.method)", remedy: "Write it again with numpy.savez.")
    }
    return ContentReader(
      file, entry.method == 0 ? .none : .raw, part: start..<start + entry.packedSize,
      object: entry.name, expected: (entry.size, entry.crc))
  }
}
