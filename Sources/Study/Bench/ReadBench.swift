internal import ApusEvents
internal import ApusFormats
internal import ApusKernels

/// Measures how long it takes to read columns of a file into memory.
///
/// The time is that of opening the file and reading, the best of `rounds`; the file stays in the system's memory
/// between them. `bytes` counts the values in memory, starts of lists included. Of a ROOT tree it also says what
/// the columns' baskets take to be read from the disk and decompressed, and nothing else.
/// - Parameters:
///   - path: The table, as every command takes it.
///   - tree: The tree, dataset or group, where the file has several.
///   - columns: Names and patterns of the columns; nil for all.
///   - rounds: How often to measure.
///   - json: Whether to print one JSON object.
///   - console: Where the result goes.
public func benchRead(
  _ path: String, tree: String?, columns: [String]?, rounds: Int, json: Bool, console: Console
) throws {
  var best = Double.infinity
  var (rows, values, bytes) = (0, 0, 0)
  var names: [String] = []
  for _ in 0..<max(1, rounds) {
    let start = Machine.seconds
    let source = try openTable(path, tree: tree)
    names = try chosenColumns(columns, of: source)
    let table = try source.read(names, rows: 0..<source.count)
    best = min(best, Machine.seconds - start)
    rows = table.count
    (values, bytes) = table.columns.map { size($0.values) }.reduce((0, 0)) {
      ($0.0 + $1.0, $0.1 + $1.1)
    }
  }
  let source = try openTable(path, tree: tree)
  let unpacking = try (0..<max(1, rounds)).compactMap { _ in
    try secondsOfDecompression(source, columns: names)
  }.min()
  if json {
    let line: [JSONValue.Member] = [
      .init("rows", .int(rows)), .init("values", .int(values)), .init("bytes", .int(bytes)),
      .init("seconds", .number(best)),
    ]
    let beside = unpacking.map { [JSONValue.Member("decompression_seconds", .number($0))] } ?? []
    console.say(JSONValue.object(line + beside).text())
  } else {
    let rate = Double(bytes) / best / 1e6
    var text =
      "\(rows) events, \(values) values, \(bytes) bytes in \(fixed(best * 1e3, 1)) ms: "
      + "\(fixed(rate, 0)) MB/s"
    if let unpacking {
      text +=
        "; decompression alone takes \(fixed(unpacking * 1e3, 1)) ms "
        + "(\(fixed(100 * unpacking / best, 0)) % of it)"
    }
    console.say(text)
  }
}

/// The number of values and of bytes in memory.
private func size(_ values: Column.Values) -> (values: Int, bytes: Int) {
  switch values {
  case .float32(let v): return (v.count, 4 * v.count)
  case .float64(let v): return (v.count, 8 * v.count)
  case .int64(let v): return (v.count, 8 * v.count)
  case .strings(let v): return (v.count, v.reduce(0) { $0 + $1.utf8.count })
  case .jagged(let v):
    let inner = size(v.content)
    return (inner.values, inner.bytes + (v.fixedShape == nil ? 8 * v.offsets.count : 0))
  case .integers(let v):
    let width =
      switch v {
      case .int8, .uint8, .bool: 1
      case .int16, .uint16: 2
      case .int32, .uint32: 4
      case .uint64: 8
      }
    return (v.count, width * v.count)
  }
}
