/// A place in an envelope of an RNTuple: little-endian, moving forward, never past its frame.
struct NTupleCursor {
  /// The envelope.
  let bytes: [UInt8]
  /// Where it stands in the file, for messages.
  let place: RootPlace
  private(set) var position: Int
  /// The end of the frame.
  private(set) var end: Int

  init(_ bytes: [UInt8], _ place: RootPlace) {
    self.bytes = bytes
    self.place = place
    position = 0
    end = bytes.count
  }

  /// How many bytes of the frame are left.
  var remaining: Int { end - position }

  /// Takes bytes off the front and says where they are.
  mutating func take(_ count: Int, for what: String) throws(FormatError) -> Range<Int> {
    guard count >= 0, count <= remaining else {
      throw wrong(
        "\(what) must lie within its frame", "it needs \(count) bytes and \(remaining) are left")
    }
    defer { position += count }
    return position..<position + count
  }

  /// Reads a whole number of any width.
  mutating func integer<T: FixedWidthInteger & BitwiseCopyable>(
    _ type: T.Type = T.self, for what: String
  ) throws(FormatError) -> T {
    let range = try take(T.bitWidth / 8, for: what)
    return unsafe bytes.withUnsafeBytes {
      unsafe T(littleEndian: $0.loadUnaligned(fromByteOffset: range.lowerBound, as: T.self))
    }
  }

  /// Reads a number of 64 bits that must be a count or a position: far below what sums of them could reach.
  mutating func size(for what: String) throws(FormatError) -> Int {
    let value = try integer(UInt64.self, for: what)
    guard value < 1 << 60 else { throw wrong("\(what) must be below 2^60", "it is \(value)") }
    return Int(value)
  }

  /// Reads a text: its length in 32 bits, then UTF-8.
  mutating func string(for what: String) throws(FormatError) -> String {
    let length = Int(try integer(UInt32.self, for: "the length of \(what)"))
    return String(decoding: bytes[try take(length, for: what)], as: UTF8.self)
  }

  /// Enters a record frame and moves past it: what a newer writer appended to it is skipped.
  mutating func record(for what: String) throws(FormatError) -> NTupleCursor {
    let start = position
    let size = try integer(Int64.self, for: "the size of \(what)")
    guard size >= 8 else {
      throw wrong("\(what) must be a record frame", "its size is \(size)")
    }
    return try frame(from: start, size: Int(size), what)
  }

  /// Enters a list frame and moves past it.
  /// - Parameters:
  ///   - itemSize: The fewest bytes that an item takes, so that a count can't exceed what the bytes hold.
  ///   - what: What the list holds.
  mutating func list(
    ofAtLeast itemSize: Int, for what: String
  ) throws(FormatError) -> (items: NTupleCursor, count: Int) {
    let start = position
    let size = try integer(Int64.self, for: "the size of \(what)")
    guard size <= -12, size > Int64.min else {
      throw wrong("\(what) must be a list frame", "its size is \(size)")
    }
    var items = try frame(from: start, size: Int(-size), what)
    let count = Int(try items.integer(UInt32.self, for: "the number of \(what)"))
    guard count <= items.remaining / itemSize else {
      throw wrong(
        "\(what) must fit into their frame",
        "there are said to be \(count), and the frame has \(items.remaining) bytes")
    }
    return (items, count)
  }

  private mutating func frame(
    from start: Int, size: Int, _ what: String
  ) throws(FormatError) -> NTupleCursor {
    guard size <= end - start else {
      throw wrong(
        "\(what) must lie within the frame around it",
        "it has \(size) bytes and \(end - start) are left")
    }
    var inner = self
    inner.end = start + size
    position = start + size
    return inner
  }

  /// An error at the present position.
  func wrong(_ expected: String, _ found: String, _ remedy: String? = nil) -> FormatError {
    place.error(at: position, of: bytes.count, expected, found, remedy)
  }
}
