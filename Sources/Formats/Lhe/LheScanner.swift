#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A place in the text of a Les Houches file, which is XML only by its tags: between them stand numbers, and
/// headers hold anything.
///
/// Sixteen zero bytes must stand behind the text.
struct LheScanner {
  let start: UnsafePointer<UInt8>
  private(set) var end: UnsafePointer<UInt8>
  var p: UnsafePointer<UInt8>
  private let file: String
  private let numbers = NumberParser()

  init(_ start: UnsafePointer<UInt8>, count: Int, file: String) {
    self.start = start
    p = start
    end = start + count
    self.file = file
  }

  /// An error at a place, by its line.
  func wrong(
    _ expected: String, _ found: String, _ remedy: String = "",
    at place: UnsafePointer<UInt8>? = nil
  ) -> FormatError {
    let stop = min(place ?? p, end)
    var line = 1
    var q = start
    while q < stop, let hit = memchr(q, 0x0a, stop - q) {
      line += 1
      q = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) + 1
    }
    return FormatError(file, line: line, expected, found: found, remedy: remedy)
  }

  /// An error of a text that ends too early.
  func cut(_ what: String) -> FormatError {
    wrong(
      what, "the file ends before",
      "The generator was stopped or the file cut off; copy or make it again.", at: end)
  }

  /// Whether a word stands here.
  func isAt(_ word: StaticString) -> Bool {
    end - p >= word.utf8CodeUnitCount
      && memcmp(p, word.utf8Start, word.utf8CodeUnitCount) == 0
  }

  /// Whether a tag of this name starts here: `<event>` or `<event npLO="1">`, and not `<eventgroup>`.
  func isAtTag(_ opening: StaticString) -> Bool {
    guard isAt(opening) else { return false }
    let next = p[opening.utf8CodeUnitCount]
    return next == 0x3e || next == 0x2f || Self.isBlank(next)
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
  }

  /// Moves to the next `<`; false where there is none.
  mutating func findTag() -> Bool {
    guard p < end, let hit = memchr(p, 0x3c, end - p) else {
      p = end
      return false
    }
    p = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self))
    return true
  }

  /// Moves to the next place where a tag stands; false where it stands nowhere.
  mutating func find(_ opening: StaticString) -> Bool {
    while findTag() {
      if isAt(opening) { return true }
      p += 1
    }
    return false
  }

  /// Moves behind the comment that starts here; false where it never ends.
  mutating func skipComment() -> Bool {
    while p < end, let hit = memchr(p, 0x3e, end - p) {
      p = UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) + 1
      if p - start >= 3, p[-2] == 0x2d, p[-3] == 0x2d { return true }
    }
    p = end
    return false
  }

  /// Moves behind the `>` of the tag that starts here, and returns what stands between its brackets.
  mutating func takeTag() throws(FormatError) -> UnsafeBufferPointer<UInt8> {
    let open = p
    var quote: UInt8 = 0
    p += 1
    while p < end {
      let byte = p.pointee
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x3e {
        p += 1
        return UnsafeBufferPointer(start: open + 1, count: p - open - 2)
      } else if byte == 0x3c {
        break
      }
      p += 1
    }
    throw wrong("a tag must be closed by '>'", "this one is not", at: open)
  }

  /// Moves over blanks, line ends and lines of comment.
  mutating func skipBlanks() {
    while p < end {
      if p.pointee == 0x23 {
        skipLine()
      } else if Self.isBlank(p.pointee) {
        p += 1
      } else {
        return
      }
    }
  }

  /// Moves to the next tag or line end.
  mutating func skipText() {
    while p < end, p.pointee != 0x3c, p.pointee != 0x0a { p += 1 }
  }

  /// The same place in the text up to another place.
  func ending(at place: UnsafePointer<UInt8>) -> LheScanner {
    var part = self
    part.end = place
    return part
  }

  mutating func skipLine() {
    while p < end, p.pointee != 0x0a { p += 1 }
  }

  /// Takes a real number.
  mutating func real(_ what: StaticString) throws(FormatError) -> Double {
    skipBlanks()
    let number = numbers.parse(p)
    if number.kind != .none, endsNumber(number.end.pointee) {
      p = number.end
      return number.kind == .real
        ? Double(bitPattern: number.bits) : Double(Int64(bitPattern: number.bits))
    }
    return try unusual(what)
  }

  /// Takes a whole number; `5.` is one too.
  mutating func integer(_ what: StaticString) throws(FormatError) -> Int {
    skipBlanks()
    let number = numbers.parse(p)
    if number.kind == .integer, endsNumber(number.end.pointee) {
      p = number.end
      return Int(Int64(bitPattern: number.bits))
    }
    let place = p
    let value = try real(what)
    guard let whole = Int(exactly: value) else {
      throw wrong("\(what) must be a whole number", "it is \(value)", at: place)
    }
    return whole
  }

  private func endsNumber(_ byte: UInt8) -> Bool {
    Self.isBlank(byte) || byte == 0x3c || byte == 0x23 || byte == 0
  }

  /// Numbers that need a second look: Fortran's `1.5D+02`, `NaN`, `Infinity`.
  private mutating func unusual(_ what: StaticString) throws(FormatError) -> Double {
    let first = p
    while p < end, !endsNumber(p.pointee), first.distance(to: p) < 64 { p += 1 }
    if p >= end { throw cut("\(what) must follow") }
    let text = String(
      decoding: UnsafeBufferPointer(start: first, count: p - first), as: UTF8.self)
    if text.isEmpty {
      throw wrong("\(what) must follow", "a tag stands there", "The event is cut off.", at: first)
    }
    let plain = text.replacing("D", with: "e").replacing("d", with: "e")
    if let value = Double(plain) ?? Double(text) { return value }
    throw wrong("\(what) must be a number", "it is '\(text)'", at: first)
  }
}

/// What stands between the brackets of a tag.
enum LheTag {
  /// The value of an attribute, in either kind of quotes.
  static func attribute(_ name: String, of tag: UnsafeBufferPointer<UInt8>) -> String? {
    let text = String(decoding: tag, as: UTF8.self)
    var rest = Substring(text)
    while let equals = rest.firstIndex(of: "=") {
      let key = rest[..<equals].split { $0.isWhitespace }.last.map(String.init)
      let after = rest[rest.index(after: equals)...].drop { $0.isWhitespace }
      guard let quote = after.first, quote == "\"" || quote == "'" else { return nil }
      let value = after.dropFirst().prefix { $0 != quote }
      if key?.lowercased() == name { return unescaped(String(value)) }
      rest = after.dropFirst(value.count + 2)
    }
    return nil
  }

  /// The text with the five characters that XML writes as words.
  static func unescaped(_ text: String) -> String {
    guard text.contains("&") else { return text }
    let words = [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&apos;", "'"), ("&amp;", "&")]
    return words.reduce(text) { $0.replacing($1.0, with: $1.1) }
  }
}
