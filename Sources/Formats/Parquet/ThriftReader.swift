/// Reads Thrift's compact protocol, in which Parquet keeps its metadata.
///
/// Nothing is believed: every length is compared with the bytes that are left before anything of that size
/// is made, and structures may be nested at most ``ThriftReader/mostDepth`` deep.
@safe struct ThriftReader {
  /// The kinds of a field's value, with their numbers in the protocol.
  enum Kind: UInt8 {
    case yes = 1
    case no = 2
    case byte = 3
    case int16 = 4
    case int32 = 5
    case int64 = 6
    case double = 7
    case binary = 8
    case list = 9
    case set = 10
    case map = 11
    case structure = 12
    case uuid = 13
  }

  /// What can be wrong with the bytes; the caller knows the file and the object.
  struct Damage: Error {
    var position: Int
    var what: String
  }

  static let mostDepth = 24

  let bytes: UnsafeRawBufferPointer
  private(set) var position: Int
  private var depth = 0

  init(_ bytes: UnsafeRawBufferPointer, at position: Int = 0) {
    unsafe self.bytes = unsafe bytes
    self.position = position
  }

  var remaining: Int { unsafe bytes.count - position }

  private func damage(_ what: String) -> Damage { Damage(position: position, what: what) }

  mutating func byte() throws(Damage) -> UInt8 {
    guard unsafe position < bytes.count else { throw damage("they end too early") }
    defer { position += 1 }
    return unsafe bytes[position]
  }

  /// A number of seven bits a byte, lowest first.
  mutating func variableLength() throws(Damage) -> UInt64 {
    var value: UInt64 = 0
    var shift: UInt64 = 0
    while true {
      let next = try byte()
      value |= UInt64(next & 0x7f) << shift
      if next & 0x80 == 0 { return value }
      shift += 7
      if shift > 63 { throw damage("a number has more than 64 bits") }
    }
  }

  /// A signed number: 0, -1, 1, -2, 2 and so on.
  mutating func integer() throws(Damage) -> Int {
    let raw = try variableLength()
    return Int(bitPattern: UInt(raw >> 1) ^ (0 &- UInt(raw & 1)))
  }

  /// A size, which must fit into what is left.
  private mutating func size(atLeast bytesEach: Int = 1) throws(Damage) -> Int {
    let raw = try variableLength()
    guard raw <= UInt64(remaining / bytesEach) else {
      throw damage("a length of \(raw) does not fit into the \(remaining) bytes that are left")
    }
    return Int(raw)
  }

  mutating func binary() throws(Damage) -> Range<Int> {
    let count = try size()
    defer { position += count }
    return position..<position + count
  }

  mutating func text() throws(Damage) -> String {
    unsafe String(decoding: bytes[try binary()], as: UTF8.self)
  }

  /// Reads a structure field by field; fields that `body` leaves (returns false for) are skipped.
  mutating func structure(
    _ body: (inout ThriftReader, _ field: Int, Kind) throws(Damage) -> Bool
  ) throws(Damage) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.mostDepth else { throw damage("they are nested too deep") }
    var field = 0
    while true {
      let header = try byte()
      if header == 0 { return }
      let step = Int(header >> 4)
      field = step == 0 ? try integer() : field &+ step
      let kind = try kind(header & 0xf)
      if try !body(&self, field, kind) { try skip(kind) }
    }
  }

  private func kind(_ number: UInt8) throws(Damage) -> Kind {
    guard let kind = Kind(rawValue: number) else {
      throw damage("a field is of the unknown kind \(number)")
    }
    return kind
  }

  /// Reads a list whose elements must be of a kind.
  mutating func list<Element>(
    of wanted: Kind, _ element: (inout ThriftReader) throws(Damage) -> Element
  ) throws(Damage) -> [Element] {
    let (count, kind) = try listHeader()
    guard kind == wanted || count == 0 else { throw damage("a list holds \(kind), not \(wanted)") }
    var elements: [Element] = []
    elements.reserveCapacity(min(count, 4096))
    for _ in 0..<count { elements.append(try element(&self)) }
    return elements
  }

  private mutating func listHeader() throws(Damage) -> (count: Int, kind: Kind) {
    let header = try byte()
    var count = Int(header >> 4)
    if count == 15 { count = try size() }
    // Each element takes at least a byte.
    guard count <= remaining else { throw damage("a list of \(count) elements does not fit") }
    return (count, count == 0 && header & 0xf == 0 ? .byte : try kind(header & 0xf))
  }

  /// Passes over a value.
  mutating func skip(_ kind: Kind) throws(Damage) {
    switch kind {
    case .yes, .no: return
    case .byte: _ = try byte()
    case .int16, .int32, .int64: _ = try variableLength()
    case .double: try pass(8)
    case .uuid: try pass(16)
    case .binary: _ = try binary()
    case .list, .set:
      let (count, element) = try listHeader()
      try skipElements(count, [element])
    case .map:
      let count = try size()
      if count == 0 { return }
      let kinds = try byte()
      try skipElements(count, [try self.kind(kinds >> 4), try self.kind(kinds & 0xf)])
    case .structure:
      try structure { (_, _, _) throws(Damage) in false }
    }
  }

  private mutating func skipElements(_ count: Int, _ kinds: [Kind]) throws(Damage) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.mostDepth else { throw damage("they are nested too deep") }
    for _ in 0..<count {
      // Truth values have a byte of their own in a list, and none as a field.
      for kind in kinds { try skip(kind == .yes || kind == .no ? .byte : kind) }
    }
  }

  private mutating func pass(_ count: Int) throws(Damage) {
    guard count <= remaining else { throw damage("they end too early") }
    position += count
  }
}

/// Writes Thrift's compact protocol.
struct ThriftWriter {
  private(set) var bytes: [UInt8] = []
  private var last = 0
  private var outer: [Int] = []

  mutating func variableLength(_ value: UInt64) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }

  private mutating func zigzag(_ value: Int) {
    variableLength(UInt64(bitPattern: Int64((value << 1) ^ (value >> 63))))
  }

  /// Starts a field; fields come in rising order.
  private mutating func header(_ field: Int, _ kind: ThriftReader.Kind) {
    let step = field - last
    if (1...15).contains(step) {
      bytes.append(UInt8(step << 4) | kind.rawValue)
    } else {
      bytes.append(kind.rawValue)
      zigzag(field)
    }
    last = field
  }

  mutating func int32(_ field: Int, _ value: Int) {
    header(field, .int32)
    zigzag(value)
  }

  mutating func int64(_ field: Int, _ value: Int) {
    header(field, .int64)
    zigzag(value)
  }

  mutating func int8(_ field: Int, _ value: UInt8) {
    header(field, .byte)
    bytes.append(value)
  }

  mutating func flag(_ field: Int, _ value: Bool) { header(field, value ? .yes : .no) }

  mutating func text(_ field: Int, _ value: String) {
    header(field, .binary)
    rawText(value)
  }

  private mutating func rawText(_ value: String) {
    variableLength(UInt64(value.utf8.count))
    bytes += Array(value.utf8)
  }

  mutating func structure(_ field: Int, _ body: (inout ThriftWriter) -> Void) {
    header(field, .structure)
    element(body)
  }

  /// A structure that is an element of a list, or stands alone.
  mutating func element(_ body: (inout ThriftWriter) -> Void) {
    outer.append(last)
    last = 0
    body(&self)
    bytes.append(0)
    last = outer.removeLast()
  }

  private mutating func list(_ field: Int, _ kind: ThriftReader.Kind, count: Int) {
    header(field, .list)
    if count < 15 {
      bytes.append(UInt8(count << 4) | kind.rawValue)
    } else {
      bytes.append(0xf0 | kind.rawValue)
      variableLength(UInt64(count))
    }
  }

  mutating func structures<Element>(
    _ field: Int, _ elements: [Element], _ body: (inout ThriftWriter, Element) -> Void
  ) {
    list(field, .structure, count: elements.count)
    for item in elements { element { body(&$0, item) } }
  }

  mutating func integers(_ field: Int, _ values: [Int]) {
    list(field, .int32, count: values.count)
    for value in values { zigzag(value) }
  }

  mutating func texts(_ field: Int, _ values: [String]) {
    list(field, .binary, count: values.count)
    for value in values { rawText(value) }
  }
}
