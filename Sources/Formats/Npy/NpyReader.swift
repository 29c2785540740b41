import ApusKernels
public import ApusEvents

/// Reads a table from one NumPy array (.npy, versions 1 to 3).
///
/// One dimension becomes a column named `name` (by default the file's name without its ending), two
/// become col0, col1 and so on; more dimensions are flattened behind the first in C order. Fields of a
/// structured array become columns of their names.
/// - Throws: ``FormatError`` with the offset of what is damaged; `TableError` for a missing column.
public func readNPY(_ path: String, columns: [String]? = nil) throws -> EventTable {
  try npyTable(try readFile(path), file: path, columns)
}

func npyTable(_ bytes: [UInt8], file: String, _ wanted: [String]?) throws -> EventTable {
  let array = try NpyArray(bytes, file: file)
  let stem = NpyTable.stem(file)
  try checkWidth([array], file: file)
  let names = array.columnNames(stem, matrixPrefix: "col")
  return try chosen(wanted, of: names, source: file) {
    array.columns(names, wanted: $0, bytes: bytes)
  }
}

/// Reads a table from an archive of NumPy arrays (.npz, stored or deflated).
///
/// Arrays of one length become one table: an array of one dimension is the column of its name, more
/// dimensions become `name_0`, `name_1` and so on, and structured arrays give columns of their fields. An
/// array `x` beside `x.offsets` is a jagged column: see `OffsetPairs`. Only the arrays that hold a column
/// asked for are unpacked.
/// - Parameters:
///   - path: The file.
///   - columns: The columns to read, in this order; nil for all.
///   - array: The array to read alone; nil for all of them.
/// - Throws: ``FormatError``, also when arrays differ in length and none is named.
public func readNPZ(
  _ path: String, columns: [String]? = nil, array: String? = nil
) throws -> EventTable {
  let arrays = try npzArrays(path, array, columns)
  try checkWidth(arrays.map(\.array), file: path)
  let pairs = OffsetPairs.find(among: arrays.map(\.name))
  let offsets = Set(pairs.values.flatMap(\.self))
  let parts = arrays.filter { !offsets.contains($0.name) }
  func rows(_ part: NpzArray) -> Int {
    guard let outer = pairs[part.name]?.first else { return part.array.rows }
    return max(0, (arrays.first { $0.name == outer }?.array.rows ?? 1) - 1)
  }
  if let first = parts.first, let other = parts.first(where: { rows($0) != rows(first) }) {
    throw FormatError(
      path, "arrays of one table must have one length",
      found: "'\(first.name)' has \(rows(first)) and '\(other.name)' has \(rows(other))",
      remedy: "Name one array: '\(path):\(first.name)'. There are "
        + arrays.map { "\($0.name) \($0.array.shape)" }.joined(separator: ", ") + ".",
      kind: .usage)
  }
  let names = parts.map { part in
    pairs[part.name] == nil
      ? part.array.columnNames(part.name, matrixPrefix: part.name + "_") : [part.name]
  }
  let source = array.map { "\(path):\($0)" } ?? path
  return try chosen(columns, of: names.flatMap(\.self), source: source) { wanted in
    try zip(parts, names).flatMap { part, names in
      guard let lists = pairs[part.name] else {
        return part.array.columns(names, wanted: wanted, bytes: part.bytes)
      }
      guard wanted?.contains(part.name) ?? true else { return [] }
      return [try jagged(part, lists, among: arrays, file: path)]
    }
  }
}

/// The jagged column of an array of values and arrays of offsets.
private func jagged(
  _ part: NpzArray, _ offsets: [String], among arrays: [NpzArray], file: String
) throws -> Column {
  func values(_ array: NpzArray) throws -> Column.Values {
    guard array.array.shape.count == 1, !array.array.isStructured,
      let column = array.array.columns([array.name], wanted: nil, bytes: array.bytes).first
    else {
      throw FormatError(
        file, object: array.name, "the values and offsets of lists must be plain arrays",
        found: "this one has the shape \(array.array.shape)")
    }
    return column.values
  }
  let starts = try offsets.map { name in
    try arrays.first { $0.name == name }.map(values) ?? .int64([])
  }
  return Column(
    part.name,
    try OffsetPairs.jagged(try values(part), starts, column: part.name, file: file))
}

/// An array of an archive: its name, header and bytes.
struct NpzArray {
  var name: String
  var array: NpyArray
  var bytes: [UInt8]
}

/// The arrays of an archive, the one of a name, or those that may hold the columns of some names.
func npzArrays(
  _ path: String, _ only: String? = nil, _ columns: [String]? = nil
) throws(FormatError) -> [NpzArray] {
  let archive = try ZipArchive(path)
  let entries = archive.entries.filter { $0.name.hasSuffix(".npy") }
  let all = entries.map { String($0.name.dropLast(4)) }
  let pairs = OffsetPairs.find(among: all)
  let wanted = only.map { [$0] + (pairs[$0] ?? []) } ?? columns.flatMap { needed($0, all, pairs) }
  var arrays: [NpzArray] = []
  for (entry, name) in zip(entries, all) where wanted?.contains(name) ?? true {
    let content = try archive.content(of: entry)
    arrays.append(
      NpzArray(
        name: name, array: try NpyArray(content, file: path, object: name), bytes: content))
  }
  if arrays.isEmpty || only.map({ !all.contains($0) }) ?? false {
    let names = archive.entries.map(\.name).map {
      $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0
    }
    throw FormatError(
      path,
      only.map { "the archive must hold the array '\($0)'" } ?? "the archive must hold arrays",
      found: names.isEmpty
        ? "it is empty" : "it holds " + names.prefix(20).joined(separator: ", "),
      remedy: only.map { didYouMean($0, among: names).trimmingPrefix(" ").description } ?? "",
      kind: only == nil ? .failure : .usage)
  }
  return arrays
}

/// The arrays that hold columns of some names where names alone tell it; nil where all must be looked at.
private func needed(
  _ columns: [String], _ all: [String], _ pairs: [String: [String]]
) -> [String]? {
  columns.allSatisfy(all.contains) && !columns.isEmpty
    ? columns.flatMap { [$0] + (pairs[$0] ?? []) } : nil
}

func checkWidth(_ arrays: [NpyArray], file: String) throws(FormatError) {
  var total = 0
  for array in arrays {
    for field in array.fields {
      let (width, overflow) = array.width.multipliedReportingOverflow(by: field.count)
      total = overflow ? Int.max : min(total, Int.max - width) + width
    }
  }
  if total > NpyArray.mostColumns {
    throw FormatError(
      file, "a table must have at most \(NpyArray.mostColumns) columns", found: "this has \(total)",
      remedy: "Is the array transposed? Rows are events.")
  }
}

/// Makes a table of the wanted columns in the wanted order, after checking that each exists.
func chosen(
  _ wanted: [String]?, of names: [String], source: String,
  _ columns: (Set<String>?) throws -> [Column]
) throws -> EventTable {
  let all = try EventTable(names.map { Column($0, .int64([])) }, source: source)
  guard let wanted else { return try EventTable(try columns(nil), source: source) }
  for name in wanted { _ = try all.column(name) }
  let read = try EventTable(try columns(Set(wanted)), source: source)
  return try EventTable(try wanted.map { try read.column($0) }, source: source)
}
