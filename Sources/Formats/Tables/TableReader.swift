import ApusKernels
public import ApusEvents

/// Reads a table from files of any known format.
///
/// The format is told by the content: ROOT, CSV and TSV and LHE and HepMC (also gzipped), HDF5, Parquet, NPY, NPZ. Of a
/// ROOT file all columns means those that can be read; ``inspect(_:firstValues:)`` names the others with the reason.
/// - Parameters:
///   - path: A file; `file.root:directory/tree` or `file.h5:group/dataset` for a part of one; a pattern such as
///     `data/higgs_*.h5`, whose files are joined in alphabetical order and must have the same columns.
///   - columns: The columns to read, in this order; nil for all.
///   - tree: The tree, dataset, group or array, as behind the colon; nil where there is only one.
/// - Throws: ``FormatError`` for a file that can't be read, `TableError` for a missing column.
public func readTable(
  _ path: String, columns: [String]? = nil, tree: String? = nil
) throws -> EventTable {
  let address = try TableAddress(path, object: tree)
  let tables = try address.files.map { try readOne($0, columns, address.object) }
  return try joined(tables, source: path)
}

private func readOne(_ path: String, _ columns: [String]?, _ object: String?) throws -> EventTable {
  switch try FileFormat.of(path, head: readHead(path)) {
  case .hdf5: return try readHDF5(path, columns: columns, object: object)
  case .parquet:
    try refuse(object, of: path)
    return try readParquet(path, columns: columns)
  case .root: return try openRoot(path, object).readWhole(columns)
  case .npz: return try readNPZ(path, columns: columns, array: object)
  case .hepmc:
    try refuse(object, of: path)
    return try HepMcTable(path).readWhole(columns)
  case .gzip where try holds(.hepmc, path):
    try refuse(object, of: path)
    return try HepMcTable(path).readWhole(columns)
  case .gzip:
    return try readText(try Deflate.gunzip(readFile(path), file: path), path, columns, object)
  case .csv, .npy, .lhe: return try readText(try readFile(path), path, columns, object)
  case .idx: throw notATable(path, "an IDX file", "It holds images or labels, not events.")
  case .model:
    throw notATable(path, "a model file", "Is it the first argument of 'apus apply'?")
  case .other(let name, let remedy): throw notATable(path, name, remedy)
  }
}

/// Reads a format that is read from memory, and may have been gzipped.
private func readText(
  _ bytes: [UInt8], _ path: String, _ columns: [String]?, _ object: String?
) throws -> EventTable {
  var bytes = bytes
  try refuse(object, of: path)
  switch try FileFormat.of(path, head: Array(bytes.prefix(4096)), isUnpacked: true) {
  case .csv: return try CsvTable(&bytes, file: path).read(columns, threads: 0)
  case .npy: return try npyTable(bytes, file: path, columns)
  case .lhe:
    let events = try LheTable(&bytes, file: path)
    return try events.read(columns ?? events.columnNames, rows: 0..<events.count)
  default:
    throw notATable(
      path, "gzipped, and not text, LHE or NPY inside", "Unpack it with 'gunzip' first.")
  }
}

/// A part was named of a file that is a single table.
private func refuse(_ object: String?, of path: String) throws(FormatError) {
  guard let object else { return }
  throw FormatError(
    path, "only ROOT, HDF5 and NPZ files hold several tables",
    found: "'\(object)' was asked of this one",
    remedy: "Leave it out.", kind: .usage)
}

private func notATable(_ path: String, _ what: String, _ remedy: String) -> FormatError {
  FormatError(
    path, "a table must be ROOT, CSV, TSV, HDF5, Parquet, LHE, HepMC, NPY or NPZ",
    found: "this is \(what)",
    remedy: remedy)
}

/// Joins tables with the same columns, in their order.
/// - Throws: ``FormatError`` that names the file and the columns that differ.
func joined(_ tables: [EventTable], source: String) throws -> EventTable {
  guard let first = tables.first else { return try EventTable([], source: source) }
  if tables.count == 1 { return first }
  for table in tables.dropFirst() {
    try checkColumns(of: table, against: first)
  }
  let columns = try first.names.map { name in
    Column(name, try joined(name, of: tables))
  }
  return try EventTable(columns, source: source)
}

private func checkColumns(of table: EventTable, against first: EventTable) throws {
  let missing = first.names.filter { !table.names.contains($0) }
  let extra = table.names.filter { !first.names.contains($0) }
  if !missing.isEmpty || !extra.isEmpty {
    let parts = [("lacks", missing), ("has besides", extra)].filter { !$0.1.isEmpty }
      .map { "\($0) " + $1.prefix(8).map { "'\($0)'" }.joined(separator: ", ") }
    throw FormatError(
      table.source, "files of one table must have the columns of '\(first.source)'",
      found: "this one " + parts.joined(separator: " and "),
      remedy: "Leave the file out, or read only the columns that all have.")
  }
}

/// The values of one column in all tables, one behind the other.
private func joined(_ name: String, of tables: [EventTable]) throws -> Column.Values {
  let pieces = try tables.map { try $0.column(name).values }
  if let values = Column.Values.joined(pieces) { return values }
  let other = pieces.indices.first { Column.Values.joined([pieces[0], pieces[$0]]) == nil } ?? 0
  throw FormatError(
    tables[other].source, object: name, "files of one table must hold the same kinds of columns",
    found: "'\(name)' holds \(pieces[other].typeName) here and \(pieces[0].typeName) in "
      + "'\(tables[0].source)'")
}

/// Says why a column is text where numbers are needed: the first cell that is no number, with its line.
///
/// Cost: for a text file one more pass over it, and only where something is wrong.
/// - Parameters:
///   - column: The column, of strings.
///   - path: The file it was read from, as it was given to ``readTable(_:columns:tree:)``.
public func textInNumericColumn(_ column: Column, of path: String) -> FormatError {
  var offender: (file: String, finding: CsvFinding)?
  for file in (try? TableAddress(path).files) ?? [] where offender == nil {
    guard var bytes = try? readFile(file) else { continue }
    if Deflate.isGzip(bytes) { bytes = (try? Deflate.gunzip(bytes, file: file)) ?? [] }
    guard (try? FileFormat.of(file, head: Array(bytes.prefix(4096)), isUnpacked: true)) == .csv,
      let found = try? CsvTable(&bytes, file: file).firstText(of: column.name)
    else { continue }
    offender = (file, found)
  }
  let text: String
  if let offender {
    text = "the cell '\(offender.finding.text)'"
  } else if case .strings(let values) = column.values,
    let row = values.firstIndex(where: { Double($0) == nil })
  {
    text = "'\(values[row])' in entry \(row)"
  } else {
    text = "text"
  }
  return FormatError(
    offender?.file ?? path, object: column.name, line: offender?.finding.line,
    "a column that is used as numbers must hold nothing else", found: "there is \(text)",
    remedy: "Correct it, write nan for a missing number, or leave the column out of the inputs.")
}
