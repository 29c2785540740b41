public import ApusEvents

/// Writes a table as one structured NumPy array: `numpy.load(path)["column"]`.
///
/// The table is read run by run, texts twice: once for the longest.
/// - Throws: ``FormatError`` when the file can't be written.
public func writeNPY(
  _ table: any TableSource, to path: String, columns: [String]? = nil
) throws {
  let runs = TableRuns(table, columns)
  let layouts = try FlatLayout.layouts(of: runs, to: path)
  if let list = layouts.first(where: { $0.parts.count > 1 || $0.parts[0].shape.count > 1 }) {
    throw listsAreNotWritten(
      try table.read([list.column], rows: 0..<0).columns[0], to: path)
  }
  let fields = layouts.map { layout in
    let writer = NpyColumnWriter(layout.column, layout.parts[0].values, layout.parts[0].scalars)
    return "('\(writer.escapedName)', '\(writer.code)')"
  }
  let header = npyHeader(descr: "[\(fields.joined(separator: ", "))]", shape: [table.count])
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    try sink.write(header)
    try runs.forEach { run in
      let writers = zip(run.columns, layouts).map {
        NpyColumnWriter($0.name, $0.values, $1.parts[0].scalars)
      }
      let rowsAtOnce = max(1, 65536 / max(1, writers.count))
      for start in stride(from: 0, to: run.count, by: rowsAtOnce) {
        var bytes: [UInt8] = []
        for row in start..<min(start + rowsAtOnce, run.count) {
          for writer in writers { writer.append(row, to: &bytes) }
        }
        try sink.write(bytes)
      }
    }
    try sink.close()
  }
}

/// Writes a table as an archive of NumPy arrays, one column after the other: `numpy.load(path)["column"]`.
///
/// Arrays of one size have more dimensions: (n, k). A list `x` is `x` (the values of all events) and `x.offsets`
/// (int64, events + 1): event i has `x[offsets[i]:offsets[i + 1]]`; a list of lists adds `x.offsets1`. Types are kept.
/// The table is read run by run; arrays wait in a scratch file beside the new one until they are whole.
/// - Throws: ``FormatError`` when the file can't be written.
public func writeNPZ(
  _ table: any TableSource, to path: String, columns: [String]? = nil
) throws {
  let runs = TableRuns(table, columns)
  let layouts = try FlatLayout.layouts(of: runs, to: path)
  try writeAtomically(to: path) { temporary in
    let waiting = try WaitingArrays(runs, layouts, path)
    let sink = try FileSink(temporary, shownAs: path)
    var archive = ZipWriter(sink, file: path)
    for (i, layout) in layouts.enumerated() {
      for (k, part) in layout.parts.enumerated() {
        let writer = NpyColumnWriter(part.name, part.values, part.scalars)
        let header = npyHeader(descr: "'\(writer.code)'", shape: part.shape)
        let size = header.count + part.shape.reduce(writer.size, *)
        try archive.add(part.name + ".npy", size: size) { push in
          try push(header)
          try waiting.forEach(i, k, push)
        }
      }
    }
    try archive.finish()
    try sink.close()
  }
}

/// The arrays of a table as NumPy stores them, in a scratch file until each is whole.
private struct WaitingArrays {
  private let file: ScratchFile
  private let path: String
  /// Where the runs of each array stand, by column and array.
  private var places: [[[Range<Int>]]]

  init(_ runs: TableRuns, _ layouts: [FlatLayout], _ path: String) throws {
    file = try ScratchFile(in: splitPath(path).folder, shownAs: path)
    self.path = path
    places = layouts.map { $0.parts.map { _ in [] } }
    var flat = [FlatRuns](repeating: FlatRuns(), count: layouts.count)
    var end = 0
    try runs.forEach { run in
      for (i, column) in run.columns.enumerated() {
        for (k, array) in try flat[i].next(column, to: path).enumerated() {
          let part = layouts[i].parts[k]
          let bytes = NpyColumnWriter(part.name, array.values, part.scalars).bytes
          try file.write(bytes, at: end)
          places[i][k].append(end..<end + bytes.count)
          end += bytes.count
        }
      }
    }
    for (layout, own) in zip(layouts, places) {
      for (part, runs) in zip(layout.parts, own) {
        let size = NpyColumnWriter(part.name, part.values, part.scalars).size
        guard runs.reduce(0, { $0 + $1.count }) == part.shape.reduce(size, *) else {
          throw FormatError(
            path, object: part.name, "a table must not change while it is read",
            found: "it has another number of values than were counted before",
            remedy: "Is another program still writing it?")
        }
      }
    }
  }

  /// The bytes of an array, a few MB at once.
  func forEach(_ column: Int, _ array: Int, _ body: ([UInt8]) throws -> Void) throws {
    for run in places[column][array] {
      for start in stride(from: run.lowerBound, to: run.upperBound, by: 4 << 20) {
        try body(try file.bytes(start..<min(start + (4 << 20), run.upperBound)))
      }
    }
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
  private let name: String
  private let values: Column.Values
  private let characters: Int

  /// - Parameter characters: The length of a text, in Unicode scalars.
  init(_ name: String, _ values: Column.Values, _ characters: Int) {
    (self.name, self.values, self.characters) = (name, values, characters)
  }

  /// All entries.
  var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(values.count * size)
    for row in 0..<values.count { append(row, to: &bytes) }
    return bytes
  }

  var escapedName: String {
    name.replacing("\\", with: "\\\\").replacing("'", with: "\\'")
  }

  var code: String {
    switch values {
    case .float32: "<f4"
    case .float64: "<f8"
    case .int64: "<i8"
    case .strings: "<U\(characters)"
    case .integers(let values): values.npyCode
    case .jagged: ""  // refused before
    }
  }

  var size: Int {
    switch values {
    case .float32: 4
    case .float64, .int64: 8
    case .strings: 4 * characters
    case .integers(let values): values.bytesPerEntry
    case .jagged: 0
    }
  }

  func append(_ row: Int, to bytes: inout [UInt8]) {
    switch values {
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
