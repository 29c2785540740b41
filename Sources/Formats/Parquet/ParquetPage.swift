/// One page of a column: what its header says.
struct ParquetPage {
  enum Kind: Int {
    case data = 0
    case index = 1
    case dictionary = 2
    case dataV2 = 3
  }

  enum Encoding: Int {
    case plain = 0
    case plainDictionary = 2
    case runs = 3
    case oldLevels = 4
    case delta = 5
    case deltaLengths = 6
    case deltaBytes = 7
    case dictionary = 8
    case byteStreams = 9
  }

  var kind: Kind?
  var size = 0
  var compressedSize = 0
  var checksum: UInt32?
  var values = 0
  var encoding = 0
  var definitionEncoding = Encoding.runs.rawValue
  var repetitionEncoding = Encoding.runs.rawValue
  /// Of version 2: the bytes of levels, which are never compressed and stand before the values.
  var definitionBytes = 0
  var repetitionBytes = 0
  var isCompressed = true
  /// Where the page's bytes start, counted from the start of the column's chunk.
  var start = 0

  typealias Damage = ThriftReader.Damage

  /// Reads the header at the reader's place.
  init(_ reader: inout ThriftReader) throws(Damage) {
    var page = ParquetPage(empty: ())
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .int32): page.kind = Kind(rawValue: try r.integer())
      case (2, .int32): page.size = try r.integer()
      case (3, .int32): page.compressedSize = try r.integer()
      case (4, .int32): page.checksum = UInt32(truncatingIfNeeded: try r.integer())
      case (5, .structure): try Self.data(&r, &page)
      case (7, .structure): try Self.dictionary(&r, &page)
      case (8, .structure): try Self.dataV2(&r, &page)
      default: return false
      }
      return true
    }
    self = page
    start = reader.position
    guard size >= 0, size <= Int(Int32.max), compressedSize >= 0,
      compressedSize <= reader.remaining, values >= 0, values <= Int(Int32.max),
      definitionBytes >= 0, repetitionBytes >= 0,
      definitionBytes + repetitionBytes <= min(size, compressedSize)
    else {
      throw Damage(position: start, what: "a page does not fit into the bytes that are left")
    }
  }

  private init(empty: Void) {}

  private static func data(
    _ reader: inout ThriftReader, _ page: inout ParquetPage
  ) throws(Damage) {
    try reader.structure { (r, field, kind) throws(Damage) in
      guard kind == .int32 else { return false }
      switch field {
      case 1: page.values = try r.integer()
      case 2: page.encoding = try r.integer()
      case 3: page.definitionEncoding = try r.integer()
      case 4: page.repetitionEncoding = try r.integer()
      default: return false
      }
      return true
    }
  }

  private static func dictionary(
    _ reader: inout ThriftReader, _ page: inout ParquetPage
  ) throws(Damage) {
    try reader.structure { (r, field, kind) throws(Damage) in
      guard kind == .int32 else { return false }
      switch field {
      case 1: page.values = try r.integer()
      case 2: page.encoding = try r.integer()
      default: return false
      }
      return true
    }
  }

  private static func dataV2(
    _ reader: inout ThriftReader, _ page: inout ParquetPage
  ) throws(Damage) {
    try reader.structure { (r, field, kind) throws(Damage) in
      switch (field, kind) {
      case (1, .int32): page.values = try r.integer()
      case (4, .int32): page.encoding = try r.integer()
      case (5, .int32): page.definitionBytes = try r.integer()
      case (6, .int32): page.repetitionBytes = try r.integer()
      case (7, .yes), (7, .no): page.isCompressed = kind == .yes
      default: return false
      }
      return true
    }
  }
}
