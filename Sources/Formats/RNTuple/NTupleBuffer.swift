import ApusKernels

/// Bytes of an envelope being written: little-endian, in frames.
struct NTupleBuffer {
  private(set) var bytes: [UInt8] = []

  mutating func append<each T: FixedWidthInteger>(_ values: repeat each T) {
    repeat appendOne(each values)
  }

  private mutating func appendOne(_ value: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func append(_ text: String) {
    append(UInt32(text.utf8.count))
    bytes += Array(text.utf8)
  }

  /// Appends a frame of single values.
  mutating func record(_ body: (inout NTupleBuffer) -> Void) {
    let start = bytes.count
    append(Int64(0))
    body(&self)
    set(Int64(bytes.count - start), at: start)
  }

  /// Appends a frame of items, which `body` writes.
  mutating func list(_ count: Int, _ body: (inout NTupleBuffer) -> Void = { _ in }) {
    let start = bytes.count
    append(Int64(0), UInt32(count))
    body(&self)
    set(Int64(start - bytes.count), at: start)
  }

  /// Appends where a block stands in the file.
  mutating func locator(_ offset: Int, _ size: Int) {
    append(Int32(size), UInt64(offset))
  }

  private mutating func set(_ value: Int64, at place: Int) {
    unsafe Swift.withUnsafeBytes(of: value.littleEndian) {
      unsafe bytes.replaceSubrange(place..<place + 8, with: $0)
    }
  }

  /// An envelope around these bytes: its kind and length before, its checksum behind.
  func envelope(_ kind: NTupleEnvelope) -> (bytes: [UInt8], checksum: UInt64) {
    var whole = NTupleBuffer()
    whole.append(UInt64(kind.rawValue) | UInt64(bytes.count + 16) << 16)
    whole.bytes += bytes
    let checksum = unsafe whole.bytes.withUnsafeBytes { unsafe ByteKernels.xxh3($0) }
    whole.append(checksum)
    return (whole.bytes, checksum)
  }
}
