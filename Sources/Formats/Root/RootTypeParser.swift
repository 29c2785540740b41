/// Why a branch can't be read: the words of its column's obstacle.
struct RootObstacle: Error {
  var reason: String

  init(_ reason: String) { self.reason = reason }
}

/// Turns C++ types, as ROOT writes them, into nodes.
struct RootTypeParser {
  let streamers: RootStreamers
  private var depth = 0
  /// How many nodes may still be made: classes that hold each other many times would never end.
  private var budget = 100_000

  /// Deeper than this, types in each other are a class that holds itself.
  private static let greatestDepth = 20

  init(_ streamers: RootStreamers) { self.streamers = streamers }

  /// How a type is written.
  /// - Parameters:
  ///   - type: The type: `vector<float>`, `Event`, `map<string,vector<double> >`.
  ///   - hasHeader: Whether a version stands before a container at the top.
  ///   - textHasHeader: Whether one stands before a text.
  mutating func node(
    _ type: String, hasHeader: Bool = true, textHasHeader: Bool = false
  ) throws(RootObstacle) -> RootNode {
    depth += 1
    budget -= 1
    defer { depth -= 1 }
    guard budget > 0 else { throw RootObstacle("its classes hold more than 100000 members") }
    guard depth <= Self.greatestDepth else {
      throw RootObstacle("its class holds itself, or is deeper than \(Self.greatestDepth) levels")
    }
    let plain = Self.plain(type)
    if let element = Self.numbers[plain] { return .number(element) }
    if plain == "string" { return .text(.short(hasHeader: textHasHeader)) }
    if plain == "TString" { return .text(.short(hasHeader: false)) }
    if plain == "char*" { return .text(.long) }
    if plain == "TObject" { return .plainObject }
    if let node = Self.ownStreamer(plain) { return node }
    if plain == "Double32_t" || plain == "Float16_t" {
      throw RootObstacle("packed numbers (\(plain)) in a container are not read")
    }
    if plain.last == "*" {
      throw RootObstacle("it holds pointers (\(type)), which are not followed")
    }
    if let (name, arguments) = Self.template(plain) {
      if let found = try container(name, arguments, hasHeader) { return found }
    }
    return .record(try record(plain))
  }

  /// Classes that write themselves in their own way, whatever the file says of their members.
  private static func ownStreamer(_ type: String) -> RootNode? {
    if type == "TDatime" {
      return .record(
        RootRecord(
          className: type, version: 0, members: [("fDatime", .number(.uint32))], hasHeader: false))
    }
    let short = ["TMatrixDSym": "double", "TMatrixFSym": "float"][type]
    let long = template(type).flatMap { $0.name == "TMatrixTSym" ? $0.arguments.first : nil }
    guard let element = (short ?? long).flatMap({ numbers[$0] }) else { return nil }
    // The members of the base class, under its version and size; the elements stand behind that.
    let whole = ["fNrows", "fNcols", "fRowLwb", "fColLwb", "fNelems", "fNrowIndex"]
    return .record(
      RootRecord(
        className: type, version: 5,
        members: [("", .plainObject)] + whole.map { ($0, .number(.int32)) } + [
          ("fTol", .number(element)), ("fElements", .triangle(by: "fNrows", element)),
        ], isOwn: true))
  }

  private mutating func container(_ name: String, _ arguments: [String], _ hasHeader: Bool)
    throws(RootObstacle) -> RootNode?
  {
    let header: RootListHeader = hasHeader ? .version : .none
    switch name {
    case "vector", "list", "deque", "set", "multiset", "unordered_set", "unordered_multiset",
      "forward_list", "RVec", "VecOps::RVec", "ROOT::VecOps::RVec":
      guard let first = arguments.first else { return nil }
      let element = try node(first, hasHeader: false)
      guard !element.leaves.isEmpty else { throw RootObstacle("class \(first) has no members") }
      return .list(header, element)
    case "map", "multimap", "unordered_map", "unordered_multimap":
      guard arguments.count >= 2 else { return nil }
      let key = try node(arguments[0], hasHeader: hasHeader, textHasHeader: hasHeader)
      let value = try node(arguments[1], hasHeader: hasHeader, textHasHeader: hasHeader)
      let pair = RootRecord(
        className: "pair", version: 0, members: [("first", key), ("second", value)],
        hasHeader: false)
      return .list(header, .record(pair))
    case "bitset":
      guard let count = arguments.first.flatMap({ Int($0) }), count >= 0, count < 1 << 20 else {
        return nil
      }
      return .bits(count, hasHeader: hasHeader)
    default: return nil
    }
  }

  /// The members of a class in the order of the file.
  mutating func record(_ className: String) throws(RootObstacle) -> RootRecord {
    guard let found = streamers.description(className) else {
      throw RootObstacle("class \(className) is not described in the file")
    }
    depth += 1
    defer { depth -= 1 }
    guard depth <= Self.greatestDepth else {
      throw RootObstacle("class \(className) holds itself")
    }
    var members: [(name: String, node: RootNode)] = []
    for member in found.members {
      members.append(
        (member.kind == "TStreamerBase" ? "" : member.name, try node(member, of: className)))
    }
    return RootRecord(className: className, version: found.version, members: members)
  }

  /// How a member is written.
  private mutating func node(_ member: RootMember, of className: String) throws(RootObstacle)
    -> RootNode
  {
    if member.kind == "TStreamerBase" {
      return member.name == "TObject"
        ? .plainObject : try node(member.name, textHasHeader: true)
    }
    let packed = RootPacking.element(type: member.type % 20, title: member.title)
    switch member.type {
    case 7: return .text(.long)
    case 0..<20, 21..<40:
      guard let element = packed ?? RootElement(type: member.type % 20) else { break }
      if member.arrayLength == 0 { return .number(element) }
      return .numbers(element, shape: member.shape)
    case 41..<60:
      let packed = RootPacking.element(type: member.type - 40, title: member.title)
      guard let element = packed ?? RootElement(type: member.type - 40) else { break }
      return .counted(by: member.countName, element)
    case 61, 62, 65, 66, 67, 300, 365, 500:
      return try node(member.typeName, textHasHeader: true)
    case 81, 82:
      return .array(shape: member.shape, try node(member.typeName, textHasHeader: true))
    case 63, 68:
      return try node(member.typeName.replacing("*", with: ""), textHasHeader: true)
    default: break
    }
    throw RootObstacle(
      "member \(member.name) of class \(className) has type \(member.typeName), which is not read")
  }

  /// A type without blanks, `std::` and `const`.
  static func plain(_ type: String) -> String {
    var words = type.replacing("std::", with: "").replacing("const ", with: "")
    while words.contains("  ") { words = words.replacing("  ", with: " ") }
    words = words.replacing("basic_string<char>", with: "string")
    for mark in ["<", ">", ",", "*"] {
      words = words.replacing(" " + mark, with: mark).replacing(mark + " ", with: mark)
    }
    if words.first == " " { words.removeFirst() }
    if words.last == " " { words.removeLast() }
    return words
  }

  /// The name and the arguments of a template; nil where the type is none.
  static func template(_ type: String) -> (name: String, arguments: [String])? {
    guard type.last == ">", let open = type.firstIndex(of: "<") else { return nil }
    var arguments = [""]
    var level = 0
    for letter in type[type.index(after: open)...].dropLast() {
      if letter == "<" { level += 1 }
      if letter == ">" { level -= 1 }
      if letter == ",", level == 0 {
        arguments.append("")
      } else {
        arguments[arguments.count - 1].append(letter)
      }
    }
    return (String(type[..<open]), arguments)
  }

  /// The names of numbers.
  ///
  /// A `long` has 64 bits in a file, whatever it had in the program.
  static let numbers: [String: RootElement] = [
    "bool": .bool, "Bool_t": .bool, "char": .int8, "Char_t": .int8, "signed char": .int8,
    "int8_t": .int8, "unsigned char": .uint8, "UChar_t": .uint8, "uint8_t": .uint8,
    "short": .int16, "Short_t": .int16, "int16_t": .int16, "unsigned short": .uint16,
    "UShort_t": .uint16, "uint16_t": .uint16, "int": .int32, "Int_t": .int32, "int32_t": .int32,
    "unsigned int": .uint32, "unsigned": .uint32, "UInt_t": .uint32, "uint32_t": .uint32,
    "long": .int64, "Long_t": .int64, "long long": .int64, "Long64_t": .int64, "int64_t": .int64,
    "unsigned long": .uint64, "ULong_t": .uint64, "unsigned long long": .uint64,
    "ULong64_t": .uint64, "uint64_t": .uint64, "float": .float32, "Float_t": .float32,
    "double": .float64, "Double_t": .float64,
  ]
}

extension RootMember {
  /// The sizes of a fixed array.
  var shape: [Int] {
    dimensions.isEmpty || dimensions.contains(where: { $0 < 1 })
      || dimensions.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue })
        != arrayLength
      ? [arrayLength] : dimensions
  }
}

/// The packing of `Double32_t` and `Float16_t`, which stands in the comment of a member: `[low,high,bits]`.
enum RootPacking {
  /// The element of a packed type (ROOT's numbers 9 and 19) with this comment; nil for other types.
  static func element(type: Int, title: String) -> RootElement? {
    guard type == 9 || type == 19 else { return nil }
    let isDouble = type == 9
    guard let range = range(title) else {
      return isDouble ? .float32AsDouble : .truncated(bits: 12, isDouble: false)
    }
    let bits = range.bits.map { (2...32).contains($0) ? $0 : 32 } ?? 32
    if range.low == 0, range.high == 0 {
      return .truncated(bits: min(bits, 15), isDouble: isDouble)
    }
    guard range.high > range.low else { return nil }
    // Of 32 bits ROOT takes the greatest number instead of the number of steps (`TStreamerElement`'s GetRange).
    let steps = bits < 32 ? UInt64(1) << UInt64(bits) : UInt64(UInt32.max)
    let step = (range.high - range.low) / Double(steps)
    return .ranged(low: range.low, step: step, isDouble: isDouble)
  }

  private static func range(_ title: String) -> (low: Double, high: Double, bits: Int?)? {
    // Sizes of an array may stand in brackets before it.
    let groups = title.split(separator: "[").dropFirst().compactMap { part -> Substring? in
      part.firstIndex(of: "]").map { part[..<$0] }
    }
    guard let group = groups.first(where: { $0.contains(",") }) else { return nil }
    let parts = group.split(separator: ",").map { number($0) }
    guard (2...3).contains(parts.count), let low = parts[0], let high = parts[1] else { return nil }
    guard parts.count == 3 else { return (low, high, nil) }
    return parts[2].flatMap { Int(exactly: $0) }.map { (low, high, $0) }
  }

  /// A number, or a product or quotient with `pi` and `twopi`, as `-2*pi` or `pi/2`.
  private static func number(_ text: Substring) -> Double? {
    let plain = text.filter { $0 != " " }.lowercased()
    if plain.hasPrefix("-") { return number(plain.dropFirst()).map { -$0 } }
    for mark in ["*", "/"] {
      if let place = plain.lastIndex(of: Character(mark)) {
        guard let left = number(plain[..<place]),
          let right = number(plain[plain.index(after: place)...])
        else { return nil }
        return mark == "*" ? left * right : left / right
      }
    }
    if plain == "pi" { return 3.141592653589793 }
    if plain == "twopi" { return 6.283185307179586 }
    return Double(plain)
  }
}
