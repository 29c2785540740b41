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
@unsafe struct LheScanner {
  let start: UnsafePointer<UInt8>
  private(set) var end: UnsafePointer<UInt8>
  var p: UnsafePointer<UInt8>
  private let file: String
  private let numbers = NumberParser()

  init(_ start: UnsafePointer<UInt8>, count: Int, file: String) {
    unsafe self.start = unsafe start
    unsafe p = unsafe start
    unsafe end = unsafe start + count
    unsafe self.file = file
  }

  /// An error at a place, by its line.
  func wrong(
    _ expected: String, _ found: String, _ remedy: String = "",
    at place: UnsafePointer<UInt8>? = nil
  ) -> FormatError {
    let stop = unsafe min(place ?? p, end)
    var line = 1
    var q = unsafe start
    while unsafe q < stop, let hit = unsafe memchr(q, 0x0a, stop - q) {
      line += 1
      unsafe q = unsafe UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) + 1
    }
    return unsafe FormatError(file, line: line, expected, found: found, remedy: remedy)
  }

  /// An error of a text that ends too early.
  func cut(_ what: String) -> FormatError {
    unsafe wrong(
      what, "the file ends before",
      "The generator was stopped or the file cut off; copy or make it again.", at: end)
  }

  /// Whether a word stands here.
  func isAt(_ word: StaticString) -> Bool {
    unsafe end - p >= word.utf8CodeUnitCount
      && memcmp(p, word.utf8Start, word.utf8CodeUnitCount) == 0
  }

  /// Whether a tag of this name starts here: `<event>` or `<event npLO="1">`, and not `<eventgroup>`.
  func isAtTag(_ opening: StaticString) -> Bool {
    guard unsafe isAt(opening) else { return false }
    let next = unsafe p[opening.utf8CodeUnitCount]
    return unsafe next == 0x3e || next == 0x2f || Self.isBlank(next)
  }

  static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || (byte >= 0x09 && byte <= 0x0d)
  }

  /// Moves to the next `<`; false where there is none.
  mutating func findTag() -> Bool {
    guard unsafe p < end, let hit = unsafe memchr(p, 0x3c, end - p) else {
      unsafe p = unsafe end
      return false
    }
    unsafe p = unsafe UnsafePointer(hit.assumingMemoryBound(to: UInt8.self))
    return true
  }

  /// Moves to the next place where a tag stands; false where it stands nowhere.
  mutating func find(_ opening: StaticString) -> Bool {
    while unsafe findTag() {
      if unsafe isAt(opening) { return true }
      unsafe p += 1
    }
    return false
  }

  /// Moves behind the comment that starts here; false where it never ends.
  mutating func skipComment() -> Bool {
    while unsafe p < end, let hit = unsafe memchr(p, 0x3e, end - p) {
      unsafe p = unsafe UnsafePointer(hit.assumingMemoryBound(to: UInt8.self)) + 1
      if unsafe p - start >= 3, unsafe p[-2] == 0x2d, unsafe p[-3] == 0x2d { return true }
    }
    unsafe p = unsafe end
    return false
  }

  /// Moves behind the `>` of the tag that starts here, and returns what stands between its brackets.
  mutating func takeTag() throws(FormatError) -> UnsafeBufferPointer<UInt8> {
    let open = unsafe p
    var quote: UInt8 = 0
    unsafe p += 1
    while unsafe p < end {
      let byte = unsafe p.pointee
      if quote != 0 {
        if byte == quote { quote = 0 }
      } else if byte == 0x22 || byte == 0x27 {
        quote = byte
      } else if byte == 0x3e {
        unsafe p += 1
        return unsafe UnsafeBufferPointer(start: open + 1, count: p - open - 2)
      } else if byte == 0x3c {
        break
      }
      unsafe p += 1
    }
    throw unsafe wrong("a tag must be closed by '>'", "this one is not", at: open)
  }

  /// Moves over blanks, line ends and lines of comment.
  mutating func skipBlanks() {
    while unsafe p < end {
      if unsafe p.pointee == 0x23 {
        unsafe skipLine()
      } else if unsafe Self.isBlank(p.pointee) {
        unsafe p += 1
      } else {
        return
      }
    }
  }

  /// Moves to the next tag or line end.
  mutating func skipText() {
    while unsafe p < end, unsafe p.pointee != 0x3c, unsafe p.pointee != 0x0a { unsafe p += 1 }
  }

  /// The same place in the text up to another place.
  func ending(at place: UnsafePointer<UInt8>) -> LheScanner {
    var part = unsafe self
    unsafe part.end = unsafe place
    return unsafe part
  }

  mutating func skipLine() {
    while unsafe p < end, unsafe p.pointee != 0x0a { unsafe p += 1 }
  }

  /// Takes a real number.
  mutating func real(_ what: StaticString) throws(FormatError) -> Double {
    unsafe skipBlanks()
    let number = unsafe numbers.parse(p)
    if unsafe number.kind != .none, unsafe endsNumber(number.end.pointee) {
      unsafe p = unsafe number.end
      return unsafe number.kind == .real
        ? Double(bitPattern: number.bits) : Double(Int64(bitPattern: number.bits))
    }
    return try unsafe unusual(what)
  }

  /// Takes a whole number; `5.` is one too.
  mutating func integer(_ what: StaticString) throws(FormatError) -> Int {
    unsafe skipBlanks()
    let number = unsafe numbers.parse(p)
    if unsafe number.kind == .integer, unsafe endsNumber(number.end.pointee) {
      unsafe p = unsafe number.end
      return unsafe Int(Int64(bitPattern: number.bits))
    }
    let place = unsafe p
    let value = try unsafe real(what)
    guard let whole = Int(exactly: value) else {
      throw unsafe wrong("\(what) must be a whole number", "it is \(value)", at: unsafe place)
    }
    return whole
  }

  private func endsNumber(_ byte: UInt8) -> Bool {
    unsafe Self.isBlank(byte) || byte == 0x3c || byte == 0x23 || byte == 0
  }

  /// Numbers that need a second look: Fortran's `1.5D+02`, `NaN`, `Infinity`.
  private mutating func unusual(_ what: StaticString) throws(FormatError) -> Double {
    let first = unsafe p
    while unsafe p < end, unsafe !endsNumber(p.pointee), unsafe first.distance(to: p) < 64 {
      unsafe p += 1
    }
    if unsafe p >= end { throw unsafe cut("\(what) must follow") }
    let text = unsafe String(
      decoding: UnsafeBufferPointer(start: first, count: p - first), as: UTF8.self)
    if text.isEmpty {
      throw unsafe wrong(
        "\(what) must follow", "a tag stands there", "The event is cut off.", at: unsafe first)
    }
    let plain = text.replacing("D", with: "e").replacing("d", with: "e")
    if let value = Double(plain) ?? Double(text) { return value }
    throw unsafe wrong("\(what) must be a number", "it is '\(text)'", at: unsafe first)
  }
}

/// What stands between the brackets of a tag.
enum LheTag {
  /// The value of an attribute, in either kind of quotes.
  static func attribute(_ name: String, of tag: UnsafeBufferPointer<UInt8>) -> String? {
    let text = unsafe String(decoding: tag, as: UTF8.self)
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
