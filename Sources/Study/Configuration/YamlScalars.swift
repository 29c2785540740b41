internal import ApusEvents

extension YamlReader {
  /// The value of a scalar by its style and tag.
  func scalar(_ event: YamlEvent, _ style: YamlEvent.Style, _ tag: String) throws(YamlError)
    -> ConfigurationValue.Content
  {
    let standard = "tag:yaml.org,2002:"
    switch tag {
    case "": return style == .plain ? resolvePlainScalar(event.text) : .text(event.text)
    case "!", standard + "str": return .text(event.text)
    case standard + "int", standard + "float", standard + "bool", standard + "null":
      return resolvePlainScalar(event.text)
    default:
      throw YamlError(
        source: source,
        mistakes: [
          .init(line: event.line, column: event.column, text: "the tag '\(tag)' means nothing here")
        ],
        lines: [:])
    }
  }
}

/// What a plain scalar means in the core schema of YAML 1.2.
func resolvePlainScalar(_ text: String) -> ConfigurationValue.Content {
  switch text {
  case "", "~", "null", "Null", "NULL": return .null
  case "true", "True", "TRUE": return .flag(true)
  case "false", "False", "FALSE": return .flag(false)
  case ".nan", ".NaN", ".NAN": return .real(.nan)
  case ".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF": return .real(.infinity)
  case "-.inf", "-.Inf", "-.INF": return .real(-.infinity)
  default: return number(text) ?? .text(text)
  }
}

private func number(_ text: String) -> ConfigurationValue.Content? {
  if text.hasPrefix("0x"), let value = Int(text.dropFirst(2), radix: 16) { return .integer(value) }
  if text.hasPrefix("0o"), let value = Int(text.dropFirst(2), radix: 8) { return .integer(value) }
  guard let form = decimalForm(Array(text.utf8)) else { return nil }
  if form == .integer, let value = Int(text) { return .integer(value) }
  // An integer beyond 64 bits becomes a real, as in every YAML reader.
  return Double(text.last == "." ? text + "0" : text).map { .real($0) }
}

private enum DecimalForm { case integer, real }

/// Whether bytes are `[-+]?[0-9]+`, or `[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?`, or neither.
private func decimalForm(_ bytes: [UInt8]) -> DecimalForm? {
  var at = 0
  func digits() -> Int {
    let start = at
    while at < bytes.count, (48...57).contains(bytes[at]) { at += 1 }
    return at - start
  }
  func skip(_ letters: String) -> Bool {
    guard at < bytes.count, letters.utf8.contains(bytes[at]) else { return false }
    at += 1
    return true
  }
  _ = skip("+-")
  let whole = digits()
  if at == bytes.count { return whole > 0 ? .integer : nil }
  if skip(".") {
    if digits() + whole == 0 { return nil }
  } else if whole == 0 {
    return nil
  }
  if skip("eE") {
    _ = skip("+-")
    if digits() == 0 { return nil }
  }
  return at == bytes.count ? .real : nil
}
