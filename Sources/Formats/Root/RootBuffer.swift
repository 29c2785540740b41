/// Bytes as ROOT's buffers hold them, being written: big-endian, with the size of each object before it, and with
/// references to classes and objects that stand further up.
struct RootBuffer {
  private(set) var bytes: [UInt8] = []
  /// References count from the header of the record, which stands before these bytes.
  private let origin: Int
  private var classes: [String: UInt32] = [:]

  /// Starts the data of a record whose header has so many bytes.
  init(headerSize: Int = 0) { origin = headerSize }

  /// Appends whole numbers, each in its width.
  mutating func append<each T: FixedWidthInteger>(_ values: repeat each T) {
    repeat appendOne(each values)
  }

  private mutating func appendOne(_ value: some FixedWidthInteger) {
    unsafe Swift.withUnsafeBytes(of: value.bigEndian) { unsafe bytes.append(contentsOf: $0) }
  }

  mutating func append(_ value: Double) { append(value.bitPattern) }

  mutating func append(_ value: Float) { append(value.bitPattern) }

  mutating func append(_ value: Bool) { bytes.append(value ? 1 : 0) }

  mutating func append(bytes more: [UInt8]) { bytes += more }

  /// Appends a text with its length in front: one byte, or 255 and four bytes.
  mutating func append(_ text: String) {
    let utf8 = Array(text.utf8)
    if utf8.count < 255 {
      append(UInt8(utf8.count))
    } else {
      append(UInt8(255))
      append(UInt32(utf8.count))
    }
    bytes += utf8
  }

  /// Appends numbers of 32 or 64 bits with the byte that says that there are any.
  mutating func append<T: FixedWidthInteger>(flagged values: [T]) {
    append(UInt8(values.isEmpty ? 0 : 1))
    for value in values { append(value) }
  }

  /// Appends an object with its size and its version before it.
  mutating func versioned(_ version: UInt16, _ body: (inout RootBuffer) -> Void) {
    let start = bytes.count
    append(UInt32(0), version)
    body(&self)
    setSize(at: start)
  }

  /// Appends a pointer to an object that follows at once.
  /// - Returns: The number by which later pointers refer to it.
  @discardableResult
  mutating func object(_ className: String, _ body: (inout RootBuffer) -> Void) -> UInt32 {
    let start = bytes.count
    append(UInt32(0))
    // References count from two bytes further on, so that none is zero.
    let reference = UInt32(origin + start + 2)
    if let known = classes[className] {
      append(known)
    } else {
      classes[className] = UInt32(origin + bytes.count + 2) | 0x8000_0000
      append(UInt32.max)
      bytes += Array(className.utf8) + [0]
    }
    body(&self)
    setSize(at: start)
    return reference
  }

  /// Writes how many bytes follow, once they are there.
  private mutating func setSize(at start: Int) {
    let size = UInt32(bytes.count - start - 4) | 0x4000_0000
    unsafe Swift.withUnsafeBytes(of: size.bigEndian) {
      unsafe bytes.replaceSubrange(start..<start + 4, with: $0)
    }
  }

  /// Appends a `TObject` that nothing refers to.
  mutating func tObject(bits: UInt32 = 0) { append(UInt16(1), UInt32(0), bits | 0x0200_0000) }

  /// Appends a `TNamed`.
  mutating func tNamed(_ name: String, _ title: String, bits: UInt32 = 0) {
    versioned(1) {
      $0.tObject(bits: bits | 0x0100_0000)
      $0.append(name)
      $0.append(title)
    }
  }

  /// Appends a `TObjArray` of `count` elements, which `body` writes.
  mutating func tObjArray(_ count: Int, _ body: (inout RootBuffer) -> Void = { _ in }) {
    versioned(3) {
      // An array on the heap has one more bit than one inside another object; readers ignore it.
      $0.append(UInt16(1), UInt32(0), UInt32(0x0300_0000))
      $0.append("")
      $0.append(Int32(count), Int32(0))
      body(&$0)
    }
  }
}
