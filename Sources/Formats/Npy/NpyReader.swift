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
  let stem = String(splitPath(file).name.prefix { $0 != "." })
  try checkWidth([array], file: file)
  let names = array.columnNames(stem, matrixPrefix: "col")
  return try chosen(wanted, of: names, source: file) {
    array.columns(names, wanted: $0, bytes: bytes)
  }
}

/// Reads a table from an archive of NumPy arrays (.npz, stored or deflated).
///
/// Arrays of one length become one table: an array of one dimension is the column of its name, more
/// dimensions become `name_0`, `name_1` and so on, and structured arrays give columns of their fields.
/// - Parameters:
///   - path: The file.
///   - columns: The columns to read, in this order; nil for all.
///   - array: The array to read alone; nil for all of them.
/// - Throws: ``FormatError``, also when arrays differ in length and none is named.
public func readNPZ(
  _ path: String, columns: [String]? = nil, array: String? = nil
) throws -> EventTable {
  try npzTable(try readFile(path), file: path, columns, array)
}

func npzTable(
  _ bytes: [UInt8], file: String, _ wanted: [String]?, _ only: String?
) throws -> EventTable {
  let arrays = try npzArrays(bytes, file: file, only)
  try checkWidth(arrays.map(\.array), file: file)
  if let first = arrays.first,
    let other = arrays.first(where: { $0.array.rows != first.array.rows })
  {
    throw FormatError(
      file, "arrays of one table must have one length",
      found: "'\(first.name)' has \(first.array.rows) and '\(other.name)' has \(other.array.rows)",
      remedy: "Name one array: '\(file):\(first.name)'. There are "
        + arrays.map { "\($0.name) \($0.array.shape)" }.joined(separator: ", ") + ".",
      kind: .usage)
  }
  let names = arrays.map { $0.array.columnNames($0.name, matrixPrefix: $0.name + "_") }
  return try chosen(wanted, of: names.flatMap(\.self), source: only.map { "\(file):\($0)" } ?? file)
  {
    wanted in
    zip(arrays, names).flatMap { $0.array.columns($1, wanted: wanted, bytes: $0.bytes) }
  }
}

/// The arrays of an archive, or the one of a name.
func npzArrays(
  _ bytes: [UInt8], file: String, _ only: String? = nil
) throws(FormatError) -> [(name: String, array: NpyArray, bytes: [UInt8])] {
  let archive = try ZipArchive(bytes, file: file)
  var arrays: [(name: String, array: NpyArray, bytes: [UInt8])] = []
  for entry in archive.entries where entry.name.hasSuffix(".npy") {
    let name = String(entry.name.dropLast(4))
    if let only, only != name { continue }
    let content = try archive.content(of: entry)
    arrays.append((name, try NpyArray(content, file: file, object: name), content))
  }
  if arrays.isEmpty {
    let names = archive.entries.map(\.name).map {
      $0.hasSuffix(".npy") ? String($0.dropLast(4)) : $0
    }
    throw FormatError(
      file,
      only.map { "the archive must hold the array '\($0)'" } ?? "the archive must hold arrays",
      found: names.isEmpty
        ? "it is empty" : "it holds " + names.prefix(20).joined(separator: ", "),
      remedy: only.map { didYouMean($0, among: names).trimmingPrefix(" ").description } ?? "",
      kind: only == nil ? .failure : .usage)
  }
  return arrays
}

private func checkWidth(_ arrays: [NpyArray], file: String) throws(FormatError) {
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
