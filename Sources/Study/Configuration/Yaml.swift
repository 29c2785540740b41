public import ApusEvents
internal import CYAML

/// Limits that keep a hostile or broken file from using the machine up.
enum YamlLimits {
  /// The largest file in bytes.
  static let bytes = 16 << 20
  /// The deepest nesting of lists and mappings.
  static let depth = 64
  /// The most values after all aliases are expanded.
  static let values = 200_000
}

/// Reads YAML into configuration values that know their line and column.
///
/// Scalars follow the core schema of YAML 1.2: `true` and `false` are flags, `yes`, `no`, `on` and `off`
/// are words, `1e-3` is a number, `0-5` a word. Anchors, aliases and merge keys (`<<`) work; an alias that
/// would expand to more than 200,000 values is refused. One file holds one document.
/// - Parameters:
///   - bytes: The text, UTF-8 (or UTF-16 with a byte-order mark).
///   - source: The name of the file, for messages.
/// - Throws: ``YamlError`` with every duplicate key, or with the first mistake of syntax.
public func parseYaml(_ bytes: [UInt8], source: String) throws(YamlError) -> ConfigurationValue {
  var reader = YamlReader(bytes: bytes, source: source)
  return try reader.read()
}

/// Reads YAML from a string, see ``parseYaml(_:source:)-([UInt8],_)``.
public func parseYaml(_ text: String, source: String = "text") throws(YamlError)
  -> ConfigurationValue
{
  try parseYaml(Array(text.utf8), source: source)
}

/// Turns the events of libyaml into values.
struct YamlReader {
  let bytes: [UInt8]
  let source: String
  var anchors: [String: (value: ConfigurationValue, size: Int)] = [:]
  var mistakes: [YamlError.Mistake] = []
  var valueCount = 0

  init(bytes: [UInt8], source: String) {
    self.bytes = bytes
    self.source = source
  }

  mutating func read() throws(YamlError) -> ConfigurationValue {
    guard bytes.count <= YamlLimits.bytes else {
      throw error(
        1, 1, "a configuration must be smaller than 16 MB, this one has \(bytes.count) bytes")
    }
    let stream = YamlEvents(bytes)
    let value = try document(stream)
    if !mistakes.isEmpty { throw YamlError(source: source, mistakes: mistakes, lines: lines()) }
    return value
  }

  private mutating func document(_ stream: YamlEvents) throws(YamlError) -> ConfigurationValue {
    var result: ConfigurationValue?
    while true {
      let event = try next(stream)
      switch event.kind {
      case .streamEnd: return result ?? ConfigurationValue(.null, line: 1, column: 1)
      case .other: continue
      default:
        if result != nil {
          throw error(
            event.line, event.column, "a file holds one document, here a second one begins")
        }
        result = try value(event, stream, depth: 0)
      }
    }
  }

  private func next(_ stream: YamlEvents) throws(YamlError) -> YamlEvent {
    switch stream.next() {
    case .success(let event): return event
    case .failure(let fault):
      let (line, column) = placeWithText(fault.line, fault.column)
      throw error(line, column, fault.text)
    }
  }

  /// A mistake found at the end of the file is shown behind the last line that says something.
  private func placeWithText(_ line: Int, _ column: Int) -> (Int, Int) {
    let known = lines()
    guard known[line, default: ""].isEmpty else { return (line, column) }
    let before = known.filter { $0.key < line && !$0.value.isEmpty }.max { $0.key < $1.key }
    return before.map { ($0.key, $0.value.count + 1) } ?? (line, column)
  }

  private mutating func value(_ event: YamlEvent, _ stream: YamlEvents, depth: Int)
    throws(YamlError) -> ConfigurationValue
  {
    guard depth < YamlLimits.depth else {
      throw error(
        event.line, event.column,
        "lists and mappings may be nested \(YamlLimits.depth) deep at most")
    }
    if case .alias = event.kind { return try alias(event) }
    let before = valueCount
    try count(1, event)
    let content: ConfigurationValue.Content
    switch event.kind {
    case .scalar(let style, let tag): content = try scalar(event, style, tag)
    case .sequenceStart: content = try list(stream, depth)
    default: content = try mapping(stream, depth)
    }
    let value = ConfigurationValue(content, line: event.line, column: event.column)
    if !event.anchor.isEmpty { anchors[event.anchor] = (value, valueCount - before) }
    return value
  }

  private mutating func alias(_ event: YamlEvent) throws(YamlError) -> ConfigurationValue {
    guard let known = anchors[event.anchor] else {
      throw error(
        event.line, event.column, "no finished value is named '&\(event.anchor)' before this alias")
    }
    try count(known.size, event)
    return known.value
  }

  private mutating func count(_ more: Int, _ event: YamlEvent) throws(YamlError) {
    valueCount += more
    if valueCount > YamlLimits.values {
      throw error(
        event.line, event.column,
        "the file expands to more than \(YamlLimits.values) values; are aliases nested by mistake?")
    }
  }

  private mutating func list(_ stream: YamlEvents, _ depth: Int) throws(YamlError)
    -> ConfigurationValue.Content
  {
    var items: [ConfigurationValue] = []
    while true {
      let event = try next(stream)
      if case .sequenceEnd = event.kind { return .list(items) }
      items.append(try value(event, stream, depth: depth + 1))
    }
  }

  private mutating func mapping(_ stream: YamlEvents, _ depth: Int) throws(YamlError)
    -> ConfigurationValue.Content
  {
    var entries: [ConfigurationValue.Entry] = []
    var places: [String: Int] = [:]
    var merged: [ConfigurationValue.Entry] = []
    while true {
      let event = try next(stream)
      if case .mappingEnd = event.kind { break }
      guard case .scalar(let style, _) = event.kind else {
        throw error(event.line, event.column, "a key must be a word, not a list or a mapping")
      }
      let item = try value(try next(stream), stream, depth: depth + 1)
      if event.text == "<<", style == .plain {
        merged += try mergeSources(item, event)
      } else if let first = places.updateValue(event.line, forKey: event.text) {
        note(
          event, "the key '\(event.text)' stands here a second time; the first is on line \(first)")
      } else {
        entries.append(.init(event.text, item))
      }
    }
    for entry in merged where places[entry.key] == nil {
      places[entry.key] = entry.value.line
      entries.append(entry)
    }
    return .mapping(entries)
  }

  private func mergeSources(_ value: ConfigurationValue, _ event: YamlEvent) throws(YamlError)
    -> [ConfigurationValue.Entry]
  {
    switch value.content {
    case .mapping(let entries): return entries
    case .list(let items):
      var all: [ConfigurationValue.Entry] = []
      for item in items { all += try mergeSources(item, event) }
      return all
    default: throw error(event.line, event.column, "'<<' merges a mapping or a list of mappings")
    }
  }

  private mutating func note(_ event: YamlEvent, _ text: String) {
    mistakes.append(.init(line: event.line, column: event.column, text: text))
  }

  private func error(_ line: Int, _ column: Int, _ text: String) -> YamlError {
    YamlError(
      source: source, mistakes: mistakes + [.init(line: line, column: column, text: text)],
      lines: lines())
  }

  private func lines() -> [Int: String] {
    let text = String(decoding: bytes.prefix(YamlLimits.bytes), as: UTF8.self)
    let all = text.split(omittingEmptySubsequences: false) { $0.isNewline }
    return Dictionary(
      uniqueKeysWithValues: all.enumerated().map { ($0.offset + 1, String($0.element)) })
  }
}
