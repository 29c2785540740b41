public import ApusEvents

/// Writes a table as one structured NumPy array: `numpy.load(path)["column"]`.
/// - Throws: ``FormatError`` when the file can't be written.
public func writeNPY(_ table: EventTable, to path: String) throws {
  if let list = table.columns.first(where: { $0.values.isList }) {
    throw listsAreNotWritten(list, to: path)
  }
  let writers = table.columns.map(NpyColumnWriter.init)
  let fields = writers.map { "('\($0.escapedName)', '\($0.code)')" }.joined(separator: ", ")
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    try sink.write(npyHeader(descr: "[\(fields)]", shape: [table.count]))
    let rowsAtOnce = max(1, 65536 / max(1, table.columns.count))
    for start in stride(from: 0, to: table.count, by: rowsAtOnce) {
      var bytes: [UInt8] = []
      for row in start..<min(start + rowsAtOnce, table.count) {
        for writer in writers { writer.append(row, to: &bytes) }
      }
      try sink.write(bytes)
    }
    try sink.close()
  }
}

/// Writes a table as an archive of NumPy arrays, one column after the other: `numpy.load(path)["column"]`.
///
/// Arrays of one size have more dimensions: (n, k). A list `x` is `x` (the values of all events) and `x.offsets`
/// (int64, events + 1): event i has `x[offsets[i]:offsets[i + 1]]`; a list of lists adds `x.offsets1`. Types are kept.
/// - Throws: ``FormatError`` when the file can't be written.
public func writeNPZ(
  _ table: any TableSource, to path: String, columns: [String]? = nil
) throws {
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    var archive = ZipWriter(sink, file: path)
    for name in TableRuns(table, columns).names {
      let column = try table.read([name], rows: 0..<table.count).columns[0]
      guard let arrays = FlatArray.arrays(of: column) else {
        throw listsAreNotWritten(column, to: path)
      }
      for array in arrays {
        let writer = NpyColumnWriter(Column(array.name, array.values))
        var bytes = npyHeader(descr: "'\(writer.code)'", shape: array.shape)
        bytes.reserveCapacity(bytes.count + array.values.count * writer.size)
        for row in 0..<array.values.count { writer.append(row, to: &bytes) }
        try archive.add(array.name + ".npy", bytes)
      }
    }
    try archive.finish()
    try sink.close()
  }
}

/// The header of an array: version 1, or 3 where names are long or not ASCII.
func npyHeader(descr: String, shape: [Int]) -> [UInt8] {
  let sizes = shape.map { "\($0)," }.joined(separator: " ")
  let text = "{'descr': \(descr), 'fortran_order': False, 'shape': (\(sizes)), }"
  let isShort = text.utf8.allSatisfy { $0 < 0x80 } && text.utf8.count < 65000
  let before = isShort ? 10 : 12
  // Data start at a multiple of 64, and the header ends with a line end.
  let padded = (before + text.utf8.count + 1 + 63) / 64 * 64 - before
  var bytes = NpyArray.magic + [isShort ? 1 : 3, 0]
  if isShort {
    bytes.append(littleEndian: UInt16(padded))
  } else {
    bytes.append(littleEndian: UInt32(padded))
  }
  bytes += Array(text.utf8)
  bytes += [UInt8](repeating: 0x20, count: padded - text.utf8.count - 1) + [0x0a]
  return bytes
}

/// Writes entries of one column as NumPy stores them.
struct NpyColumnWriter {
  private let column: Column
  private let characters: Int

  init(_ column: Column) {
    self.column = column
    if case .strings(let values) = column.values {
      characters = max(1, values.map(\.unicodeScalars.count).max() ?? 1)
    } else {
      characters = 0
    }
  }

  var escapedName: String {
    column.name.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
  }

  var code: String {
    switch column.values {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int64: "<i8"
    case .strings: "<U\(characters)"
    case .integers(let values): values.npyCode
    case .jagged: ""  // refused before
    }
  }

  var size: Int {
    switch column.values {
    case .float32: 4
    case .float64, .int64: 8
    case .strings: 4 * characters
    case .integers(let values): values.bytesPerEntry
    case .jagged: 0
    }
  }

  func append(_ row: Int, to bytes: inout [UInt8]) {
    switch column.values {
    case .float32(let values): bytes.append(littleEndian: values[row].bitPattern)
    case .float64(let values): bytes.append(littleEndian: values[row].bitPattern)
    case .int64(let values): bytes.append(littleEndian: UInt64(bitPattern: values[row]))
    case .strings(let values):
      var left = characters
      for scalar in values[row].unicodeScalars {
        bytes.append(littleEndian: scalar.value)
        left -= 1
      }
      bytes += [UInt8](repeating: 0, count: 4 * left)
    case .integers(let values): values.append(row, to: &bytes)
    case .jagged: break
    }
  }
}

extension Integers {
  /// NumPy's code of the type.
  var npyCode: String {
    switch self {
    case .int8: "|i1"
    case .int16: "<i2"
    case .int32: "<i4"
    case .uint8: "|u1"
    case .uint16: "<u2"
    case .uint32: "<u4"
    case .uint64: "<u8"
    case .bool: "|b1"
    }
  }

  /// The size of an entry in a file.
  var bytesPerEntry: Int {
    switch self {
    case .int8, .uint8, .bool: 1
    case .int16, .uint16: 2
    case .int32, .uint32: 4
    case .uint64: 8
    }
  }

  /// Appends one entry in little-endian order.
  func append(_ row: Int, to bytes: inout [UInt8]) {
    switch self {
    case .int8(let v): bytes.append(UInt8(bitPattern: v[row]))
    case .int16(let v): bytes.append(littleEndian: UInt16(bitPattern: v[row]))
    case .int32(let v): bytes.append(littleEndian: UInt32(bitPattern: v[row]))
    case .uint8(let v): bytes.append(v[row])
    case .uint16(let v): bytes.append(littleEndian: v[row])
    case .uint32(let v): bytes.append(littleEndian: v[row])
    case .uint64(let v): bytes.append(littleEndian: v[row])
    case .bool(let v): bytes.append(v[row] ? 1 : 0)
    }
  }
}
