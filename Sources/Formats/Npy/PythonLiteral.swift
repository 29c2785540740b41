/// A value of the little language in which NumPy writes an array's header.
indirect enum PythonLiteral: Equatable {
  case text(String)
  case integer(Int)
  case flag(Bool)
  case null
  /// A tuple or a list.
  case sequence([PythonLiteral])
  case mapping([(String, PythonLiteral)])

  static func == (a: PythonLiteral, b: PythonLiteral) -> Bool {
    switch (a, b) {
    case (.text(let x), .text(let y)): x == y
    case (.integer(let x), .integer(let y)): x == y
    case (.flag(let x), .flag(let y)): x == y
    case (.null, .null): true
    case (.sequence(let x), .sequence(let y)): x == y
    case (.mapping(let x), .mapping(let y)):
      x.count == y.count && zip(x, y).allSatisfy { $0.0 == $1.0 && $0.1 == $1.1 }
    default: false
    }
  }

  /// The value behind a key of a mapping.
  subscript(key: String) -> PythonLiteral? {
    guard case .mapping(let entries) = self else { return nil }
    return entries.first { $0.0 == key }?.1
  }

  /// Reads a literal; nil where the text is none.
  static func parse(_ text: [UInt8]) -> PythonLiteral? {
    var parser = PythonLiteralParser(text: text)
    guard let value = parser.value(depth: 0) else { return nil }
    parser.skipBlanks()
    return parser.isAtEnd ? value : nil
  }
}

private struct PythonLiteralParser {
  let text: [UInt8]
  var place = 0

  var isAtEnd: Bool { place >= text.count }
  private var next: UInt8? { isAtEnd ? nil : text[place] }

  mutating func skipBlanks() {
    while let byte = next, byte == 0x20 || byte == 0x0a || byte == 0x09 || byte == 0x0d {
      place += 1
    }
  }

  mutating func value(depth: Int) -> PythonLiteral? {
    guard depth < 32 else { return nil }
    skipBlanks()
    switch next {
    case UInt8(ascii: "'"), UInt8(ascii: "\""): return string().map { .text($0) }
    case UInt8(ascii: "("): return sequence(closedBy: UInt8(ascii: ")"), depth)
    case UInt8(ascii: "["): return sequence(closedBy: UInt8(ascii: "]"), depth)
    case UInt8(ascii: "{"): return mapping(depth)
    case UInt8(ascii: "T"): return word("True", .flag(true))
    case UInt8(ascii: "F"): return word("False", .flag(false))
    case UInt8(ascii: "N"): return word("None", PythonLiteral.null)
    default: return integer()
    }
  }

  private mutating func word(_ word: String, _ value: PythonLiteral) -> PythonLiteral? {
    guard text[place...].starts(with: word.utf8) else { return nil }
    place += word.utf8.count
    return value
  }

  private mutating func integer() -> PythonLiteral? {
    let start = place
    if next == UInt8(ascii: "-") { place += 1 }
    while let byte = next, byte >= 0x30, byte <= 0x39 { place += 1 }
    let value = Int(String(decoding: text[start..<place], as: UTF8.self))
    // Python 2 wrote long integers with an L behind them.
    if next == UInt8(ascii: "L") { place += 1 }
    return value.map { .integer($0) }
  }

  private mutating func string() -> String? {
    guard let quote = next else { return nil }
    place += 1
    var bytes: [UInt8] = []
    while let byte = next, byte != quote {
      place += 1
      if byte == UInt8(ascii: "\\"), let escaped = next {
        bytes.append(escaped)
        place += 1
      } else {
        bytes.append(byte)
      }
    }
    guard next == quote else { return nil }
    place += 1
    return String(decoding: bytes, as: UTF8.self)
  }

  private mutating func sequence(closedBy end: UInt8, _ depth: Int) -> PythonLiteral? {
    place += 1
    var items: [PythonLiteral] = []
    while true {
      skipBlanks()
      if next == end {
        place += 1
        return .sequence(items)
      }
      guard let item = value(depth: depth + 1) else { return nil }
      items.append(item)
      skipBlanks()
      if next == UInt8(ascii: ",") {
        place += 1
      } else if next != end {
        return nil
      }
    }
  }

  private mutating func mapping(_ depth: Int) -> PythonLiteral? {
    place += 1
    var entries: [(String, PythonLiteral)] = []
    while true {
      skipBlanks()
      if next == UInt8(ascii: "}") {
        place += 1
        return .mapping(entries)
      }
      guard case .text(let key)? = value(depth: depth + 1) else { return nil }
      skipBlanks()
      guard next == UInt8(ascii: ":") else { return nil }
      place += 1
      guard let item = value(depth: depth + 1) else { return nil }
      entries.append((key, item))
      skipBlanks()
      if next == UInt8(ascii: ",") {
        place += 1
      } else if next != UInt8(ascii: "}") {
        return nil
      }
    }
  }
}
