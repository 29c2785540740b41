/// A zip archive in memory, also in the zip64 form; nothing that it says of itself is believed unchecked.
struct ZipArchive {
  struct Entry {
    var name: String
    var method: UInt16
    var crc: UInt32
    var packedSize: Int
    var size: Int
    var headerStart: Int
  }

  let bytes: [UInt8]
  let file: String
  let entries: [Entry]

  /// Reads the list of contents.
  init(_ bytes: [UInt8], file: String) throws(FormatError) {
    self.bytes = bytes
    self.file = file
    var (start, count) = try Self.directory(bytes, file)
    var entries: [Entry] = []
    while count > 0 {
      var cursor = Cursor(bytes, file: file)
      try cursor.seek(start, for: "the archive's list of contents")
      entries.append(try Self.entry(&cursor))
      start = cursor.position
      count -= 1
    }
    self.entries = entries
  }

  private static func directory(
    _ bytes: [UInt8], _ file: String
  ) throws(FormatError) -> (start: Int, count: Int) {
    // The end record is the last thing in the file, behind it only a comment of at most 65535 bytes.
    let least = max(0, bytes.count - 22 - 65535)
    var place = bytes.count - 22
    while place >= least, place >= 0 {
      if bytes[place...].starts(with: [0x50, 0x4b, 5, 6]) { break }
      place -= 1
    }
    guard place >= least, place >= 0 else {
      throw FormatError(
        file, "a zip archive must end with its list of contents", found: "there is none",
        remedy: "The file was cut off; copy it again from its source.")
    }
    var cursor = Cursor(bytes, file: file)
    try cursor.seek(place + 10, for: "the archive's end record")
    let count = Int(try cursor.integer(UInt16.self, for: "the archive's end record"))
    _ = try cursor.integer(UInt32.self, for: "the archive's end record")
    let start = Int(try cursor.integer(UInt32.self, for: "the archive's end record"))
    guard count == 0xffff || start == 0xffff_ffff, place >= 20 else { return (start, count) }
    try cursor.seek(place - 20, for: "the archive's zip64 record")
    guard try cursor.integer(UInt32.self, for: "the archive's zip64 record") == 0x0706_4b50 else {
      return (start, count)
    }
    _ = try cursor.take(4, for: "the archive's zip64 record")
    let record = try cursor.integer(UInt64.self, for: "the archive's zip64 record")
    try cursor.seek(Int(clamping: record), for: "the archive's zip64 record")
    _ = try cursor.take(32, for: "the archive's zip64 record")
    let entries = try cursor.integer(UInt64.self, for: "the archive's zip64 record")
    _ = try cursor.take(8, for: "the archive's zip64 record")
    let wideStart = try cursor.integer(UInt64.self, for: "the archive's zip64 record")
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
    var cursor = Cursor(bytes, file: file, object: entry.name)
    try cursor.seek(entry.headerStart, for: "an entry's header")
    guard try cursor.integer(UInt32.self, for: "an entry's header") == 0x0403_4b50 else {
      throw FormatError(
        file, object: entry.name, offset: entry.headerStart,
        "an entry's header must start with its signature", found: "it does not",
        remedy: "The file is damaged; copy it again from its source.")
    }
    _ = try cursor.take(22, for: "an entry's header")
    let nameLength = Int(try cursor.integer(UInt16.self, for: "an entry's header"))
    let extraLength = Int(try cursor.integer(UInt16.self, for: "an entry's header"))
    _ = try cursor.take(nameLength + extraLength, for: "an entry's header")
    let range = try cursor.take(entry.packedSize, for: "an entry's content")
    let content: [UInt8]
    switch entry.method {
    case 0: content = Array(bytes[range])
    case 8:
      content = try Deflate.inflateRaw(
        bytes, from: range.lowerBound, to: range.upperBound, size: entry.size, file: file,
        object: entry.name)
    default:
      throw FormatError(
        file, object: entry.name, "an entry must be stored or deflated",
        found: "its method is number \(entry.method)", remedy: "Write it again with numpy.savez.")
    }
    guard content.count == entry.size, Deflate.crc32(content) == entry.crc else {
      throw FormatError(
        file, object: entry.name, offset: range.lowerBound,
        "an entry must agree with its checksum", found: "its content was changed",
        remedy: "The file is damaged; copy it again from its source.")
    }
    return content
  }
}

/// Writes a zip archive of deflated entries.
struct ZipWriter {
  private var directory: [UInt8] = []
  private var position = 0
  private var count = 0
  private let sink: FileSink
  private let file: String

  init(_ sink: FileSink, file: String) {
    self.sink = sink
    self.file = file
  }

  /// Appends an entry.
  mutating func add(_ name: String, _ content: [UInt8]) throws {
    let packed = try Compressor(.raw, level: 1).push(content, finish: true)
    guard content.count < 0xffff_ffff, packed.count < 0xffff_ffff, position < 0xffff_ffff,
      count < 0xffff
    else {
      throw FormatError(
        file, object: name, "an .npz file of ours must stay below 4 GiB", found: "it would not",
        remedy: "Write HDF5 instead: a name that ends in .h5.")
    }
    var shared: [UInt8] = []
    shared.append(littleEndian: UInt16(20))
    shared.append(littleEndian: UInt16(1 << 11))
    shared.append(littleEndian: UInt16(8))
    // Midnight of 1 January 1980, the earliest date: the same table always gives the same bytes.
    shared.append(littleEndian: UInt32(0x0021_0000))
    shared.append(littleEndian: Deflate.crc32(content))
    shared.append(littleEndian: UInt32(packed.count))
    shared.append(littleEndian: UInt32(content.count))
    shared.append(littleEndian: UInt16(name.utf8.count))
    shared.append(littleEndian: UInt16(0))
    var header: [UInt8] = []
    header.append(littleEndian: UInt32(0x0403_4b50))
    header += shared + Array(name.utf8)
    directory.append(littleEndian: UInt32(0x0201_4b50))
    directory.append(littleEndian: UInt16(20))
    directory += shared
    directory += [UInt8](repeating: 0, count: 10)
    directory.append(littleEndian: UInt32(position))
    directory += Array(name.utf8)
    try sink.write(header)
    try sink.write(packed)
    position += header.count + packed.count
    count += 1
  }

  /// Writes the list of contents.
  consuming func finish() throws {
    var end = directory
    end.append(littleEndian: UInt32(0x0605_4b50))
    end.append(littleEndian: UInt32(0))
    end.append(littleEndian: UInt16(count))
    end.append(littleEndian: UInt16(count))
    end.append(littleEndian: UInt32(directory.count))
    end.append(littleEndian: UInt32(position))
    end.append(littleEndian: UInt16(0))
    try sink.write(end)
  }
}
