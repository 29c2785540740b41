import ApusEvents

/// The C++ type that a column of a table becomes in an RNTuple.
indirect enum NTupleShape: Equatable {
  case number(NTupleElement)
  case text
  case list(NTupleShape)
  case array(Int, NTupleShape)

  /// The type of a column's values.
  init(_ values: Column.Values) {
    switch values {
    case .float32: self = .number(.float32)
    case .float64: self = .number(.float64)
    case .int64: self = .number(.int64)
    case .strings: self = .text
    case .integers(let v):
      switch v {
      case .int8: self = .number(.int8)
      case .int16: self = .number(.int16)
      case .int32: self = .number(.int32)
      case .uint8: self = .number(.uint8)
      case .uint16: self = .number(.uint16)
      case .uint32: self = .number(.uint32)
      case .uint64: self = .number(.uint64)
      case .bool: self = .number(.bool)
      }
    case .jagged(let lists):
      let inner = NTupleShape(lists.content)
      self = lists.fixedShape.map { $0.reversed().reduce(inner) { .array($1, $0) } } ?? .list(inner)
    }
  }

  /// The type's name as RNTuple spells it.
  var typeName: String {
    switch self {
    case .number(let element): element.cppType
    case .text: "std::string"
    case .list(let inner): "std::vector<\(inner.typeName)>"
    case .array(let count, let inner): "std::array<\(inner.typeName),\(count)>"
    }
  }
}

extension NTupleElement {
  /// The C++ type as RNTuple spells it.
  fileprivate var cppType: String {
    switch self {
    case .bool: "bool"
    case .float32: "float"
    case .float64: "double"
    default: "std::\(name)_t"
    }
  }

  /// The encoding that ROOT chooses for the type: bytes are split where they are compressed afterwards.
  func encoding(isSplit: Bool) -> NTupleEncoding {
    switch self {
    case .bool: .bit
    case .int8: .int8
    case .uint8: .uint8
    case .int16: isSplit ? .splitInt16 : .int16
    case .uint16: isSplit ? .splitUInt16 : .uint16
    case .int32: isSplit ? .splitInt32 : .int32
    case .uint32: isSplit ? .splitUInt32 : .uint32
    case .int64: isSplit ? .splitInt64 : .int64
    case .uint64: isSplit ? .splitUInt64 : .uint64
    case .float32: isSplit ? .splitReal32 : .real32
    case .float64: isSplit ? .splitReal64 : .real64
    case .switches: .switches
    }
  }
}

/// A field and its columns that are to be written.
struct NTupleNewField {
  var name: String
  var typeName: String
  var description = ""
  var parent: Int
  var role: NTupleField.Role
  var repetitions: Int?
}

/// Fields and columns of a table, in the order in which an RNTuple numbers them.
struct NTupleNewSchema {
  private(set) var fields: [NTupleNewField] = []
  private(set) var columns: [(encoding: NTupleEncoding, field: Int)] = []
  /// Whether bytes of numbers are split.
  let isSplit: Bool

  /// The fields of a table's columns.
  init(_ table: EventTable, titles: [String: String], isSplit: Bool) {
    self.isSplit = isSplit
    for (column, name) in zip(table.columns, Self.names(table.names)) {
      add(name, NTupleShape(column.values), parent: nil, titles[column.name] ?? "")
    }
  }

  /// Names without the characters that the format forbids: they become `_`, and two names stay two.
  static func names(_ names: [String]) -> [String] {
    var taken: Set<String> = []
    return names.map { name in
      var clean = String(
        name.unicodeScalars.map { scalar in
          let isForbidden =
            scalar.value < 0x20 || scalar.value == 0x7f || " ./\\".unicodeScalars.contains(scalar)
          return Character(isForbidden ? "_" : scalar)
        })
      if clean.isEmpty { clean = "_" }
      while !taken.insert(clean).inserted { clean += "_" }
      return clean
    }
  }

  private mutating func add(
    _ name: String, _ shape: NTupleShape, parent: Int?, _ description: String = ""
  ) {
    let id = fields.count
    var field = NTupleNewField(
      name: name, typeName: shape.typeName, description: description, parent: parent ?? id,
      role: .leaf)
    switch shape {
    case .number(let element):
      fields.append(field)
      columns.append((element.encoding(isSplit: isSplit), id))
    case .text:
      fields.append(field)
      columns.append((isSplit ? .splitIndex64 : .index64, id))
      columns.append((.char, id))
    case .list(let inner):
      field.role = .collection
      fields.append(field)
      columns.append((isSplit ? .splitIndex64 : .index64, id))
      add("_0", inner, parent: id)
    case .array(let count, let inner):
      field.repetitions = count
      fields.append(field)
      add("_0", inner, parent: id)
    }
  }

  /// The four lists that describe a schema.
  func append(to buffer: inout NTupleBuffer) {
    buffer.list(fields.count) { for field in fields { Self.append(field, to: &$0) } }
    buffer.list(columns.count) {
      for column in columns {
        $0.record {
          let encoding = column.encoding
          $0.append(encoding.rawValue, UInt16(encoding.bits.upperBound), UInt32(column.field))
          $0.append(UInt16(0), UInt16(0))
        }
      }
    }
    buffer.list(0)
    buffer.list(0)
  }

  private static func append(_ field: NTupleNewField, to buffer: inout NTupleBuffer) {
    buffer.record {
      $0.append(UInt32(0), UInt32(0), UInt32(field.parent), field.role.rawValue)
      $0.append(UInt16(field.repetitions == nil ? 0 : 1))
      for text in [field.name, field.typeName, "", field.description] { $0.append(text) }
      if let count = field.repetitions { $0.append(UInt64(count)) }
    }
  }
}
