import ApusEvents

/// Reads objects of a ROOT file as its class descriptions tell.
struct RootObjectReader {
  var cursor: RootCursor
  let streamers: RootStreamers
  private var classAt: [Int: String] = [:]
  private var objectAt: [Int: RootObject] = [:]
  private var depth = 0

  /// Deeper than this, objects of objects are a fault of the file: each level takes stack.
  private static let greatestDepth = 100

  init(_ cursor: RootCursor, _ streamers: RootStreamers) {
    self.cursor = cursor
    self.streamers = streamers
  }

  /// Reads an object of a known class at the cursor.
  mutating func object(_ className: String) throws(FormatError) -> RootObject {
    let object = RootObject(className)
    try read(into: object, as: className)
    return object
  }

  /// Reads what a pointer leads to; nil for a null pointer and for one that leads nowhere.
  mutating func pointer(as forced: String? = nil) throws(FormatError) -> RootObject? {
    let place = cursor.displacement + 2
    switch try RootTag(&cursor, &classAt) {
    case .none: return nil
    case .reference(let place): return objectAt[place]
    case .object(let className, let end):
      let object = RootObject(forced ?? className)
      objectAt[place] = object
      try read(into: object, as: object.className)
      if let end { try cursor.seek(end, for: "the end of \(className)") }
      return object
    }
  }

  private mutating func read(into object: RootObject, as className: String) throws(FormatError) {
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth else {
      throw cursor.wrong(
        "objects must not stand in each other more than \(Self.greatestDepth) deep",
        "a \(className) does")
    }
    if try readSpecial(into: object, as: className) { return }
    let header = try RootHeader(&cursor, for: "an object of class \(className)")
    object.version = header.version
    var checksum: UInt32?
    if header.version <= 0, header.end != nil {
      checksum = try cursor.integer(UInt32.self, for: "the checksum of \(className)")
    }
    guard
      let description = streamers.exact(className, version: header.version, checksum: checksum)
        ?? RootBuiltIn.description(className, version: header.version)
    else {
      object.obstacle =
        "class \(className) version \(header.version) is not described in the file"
      guard header.end != nil else { throw undescribed(className, header.version) }
      return try header.finish(&cursor)
    }
    try readMembers(of: description, into: object, until: header.end)
    try header.finish(&cursor)
  }

  private func undescribed(_ className: String, _ version: Int) -> FormatError {
    cursor.wrong(
      "a class of a ROOT file must be described in it", "\(className) version \(version) is not",
      "The file was damaged, or the program that wrote it was killed before it ended.")
  }

  /// Reads all members, or as many as are understood where the object's end is known.
  private mutating func readMembers(
    of description: RootClass, into object: RootObject, until end: Int?
  ) throws(FormatError) {
    for member in description.members {
      guard try readMember(member, into: object) else {
        object.obstacle =
          "member \(member.name) of class \(description.name) has type \(member.typeName), "
          + "which is not read"
        guard end != nil else {
          throw cursor.wrong("every member must be of a known type", object.obstacle ?? "")
        }
        return
      }
    }
  }

  /// Reads one member; false where its type is not known.
  private mutating func readMember(
    _ member: RootMember, into object: RootObject
  ) throws(FormatError) -> Bool {
    if member.kind == "TStreamerBase" {
      try read(into: object, as: member.name)
      return true
    }
    let what = "member \(member.name)"
    switch member.type {
    case 0..<20, 21..<40:
      guard let element = RootElement(type: member.type % 20) else { return false }
      let count = member.arrayLength > 0 ? member.arrayLength : nil
      object.members[member.name] = try numbers(element, count: count, what)
    case 41..<60:
      guard let element = RootElement(type: member.type - 40) else { return false }
      let flag = try cursor.integer(UInt8.self, for: what)
      let count = flag == 0 ? 0 : object.integer(member.countName) ?? 0
      let isWide = flag == 2 && member.name == "fBasketSeek"
      object.members[member.name] = try numbers(isWide ? .int64 : element, count: count, what)
    case 61, 62, 63, 66, 67, 68:
      let className = member.type == 66 ? "TObject" : member.type == 67 ? "TNamed" : member.typeName
      object.members[member.name] = .object(try self.object(Self.plain(className)))
    case 64, 69:
      if let target = try pointer() { object.members[member.name] = .object(target) }
    case 65: object.members[member.name] = .text(try cursor.string(for: what))
    case 300, 365, 500:
      let header = try RootHeader(&cursor, for: what)
      if RootTypeParser.plain(member.typeName) == "string" {
        object.members[member.name] = .text(try cursor.string(for: what))
      } else if header.end == nil {
        return false
      }
      // Other containers are passed over: none is needed of the classes that are read so.
      try header.finish(&cursor)
    default: return false
    }
    return true
  }

  /// A class without the marks of a pointer.
  private static func plain(_ typeName: String) -> String {
    typeName.last == "*" ? String(typeName.dropLast()) : typeName
  }

  /// Reads one number, or several where `count` says how many.
  private mutating func numbers(
    _ element: RootElement, count: Int?, _ what: String
  ) throws(FormatError) -> RootValue {
    let many = count ?? 1
    guard many <= cursor.remaining / element.size else {
      throw cursor.wrong(
        "\(what) must lie within the object",
        "there are said to be \(many) values, and \(cursor.remaining) bytes are left")
    }
    let range = try cursor.take(many * element.size, for: what)
    let values = unsafe cursor.bytes.withUnsafeBytes {
      unsafe element.values(UnsafeRawBufferPointer(rebasing: $0[range]))
    }
    switch values {
    case .float32, .float64:
      let reals = values.doubles ?? []
      return count == nil ? .real(reals[0]) : .reals(reals)
    case .int64(let integers):
      return count == nil ? .integer(integers[0]) : .integers(integers)
    case .integers(.uint64(let wide)):
      let integers = wide.map { Int64(truncatingIfNeeded: $0) }
      return count == nil ? .integer(integers[0]) : .integers(integers)
    case .integers(let narrow):
      let integers = narrow.signed ?? []
      return count == nil ? .integer(integers[0]) : .integers(integers)
    case .strings, .jagged: return .integers([])
    }
  }
}

/// Classes that are not written member by member.
extension RootObjectReader {
  /// Reads an object whose class writes itself in its own way; false where it is none of these.
  private mutating func readSpecial(into object: RootObject, as className: String)
    throws(FormatError) -> Bool
  {
    switch className {
    case "TObject": object.members["fBits"] = .integer(Int64(try cursor.skipTObject()))
    case "TNamed":
      let named = try cursor.named()
      object.members["fName"] = .text(named.name)
      object.members["fTitle"] = .text(named.title)
    case "TString": object.members["fString"] = .text(try cursor.string(for: "a text"))
    case "TObjString":
      let header = try RootHeader(&cursor, for: "a text")
      // The labels of an axis are numbered this way.
      var number = cursor
      try number.skip(2, for: "the version of a text")
      object.members["fUniqueID"] = .integer(
        Int64(try number.integer(UInt32.self, for: "the number of a text")))
      try cursor.skipTObject()
      object.members["fString"] = .text(try cursor.string(for: "a text"))
      try header.finish(&cursor)
    case "TDatime": try cursor.skip(4, for: "a date")
    case "TTreeIndex": try readIndex(into: object)
    case "TObjArray": try readArray(into: object)
    case "TList", "THashList", "TSortedList": try readList(into: object)
    case "TBasket": object.basket = try RootEmbeddedBasket(&cursor)
    default: return try readNumbers(into: object, as: className)
    }
    return true
  }

  /// Reads a `TArrayD` and the like: a count, then values; false where the class is none of these.
  private mutating func readNumbers(into object: RootObject, as className: String)
    throws(FormatError) -> Bool
  {
    let elements: [String: RootElement] = [
      "TArrayC": .int8, "TArrayS": .int16, "TArrayI": .int32, "TArrayL": .int64,
      "TArrayL64": .int64, "TArrayF": .float32, "TArrayD": .float64,
    ]
    guard let element = elements[className] else { return false }
    let count = try cursor.count(ofAtLeast: element.size, for: "the length of \(className)")
    object.members["fArray"] = try numbers(element, count: count, className)
    return true
  }

  /// The formulas of a tree's index; its numbers, which stand behind them without the usual marks, are not needed: the
  /// columns themselves have them.
  private mutating func readIndex(into object: RootObject) throws(FormatError) {
    let header = try RootHeader(&cursor, for: "the index of a tree")
    let base = try RootHeader(&cursor, for: "the name of an index")
    try base.finish(&cursor)
    object.members["fMajorName"] = .text(try cursor.string(for: "the first formula of an index"))
    object.members["fMinorName"] = .text(try cursor.string(for: "the second formula of an index"))
    try header.finish(&cursor)
  }

  private mutating func readArray(into object: RootObject) throws(FormatError) {
    let header = try RootHeader(&cursor, for: "an array of objects")
    try cursor.skipTObject()
    _ = try cursor.string(for: "the name of an array")
    let count = try cursor.count(ofAtLeast: 4, for: "the length of an array")
    try cursor.skip(4, for: "the lower bound of an array")
    for _ in 0..<count { object.elements.append(try pointer()) }
    try header.finish(&cursor)
  }

  private mutating func readList(into object: RootObject) throws(FormatError) {
    let header = try RootHeader(&cursor, for: "a list")
    // A hash list may be a list inside of one more header, which has a size where the version of an object follows else.
    var next = cursor
    let isInner = try next.integer(UInt16.self, for: "a list") & 0x4000 != 0
    let inner = isInner ? try RootHeader(&cursor, for: "a list") : header
    try cursor.skipTObject()
    _ = try cursor.string(for: "the name of a list")
    let count = try cursor.count(ofAtLeast: 4, for: "the length of a list")
    for _ in 0..<count {
      object.elements.append(try pointer())
      let option = Int(try cursor.integer(UInt8.self, for: "the option of an element"))
      try cursor.skip(option, for: "the option of an element")
    }
    try inner.finish(&cursor)
    try header.finish(&cursor)
  }
}

extension RootEmbeddedBasket {
  /// Reads a basket out of its tree's object.
  init(_ cursor: inout RootCursor) throws(FormatError) {
    let start = cursor.position
    // The sizes in its key mean nothing where it was never written by itself.
    try cursor.skip(14, for: "the key of an embedded basket")
    keySize = Int(try cursor.integer(UInt16.self, for: "the size of a key"))
    try cursor.seek(start + keySize - RootBasketHeader.size, for: "an embedded basket")
    let own = try RootBasketHeader(&cursor)
    count = own.count
    // The flag says which arrays follow: 0 none, 1 positions and data, 12 data only, above 40 two arrays.
    let flag = own.flag >= 80 ? own.flag - 80 : own.flag
    // Positions are only there where entries are.
    if count > 0, flag != 0, flag % 10 != 2, own.flag < 80 {
      let length = try cursor.count(ofAtLeast: 4, for: "the positions of entries")
      let range = try cursor.take(4 * length, for: "the positions of entries")
      positions = length >= count ? Array(cursor.bytes[range].prefix(4 * count)) : nil
      if flag > 40 {
        let shifts = try cursor.count(ofAtLeast: 4, for: "the shifts of entries")
        try cursor.skip(4 * shifts, for: "the shifts of entries")
      }
    }
    data = []
    guard flag == 1 || flag > 10 else { return }
    let range = try cursor.take(own.last, for: "an embedded basket's data")
    data = Array(cursor.bytes[range].dropFirst(keySize))
  }
}

/// What a basket says of itself, behind its key.
struct RootBasketHeader {
  /// Its size in bytes.
  static let size = 19

  /// The number of entries.
  var count: Int
  /// Where the entries' data end, counted from the start of the key.
  var last: Int
  var flag: Int

  init(_ cursor: inout RootCursor) throws(FormatError) {
    try cursor.skip(10, for: "the sizes of a basket")
    count = try cursor.count(for: "the number of entries of a basket")
    last = try cursor.count(for: "the size of a basket's data")
    flag = Int(try cursor.integer(UInt8.self, for: "the contents of a basket"))
  }
}
