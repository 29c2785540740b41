/// A field of an RNTuple: a node of the tree of C++ types that an event consists of.
struct NTupleField: Sendable {
  /// What a field does in the tree.
  enum Role: UInt16, Sendable {
    case leaf = 0
    case collection, record, variant, streamer
  }

  var name: String
  var typeName: String
  var typeAlias: String
  var description: String
  /// The field above; itself for one at the top.
  var parent: Int
  /// Nil for a role that this version does not know.
  var role: Role?
  /// The number of copies in every entry of a fixed-size array; nil for other fields.
  var repetitions: Int?
  /// The fields below, in order.
  var children: [Int] = []
  /// The columns of each representation, in order; those of the source for a projected field.
  var representations: [[Int]] = []
}

/// A column of an RNTuple: a run of elements of one encoding.
struct NTupleColumn: Sendable {
  /// Nil for an encoding that this version does not know.
  var encoding: NTupleEncoding?
  /// The number that says the encoding.
  var type: UInt16
  /// The size of an element on storage.
  var bits: Int
  var field: Int
  var representation: Int
  /// Whether it was added while events were being written: elements before are zeros.
  var isDeferred: Bool
  /// The smallest and the largest value of a quantised column.
  var range: ClosedRange<Double>?
}

/// The fields and columns of an RNTuple, from its header and the extensions in its footer.
struct NTupleSchema: Sendable {
  private(set) var fields: [NTupleField] = []
  private(set) var columns: [NTupleColumn] = []
  private var aliases: [(column: Int, field: Int)] = []

  /// Reads the four lists that describe a schema, and appends what they say.
  mutating func append(_ cursor: inout NTupleCursor) throws(FormatError) {
    var (items, count) = try cursor.list(ofAtLeast: 40, for: "the fields")
    for _ in 0..<count {
      var record = try items.record(for: "a field")
      fields.append(try NTupleField(&record))
    }
    (items, count) = try cursor.list(ofAtLeast: 20, for: "the columns")
    for _ in 0..<count {
      var record = try items.record(for: "a column")
      columns.append(try NTupleColumn(&record))
    }
    (items, count) = try cursor.list(ofAtLeast: 16, for: "the alias columns")
    for _ in 0..<count {
      var record = try items.record(for: "an alias column")
      let column = Int(try record.integer(UInt32.self, for: "the column of an alias"))
      aliases.append((column, Int(try record.integer(UInt32.self, for: "the field of an alias"))))
    }
    _ = try cursor.list(ofAtLeast: 8, for: "the extra types")
  }

  /// Ties columns to fields and fields to each other, once everything was appended.
  /// - Throws: ``FormatError`` where a number names nothing, or fields are nested too deeply.
  mutating func connect(_ place: RootPlace) throws(FormatError) {
    for (id, field) in fields.enumerated() where field.parent != id {
      guard fields.indices.contains(field.parent) else {
        throw place.error(
          "a field's parent must exist", "'\(field.name)' names field \(field.parent)")
      }
      fields[field.parent].children.append(id)
    }
    for (id, column) in columns.enumerated() {
      try attach(id, to: column.field, as: column.representation, place)
    }
    for alias in aliases {
      guard columns.indices.contains(alias.column) else {
        throw place.error("an alias must name a column", "it names column \(alias.column)")
      }
      try attach(alias.column, to: alias.field, as: columns[alias.column].representation, place)
    }
    for id in fields.indices where fields[id].parent == id { try checkDepth(id, 0, place) }
  }

  private mutating func attach(
    _ column: Int, to field: Int, as representation: Int, _ place: RootPlace
  ) throws(FormatError) {
    guard fields.indices.contains(field) else {
      throw place.error("a column's field must exist", "column \(column) names field \(field)")
    }
    let known = fields[field].representations.count
    guard representation <= known else {
      throw place.error(
        "a field's representations must be numbered from 0 on",
        "'\(fields[field].name)' has number \(representation) behind \(known) others")
    }
    if representation == known { fields[field].representations.append([]) }
    fields[field].representations[representation].append(column)
  }

  /// Far more than any class has, and far less than the stack holds.
  private static let greatestDepth = 64

  private func checkDepth(_ id: Int, _ depth: Int, _ place: RootPlace) throws(FormatError) {
    guard depth < Self.greatestDepth else {
      throw place.error(
        "fields must be nested at most \(Self.greatestDepth) deep", "'\(fields[id].name)' is deeper"
      )
    }
    for child in fields[id].children { try checkDepth(child, depth + 1, place) }
  }
}

extension NTupleField {
  fileprivate init(_ record: inout NTupleCursor) throws(FormatError) {
    _ = try record.take(8, for: "the versions of a field")
    parent = Int(try record.integer(UInt32.self, for: "the parent of a field"))
    role = Role(rawValue: try record.integer(UInt16.self, for: "the role of a field"))
    let flags = try record.integer(UInt16.self, for: "the flags of a field")
    name = try record.string(for: "the name of a field")
    typeName = try record.string(for: "the type of a field")
    typeAlias = try record.string(for: "the alias of a field's type")
    description = try record.string(for: "the description of a field")
    if flags & 1 != 0 {
      let count = try record.size(for: "the size of an array")
      // An element takes at least a bit of a page, whose elements have 31 bits.
      guard count <= Int(UInt32.max) else {
        throw record.wrong("an array must have less than 2^32 elements", "'\(name)' has \(count)")
      }
      repetitions = count
    }
  }
}

extension NTupleColumn {
  fileprivate init(_ record: inout NTupleCursor) throws(FormatError) {
    type = try record.integer(UInt16.self, for: "the type of a column")
    bits = Int(try record.integer(UInt16.self, for: "the bits of a column"))
    field = Int(try record.integer(UInt32.self, for: "the field of a column"))
    let flags = try record.integer(UInt16.self, for: "the flags of a column")
    representation = Int(try record.integer(UInt16.self, for: "the representation of a column"))
    isDeferred = flags & 1 != 0
    if isDeferred { _ = try record.take(8, for: "the first element of a column") }
    if flags & 2 != 0 {
      let low = Double(bitPattern: try record.integer(UInt64.self, for: "the range of a column"))
      let high = Double(bitPattern: try record.integer(UInt64.self, for: "the range of a column"))
      if low <= high { range = low...high }
    }
    encoding = NTupleEncoding(rawValue: type)
    if let known = encoding, !known.bits.contains(bits) || (known == .real32Quant && range == nil) {
      throw record.wrong(
        "a column's elements must have the size of their encoding",
        "encoding \(type) is said to have \(bits) bits" + (range == nil ? " and no range" : ""))
    }
  }
}
