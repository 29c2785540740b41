/// One cell of a text table, as it stands in the file.
@unsafe struct CsvCell {
  enum Content: Equatable {
    /// Nothing, or nothing but blanks.
    case empty
    case integer(Int64)
    case real(Double)
    /// Anything else.
    case text
  }

  var content: Content
  /// The text without quotes and surrounding blanks.
  var text: UnsafeBufferPointer<UInt8>
  /// Whether two quotes inside the text stand for one.
  var hasDoubledQuotes: Bool
  /// Line ends inside the quotes.
  var innerLines: Int
  /// The separator or line end behind the cell.
  var end: UnsafePointer<UInt8>

  /// The text as a string.
  var string: String {
    let plain = unsafe String(decoding: text, as: UTF8.self)
    return unsafe hasDoubledQuotes ? plain.replacing("\"\"", with: "\"") : plain
  }
}

/// Reads cells; knows quotes, blanks and the words for not-a-number, infinity, true and false.
struct CsvCellReader: Sendable {
  let separator: UInt8
  /// Whether runs of blanks separate the cells.
  let separatedByBlanks: Bool
  let numbers = NumberParser()

  init(separator: UInt8) {
    self.separator = separator
    separatedByBlanks = separator == 0x20
  }

  /// The cell that starts at `start`, or nil where a quote is opened and never closed.
  ///
  /// The text must end with a line end, and eight bytes behind it must be readable.
  func cell(_ start: UnsafePointer<UInt8>, _ fileEnd: UnsafePointer<UInt8>) -> CsvCell? {
    var p = unsafe start
    while unsafe isBlank(p.pointee) { unsafe p += 1 }
    if unsafe p.pointee == 0x22 { return unsafe quoted(p, fileEnd) }
    let textStart = unsafe p
    while unsafe !endsCell(p) { unsafe p += 1 }
    return unsafe finish(textStart, p, end: p)
  }

  private func quoted(_ quote: UnsafePointer<UInt8>, _ fileEnd: UnsafePointer<UInt8>) -> CsvCell? {
    var p = unsafe quote + 1
    var lines = 0
    var doubled = false
    while true {
      guard unsafe p < fileEnd else { return nil }
      if unsafe p.pointee == 0x0a { lines += 1 }
      if unsafe p.pointee == 0x22 {
        if unsafe p[1] != 0x22 { break }
        doubled = true
        unsafe p += 1
      }
      unsafe p += 1
    }
    let textEnd = unsafe p
    unsafe p += 1
    while unsafe !endsCell(p) {
      // Text behind the closing quote belongs to the cell; it is kept as it stands.
      if unsafe !isBlank(p.pointee) {
        while unsafe !endsCell(p) { unsafe p += 1 }
        return unsafe finish(quote, p, end: p, innerLines: lines)
      }
      unsafe p += 1
    }
    var cell = unsafe finish(quote + 1, textEnd, end: p, innerLines: lines)
    unsafe cell.hasDoubledQuotes = doubled
    return unsafe cell
  }

  private func finish(
    _ start: UnsafePointer<UInt8>, _ stop: UnsafePointer<UInt8>, end: UnsafePointer<UInt8>,
    innerLines: Int = 0
  ) -> CsvCell {
    var last = unsafe stop
    while unsafe last > start, unsafe isBlank(last[-1]) { unsafe last -= 1 }
    let text = unsafe UnsafeBufferPointer(start: start, count: last - start)
    return unsafe CsvCell(
      content: meaning(text), text: text, hasDoubledQuotes: false, innerLines: innerLines, end: end)
  }

  private func meaning(_ text: UnsafeBufferPointer<UInt8>) -> CsvCell.Content {
    guard let start = text.baseAddress, !text.isEmpty else { return .empty }
    let number = unsafe numbers.parse(start)
    if unsafe number.end == start + text.count {
      switch unsafe number.kind {
      case .integer: return unsafe .integer(Int64(bitPattern: number.bits))
      case .real: return unsafe .real(Double(bitPattern: number.bits))
      case .none: break
      }
    }
    return unsafe Self.word(text)
  }

  private static func word(_ text: UnsafeBufferPointer<UInt8>) -> CsvCell.Content {
    guard text.count <= 9 else { return .text }
    switch unsafe String(decoding: text, as: UTF8.self).lowercased() {
    case "nan", "+nan", "-nan", "na", "n/a", "null", "none": return .real(.nan)
    case "inf", "+inf", "infinity", "+infinity": return .real(.infinity)
    case "-inf", "-infinity": return .real(-.infinity)
    case "true": return .integer(1)
    case "false": return .integer(0)
    default: return .text
    }
  }

  @inline(__always)
  func isBlank(_ byte: UInt8) -> Bool {
    guard byte == 0x20 || byte == 0x09 else { return false }
    return separatedByBlanks || byte != separator
  }

  @inline(__always)
  private func endsCell(_ p: UnsafePointer<UInt8>) -> Bool {
    let byte = unsafe p.pointee
    return unsafe byte == separator || byte == 0x0a || (byte == 0x0d && p[1] == 0x0a)
      || (separatedByBlanks && byte == 0x09)
  }
}
