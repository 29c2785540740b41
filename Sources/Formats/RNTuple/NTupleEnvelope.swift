import ApusKernels

/// What a ROOT file says of an RNTuple: where its header and footer stand.
struct NTupleAnchor: Sendable {
  /// The version of the format that the writer followed, for messages.
  var version: String
  var header: NTupleLink
  var footer: NTupleLink
  /// The largest block that a record of the file holds; larger ones are cut into several.
  var greatestBlock: Int

  /// Reads the anchor, a big-endian object of the class `ROOT::RNTuple`, and checks its checksum.
  init(_ object: RootCursor) throws(FormatError) {
    var cursor = object
    let length = try cursor.integer(UInt32.self, for: "the size of an anchor")
    guard length & 0x4000_0000 != 0 else {
      throw cursor.wrong("an anchor must start with its size", "it starts with \(length)")
    }
    // The size counts from behind itself, and the two bytes of the class version are not summed.
    let start = cursor.position + 2
    let count = Int(length & 0x3fff_ffff) - 2
    let classVersion = try cursor.integer(UInt16.self, for: "the version of an anchor")
    var numbers: [UInt16] = []
    for _ in 0..<4 { numbers.append(try cursor.integer(for: "the version of an RNTuple")) }
    version = numbers.map(String.init).joined(separator: ".")
    guard classVersion >= 2, numbers[0] == 1 else {
      throw cursor.wrong(
        "an RNTuple must have version 1 of the format", "this one has \(version)",
        "Files of before ROOT 6.34 hold a preliminary version: copy it with a ROOT that still reads it."
      )
    }
    header = try NTupleLink(anchor: &cursor)
    footer = try NTupleLink(anchor: &cursor)
    let limit: UInt64 = try cursor.integer(for: "the size of a record")
    greatestBlock = limit > UInt64(Int.max) || limit < 16 ? Int.max : Int(limit)
    try Self.check(object, start, count)
  }

  private static func check(
    _ object: RootCursor, _ start: Int, _ count: Int
  ) throws(FormatError) {
    var cursor = object
    try cursor.seek(start, for: "an anchor")
    let summed = try cursor.take(count, for: "an anchor")
    let expected: UInt64 = try cursor.integer(for: "the checksum of an anchor")
    let found = unsafe object.bytes.withUnsafeBytes {
      unsafe ByteKernels.xxh3(.init(rebasing: $0[summed]))
    }
    guard found == expected else {
      throw cursor.wrong("an anchor must have the checksum that stands behind it", "it has another")
    }
  }
}

/// Where a block of bytes stands in the file, and how large it is once decompressed.
struct NTupleLink: Sendable {
  var offset: Int
  var storedSize: Int
  var size: Int

  fileprivate init(anchor cursor: inout RootCursor) throws(FormatError) {
    var numbers: [Int] = []
    for _ in 0..<3 {
      let value: UInt64 = try cursor.integer(for: "the place of an envelope")
      guard value < 1 << 60 else {
        throw cursor.wrong("the place of an envelope must be in the file", "it is \(value)")
      }
      numbers.append(Int(value))
    }
    (offset, storedSize, size) = (numbers[0], numbers[1], numbers[2])
  }

  /// Reads a link of an envelope: the size, then a locator.
  init(_ cursor: inout NTupleCursor) throws(FormatError) {
    size = try cursor.size(for: "the size of an envelope")
    (offset, storedSize) = try cursor.locator(for: "the place of an envelope")
  }
}

extension NTupleCursor {
  /// Reads where a block stands: size and offset, or the form for large blocks.
  mutating func locator(for what: String) throws(FormatError) -> (offset: Int, size: Int) {
    let first = try integer(Int32.self, for: what)
    if first >= 0 { return (try size(for: what), Int(first)) }
    // The negative of: the size of the locator itself in 16 bits, eight reserved ones, and the type.
    let head = UInt32(bitPattern: 0 &- first)
    let length = Int(head & 0xffff)
    let type = head >> 24
    guard type == 1, length >= 20 else {
      throw wrong(
        "\(what) must be given by a locator of files", "it is one of type \(type), \(length) bytes",
        "Data in an object store aren't read; copy them to a file with ROOT's 'hadd'.")
    }
    let stored = try self.size(for: what)
    let offset = try self.size(for: what)
    _ = try take(length - 20, for: what)
    return (offset, stored)
  }
}

/// The kinds of envelopes.
enum NTupleEnvelope: UInt16 {
  case header = 1
  case footer, pageList

  var name: String {
    switch self {
    case .header: "the header"
    case .footer: "the footer"
    case .pageList: "a page list"
    }
  }

  /// Reads an envelope, decompresses it, checks kind, length and checksum, and gives its content.
  /// - Returns: A cursor behind the envelope's own header and before its checksum, and the checksum.
  func open(
    _ link: NTupleLink, in file: NTupleStorage
  ) throws(FormatError) -> (content: NTupleCursor, checksum: UInt64) {
    let what = name + " of an RNTuple"
    let place = RootPlace(
      file: file.file.path, object: file.name, offset: link.offset,
      isDecompressed: link.size != link.storedSize)
    let bytes = try file.block(at: link.offset, stored: link.storedSize, size: link.size, for: what)
    guard bytes.count >= 16 else {
      throw place.error("\(what) must have at least 16 bytes", "it has \(bytes.count)")
    }
    let checksum = unsafe bytes.withUnsafeBytes {
      unsafe UInt64(
        littleEndian: $0.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }
    let found = unsafe bytes.withUnsafeBytes {
      unsafe ByteKernels.xxh3(.init(rebasing: $0.dropLast(8)))
    }
    guard found == checksum else {
      throw place.error("\(what) must have the checksum that stands behind it", "it has another")
    }
    var cursor = NTupleCursor(Array(bytes.dropLast(8)), place)
    let kind = try cursor.integer(UInt64.self, for: what)
    guard kind & 0xffff == rawValue, kind >> 16 == bytes.count else {
      throw cursor.wrong(
        "\(what) must say so, and its own length",
        "it says kind \(kind & 0xffff) and \(kind >> 16) of \(bytes.count) bytes")
    }
    return (cursor, checksum)
  }
}

extension NTupleCursor {
  /// Reads the flags of features that readers must know; none is defined yet.
  mutating func features() throws(FormatError) {
    while true {
      let flags = try integer(Int64.self, for: "the feature flags")
      guard flags & Int64.max == 0 else {
        throw wrong(
          "an RNTuple must use only features of version 1.0 of the format",
          "it uses feature \(flags.trailingZeroBitCount), which is newer",
          "Update Apus, or write the file with an older ROOT.")
      }
      if flags >= 0 { return }
    }
  }
}

/// The file of an RNTuple, with what is needed to read its blocks.
struct NTupleStorage: Sendable {
  let file: RootFile
  /// The path of the RNTuple in the file.
  let name: String
  /// The largest block that a record of the file holds.
  var greatestBlock = Int.max

  /// The name of a column, for messages.
  func path(_ column: String) -> String { name + "." + column }

  /// Reads a block and decompresses it.
  /// - Parameters:
  ///   - offset: Where it starts in the file.
  ///   - stored: How many bytes it has there.
  ///   - size: How many it has once decompressed; the same where it is not compressed.
  ///   - what: What it is, for messages.
  func block(
    at offset: Int, stored: Int, size: Int, for what: String
  ) throws(FormatError) -> [UInt8] {
    let bytes = try self.stored(at: offset, count: stored, name, for: what)
    if stored == size { return bytes }
    try Self.checkRatio(
      stored, size, RootPlace(file: file.path, object: name, offset: offset), what)
    let place = RootPlace(file: file.path, object: name, offset: offset)
    return try RootDecompressor.decompress(bytes, size: size, place)
  }

  /// No codec of ROOT makes more than this out of a byte: 128 KiB of one value are four bytes of ZSTD.
  static let greatestRatio = 1 << 16

  /// Checks what a block claims to hold against its size in the file, before memory is taken for it.
  static func checkRatio(
    _ stored: Int, _ size: Int, _ place: RootPlace, _ what: String
  ) throws(FormatError) {
    guard size / greatestRatio <= stored else {
      throw place.error(
        "\(what) must hold what it announces", "\(stored) bytes can't hold \(size)")
    }
  }

  /// The bytes of a block as they stand in the file.
  ///
  /// A block that is larger than a record may be is cut: the first record ends with the places of the others.
  func stored(
    at offset: Int, count: Int, _ object: String, for what: String
  ) throws(FormatError) -> [UInt8] {
    if count <= greatestBlock { return try file.bytes(at: offset, count: count, object, for: what) }
    let place = RootPlace(file: file.path, object: object, offset: offset)
    guard count <= file.size else {
      throw place.error("\(what) must lie within the file", "it is said to have \(count) bytes")
    }
    // n records carry n times the limit, of which the first gives 8 bytes for each other record's place.
    let chunks = (count - 8 + greatestBlock - 9) / (greatestBlock - 8)
    let places = 8 * (chunks - 1)
    guard places < greatestBlock else {
      throw place.error(
        "\(what) must fit into its records", "\(count) bytes are cut into \(chunks)")
    }
    var bytes = try file.bytes(at: offset, count: greatestBlock, object, for: what)
    let others = bytes.suffix(places)
    let offsets = unsafe others.withUnsafeBytes { raw in
      (0..<chunks - 1).map {
        unsafe Int(truncatingIfNeeded: raw.loadUnaligned(fromByteOffset: 8 * $0, as: UInt64.self))
      }
    }
    bytes.removeLast(places)
    for next in offsets {
      let piece = min(greatestBlock, count - bytes.count)
      bytes += try file.bytes(at: next, count: piece, object, for: what)
    }
    return bytes
  }
}
