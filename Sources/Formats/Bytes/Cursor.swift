/// A place in a file's bytes that moves forward and never past the end.
struct Cursor {
  let bytes: [UInt8]
  let file: String
  var object: String?
  private(set) var position: Int

  init(_ bytes: [UInt8], file: String, object: String? = nil, at position: Int = 0) {
    self.bytes = bytes
    self.file = file
    self.object = object
    self.position = position
  }

  /// How many bytes are left.
  var remaining: Int { bytes.count - position }

  /// Moves to a place of the file.
  mutating func seek(_ place: Int, for what: String) throws(FormatError) {
    guard place >= 0, place <= bytes.count else { throw short(what, place, "starts") }
    position = place
  }

  /// Takes bytes off the front.
  mutating func take(_ count: Int, for what: String) throws(FormatError) -> Range<Int> {
    guard count >= 0, count <= remaining else { throw short(what, count, "needs") }
    defer { position += count }
    return position..<position + count
  }

  /// Reads an unsigned integer, little-endian unless said otherwise.
  mutating func integer<T: FixedWidthInteger & UnsignedInteger>(
    _ type: T.Type, bigEndian: Bool = false, for what: String
  ) throws(FormatError) -> T {
    let range = try take(T.bitWidth / 8, for: what)
    var value: T = 0
    for byte in bigEndian ? Array(bytes[range]) : bytes[range].reversed() {
      value = value << 8 | T(byte)
    }
    return value
  }

  private func short(_ what: String, _ count: Int, _ verb: String) -> FormatError {
    FormatError(
      file, object: object, offset: position, "\(what) must lie within the file",
      found: verb == "needs"
        ? "it needs \(count) bytes and \(remaining) are left"
        : "it starts at byte \(count) of \(bytes.count)",
      remedy: "The file was cut off or is damaged; copy it again from its source.")
  }
}

extension [UInt8] {
  /// Appends an unsigned integer in little-endian order.
  mutating func append<T: FixedWidthInteger & UnsignedInteger>(littleEndian value: T) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe append(contentsOf: $0) }
  }
}
