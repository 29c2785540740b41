internal import CYAML

/// One event of libyaml in Swift's own types.
struct YamlEvent {
  enum Style { case plain, quoted }
  enum Kind {
    case scalar(Style, tag: String)
    case alias, sequenceStart, sequenceEnd, mappingStart, mappingEnd, streamEnd
    /// The start of the stream, the start and end of a document.
    case other
  }

  var kind: Kind
  var text = ""
  var anchor = ""
  var line: Int
  var column: Int
}

/// A place where libyaml gave up, and why.
struct YamlFault: Error {
  var line: Int
  var column: Int
  var text: String
}

/// The events of a text, one after the other; the only code that touches libyaml's parser.
final class YamlEvents {
  private let parser = UnsafeMutablePointer<yaml_parser_t>.allocate(capacity: 1)
  private let input: UnsafeMutableBufferPointer<UInt8>
  private let ready: Bool

  init(_ bytes: [UInt8]) {
    input = .allocate(capacity: max(1, bytes.count))
    _ = input.initialize(from: bytes)
    ready = yaml_parser_initialize(parser) == 1
    if ready { yaml_parser_set_input_string(parser, input.baseAddress, bytes.count) }
  }

  deinit {
    if ready { yaml_parser_delete(parser) }
    parser.deallocate()
    input.deallocate()
  }

  func next() -> Result<YamlEvent, YamlFault> {
    guard ready else {
      return .failure(YamlFault(line: 1, column: 1, text: "no memory for the parser"))
    }
    var raw = yaml_event_t()
    guard yaml_parser_parse(parser, &raw) == 1 else { return .failure(fault()) }
    defer { yaml_event_delete(&raw) }
    return .success(Self.translate(raw))
  }

  private static func translate(_ raw: yaml_event_t) -> YamlEvent {
    let line = Int(clamping: raw.start_mark.line) + 1
    let column = Int(clamping: raw.start_mark.column) + 1
    var event = YamlEvent(kind: .other, line: line, column: column)
    switch raw.type {
    case YAML_SCALAR_EVENT:
      let scalar = raw.data.scalar
      event.kind = .scalar(
        scalar.style == YAML_PLAIN_SCALAR_STYLE ? .plain : .quoted, tag: word(scalar.tag))
      event.text = String(
        decoding: UnsafeBufferPointer(start: scalar.value, count: scalar.length), as: UTF8.self)
      event.anchor = word(scalar.anchor)
    case YAML_ALIAS_EVENT:
      event.kind = .alias
      event.anchor = word(raw.data.alias.anchor)
    case YAML_SEQUENCE_START_EVENT:
      event.kind = .sequenceStart
      event.anchor = word(raw.data.sequence_start.anchor)
    case YAML_MAPPING_START_EVENT:
      event.kind = .mappingStart
      event.anchor = word(raw.data.mapping_start.anchor)
    case YAML_SEQUENCE_END_EVENT: event.kind = .sequenceEnd
    case YAML_MAPPING_END_EVENT: event.kind = .mappingEnd
    case YAML_STREAM_END_EVENT, YAML_NO_EVENT: event.kind = .streamEnd
    default: event.kind = .other
    }
    return event
  }

  private static func word(_ pointer: UnsafeMutablePointer<yaml_char_t>?) -> String {
    pointer.map { String(cString: $0) } ?? ""
  }

  private func fault() -> YamlFault {
    let raw = parser.pointee
    let mark = raw.problem_mark
    var text = raw.problem.map { String(cString: $0) } ?? "this is not YAML"
    if let context = raw.context { text += " " + String(cString: context) }
    if raw.error == YAML_READER_ERROR {
      return YamlFault(
        line: Int(clamping: raw.mark.line) + 1, column: Int(clamping: raw.mark.column) + 1,
        text: "not text in UTF-8: \(text) at byte \(raw.problem_offset)")
    }
    if text.contains("cannot start any token"), !text.contains("tab") {
      text += " (a tab? indent with spaces)"
    }
    return YamlFault(
      line: Int(clamping: mark.line) + 1, column: Int(clamping: mark.column) + 1, text: text)
  }
}
