/// Reads the lists in which a ROOT file describes its classes.
///
/// Their layout is fixed: it can't depend on the descriptions that stand in them.
struct RootListReader {
  var cursor: RootCursor
  /// The names of classes by the place where they stood, as later objects refer to them.
  private var classAt: [Int: String] = [:]

  init(_ cursor: RootCursor) { self.cursor = cursor }

  /// Reads the version of an object and where it ends.
  mutating func header(for what: String) throws(FormatError) -> RootHeader {
    try RootHeader(&cursor, for: what)
  }

  /// Reads a `TList`, giving each element's class and the reader at its start.
  mutating func readList(
    _ body: (inout RootListReader, String, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    let header = try header(for: "a list")
    try cursor.skipTObject()
    _ = try cursor.string(for: "the name of a list")
    let count = try cursor.count(ofAtLeast: 4, for: "the length of a list")
    for _ in 0..<count {
      try element(body)
      let option = Int(try cursor.integer(UInt8.self, for: "the option of an element"))
      try cursor.skip(option, for: "the option of an element")
    }
    try header.finish(&cursor)
  }

  /// Reads a `TObjArray`, giving each element's class and the reader at its start.
  mutating func readArray(
    _ body: (inout RootListReader, String, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    let header = try header(for: "an array of objects")
    try cursor.skipTObject()
    _ = try cursor.string(for: "the name of an array")
    let count = try cursor.count(ofAtLeast: 4, for: "the length of an array")
    try cursor.skip(4, for: "the lower bound of an array")
    for _ in 0..<count { try element(body) }
    try header.finish(&cursor)
  }

  /// Reads one element behind its pointer, and goes to its end whatever was read.
  mutating func element(
    _ body: (inout RootListReader, String, Int) throws(FormatError) -> Void
  ) throws(FormatError) {
    let tag = try RootTag(&cursor, &classAt)
    guard case .object(let className, let end) = tag else { return }
    guard let end else {
      throw cursor.wrong("an object of a list must tell its size", "'\(className)' does not")
    }
    try body(&self, className, end)
    try cursor.seek(end, for: "the end of \(className)")
  }
}

/// The version of an object and the size that stands before it.
struct RootHeader {
  var version: Int
  /// Where the object ends; nil where it does not say.
  var end: Int?
  /// Whether the members of all elements of a container stand one behind the other.
  var isMemberwise = false

  init(_ cursor: inout RootCursor, for what: String) throws(FormatError) {
    let start = cursor.position
    var word = UInt32(try cursor.integer(UInt16.self, for: "the version of \(what)")) << 16
    if word & 0x4000_0000 != 0 {
      word |= UInt32(try cursor.integer(UInt16.self, for: "the size of \(what)"))
      let size = Int(word & 0x3fff_ffff)
      end = start + 4 + size
      guard size >= 2, size <= cursor.remaining else {
        throw cursor.wrong(
          "\(what) must lie within its object",
          "it is said to have \(size) bytes, and \(cursor.remaining) are left")
      }
      version = Int(try cursor.integer(Int16.self, for: "the version of \(what)"))
    } else {
      version = Int(Int16(truncatingIfNeeded: word >> 16))
    }
    if version & 0x4000 != 0, version > 0 {
      isMemberwise = true
      version &= ~0x4000
    }
  }

  /// Goes to the end that the size tells, past members of newer versions.
  func finish(_ cursor: inout RootCursor) throws(FormatError) {
    if let end { try cursor.seek(end, for: "the end of an object") }
  }
}

/// What a pointer of a ROOT object leads to.
enum RootTag {
  case none
  /// An object that was read before, by its place.
  case reference(Int)
  /// An object of a class that follows here, and where it ends if that is said.
  case object(className: String, end: Int?)

  /// Reads a pointer; `classAt` remembers where classes were named.
  init(_ cursor: inout RootCursor, _ classAt: inout [Int: String]) throws(FormatError) {
    let start = cursor.position
    let first = try cursor.integer(UInt32.self, for: "a pointer")
    var tag = first
    var end: Int?
    var tagPlace = 0
    if first & 0x4000_0000 != 0, first != 0xffff_ffff {
      tagPlace = cursor.displacement
      let size = Int(first & 0x3fff_ffff)
      guard size <= cursor.remaining else {
        throw cursor.wrong(
          "an object must lie within the one that holds it",
          "it is said to have \(size) bytes, and \(cursor.remaining) are left")
      }
      end = start + 4 + size
      tag = try cursor.integer(UInt32.self, for: "a pointer's class")
    }
    if tag & 0x8000_0000 == 0 {
      if let end { try cursor.seek(end, for: "the end of a reference") }
      self = tag == 0 ? .none : .reference(Int(tag))
    } else if tag == 0xffff_ffff {
      let name = try cursor.zeroEndedString(for: "the name of a class")
      // ROOT counts from 2, so that 0 and 1 can mean other things.
      classAt[end == nil ? classAt.count + 1 : tagPlace + 2] = name
      self = .object(className: name, end: end)
    } else {
      guard let name = classAt[Int(tag & 0x7fff_ffff)] else {
        throw cursor.wrong(
          "a pointer must name a class that stands before it",
          "there is none at byte \(tag & 0x7fff_ffff)")
      }
      self = .object(className: name, end: end)
    }
  }
}

extension RootCursor {
  /// Passes over a `TObject`, and returns its bits.
  @discardableResult
  mutating func skipTObject() throws(FormatError) -> UInt32 {
    let version = try integer(UInt16.self, for: "the version of an object")
    if version & 0x4000 != 0 { try skip(4, for: "the size of an object") }
    try skip(4, for: "the number of an object")
    let bits = try integer(UInt32.self, for: "the bits of an object")
    // An object that others refer to has the index of a process behind it.
    if bits & 0x10 != 0 { try skip(2, for: "the process of an object") }
    return bits
  }

  /// Reads a `TNamed`: name and title.
  mutating func named() throws(FormatError) -> (name: String, title: String) {
    let header = try RootHeader(&self, for: "a named object")
    try skipTObject()
    let name = try string(for: "the name of an object")
    let title = try string(for: "the title of an object")
    try header.finish(&self)
    return (name, title)
  }
}

extension RootClass {
  /// Reads a `TStreamerInfo`.
  init(_ reader: inout RootListReader) throws(FormatError) {
    let header = try reader.header(for: "a class description")
    name = try reader.cursor.named().name
    checksum = try reader.cursor.integer(for: "the checksum of a class")
    version = Int(try reader.cursor.integer(Int32.self, for: "the version of a class"))
    members = []
    var found: [RootMember] = []
    try reader.element { reader, className, _ throws(FormatError) in
      guard className == "TObjArray" else { return }
      try reader.readArray { reader, kind, _ throws(FormatError) in
        found.append(try RootMember(&reader.cursor, kind: kind))
      }
    }
    members = found
    try header.finish(&reader.cursor)
  }
}

extension RootMember {
  /// Reads a `TStreamerElement` of a kind.
  init(_ cursor: inout RootCursor, kind: String) throws(FormatError) {
    let own = try RootHeader(&cursor, for: "a member")
    // A plain TStreamerElement has no part of its own around it, a string's has two.
    if kind == "TStreamerSTLstring" { _ = try RootHeader(&cursor, for: "a member") }
    let header = kind == "TStreamerElement" ? own : try RootHeader(&cursor, for: "a member")
    self.kind = kind
    (name, title) = try cursor.named()
    type = Int(try cursor.integer(Int32.self, for: "the type of a member"))
    try cursor.skip(4, for: "the size of a member")
    arrayLength = try cursor.count(for: "the length of an array")
    let rank = try cursor.count(for: "the dimensions of an array")
    var sizes = 5
    if header.version == 1 { sizes = try cursor.count(ofAtLeast: 4, for: "dimensions") }
    let all = try cursor.integers(Int32.self, count: sizes, for: "the dimensions of an array")
    dimensions = all.prefix(rank).map { Int($0) }
    typeName = try cursor.string(for: "the type of a member")
    // Early versions wrote booleans as unsigned bytes.
    if type == 11, typeName == "Bool_t" || typeName == "bool" { type = 18 }
    try header.finish(&cursor)
    if kind == "TStreamerBase", own.version >= 2 {
      baseVersion = Int(try cursor.integer(Int32.self, for: "the version of a base class"))
    } else if kind == "TStreamerBasicPointer" || kind == "TStreamerLoop" {
      try cursor.skip(4, for: "the version of a count")
      countName = try cursor.string(for: "the name of a count")
    }
  }
}
