import ApusEvents
import CCodecs

/// A column as it is written: its values without lists, and where the lists start.
struct ParquetLeaf: Sendable {
  /// The type of the values.
  enum Kind: Equatable, Sendable {
    case bool
    case float32
    case float64
    case integer(bits: Int, isSigned: Bool)
    case text

    var physical: ParquetMetadata.Physical {
      switch self {
      case .bool: .boolean
      case .float32: .float
      case .float64: .double
      case .integer(64, _): .int64
      case .integer: .int32
      case .text: .bytes
      }
    }

    /// The annotation that readers of the format's first version know.
    var converted: Int? {
      switch self {
      case .text: 0
      case .integer(let bits, let isSigned):
        (isSigned ? 15 : 11) + bits.trailingZeroBitCount - 3
      case .bool, .float32, .float64: nil
      }
    }

    func writeLogical(to thrift: inout ThriftWriter) {
      switch self {
      case .text: thrift.structure(10) { $0.structure(1) { _ in } }
      case .integer(let bits, let isSigned):
        thrift.structure(10) { logical in
          logical.structure(10) {
            $0.int8(1, UInt8(bits))
            $0.flag(2, isSigned)
          }
        }
      case .bool, .float32, .float64: return
      }
    }
  }

  let name: String
  let values: Column.Values
  let kind: Kind
  /// The offsets of each list, outermost first.
  let lists: [[Int]]
  let rows: Int
  let typeName: String

  init(_ column: Column, _ path: String) throws(FormatError) {
    var values = column.values
    var lists: [[Int]] = []
    while case .jagged(let jagged) = values {
      lists.append(jagged.offsets)
      values = jagged.content
    }
    guard !column.name.isEmpty, lists.count < 16 else {
      throw FormatError(
        path, object: column.name, "a column must have a name, and lists at most 15 deep",
        found: column.name.isEmpty ? "one has no name" : "this one has \(lists.count)")
    }
    name = column.name
    rows = column.count
    typeName = column.values.typeName
    kind = Self.kind(values)
    self.values = values
    self.lists = lists
  }

  private static func kind(_ values: Column.Values) -> Kind {
    switch values {
    case .float32: .float32
    case .float64: .float64
    case .int64: .integer(bits: 64, isSigned: true)
    case .strings: .text
    case .jagged: .float32  // lists were taken off before
    case .integers(let v):
      switch v {
      case .bool: .bool
      case .int8: .integer(bits: 8, isSigned: true)
      case .int16: .integer(bits: 16, isSigned: true)
      case .int32: .integer(bits: 32, isSigned: true)
      case .uint8: .integer(bits: 8, isSigned: false)
      case .uint16: .integer(bits: 16, isSigned: false)
      case .uint32: .integer(bits: 32, isSigned: false)
      case .uint64: .integer(bits: 64, isSigned: false)
      }
    }
  }

  func hasSchema(of other: ParquetLeaf) -> Bool {
    name == other.name && kind == other.kind && lists.count == other.lists.count
  }

  var path: [String] { [name] + lists.flatMap { _ in ["list", "element"] } }

  /// The nodes of the schema: three for each list (`x`, `list`, `element`), then the value's own.
  var nodes: [ParquetNode] {
    var nodes: [ParquetNode] = []
    var name = name
    for _ in lists {
      nodes.append(ParquetNode(name: name, children: 1, repetition: .required, isList: true))
      nodes.append(ParquetNode(name: "list", children: 1, repetition: .repeated))
      name = "element"
    }
    return nodes + [ParquetNode(name: name, repetition: .required, kind: kind)]
  }

  // MARK: - Pages

  /// The pages of the column, with their headers.
  func pages() throws(FormatError) -> (bytes: [UInt8], plainSize: Int, values: Int) {
    let compressor = try ZstdCompressor()
    var bytes: [UInt8] = []
    var plainSize = 0
    var values = 0
    var row = 0
    repeat {
      let end = pageEnd(from: row)
      let page = content(row..<end)
      let packed = compressor.compress(page.bytes)
      let header = Self.header(page.entries, plain: page.bytes.count, packed: packed.count)
      bytes += header + packed
      plainSize += header.count + page.bytes.count
      values += page.entries
      row = end
    } while row < rows
    return (bytes, plainSize, values)
  }

  /// The end of the page that starts at a row: a page ends with a row and has about as many values as
  /// ``ParquetWriter/valuesAPage``.
  private func pageEnd(from row: Int) -> Int {
    guard let last = lists.first else { return min(rows, row + ParquetWriter.valuesAPage) }
    var end = row
    let most = ParquetWriter.valuesAPage
    while end < rows, end - row < most, last[end] - last[row] < most { end += 1 }
    return end
  }

  private static func header(_ values: Int, plain: Int, packed: Int) -> [UInt8] {
    var thrift = ThriftWriter()
    thrift.element { page in
      page.int32(1, ParquetPage.Kind.data.rawValue)
      page.int32(2, plain)
      page.int32(3, packed)
      page.structure(5) {
        $0.int32(1, values)
        $0.int32(2, ParquetPage.Encoding.plain.rawValue)
        $0.int32(3, ParquetPage.Encoding.runs.rawValue)
        $0.int32(4, ParquetPage.Encoding.runs.rawValue)
      }
    }
    return thrift.bytes
  }

  /// The levels and values of some rows.
  private func content(_ rows: Range<Int>) -> (bytes: [UInt8], entries: Int) {
    var range = rows
    var bytes: [UInt8] = []
    var entries = rows.count
    if !lists.isEmpty {
      let levels = ParquetWrittenLevels(lists, rows)
      entries = levels.repetition.count
      let width = unsafe ParquetHybrid.width(upTo: lists.count)
      ParquetWrittenLevels.append(levels.repetition, width: width, to: &bytes)
      ParquetWrittenLevels.append(levels.definition, width: width, to: &bytes)
      for offsets in lists { range = offsets[range.lowerBound]..<offsets[range.upperBound] }
    }
    append(range, to: &bytes)
    return (bytes, entries)
  }

  /// Appends values as the plain encoding has them.
  private func append(_ range: Range<Int>, to bytes: inout [UInt8]) {
    switch values {
    case .float32(let v): Self.append(v[range], to: &bytes)
    case .float64(let v): Self.append(v[range], to: &bytes)
    case .int64(let v): Self.append(v[range], to: &bytes)
    case .strings(let v):
      for text in v[range] {
        bytes.append(littleEndian: UInt32(clamping: text.utf8.count))
        bytes.append(contentsOf: text.utf8)
      }
    case .integers(let v): Self.append(v, range, to: &bytes)
    case .jagged: return  // lists were taken off before
    }
  }

  private static func append(_ v: Integers, _ range: Range<Int>, to bytes: inout [UInt8]) {
    switch v {
    case .bool(let v):
      for start in stride(from: range.lowerBound, to: range.upperBound, by: 8) {
        var byte: UInt8 = 0
        for i in start..<min(start + 8, range.upperBound) where v[i] {
          byte |= 1 << UInt8(i - start)
        }
        bytes.append(byte)
      }
    case .int8(let v): append(v[range].map { Int32($0) }[...], to: &bytes)
    case .int16(let v): append(v[range].map { Int32($0) }[...], to: &bytes)
    case .int32(let v): append(v[range], to: &bytes)
    case .uint8(let v): append(v[range].map { Int32($0) }[...], to: &bytes)
    case .uint16(let v): append(v[range].map { Int32($0) }[...], to: &bytes)
    case .uint32(let v): append(v[range], to: &bytes)
    case .uint64(let v): append(v[range], to: &bytes)
    }
  }

  /// Numbers as they lie in memory; all machines that Swift runs on are little-endian as the format is.
  private static func append<T: BitwiseCopyable>(_ values: ArraySlice<T>, to bytes: inout [UInt8]) {
    unsafe values.withUnsafeBytes { unsafe bytes.append(contentsOf: $0) }
  }
}

/// The levels of some rows of lists.
struct ParquetWrittenLevels {
  private(set) var repetition: [UInt8] = []
  private(set) var definition: [UInt8] = []
  private let lists: [[Int]]

  init(_ lists: [[Int]], _ rows: Range<Int>) {
    self.lists = lists
    for row in rows { add(0, row, 0) }
  }

  /// Adds a list: an entry for each of its values, or one that says how deep it is empty.
  private mutating func add(_ depth: Int, _ list: Int, _ first: UInt8) {
    let range = lists[depth][list]..<lists[depth][list + 1]
    if range.isEmpty {
      repetition.append(first)
      definition.append(UInt8(depth))
      return
    }
    for place in range {
      let level = place == range.lowerBound ? first : UInt8(depth + 1)
      if depth + 1 < lists.count {
        add(depth + 1, place, level)
      } else {
        repetition.append(level)
        definition.append(UInt8(lists.count))
      }
    }
  }

  /// Appends levels with their size in front: one run where all are equal, else packed bits.
  static func append(_ levels: [UInt8], width: Int, to bytes: inout [UInt8]) {
    var part: [UInt8] = []
    func variableLength(_ value: Int) {
      var rest = value
      while rest >= 0x80 {
        part.append(UInt8(rest & 0x7f) | 0x80)
        rest >>= 7
      }
      part.append(UInt8(rest))
    }
    if let first = levels.first, levels.allSatisfy({ $0 == first }) {
      variableLength(levels.count << 1)
      part.append(first)
    } else {
      let groups = (levels.count + 7) / 8
      variableLength(groups << 1 | 1)
      for group in 0..<groups {
        var word: UInt64 = 0
        for i in group * 8..<min(group * 8 + 8, levels.count) {
          word |= UInt64(levels[i]) << UInt64((i - group * 8) * width)
        }
        for k in 0..<width { part.append(UInt8(truncatingIfNeeded: word >> UInt64(8 * k))) }
      }
    }
    bytes.append(littleEndian: UInt32(part.count))
    bytes += part
  }
}

/// Compresses blocks by Zstandard.
@safe final class ZstdCompressor {
  private let context: OpaquePointer

  init() throws(FormatError) {
    guard let context = unsafe ZSTD_createCCtx() else {
      throw FormatError("output", "Zstandard must start", found: "there is no memory for it")
    }
    unsafe self.context = unsafe context
  }

  deinit { unsafe ZSTD_freeCCtx(context) }

  /// Compresses bytes; level 1, because the levels above gain little on numbers.
  func compress(_ bytes: [UInt8]) -> [UInt8] {
    let most = ZSTD_compressBound(bytes.count)
    return unsafe [UInt8](unsafeUninitializedCapacity: most) { buffer, filled in
      // With room for the bound it can't fail.
      let made = unsafe bytes.withUnsafeBytes {
        unsafe ZSTD_compressCCtx(context, buffer.baseAddress, most, $0.baseAddress, $0.count, 1)
      }
      filled = ZSTD_isError(made) == 0 ? made : 0
    }
  }
}
