/// What stands at the end of a Parquet file: its schema and where the columns of its row groups lie.
///
/// Format: https://parquet.apache.org/docs/file-format/metadata/ (parquet.thrift of format 2.12).
struct ParquetMetadata: Sendable {
  /// How a value is stored.
  enum Physical: Int, Sendable {
    case boolean = 0
    case int32 = 1
    case int64 = 2
    case int96 = 3
    case float = 4
    case double = 5
    case bytes = 6
    case fixedBytes = 7
  }

  /// How often a field stands in what holds it.
  enum Repetition: Int, Sendable {
    case required = 0
    case optional = 1
    case repeated = 2
  }

  /// The unit of a time.
  enum TimeUnit: String, Sendable {
    case milliseconds
    case microseconds
    case nanoseconds
  }

  /// What a stored value means.
  enum Meaning: Equatable, Sendable {
    case plain
    case text
    case list
    case map
    case decimal(scale: Int)
    case date
    case time(TimeUnit)
    case timestamp(TimeUnit, isUTC: Bool)
    case integer(bits: Int, isSigned: Bool)
    case uuid
    case float16
    /// A meaning that has no column of ours, in words.
    case other(String)
  }

  /// A node of the schema, in depth-first order.
  struct Element: Sendable {
    var name = ""
    var physical: Int?
    var width = 0
    var repetition: Int?
    var children = 0
    var meaning = Meaning.plain
    var scale = 0
  }

  /// The part of a column in one row group.
  struct Chunk: Sendable {
    var physical = -1
    var path: [String] = []
    var codec = 0
    var values = 0
    var compressedSize = 0
    var dataOffset = 0
    var dictionaryOffset: Int?
    var nulls: Int?
    var isEncrypted = false
    var isElsewhere = false
    var hasMetadata = false
    /// Where the first page stands; some writers leave the dictionary's place out or at 0.
    var start: Int {
      if let dictionaryOffset, dictionaryOffset > 0 { return min(dictionaryOffset, dataOffset) }
      return dataOffset
    }
  }

  struct RowGroup: Sendable {
    var chunks: [Chunk] = []
    var rows = 0
  }

  var elements: [Element] = []
  var rows = 0
  var groups: [RowGroup] = []
  var notes: [(key: String, value: String)] = []
  var writer = ""
  var isEncrypted = false
}

// MARK: - Reading

extension ParquetMetadata {
  typealias Damage = ThriftReader.Damage

  init(_ reader: inout ThriftReader) throws(Damage) {
    var found = ParquetMetadata(empty: ())
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (2, .list):
        found.elements = try r.list(of: .structure) { (r) throws(Damage) in try Self.element(&r) }
      case (3, .int64): found.rows = try r.integer()
      case (4, .list):
        found.groups = try r.list(of: .structure) { (r) throws(Damage) in try Self.group(&r) }
      case (5, .list):
        found.notes = try r.list(of: .structure) { (r) throws(Damage) in try Self.note(&r) }
      case (6, .binary): found.writer = try r.text()
      case (8, .structure):
        found.isEncrypted = true
        return false
      default: return false
      }
      return true
    }
    self = found
  }

  private init(empty: Void) {}

  private static func note(_ reader: inout ThriftReader) throws(Damage) -> (
    key: String, value: String
  ) {
    var note = (key: "", value: "")
    try reader.structure { (r, field, kind) throws(Damage) in
      guard kind == .binary else { return false }
      switch field {
      case 1: note.key = try r.text()
      case 2: note.value = try r.text()
      default: return false
      }
      return true
    }
    return note
  }

  private static func element(_ reader: inout ThriftReader) throws(Damage) -> Element {
    var element = Element()
    var converted: Int?
    var logical: Meaning?
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .int32): element.physical = try r.integer()
      case (2, .int32): element.width = try r.integer()
      case (3, .int32): element.repetition = try r.integer()
      case (4, .binary): element.name = try r.text()
      case (5, .int32): element.children = try r.integer()
      case (6, .int32): converted = try r.integer()
      case (7, .int32): element.scale = try r.integer()
      case (10, .structure): logical = try Self.logical(&r)
      default: return false
      }
      return true
    }
    element.meaning = logical ?? Self.meaning(ofConverted: converted, scale: element.scale)
    return element
  }

  /// The logical type, a union: its only field says which it is.
  private static func logical(_ reader: inout ThriftReader) throws(Damage) -> Meaning? {
    var meaning: Meaning?
    try reader.structure { (r, field, kind) throws(Damage) in
      guard kind == .structure else { return false }
      switch field {
      case 1, 4, 12: meaning = .text
      case 2: meaning = .map
      case 3: meaning = .list
      case 5:
        meaning = .decimal(scale: try Self.decimalScale(&r))
        return true
      case 6: meaning = .date
      case 7:
        meaning = .time(try Self.time(&r).unit)
        return true
      case 8:
        let (unit, isUTC) = try Self.time(&r)
        meaning = .timestamp(unit, isUTC: isUTC)
        return true
      case 10:
        meaning = try Self.integer(&r)
        return true
      case 11: meaning = .plain
      case 13: meaning = .other("BSON")
      case 14: meaning = .uuid
      case 15: meaning = .float16
      default: meaning = .other("the logical type number \(field)")
      }
      return false
    }
    return meaning
  }

  private static func decimalScale(_ reader: inout ThriftReader) throws(Damage) -> Int {
    var scale = 0
    try reader.structure { (r, field, kind) throws(Damage) in
      guard field == 1, kind == .int32 else { return false }
      scale = try r.integer()
      return true
    }
    return scale
  }

  private static func time(
    _ reader: inout ThriftReader
  ) throws(Damage) -> (unit: TimeUnit, isUTC: Bool) {
    var result = (unit: TimeUnit.milliseconds, isUTC: false)
    try reader.structure { (r, field, kind) throws(Damage) in
      if field == 1 { result.isUTC = kind == .yes }
      guard field == 2, kind == .structure else { return false }
      try r.structure { (_, field, _) throws(Damage) in
        result.unit = [2: .microseconds, 3: .nanoseconds][field] ?? .milliseconds
        return false
      }
      return true
    }
    return result
  }

  private static func integer(_ reader: inout ThriftReader) throws(Damage) -> Meaning {
    var bits = 0
    var isSigned = true
    try reader.structure { (r, field, kind) throws(Damage) in
      if field == 2 { isSigned = kind == .yes }
      guard field == 1, kind == .byte else { return false }
      bits = Int(try r.byte())
      return true
    }
    return .integer(bits: bits, isSigned: isSigned)
  }

  /// The meaning by the older annotation.
  private static func meaning(ofConverted type: Int?, scale: Int) -> Meaning {
    switch type {
    case nil: .plain
    case 0, 4, 19: .text
    case 1, 2: .map
    case 3: .list
    case 5: .decimal(scale: scale)
    case 6: .date
    case 7: .time(.milliseconds)
    case 8: .time(.microseconds)
    case 9: .timestamp(.milliseconds, isUTC: true)
    case 10: .timestamp(.microseconds, isUTC: true)
    case let n? where (11...14).contains(n): .integer(bits: 8 << (n - 11), isSigned: false)
    case let n? where (15...18).contains(n): .integer(bits: 8 << (n - 15), isSigned: true)
    case 20: .other("BSON")
    case 21: .other("an interval")
    case let n?: .other("the converted type number \(n)")
    }
  }

  private static func group(_ reader: inout ThriftReader) throws(Damage) -> RowGroup {
    var group = RowGroup()
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .list):
        group.chunks = try r.list(of: .structure) { (r) throws(Damage) in try Self.chunk(&r) }
      case (3, .int64): group.rows = try r.integer()
      default: return false
      }
      return true
    }
    return group
  }

  private static func chunk(_ reader: inout ThriftReader) throws(Damage) -> Chunk {
    var chunk = Chunk()
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .binary): chunk.isElsewhere = try !r.binary().isEmpty
      case (3, .structure): try Self.description(&r, &chunk)
      case (8, .structure):
        chunk.isEncrypted = true
        return false
      default: return false
      }
      return true
    }
    return chunk
  }

  private static func description(
    _ reader: inout ThriftReader, _ chunk: inout Chunk
  ) throws(Damage) {
    chunk.hasMetadata = true
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .int32): chunk.physical = try r.integer()
      case (3, .list): chunk.path = try r.list(of: .binary) { (r) throws(Damage) in try r.text() }
      case (4, .int32): chunk.codec = try r.integer()
      case (5, .int64): chunk.values = try r.integer()
      case (7, .int64): chunk.compressedSize = try r.integer()
      case (9, .int64): chunk.dataOffset = try r.integer()
      case (11, .int64): chunk.dictionaryOffset = try r.integer()
      case (12, .structure): chunk.nulls = try Self.nullCount(&r)
      default: return false
      }
      return true
    }
  }

  private static func nullCount(_ reader: inout ThriftReader) throws(Damage) -> Int? {
    var count: Int?
    try reader.structure { (r, field, kind) throws(Damage) in
      guard field == 3, kind == .int64 else { return false }
      count = try r.integer()
      return true
    }
    return count
  }
}
