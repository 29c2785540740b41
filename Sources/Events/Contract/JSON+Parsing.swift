public import ApusKernels

/// What is wrong with a JSON text, and where.
public struct JSONError: ApusError, Equatable {
  /// The byte from which the text can't be read.
  public var offset: Int
  /// What must hold there.
  public var reason: String
  /// Makes an error.
  public init(offset: Int, reason: String) {
    self.offset = offset
    self.reason = reason
  }

  /// A bad text is a fault of its file.
  public var kind: ErrorKind { .failure }
  /// What is wrong, and at which byte.
  public var message: String { "JSON: \(reason) at byte \(offset)." }
}

extension JSONValue {
  /// Levels of nesting that are read; deeper texts are refused, so that none can overflow the stack.
  public static let depthLimit = 256

  /// Reads a JSON text (RFC 8259), strictly: no comments, no trailing commas, no repeated keys.
  public init(parsing text: String) throws(JSONError) {
    try self.init(parsing: Array(text.utf8))
  }

  /// Reads the bytes of a JSON text; any bytes at all give a value or an error.
  public init(parsing bytes: [UInt8]) throws(JSONError) {
    var parser = JSONParser(bytes: bytes)
    self = try parser.document()
  }
}

private struct JSONParser {
  let bytes: [UInt8]
  var at = 0

  init(bytes: [UInt8]) { self.bytes = bytes }

  var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  func fail(_ reason: String, at offset: Int? = nil) -> JSONError {
    JSONError(offset: offset ?? at, reason: reason)
  }

  mutating func document() throws(JSONError) -> JSONValue {
    let value = try value(depth: 0)
    skipSpace()
    if at < bytes.count { throw fail("the text must end after its value, but goes on") }
    return value
  }

  mutating func skipSpace() {
    while let byte = next, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 { at += 1 }
  }

  mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    skipSpace()
    guard let byte = next else { throw fail("a value is missing: the text ends") }
    if depth >= JSONValue.depthLimit {
      throw fail("values nest deeper than \(JSONValue.depthLimit) levels")
    }
    switch byte {
    case UInt8(ascii: "{"): return try object(depth: depth)
    case UInt8(ascii: "["): return try array(depth: depth)
    case UInt8(ascii: "\""): return .string(try string())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try number()
    default: throw fail("a value can't start with this byte (\(byte))")
    }
  }

  mutating func word(_ word: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[at...].starts(with: word.utf8) else { throw fail("expected '\(word)'") }
    at += word.utf8.count
    return value
  }

  mutating func array(depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var items: [JSONValue] = []
    skipSpace()
    if next == UInt8(ascii: "]") {
      at += 1
      return .array(items)
    }
    while true {
      items.append(try value(depth: depth + 1))
      skipSpace()
      guard let byte = next else { throw fail("an array is not closed") }
      at += 1
      if byte == UInt8(ascii: "]") { return .array(items) }
      if byte != UInt8(ascii: ",") { throw fail("expected ',' or ']'", at: at - 1) }
    }
  }

  mutating func object(depth: Int) throws(JSONError) -> JSONValue {
    at += 1
    var members: [JSONValue.Member] = []
    var keys: Set<String> = []
    skipSpace()
    if next == UInt8(ascii: "}") {
      at += 1
      return .object(members)
    }
    while true {
      skipSpace()
      guard next == UInt8(ascii: "\"") else { throw fail("expected a key in quotes") }
      let start = at
      let key = try string()
      guard keys.insert(key).inserted else { throw fail("the key '\(key)' is repeated", at: start) }
      skipSpace()
      guard next == UInt8(ascii: ":") else { throw fail("expected ':'") }
      at += 1
      members.append(JSONValue.Member(key, try value(depth: depth + 1)))
      skipSpace()
      guard let byte = next else { throw fail("an object is not closed") }
      at += 1
      if byte == UInt8(ascii: "}") { return .object(members) }
      if byte != UInt8(ascii: ",") { throw fail("expected ',' or '}'", at: at - 1) }
    }
  }

  mutating func number() throws(JSONError) -> JSONValue {
    let start = at
    if next == UInt8(ascii: "-") { at += 1 }
    if next == UInt8(ascii: "0") { at += 1 } else { try digits() }
    var whole = true
    if next == UInt8(ascii: ".") {
      at += 1
      whole = false
      try digits()
    }
    if next == UInt8(ascii: "e") || next == UInt8(ascii: "E") {
      at += 1
      whole = false
      if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { at += 1 }
      try digits()
    }
    let text = String(decoding: bytes[start..<at], as: UTF8.self)
    if whole, text != "-0", let value = Int(text) { return .int(value) }
    guard let value = Double(text), value.isFinite else {
      throw fail("a number is too large for double precision", at: start)
    }
    return .number(value)
  }

  mutating func digits() throws(JSONError) {
    let start = at
    while let byte = next, byte >= 0x30, byte <= 0x39 { at += 1 }
    if at == start { throw fail("expected a digit") }
  }

  mutating func string() throws(JSONError) -> String {
    let start = at
    at += 1
    var units: [UInt8] = []
    while true {
      guard let byte = next else { throw fail("a string is not closed", at: start) }
      at += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let text = String(validating: units, as: UTF8.self) else {
          throw fail("a string is not UTF-8", at: start)
        }
        return text
      case UInt8(ascii: "\\"): try escape(into: &units)
      case 0..<0x20: throw fail("a control character must be escaped in a string", at: at - 1)
      default: units.append(byte)
      }
    }
  }

  mutating func escape(into units: inout [UInt8]) throws(JSONError) {
    guard let byte = next else { throw fail("a string ends in '\\'") }
    at += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): units.append(byte)
    case UInt8(ascii: "b"): units.append(0x08)
    case UInt8(ascii: "f"): units.append(0x0C)
    case UInt8(ascii: "n"): units.append(0x0A)
    case UInt8(ascii: "r"): units.append(0x0D)
    case UInt8(ascii: "t"): units.append(0x09)
    case UInt8(ascii: "u"): units.append(contentsOf: String(Character(try unicode())).utf8)
    default: throw fail("'\\' can't be followed by this byte (\(byte))", at: at - 1)
    }
  }

  /// Reads what follows `\u`, with its second half where the first is a surrogate.
  mutating func unicode() throws(JSONError) -> Unicode.Scalar {
    let start = at - 2
    var code = UInt32(try hex4())
    if code >= 0xD800, code < 0xDC00, next == UInt8(ascii: "\\"), at + 1 < bytes.count,
      bytes[at + 1] == UInt8(ascii: "u")
    {
      at += 2
      let low = UInt32(try hex4())
      guard low >= 0xDC00, low < 0xE000 else { throw fail("half a surrogate pair", at: start) }
      code = 0x10000 + (code - 0xD800) << 10 + (low - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(code) else { throw fail("half a surrogate pair", at: start) }
    return scalar
  }

  mutating func hex4() throws(JSONError) -> UInt16 {
    var code: UInt16 = 0
    for _ in 0..<4 {
      guard let byte = next, let digit = Character(Unicode.Scalar(byte)).hexDigitValue, byte < 0x80
      else { throw fail("expected four hexadecimal digits") }
      code = code << 4 | UInt16(digit)
      at += 1
    }
    return code
  }
}
