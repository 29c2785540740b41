/// A place in the bytes of one object of a ROOT file: big-endian, moving forward, never past the end.
///
/// Every read says what it is for, so that an error names file, object, byte and purpose.
struct RootCursor {
  /// The bytes: a stretch of the file, or an object that was decompressed.
  let bytes: [UInt8]
  /// Where the bytes come from, for messages.
  let place: RootPlace
  /// What references inside the object count from: a key's header stands before its data in ROOT's buffers
  /// though it does not here, so this is minus the header's length for an object of a key.
  let origin: Int
  private(set) var position: Int
  /// No read goes past it.
  private(set) var end: Int

  init(_ bytes: [UInt8], _ place: RootPlace, origin: Int = 0, at position: Int = 0) {
    self.bytes = bytes
    self.place = place
    self.origin = origin
    self.position = position
    end = bytes.count
  }

  /// How many bytes are left.
  var remaining: Int { end - position }

  /// The position as references inside the object count it.
  var displacement: Int { position - origin }

  /// Moves to a place of the object.
  mutating func seek(_ target: Int, for what: String) throws(FormatError) {
    guard target >= 0, target <= end else {
      throw wrong(
        "\(what) must lie within the object", "it starts at byte \(target) of \(end)")
    }
    position = target
  }

  /// Moves forward.
  mutating func skip(_ count: Int, for what: String) throws(FormatError) {
    _ = try take(count, for: what)
  }

  /// Takes bytes off the front and says where they are.
  mutating func take(_ count: Int, for what: String) throws(FormatError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw wrong(
        "\(what) must lie within the object", "it needs \(count) bytes and \(remaining) are left")
    }
    defer { position += count }
    return position..<position + count
  }

  /// Reads a whole number of any width.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self, for what: String
  ) throws(FormatError) -> T {
    let size = T.bitWidth / 8
    guard size <= remaining else {
      throw wrong(
        "\(what) must lie within the object", "it needs \(size) bytes and \(remaining) are left")
    }
    defer { position += size }
    return unsafe bytes.withUnsafeBytes {
      unsafe T(bigEndian: $0.loadUnaligned(fromByteOffset: position, as: T.self))
    }
  }

  /// Reads a 32-bit count or size that must not be negative.
  mutating func count(for what: String) throws(FormatError) -> Int {
    let value = Int(try integer(Int32.self, for: what))
    guard value >= 0 else { throw wrong("\(what) must not be negative", "it is \(value)") }
    return value
  }

  /// Reads a number of things of which each takes at least so many bytes, so that it can't exceed what is left.
  mutating func count(ofAtLeast size: Int, for what: String) throws(FormatError) -> Int {
    let value = try count(for: what)
    guard value <= remaining / max(size, 1) else {
      throw wrong(
        "\(what) must fit into the object",
        "there are said to be \(value), and \(remaining) bytes are left")
    }
    return value
  }

  mutating func float(for what: String) throws(FormatError) -> Float {
    Float(bitPattern: try integer(UInt32.self, for: what))
  }

  mutating func double(for what: String) throws(FormatError) -> Double {
    Double(bitPattern: try integer(UInt64.self, for: what))
  }

  /// Reads a text with its length in front: one byte, or 255 and four bytes.
  mutating func string(for what: String) throws(FormatError) -> String {
    var length = Int(try integer(UInt8.self, for: what))
    if length == 255 { length = try count(ofAtLeast: 1, for: what) }
    return String(decoding: bytes[try take(length, for: what)], as: UTF8.self)
  }

  /// Reads a text that a zero byte ends.
  mutating func zeroEndedString(for what: String) throws(FormatError) -> String {
    guard let stop = bytes[position..<end].firstIndex(of: 0) else {
      throw wrong("\(what) must end with a zero byte", "there is none")
    }
    defer { position = stop + 1 }
    return String(decoding: bytes[position..<stop], as: UTF8.self)
  }

  /// Reads numbers that stand one behind the other.
  mutating func integers<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type, count: Int, for what: String
  ) throws(FormatError) -> [T] {
    let size = T.bitWidth / 8
    guard count >= 0, count <= remaining / size else {
      throw wrong(
        "\(what) must fit into the object",
        "there are said to be \(count), and \(remaining) bytes are left")
    }
    let start = position
    position += count * size
    return unsafe bytes.withUnsafeBytes { raw in
      unsafe [T](unsafeUninitializedCapacity: count) { buffer, filled in
        filled = count
        for i in 0..<count {
          let value = unsafe raw.loadUnaligned(fromByteOffset: start + i * size, as: T.self)
          unsafe buffer.initializeElement(at: i, to: T(bigEndian: value))
        }
      }
    }
  }

  /// An error at the present position.
  func wrong(_ expected: String, _ found: String, _ remedy: String? = nil) -> FormatError {
    place.error(at: position, of: bytes.count, expected, found, remedy)
  }
}

/// Where bytes of a ROOT file come from.
struct RootPlace: Sendable {
  /// The file as the user named it.
  var file: String
  /// The path of the object in the file; nil for the file's own records.
  var object: String?
  /// Where in the file the bytes start; for a compressed object, where the compressed ones do.
  var offset: Int
  /// Whether the bytes were decompressed, so that positions in them are not positions in the file.
  var isDecompressed = false

  /// An error at a byte of the object.
  func error(
    at position: Int = 0, of size: Int = 0, _ expected: String, _ found: String,
    _ remedy: String? = nil
  ) -> FormatError {
    FormatError(
      file, object: object, offset: isDecompressed ? offset : offset + position, expected,
      found: found + (isDecompressed ? " (byte \(position) of its uncompressed \(size))" : ""),
      remedy: remedy ?? "The file was cut off or is damaged; copy it again from its source.")
  }

  /// The same place inside another object.
  func within(_ object: String?) -> RootPlace {
    var inner = self
    inner.object = object
    return inner
  }
}
