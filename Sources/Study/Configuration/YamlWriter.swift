public import ApusEvents

/// Writes configuration values as YAML that reads back to the same values.
///
/// Mappings are written in block style, lists of plain values in flow style. Comments of the original are lost.
public func writeYaml(_ value: ConfigurationValue) -> String {
  var lines: [String] = []
  switch value.content {
  case .mapping(let entries) where !entries.isEmpty:
    blockMapping(entries, indent: 0, into: &lines)
  case .list(let items) where !items.isEmpty:
    blockList(items, indent: 0, into: &lines)
  default: lines.append(flow(value))
  }
  return lines.joined(separator: "\n") + "\n"
}

private func blockMapping(
  _ entries: [ConfigurationValue.Entry], indent: Int, into lines: inout [String]
) {
  let margin = String(repeating: " ", count: indent)
  for entry in entries {
    let key = margin + plainOrQuoted(entry.key) + ":"
    switch entry.value.content {
    case .mapping(let inner) where !isShort(entry.value):
      lines.append(key)
      blockMapping(inner, indent: indent + 2, into: &lines)
    case .list(let items) where !isShort(entry.value):
      lines.append(key)
      blockList(items, indent: indent + 2, into: &lines)
    default: lines.append(key + " " + flow(entry.value))
    }
  }
}

private func blockList(_ items: [ConfigurationValue], indent: Int, into lines: inout [String]) {
  let margin = String(repeating: " ", count: indent)
  for item in items { lines.append(margin + "- " + flow(item)) }
}

/// A value that fits on the line of its key: plain values, lists and small mappings of plain values.
private func isShort(_ value: ConfigurationValue) -> Bool {
  switch value.content {
  case .list(let items): items.allSatisfy(isPlain) && flow(value).utf8.count <= 90
  case .mapping(let entries):
    entries.isEmpty || (entries.allSatisfy { isPlain($0.value) } && flow(value).utf8.count <= 60)
  default: true
  }
}

private func isPlain(_ value: ConfigurationValue) -> Bool {
  switch value.content {
  case .list, .mapping: false
  default: true
  }
}

private func flow(_ value: ConfigurationValue) -> String {
  switch value.content {
  case .null: "null"
  case .flag(let flag): flag ? "true" : "false"
  case .integer(let integer): String(integer)
  case .real(let real): yamlNumber(real)
  case .text(let text): plainOrQuoted(text)
  case .list(let items): "[" + items.map(flow).joined(separator: ", ") + "]"
  case .mapping(let entries):
    "{" + entries.map { plainOrQuoted($0.key) + ": " + flow($0.value) }.joined(separator: ", ")
      + "}"
  }
}

private func yamlNumber(_ value: Double) -> String {
  if value.isNaN { return ".nan" }
  if value.isInfinite { return value < 0 ? "-.inf" : ".inf" }
  return "\(value)"
}

/// The text itself where it reads back as the same text, else in double quotes.
private func plainOrQuoted(_ text: String) -> String {
  let safe = text.unicodeScalars.allSatisfy { c in
    c.properties.isAlphabetic && c.isASCII || ("0"..."9").contains(c)
      || "_./-".unicodeScalars.contains(c)
  }
  if safe, text.first != "-", text.first != ".", case .text = resolvePlainScalar(text) {
    return text
  }
  return quoted(text)
}

private func quoted(_ text: String) -> String {
  var result = "\""
  for c in text.unicodeScalars {
    switch c {
    case "\"": result += "\\\""
    case "\\": result += "\\\\"
    case "\n": result += "\\n"
    case "\t": result += "\\t"
    case "\r": result += "\\r"
    default:
      if c.value < 0x20 || (0x7F...0x9F).contains(c.value) {
        let hex = String(c.value, radix: 16)
        result += "\\x" + (hex.count < 2 ? "0" : "") + hex
      } else {
        result.unicodeScalars.append(c)
      }
    }
  }
  return result + "\""
}
