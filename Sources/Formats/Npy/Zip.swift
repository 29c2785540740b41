/// A zip archive, also in the zip64 form; nothing that it says of itself is believed unchecked.
struct ZipArchive {
  struct Entry {
    var name: String
    var method: UInt16
    var crc: UInt32
    var packedSize: Int
    var size: Int
    var headerStart: Int
  }

  let file: RandomFile
  let entries: [Entry]

  /// Reads the list of contents.
  init(_ path: String) throws(FormatError) {
    file = try RandomFile(path)
    var (start, count) = try Self.directory(file)
    guard start >= 0, start <= file.size else {
      throw FormatError(
        path, "the archive's list of contents must lie within the file",
        found: "it starts at byte \(start) of \(file.size)",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
    let bytes = try file.bytes(start..<file.size, for: "the archive's list of contents")
    var cursor = Cursor(bytes, file: path)
    var entries: [Entry] = []
    while count > 0 {
      entries.append(try Self.entry(&cursor))
      start = cursor.position
      count -= 1
    }
    self.entries = entries
  }

  /// Where the list of contents starts, and how many entries it has.
  private static func directory(_ file: RandomFile) throws(FormatError) -> (start: Int, count: Int)
  {
    // The end record is the last thing in the file, behind it only a comment of at most 65535 bytes.
    let first = max(0, file.size - 22 - 65535 - 20)
    let bytes = try file.bytes(first..<file.size, for: "the archive's end record")
    var place = bytes.count - 22
    while place >= 0, !bytes[place...].starts(with: [0x50, 0x4b, 5, 6]) { place -= 1 }
    guard place >= 0 else {
      throw FormatError(
        file.path, "a zip archive must end with its list of contents", found: "there is none",
        remedy: "The file was cut off; copy it again from its source.")
    }
    var cursor = Cursor(bytes, file: file.path)
    try cursor.seek(place + 10, for: "the archive's end record")
    let count = Int(try cursor.integer(UInt16.self, for: "the archive's end record"))
    _ = try cursor.integer(UInt32.self, for: "the archive's end record")
    let start = Int(try cursor.integer(UInt32.self, for: "the archive's end record"))
    guard count == 0xffff || start == 0xffff_ffff, place >= 20 else { return (start, count) }
    let what = "the archive's zip64 record"
    try cursor.seek(place - 20, for: what)
    guard try cursor.integer(UInt32.self, for: what) == 0x0706_4b50 else { return (start, count) }
    _ = try cursor.take(4, for: what)
    let record = Int(clamping: try cursor.integer(UInt64.self, for: what))
    guard record <= file.size - 56 else {
      throw FormatError(
        file.path, "\(what) must lie within the file",
        found: "it starts at byte \(record) of \(file.size)",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
    var wide = Cursor(try file.bytes(record..<record + 56, for: what), file: file.path)
    _ = try wide.take(32, for: what)
    let entries = try wide.integer(UInt64.self, for: what)
    _ = try wide.take(8, for: what)
    let wideStart = try wide.integer(UInt64.self, for: what)
    return (Int(clamping: wideStart), Int(clamping: entries))
  }

  private static func entry(_ cursor: inout Cursor) throws(FormatError) -> Entry {
    let what = "an entry of the archive's list of contents"
    guard try cursor.integer(UInt32.self, for: what) == 0x0201_4b50 else {
      throw FormatError(
        cursor.file, offset: cursor.position - 4, "\(what) must start with its signature",
        found: "it does not", remedy: "The file is damaged; copy it again from its source.")
    }
    _ = try cursor.take(6, for: what)
    let method = try cursor.integer(UInt16.self, for: what)
    _ = try cursor.take(4, for: what)
    let crc = try cursor.integer(UInt32.self, for: what)
    var packedSize = UInt64(try cursor.integer(UInt32.self, for: what))
    var size = UInt64(try cursor.integer(UInt32.self, for: what))
    let nameLength = Int(try cursor.integer(UInt16.self, for: what))
    let extraLength = Int(try cursor.integer(UInt16.self, for: what))
    let commentLength = Int(try cursor.integer(UInt16.self, for: what))
    _ = try cursor.take(8, for: what)
    var headerStart = UInt64(try cursor.integer(UInt32.self, for: what))
    let name = try cursor.take(nameLength, for: what)
    let extraEnd = cursor.position + extraLength
    while extraEnd - cursor.position >= 4 {
      let tag = try cursor.integer(UInt16.self, for: what)
      let length = Int(try cursor.integer(UInt16.self, for: what))
      let fieldEnd = cursor.position + length
      if tag == 1 {
        if size == 0xffff_ffff { size = try cursor.integer(UInt64.self, for: what) }
        if packedSize == 0xffff_ffff { packedSize = try cursor.integer(UInt64.self, for: what) }
        if headerStart == 0xffff_ffff { headerStart = try cursor.integer(UInt64.self, for: what) }
      }
      try cursor.seek(fieldEnd, for: what)
    }
    try cursor.seek(extraEnd, for: what)
    _ = try cursor.take(commentLength, for: what)
    return Entry(
      name: String(decoding: cursor.bytes[name], as: UTF8.self), method: method, crc: crc,
      packedSize: Int(clamping: packedSize), size: Int(clamping: size),
      headerStart: Int(clamping: headerStart))
  }

  /// The content of an entry, checked against its checksum.
  func content(of entry: Entry) throws(FormatError) -> [UInt8] {
    let start = try contentStart(of: entry)
    guard entry.packedSize <= file.size - start else {
      throw FormatError(
        file.path, object: entry.name, offset: start, "an entry must lie within the file",
        found: "it needs \(entry.packedSize) bytes and \(file.size - start) are left",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
    let packed = try file.bytes(start..<start + entry.packedSize, for: "an entry's content")
    let content: [UInt8]
    switch entry.method {
    case 0: content = packed
    case 8:
      content = try Deflate.inflateRaw(
        packed, from: 0, to: packed.count, size: entry.size, file: file.path, object: entry.name)
    default:
      throw FormatError(
        file.path, object: entry.name, "an entry must be stored or deflated",
        found: "its method is number \(entry.method)", remedy: "Write it again with numpy.savez.")
    }
    guard content.count == entry.size, Deflate.crc32(content) == entry.crc else {
      throw FormatError(
        file.path, object: entry.name, offset: start, "an entry must agree with its checksum",
        found: "its content was changed",
        remedy: "The file is damaged; copy it again from its source.")
    }
    return content
  }

  /// Where the content of an entry starts, behind its own header.
  func contentStart(of entry: Entry) throws(FormatError) -> Int {
    let what = "an entry's header"
    guard entry.headerStart <= file.size - 30 else {
      throw FormatError(
        file.path, object: entry.name, "\(what) must lie within the file",
        found: "it starts at byte \(entry.headerStart) of \(file.size)",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
    let header = try file.bytes(entry.headerStart..<entry.headerStart + 30, for: what)
    var cursor = Cursor(header, file: file.path, object: entry.name)
    guard try cursor.integer(UInt32.self, for: what) == 0x0403_4b50 else {
      throw FormatError(
        file.path, object: entry.name, offset: entry.headerStart,
        "\(what) must start with its signature", found: "it does not",
        remedy: "The file is damaged; copy it again from its source.")
    }
    _ = try cursor.take(22, for: what)
    let nameLength = Int(try cursor.integer(UInt16.self, for: what))
    let extraLength = Int(try cursor.integer(UInt16.self, for: what))
    return min(entry.headerStart + 30 + nameLength + extraLength, file.size)
  }
}

/// Writes an archive of these entries in which sizes and places from `limit` on take 64 bits: for tests, which
/// can't write 4 GiB each time.
package func writeZip(
  _ entries: [(name: String, content: [UInt8])], to path: String, wideFrom limit: Int
) throws {
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    var archive = ZipWriter(sink, file: path, limit: limit)
    for entry in entries { try archive.add(entry.name, entry.content) }
    try archive.finish()
    try sink.close()
  }
}

/// Writes a zip archive of deflated entries; in the zip64 form where sizes or places pass 4 GiB.
struct ZipWriter {
  private var directory: [UInt8] = []
  private var position = 0
  private var count = 0
  private let sink: FileSink
  private let file: String
  /// Sizes and places from this on are written with 64 bits; lower in tests only.
  private let limit: Int

  init(_ sink: FileSink, file: String, limit: Int = 0xffff_ffff) {
    self.sink = sink
    self.file = file
    self.limit = limit
  }

  /// Appends an entry.
  mutating func add(_ name: String, _ content: [UInt8]) throws {
    try add(name, size: content.count) { push in try push(content) }
  }

  /// Appends an entry that comes in parts.
  /// - Parameters:
  ///   - name: Its name.
  ///   - size: The bytes of all parts together.
  ///   - body: Gives the parts to the function that it is called with.
  mutating func add(
    _ name: String, size: Int, _ body: (_ push: ([UInt8]) throws -> Void) throws -> Void
  ) throws {
    // Deflated bytes are longer than plain ones by at most five in each 16 KB.
    let isWide = size + size / 1024 + 64 >= limit
    let start = position
    let length = header(name, isWide, 0, packed: 0, size).count
    try sink.write([UInt8](repeating: 0, count: length))
    let compressor = try Compressor(.raw, level: 1)
    var (packed, crc) = (0, UInt32(0))
    func write(_ bytes: [UInt8]) throws(FormatError) {
      packed += bytes.count
      try sink.write(bytes)
    }
    try body { part in
      crc = Deflate.crc32(part, behind: crc)
      try write(compressor.push(part))
    }
    try write(compressor.push([], finish: true))
    // Only now are sizes and checksum known.
    try sink.overwrite(header(name, isWide, crc, packed: packed, size), at: start)
    position += length + packed
    var wide = isWide ? [size, packed] : []
    if start >= limit { wide.append(start) }
    directory.append(littleEndian: UInt32(0x0201_4b50))
    directory.append(littleEndian: UInt16(45))
    append(name, crc, isWide ? nil : (packed, size), extra: wide, to: &directory)
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(littleEndian: UInt32(start >= limit ? 0xffff_ffff : start))
    directory += Array(name.utf8) + Self.extra(wide)
    count += 1
  }

  /// The header in front of an entry; it has both sizes or neither in its extra field.
  private func header(_ name: String, _ isWide: Bool, _ crc: UInt32, packed: Int, _ size: Int)
    -> [UInt8]
  {
    var header: [UInt8] = []
    header.append(littleEndian: UInt32(0x0403_4b50))
    let sizes = isWide ? [size, packed] : []
    append(name, crc, isWide ? nil : (packed, size), extra: sizes, to: &header)
    return header + Array(name.utf8) + Self.extra(sizes)
  }

  /// The fields that both headers of an entry have in common.
  private func append(
    _ name: String, _ crc: UInt32, _ sizes: (packed: Int, plain: Int)?, extra: [Int],
    to bytes: inout [UInt8]
  ) {
    bytes.append(littleEndian: UInt16(extra.isEmpty ? 20 : 45))
    bytes.append(littleEndian: UInt16(1 << 11))
    bytes.append(littleEndian: UInt16(8))
    // Midnight of 1 January 1980, the earliest date: the same table always gives the same bytes.
    bytes.append(littleEndian: UInt32(0x0021_0000))
    bytes.append(littleEndian: crc)
    bytes.append(littleEndian: UInt32(sizes?.packed ?? 0xffff_ffff))
    bytes.append(littleEndian: UInt32(sizes?.plain ?? 0xffff_ffff))
    bytes.append(littleEndian: UInt16(name.utf8.count))
    bytes.append(littleEndian: UInt16(extra.isEmpty ? 0 : 4 + 8 * extra.count))
  }

  /// The extra field of zip64.
  private static func extra(_ numbers: [Int]) -> [UInt8] {
    if numbers.isEmpty { return [] }
    var bytes: [UInt8] = []
    bytes.append(littleEndian: UInt16(1))
    bytes.append(littleEndian: UInt16(8 * numbers.count))
    for number in numbers { bytes.append(littleEndian: UInt64(number)) }
    return bytes
  }

  /// Writes the list of contents.
  consuming func finish() throws {
    let isWide = position >= limit || directory.count >= limit || count >= 0xffff
    var end = directory
    if isWide { appendWideEnd(to: &end) }
    end.append(littleEndian: UInt32(0x0605_4b50))
    end.append(littleEndian: UInt32(0))
    let shown = isWide ? 0xffff : UInt16(count)
    end.append(littleEndian: shown)
    end.append(littleEndian: shown)
    end.append(littleEndian: isWide ? 0xffff_ffff : UInt32(directory.count))
    end.append(littleEndian: isWide ? 0xffff_ffff : UInt32(position))
    end.append(littleEndian: UInt16(0))
    try sink.write(end)
  }

  /// The end record with 64 bits, and where it stands.
  private func appendWideEnd(to end: inout [UInt8]) {
    end.append(littleEndian: UInt32(0x0606_4b50))
    end.append(littleEndian: UInt64(44))
    end.append(littleEndian: UInt16(45))
    end.append(littleEndian: UInt16(45))
    end.append(littleEndian: UInt64(0))
    end.append(littleEndian: UInt64(count))
    end.append(littleEndian: UInt64(count))
    end.append(littleEndian: UInt64(directory.count))
    end.append(littleEndian: UInt64(position))
    end.append(littleEndian: UInt32(0x0706_4b50))
    end.append(littleEndian: UInt32(0))
    end.append(littleEndian: UInt64(position + directory.count))
    end.append(littleEndian: UInt32(1))
  }
}
