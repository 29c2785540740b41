import ApusEvents

/// Collects what one node gives, entry by entry; becomes columns in the end.
///
/// Numbers are collected as the file has them and converted at once.
final class RootBuilder {
  let node: RootNode
  /// Whether a column is made of it, so that values must be kept.
  private(set) var isWanted: Bool
  private(set) var children: [RootBuilder] = []
  var raw: [UInt8] = []
  var texts: [String] = []
  var offsets: [Int] = [0]
  /// The last whole number, for arrays that it counts.
  var last = 0

  /// Makes builders for a node and all below, of which the wanted leaves keep their values.
  init(_ node: RootNode, wanted: inout ArraySlice<Bool>) {
    self.node = node
    isWanted = false
    switch node {
    case .number, .numbers, .text, .counted, .triangle, .bits: isWanted = wanted.popFirst() ?? false
    case .list(_, let inner), .rest(let inner), .array(_, let inner), .named(_, let inner):
      children = [RootBuilder(inner, wanted: &wanted)]
    case .record(let record), .clones(let record):
      for member in record.members { children.append(RootBuilder(member.node, wanted: &wanted)) }
    case .plainObject: break
    }
    if !children.isEmpty { isWanted = children.contains(where: \.isWanted) }
  }

  /// What the member of a name said last; base classes stand in members without one.
  func count(_ name: String) -> Int? {
    guard case .record(let record) = node else { return nil }
    for (member, child) in zip(record.members, children) {
      if member.name == name { return child.last }
      if member.name.isEmpty, let found = child.count(name) { return found }
    }
    return nil
  }

  /// The values of the wanted leaves, in order; `count` is how often the node was read.
  func columns(count: Int) -> [Column.Values] {
    guard isWanted else { return [] }
    switch node {
    case .number(let element): return [values(element)]
    case .numbers(let element, let shape):
      return [.jagged(Jagged(count: count, of: shape, content: values(element)))]
    case .text: return [.strings(texts)]
    case .bits(let bits, _):
      return [.jagged(Jagged(count: count, of: [bits], content: values(.bool)))]
    case .counted(_, let element), .triangle(_, let element):
      return [.jagged(Jagged(offsets: offsets, content: values(element)))]
    case .list, .rest:
      let total = offsets[offsets.count - 1]
      return children[0].columns(count: total).map {
        .jagged(Jagged(offsets: offsets, content: $0))
      }
    case .array(let shape, _):
      let width = shape.reduce(1, *)
      return children[0].columns(count: count * width).map {
        .jagged(Jagged(count: count, of: shape, content: $0))
      }
    case .record: return children.flatMap { $0.columns(count: count) }
    case .clones:
      let total = offsets[offsets.count - 1]
      return children.flatMap { $0.columns(count: total) }.map {
        .jagged(Jagged(offsets: offsets, content: $0))
      }
    case .named: return children[0].columns(count: count)
    case .plainObject: return []
    }
  }

  private func values(_ element: RootElement) -> Column.Values {
    unsafe raw.withUnsafeBytes { unsafe element.values($0) }
  }
}

/// Reads entries of a branch into builders.
struct RootEntryReader {
  var cursor: RootCursor

  /// Reads one entry of a node, which ends at `end` of the basket's data where that is known.
  mutating func read(_ builder: RootBuilder, end: Int?) throws(FormatError) {
    if case .rest = builder.node {
      guard let end else {
        throw cursor.wrong("an entry must tell where it ends", "its basket has no positions")
      }
      try skipSharedHeader(builder.children[0].node, end: end)
      var count = 0
      while cursor.position < end {
        let before = cursor.position
        try read(builder.children[0], 1)
        guard cursor.position > before else { break }
        count += 1
      }
      builder.offsets.append(builder.offsets[builder.offsets.count - 1] + count)
      return
    }
    // ROOT writes an empty text of a leaf without its length.
    if case .text(.short(hasHeader: false)) = builder.node, end == cursor.position {
      if builder.isWanted { builder.texts.append("") }
      return
    }
    // A size before an object is one only where it fits the entry: numbers may look like it.
    if case .record(let record) = builder.node, record.hasHeader, !record.isOwn, let end,
      !hasSize(upTo: end)
    {
      try members(of: builder, record)
      return
    }
    try read(builder, 1)
  }

  /// Whether an object's size stands here and leads to an end.
  private func hasSize(upTo end: Int) -> Bool {
    var cursor = cursor
    guard let word = try? cursor.integer(UInt32.self, for: "a size"), word & 0x4000_0000 != 0 else {
      return false
    }
    return cursor.position + Int(word & 0x3fff_ffff) == end
  }

  /// Goes past the size and version that may stand once before the containers or texts of all elements.
  ///
  /// Their first word would be a length otherwise, and none is that large.
  private mutating func skipSharedHeader(_ node: RootNode, end: Int) throws(FormatError) {
    switch node {
    case .list, .text: break
    default: return
    }
    guard end - cursor.position >= 6 else { return }
    let start = cursor.position
    let word = try cursor.integer(UInt32.self, for: "the size of a container")
    if word & 0x4000_0000 != 0, start + 4 + Int(word & 0x3fff_ffff) == end {
      let version = try cursor.integer(UInt16.self, for: "the version of a container")
      guard version & 0x4000 == 0 else {
        throw cursor.wrong(
          "containers in containers must be written one by one", "their members stand together",
          "Leave the column out.")
      }
    } else {
      try cursor.seek(start, for: "a container")
    }
  }

  /// Reads a node so many times, one behind the other.
  ///
  /// - Parameter isShared: Whether the members of all elements stand together (ROOT's member-wise streaming), so
  ///   that a version before them stands once.
  private mutating func read(_ builder: RootBuilder, _ times: Int, isShared: Bool = false)
    throws(FormatError)
  {
    switch builder.node {
    case .number(let element): try numbers(builder, element, times)
    case .numbers(let element, let shape):
      try numbers(builder, element, Self.product(shape, times, cursor))
    case .text(let text): try texts(builder, text, times, isShared)
    case .list(let header, _): try lists(builder, header, times, isShared)
    case .array(let shape, _):
      try read(builder.children[0], Self.product(shape, times, cursor))
    case .bits(let bits, let hasHeader):
      for _ in 0..<times { try self.bits(builder, bits, hasHeader) }
    case .record(let record):
      for _ in 0..<times { try self.record(builder, record) }
    case .plainObject:
      for _ in 0..<times { try cursor.skipTObject() }
    case .clones(let record):
      for _ in 0..<times { try clones(builder, record) }
    case .named(let className, _):
      for _ in 0..<times {
        try self.className(className)
        try read(builder.children[0], 1)
      }
    case .counted, .triangle, .rest:
      throw cursor.wrong("an array must stand in an object that counts it", "this one does not")
    }
  }

  private static func product(_ shape: [Int], _ times: Int, _ cursor: RootCursor)
    throws(FormatError) -> Int
  {
    var total = times
    for size in shape {
      let (next, overflow) = total.multipliedReportingOverflow(by: size)
      guard !overflow, next <= 1 << 40 else {
        throw cursor.wrong("an array must fit into the basket", "it is \(shape)")
      }
      total = next
    }
    return total
  }

  private mutating func numbers(_ builder: RootBuilder, _ element: RootElement, _ count: Int)
    throws(FormatError)
  {
    guard count <= cursor.remaining / element.size else {
      throw cursor.wrong(
        "the values of an entry must lie within its basket",
        "there are said to be \(count), and \(cursor.remaining) bytes are left")
    }
    let range = try cursor.take(count * element.size, for: "the values of an entry")
    if builder.isWanted { builder.raw.append(contentsOf: cursor.bytes[range]) }
    if count == 1, element == .int32 || element == .uint32 {
      builder.last = cursor.bytes[range].reduce(0) { $0 << 8 | Int($1) }
    }
  }

  private mutating func texts(
    _ builder: RootBuilder, _ text: RootText, _ times: Int, _ isShared: Bool
  ) throws(FormatError) {
    if isShared, text == .short(hasHeader: true) { _ = try RootHeader(&cursor, for: "a text") }
    for _ in 0..<times {
      if !isShared, text == .short(hasHeader: true) { _ = try RootHeader(&cursor, for: "a text") }
      let value: String
      if text == .long {
        let length = try cursor.count(ofAtLeast: 1, for: "the length of a text")
        value = String(
          decoding: cursor.bytes[try cursor.take(length, for: "a text")], as: UTF8.self)
      } else {
        value = try cursor.string(for: "a text")
      }
      if builder.isWanted { builder.texts.append(value) }
    }
  }

  private mutating func lists(
    _ builder: RootBuilder, _ header: RootListHeader, _ times: Int, _ isShared: Bool
  ) throws(FormatError) {
    if isShared, header == .version { _ = try RootHeader(&cursor, for: "a container") }
    for _ in 0..<times {
      var isMemberwise = false
      if !isShared, header == .version {
        isMemberwise = try RootHeader(&cursor, for: "a container").isMemberwise
      }
      if isMemberwise {
        let version = try cursor.integer(Int16.self, for: "the version of a container's class")
        if version <= 0 { try cursor.skip(4, for: "the checksum of a container's class") }
      }
      // An element without members takes no bytes; a count beyond what is left is a fault all the same.
      let count = try cursor.count(ofAtLeast: 1, for: "the number of a container's elements")
      if isMemberwise, case .record(let record) = builder.children[0].node {
        try members(of: builder.children[0], record, count)
      } else {
        try read(builder.children[0], count)
      }
      builder.offsets.append(builder.offsets[builder.offsets.count - 1] + count)
    }
  }

  /// Reads all first members of `count` objects, then all second ones, and so on.
  private mutating func members(of builder: RootBuilder, _ record: RootRecord, _ count: Int)
    throws(FormatError)
  {
    for (member, child) in zip(record.members, builder.children) {
      // Base classes stand in members without a name, and give theirs to the list.
      if member.name.isEmpty, case .record(let base) = child.node {
        try members(of: child, base, count)
      } else {
        try read(child, count, isShared: true)
      }
    }
  }

  /// The name of an object's class: its length, the text, a zero byte.
  private mutating func className(_ expected: String) throws(FormatError) {
    let length = Int(try cursor.integer(UInt8.self, for: "the name of a class"))
    let range = try cursor.take(length, for: "the name of a class")
    let name = String(decoding: cursor.bytes[range], as: UTF8.self)
    try cursor.skip(1, for: "the end of a class's name")
    guard name == expected else {
      throw cursor.wrong(
        "the objects of a branch must be of the class of the branch (\(expected))",
        "one is a \(name)", "Objects of several classes in one branch are not read.")
    }
  }

  private mutating func bits(_ builder: RootBuilder, _ bits: Int, _ hasHeader: Bool)
    throws(FormatError)
  {
    if hasHeader { _ = try RootHeader(&cursor, for: "a bitset") }
    let count = try cursor.count(ofAtLeast: 1, for: "the size of a bitset")
    guard count == bits else {
      throw cursor.wrong("a bitset must have \(bits) bits", "it has \(count)")
    }
    let range = try cursor.take(bits, for: "a bitset")
    if builder.isWanted { builder.raw.append(contentsOf: cursor.bytes[range]) }
  }

  private mutating func record(_ builder: RootBuilder, _ record: RootRecord) throws(FormatError) {
    var end: Int?
    if record.hasHeader { end = try self.header(record) }
    try members(of: builder, record)
    // Members that a newer version of the class has besides are passed over.
    if let end, end >= cursor.position { try cursor.seek(end, for: "the end of an object") }
  }

  /// Reads the members of one object.
  private mutating func members(of builder: RootBuilder, _ record: RootRecord)
    throws(FormatError)
  {
    for child in builder.children {
      switch child.node {
      case .counted(let name, let element):
        try counted(child, element, try count(name, builder, record))
      case .triangle(let name, let element):
        try triangle(child, element, rows: try count(name, builder, record))
      default: try read(child, 1)
      }
    }
  }

  /// What a member of an object, or of its base classes, said last.
  private func count(_ name: String, _ builder: RootBuilder, _ record: RootRecord)
    throws(FormatError) -> Int
  {
    if let found = builder.count(name) { return found }
    throw cursor.wrong(
      "an array of class \(record.className) must be counted by a member",
      "there is no whole number '\(name)'")
  }

  /// The rows of a symmetric matrix from the diagonal on.
  private mutating func triangle(_ builder: RootBuilder, _ element: RootElement, rows: Int)
    throws(FormatError)
  {
    guard rows < 1 << 24 else {
      throw cursor.wrong("a matrix must fit into its basket", "it is said to have \(rows) rows")
    }
    let count = rows * (rows + 1) / 2
    try numbers(builder, element, count)
    builder.offsets.append(builder.offsets[builder.offsets.count - 1] + count)
  }

  private mutating func counted(_ builder: RootBuilder, _ element: RootElement, _ count: Int)
    throws(FormatError)
  {
    let flag = try cursor.integer(UInt8.self, for: "the mark of an array")
    let count = flag == 0 ? 0 : count
    try numbers(builder, element, count)
    builder.offsets.append(builder.offsets[builder.offsets.count - 1] + count)
  }

  /// Passes over a version and a size before an object, if they are there; returns where it ends, if said.
  ///
  /// Objects that ROOT split off or streamed by their members' addresses have none. Without a size, only the
  /// class's own version tells one.
  private mutating func header(_ record: RootRecord) throws(FormatError) -> Int? {
    let start = cursor
    let header = try RootHeader(&cursor, for: "an object of class \(record.className)")
    guard let end = header.end else {
      if header.version != record.version { cursor = start }
      return nil
    }
    if header.version == 0 { try cursor.skip(4, for: "the checksum of \(record.className)") }
    guard header.version == 0 || header.version == record.version else {
      throw cursor.wrong(
        "the objects of a branch must be of the version that the file describes "
          + "(\(record.className) \(record.version))", "one is of version \(header.version)",
        "Two versions of a class in one file are not read.")
    }
    return end
  }

  private mutating func clones(_ builder: RootBuilder, _ record: RootRecord) throws(FormatError) {
    let header = try RootHeader(&cursor, for: "a TClonesArray")
    let bits = header.version > 2 ? try cursor.skipTObject() : 0
    if header.version > 1 { _ = try cursor.string(for: "the name of a TClonesArray") }
    _ = try cursor.string(for: "the class of a TClonesArray")
    let count = abs(Int(try cursor.integer(Int32.self, for: "the length of a TClonesArray")))
    try cursor.skip(4, for: "the lower bound of a TClonesArray")
    guard count <= cursor.remaining else {
      throw cursor.wrong(
        "a TClonesArray must fit into its basket", "it is said to have \(count) elements")
    }
    // This bit says that the members of all elements stand together.
    if bits & 0x1000 != 0 {
      try members(of: builder, record, count)
    } else {
      for _ in 0..<count {
        guard try cursor.integer(UInt8.self, for: "an element's mark") != 0 else {
          throw cursor.wrong("a TClonesArray must have no empty places", "this one has")
        }
        try self.record(builder, record)
      }
    }
    builder.offsets.append(builder.offsets[builder.offsets.count - 1] + count)
    try header.finish(&cursor)
  }
}
