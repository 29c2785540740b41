/// A JSON value: the plain data of model descriptions, `metrics.json` and `run.json`.
///
/// Objects keep the order of their keys. Whole numbers without fraction or exponent that fit 64 bits
/// are `int`, all others are `number`; both survive printing and parsing bit by bit. JSON has no NaN
/// and no infinities: they are printed as `null`.
public indirect enum JSONValue: Sendable, Equatable {
  /// `null`; also what a number that is not finite is printed as.
  case null
  /// `true` or `false`.
  case bool(Bool)
  /// A whole number that fits 64 bits.
  case int(Int)
  /// Any other number.
  case number(Double)
  /// A text.
  case string(String)
  /// Values in order.
  case array([JSONValue])
  /// Keys with values, in order.
  case object([Member])

  /// One key and its value in an object.
  public struct Member: Sendable, Equatable {
    /// The key.
    public var key: String
    /// What stands behind it.
    public var value: JSONValue
    /// Makes a member.
    public init(_ key: String, _ value: JSONValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value behind a key of an object; nil where this is no object or the key is absent.
  public subscript(key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key == key }?.value
  }

  /// The members of an object in order; empty for every other kind.
  public var members: [Member] {
    if case .object(let members) = self { return members }
    return []
  }

  /// The items of an array; nil for every other kind.
  public var items: [JSONValue]? {
    if case .array(let items) = self { return items }
    return nil
  }

  /// The text of a string; nil for every other kind.
  public var text: String? {
    if case .string(let text) = self { return text }
    return nil
  }

  /// The whole number; nil for every other kind.
  public var integer: Int? {
    if case .int(let value) = self { return value }
    return nil
  }

  /// The number, whole or not; nil for every other kind.
  public var double: Double? {
    switch self {
    case .int(let value): Double(value)
    case .number(let value): value
    default: nil
    }
  }

  /// The truth value; nil for every other kind.
  public var flag: Bool? {
    if case .bool(let value) = self { return value }
    return nil
  }

  /// The numbers of an array; nil where this is no array or an item is no number.
  public var doubles: [Double]? {
    guard let items else { return nil }
    let numbers = items.compactMap(\.double)
    return numbers.count == items.count ? numbers : nil
  }

  /// The strings of an array; nil where this is no array or an item is no string.
  public var strings: [String]? {
    guard let items else { return nil }
    let texts = items.compactMap(\.text)
    return texts.count == items.count ? texts : nil
  }
}

extension JSONValue: ExpressibleByNilLiteral, ExpressibleByBooleanLiteral,
  ExpressibleByIntegerLiteral,
  ExpressibleByFloatLiteral, ExpressibleByStringLiteral, ExpressibleByArrayLiteral,
  ExpressibleByDictionaryLiteral
{
  /// Makes `null`.
  public init(nilLiteral: ()) { self = .null }
  /// Makes a truth value.
  public init(booleanLiteral value: Bool) { self = .bool(value) }
  /// Makes a whole number.
  public init(integerLiteral value: Int) { self = .int(value) }
  /// Makes a number.
  public init(floatLiteral value: Double) { self = .number(value) }
  /// Makes a string.
  public init(stringLiteral value: String) { self = .string(value) }
  /// Makes an array.
  public init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
  /// Makes an object whose keys keep this order.
  public init(dictionaryLiteral elements: (String, JSONValue)...) {
    self = .object(elements.map { Member($0.0, $0.1) })
  }

  /// Makes an array of numbers.
  public init(_ numbers: [Double]) { self = .array(numbers.map { .number($0) }) }
  /// Makes an array of strings.
  public init(_ texts: [String]) { self = .array(texts.map { .string($0) }) }
}

extension JSONValue {
  /// The JSON text of the value.
  /// - Parameters:
  ///   - indent: Spaces a level; nil prints all on one line. Arrays that hold no arrays and no
  ///     objects stay on one line.
  ///   - sorted: Whether keys are sorted; otherwise they keep their order.
  public func text(indent: Int? = nil, sorted: Bool = false) -> String {
    var out = ""
    write(into: &out, indent: indent, sorted: sorted, level: 0)
    return out
  }

  private func write(into out: inout String, indent: Int?, sorted: Bool, level: Int) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .int(let value): out += String(value)
    case .number(let value): out += value.isFinite ? "\(value)" : "null"
    case .string(let value): JSONValue.write(value, into: &out)
    case .array(let items):
      let flat = items.allSatisfy { $0.items == nil && $0.members.isEmpty }
      out += "["
      for (i, item) in items.enumerated() {
        if i > 0 { out += flat && indent != nil ? ", " : "," }
        if !flat { JSONValue.breakLine(&out, indent, level + 1) }
        item.write(into: &out, indent: indent, sorted: sorted, level: level + 1)
      }
      if !flat { JSONValue.breakLine(&out, indent, level) }
      out += "]"
    case .object(let members):
      out += "{"
      for (i, member) in (sorted ? members.sorted { $0.key < $1.key } : members).enumerated() {
        if i > 0 { out += "," }
        JSONValue.breakLine(&out, indent, level + 1)
        JSONValue.write(member.key, into: &out)
        out += indent == nil ? ":" : ": "
        member.value.write(into: &out, indent: indent, sorted: sorted, level: level + 1)
      }
      if !members.isEmpty { JSONValue.breakLine(&out, indent, level) }
      out += "}"
    }
  }

  private static func breakLine(_ out: inout String, _ indent: Int?, _ level: Int) {
    guard let indent else { return }
    out += "\n" + String(repeating: " ", count: indent * level)
  }

  private static func write(_ text: String, into out: inout String) {
    out += "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20:
        let hex = String(scalar.value, radix: 16)
        out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
