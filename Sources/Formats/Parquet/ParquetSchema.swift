import ApusEvents

/// A column of a Parquet file as it becomes one of ours.
struct ParquetColumn: Sendable {
  /// The place of the leaf among all leaves of the schema, and so of its chunk in each row group.
  var leaf: Int
  /// The name: the path of field names with dots, without the nodes that only make up a list.
  var name: String
  var physical: ParquetMetadata.Physical
  /// The size of a value of fixed bytes.
  var width: Int
  var meaning: ParquetMetadata.Meaning
  /// The definition level of a value that is there.
  var definition: Int
  /// The definition levels from which on each list holds an element, outermost list first.
  var lists: [Int]
  /// Why the column can't be read.
  var obstacle: String?

  var isNested: Bool { !lists.isEmpty }
  /// The lowest definition level that has a place among the values: of null elements too.
  var slotDefinition: Int { lists.last ?? 0 }
  /// Whether a place among the values can be empty.
  var mayBeNull: Bool { definition > slotDefinition }

  /// Whether missing values change the type of the column.
  var isWholeNumber: Bool {
    switch (meaning, physical) {
    case (.decimal, _), (.float16, _): false
    case (_, .int32), (_, .int64), (_, .boolean), (_, .int96): true
    default: false
    }
  }

  var description: ColumnDescription {
    var type = typeName
    for _ in lists { type = "list<\(type)>" }
    return ColumnDescription(name, type: type, title: title, obstacle: obstacle)
  }

  /// The type in words of the format, with `?` where values may be missing.
  private var typeName: String {
    let name =
      switch meaning {
      case .integer(let bits, let isSigned): "\(isSigned ? "int" : "uint")\(bits)"
      case .text: "string"
      case .decimal(let scale): "decimal(\(scale))"
      case .date: "date"
      case .time(let unit): "time[\(unit)]"
      case .timestamp(let unit, _): "timestamp[\(unit)]"
      case .uuid: "uuid"
      case .float16: "float16"
      case .other(let words): words
      case .map: "map"
      case .plain, .list: plainName
      }
    return mayBeNull && obstacle == nil ? name + "?" : name
  }

  private var plainName: String {
    switch physical {
    case .boolean: "bool"
    case .int32: "int32"
    case .int64: "int64"
    case .int96: "timestamp[nanoseconds]"
    case .float: "float32"
    case .double: "float64"
    case .bytes: "bytes"
    case .fixedBytes: "bytes[\(width)]"
    }
  }

  private var title: String {
    switch meaning {
    case .date: "days since 1970-01-01"
    case .time(let unit): "\(unit) since midnight"
    case .timestamp(let unit, let isUTC):
      "\(unit) since 1970-01-01\(isUTC ? " UTC" : ", local time")"
    case .plain where physical == .int96: "nanoseconds since 1970-01-01"
    default: ""
    }
  }
}

/// Walks the schema and finds the columns.
struct ParquetSchemaWalk {
  private let elements: [ParquetMetadata.Element]
  private var next = 0
  private var leaf = 0
  private(set) var columns: [ParquetColumn] = []

  /// What is known on the way to a node.
  private struct Path {
    var name: [String] = []
    var definition = 0
    var lists: [Int] = []
    var obstacle: String?
    var depth = 0
  }

  /// What is wrong with a schema, in words.
  struct Damage: Error { var what: String }

  static func columns(
    of elements: [ParquetMetadata.Element]
  ) throws(Damage) -> [ParquetColumn] {
    var walk = ParquetSchemaWalk(elements)
    guard let root = elements.first else { throw Damage(what: "it has no root") }
    walk.next = 1
    for _ in 0..<max(0, min(root.children, elements.count)) { try walk.node(Path()) }
    guard walk.next == elements.count else {
      throw Damage(what: "\(elements.count - walk.next) of its nodes belong to no group")
    }
    return walk.columns
  }

  private init(_ elements: [ParquetMetadata.Element]) { self.elements = elements }

  private mutating func take() throws(Damage) -> ParquetMetadata.Element {
    guard next < elements.count else {
      throw Damage(what: "a group has fewer children than it says")
    }
    defer { next += 1 }
    return elements[next]
  }

  /// A node and all below it.
  ///
  /// `named` is false for the nodes that only make up a list.
  private mutating func node(_ path: Path, named: Bool = true) throws(Damage) {
    let element = try take()
    var path = path
    path.depth += 1
    guard path.depth < 64 else { throw Damage(what: "it is nested too deep") }
    if named { path.name.append(element.name) }
    try step(into: element, &path)
    if element.children <= 0 { return try addLeaf(element, path) }
    switch element.meaning {
    case .map:
      path.obstacle = path.obstacle ?? "it is a map, which has no column of its own"
    case .list where element.children == 1 && element.repetition != 2:
      return try list(element, path)
    default: break
    }
    for _ in 0..<min(element.children, elements.count) { try node(path) }
  }

  /// Counts the levels of a node.
  private func step(into element: ParquetMetadata.Element, _ path: inout Path) throws(Damage) {
    switch element.repetition.map(ParquetMetadata.Repetition.init(rawValue:)) {
    case .required??: break
    case .optional??: path.definition += 1
    case .repeated??:
      path.definition += 1
      path.lists.append(path.definition)
    default: throw Damage(what: "'\(element.name)' does not say whether it is repeated")
    }
  }

  /// The node below a list, by the rules for lists of older writers: a repeated value, or a repeated group
  /// that has several fields or is named `array` or `..._tuple`, is the element itself; any other group
  /// only wraps the element.
  private mutating func list(_ list: ParquetMetadata.Element, _ path: Path) throws(Damage) {
    guard next < elements.count else {
      throw Damage(what: "the list '\(list.name)' has no element")
    }
    let inner = elements[next]
    let isElement =
      inner.children != 1 || inner.name == "array" || inner.name == list.name + "_tuple"
    if isElement || inner.repetition != 2 { return try node(path, named: false) }
    _ = try take()
    var path = path
    try step(into: inner, &path)
    try node(path, named: false)
  }

  private mutating func addLeaf(
    _ element: ParquetMetadata.Element, _ path: Path
  ) throws(Damage) {
    guard let number = element.physical,
      let physical = ParquetMetadata.Physical(rawValue: number)
    else { throw Damage(what: "'\(element.name)' has no known type") }
    var column = ParquetColumn(
      leaf: leaf, name: path.name.joined(separator: "."), physical: physical,
      width: element.width, meaning: element.meaning, definition: path.definition,
      lists: path.lists, obstacle: path.obstacle)
    column.obstacle = column.obstacle ?? Self.obstacle(column)
    columns.append(column)
    leaf += 1
  }

  /// Why values of a type can't become a column.
  private static func obstacle(_ column: ParquetColumn) -> String? {
    if column.definition > 200 || column.lists.count > 16 { return "it is nested too deep" }
    if column.physical == .fixedBytes, !(1...1024).contains(column.width) {
      return "its values are of \(column.width) bytes"
    }
    switch (column.meaning, column.physical) {
    case (.plain, .fixedBytes): return "it holds bytes without a meaning"
    case (.plain, _), (.list, _), (.date, .int32), (.time, .int32), (.time, .int64),
      (.timestamp, .int64), (.text, .bytes):
      return nil
    case (.integer(8, _), .int32), (.integer(16, _), .int32), (.integer(32, _), .int32),
      (.integer(64, _), .int64):
      return nil
    case (.decimal(let scale), let physical):
      guard (0...400).contains(scale) else { return "its decimals have the scale \(scale)" }
      switch physical {
      case .int32, .int64, .bytes: return nil
      case .fixedBytes: return column.width <= 16 ? nil : "its decimals have \(column.width) bytes"
      default: return "its decimals are stored as \(physical)"
      }
    case (.uuid, .fixedBytes):
      return column.width == 16 ? nil : "its UUIDs have \(column.width) bytes"
    case (.float16, .fixedBytes):
      return column.width == 2 ? nil : "its half-precision numbers have \(column.width) bytes"
    case (.other(let words), _): return "it holds \(words)"
    case (let meaning, let physical): return "it holds \(meaning), stored as \(physical)"
    }
  }
}
