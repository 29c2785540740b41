import ApusKernels
public import ApusEvents
import Synchronization

/// Opens a table so that it can be read piece by piece, without reading its values.
///
/// ROOT, Parquet, HDF5 and NPY files are read from the disk with each call of `read`, only the columns and events asked for;
/// so are text, LHE and NPZ files that are larger than `whole`. Others are read whole and kept.
/// - Parameters:
///   - path: A file, `file:object`, or a pattern; as for ``readTable(_:columns:tree:)``. Several files stand one
///     behind the other, in alphabetical order.
///   - tree: The tree, dataset, group or array; nil where there is only one.
///   - columns: The columns that will be asked for; files that are read whole then read no others. Nil for any.
///   - whole: The largest text or NPZ file that is read whole, in bytes of its content; larger ones are gone through once
///     before (text, to find its rows and what its columns hold), and then read piece by piece.
/// - Throws: ``FormatError`` where a file can't be read, or where files of a pattern differ in their columns; it
///   names the file.
public func openTable(
  _ path: String, tree: String? = nil, columns: [String]? = nil, whole: Int = 256 << 20
) throws -> any TableSource {
  let address = try TableAddress(path, object: tree)
  if address.files.count == 1 {
    return try openOne(address.files[0], address.object, columns, whole)
  }
  return try JoinedSource(address.files, object: address.object, columns, whole, source: path)
}

private func openOne(
  _ path: String, _ object: String?, _ columns: [String]?, _ whole: Int
) throws -> any TableSource {
  switch try FileFormat.of(path, head: readHead(path)) {
  case .root: try openRoot(path, object)
  case .parquet where object == nil: try ParquetTable(path)
  case .hdf5: try Hdf5Table(path, object: object)
  case .npy where object == nil: try NpyTable(path)
  case .lhe where try object == nil && fileSize(path) > whole:
    try LheSource(ContentReader(try RandomFile(path), .none))
  case .lhe where object == nil: try LheTable(path)
  case .hepmc where object == nil: try HepMcTable(path)
  case .gzip where try object == nil && holds(.hepmc, path): try HepMcTable(path)
  case .npz where try contentSize(ofNpz: path) > whole: try NpzTable(path, only: object)
  case .csv where try object == nil && fileSize(path) > whole:
    try CsvSource(ContentReader(try RandomFile(path), .none))
  case .gzip where try object == nil && fileSize(path) > whole / 4 && holds(.csv, path):
    try CsvSource(ContentReader(try RandomFile(path), .gzip))
  case .gzip where try object == nil && fileSize(path) > whole / 4 && holds(.lhe, path):
    try LheSource(ContentReader(try RandomFile(path), .gzip))
  default: try readTable(path, columns: columns, tree: object)
  }
}

/// The bytes of all arrays of an archive, as it says itself.
private func contentSize(ofNpz path: String) throws(FormatError) -> Int {
  try ZipArchive(path).entries.reduce(0) { sum, entry in
    let (total, overflow) = sum.addingReportingOverflow(entry.size)
    return overflow ? Int.max : total
  }
}

/// Whether a gzipped file holds a format.
func holds(_ format: FileFormat, _ path: String) throws(FormatError) -> Bool {
  let head = try ContentReader(try RandomFile(path), .gzip).bytes(from: 0, count: 4096)
  return try FileFormat.of(path, head: head, isUnpacked: true) == format
}

extension TableSource {
  /// All events of these columns, or of all that can be read.
  func readWhole(_ columns: [String]?) throws -> EventTable {
    try read(columns ?? schema.filter { $0.obstacle == nil }.map(\.name), rows: 0..<count)
  }
}

/// Several files as one table.
///
/// Only one file is open at a time: a sample may have more files than a program may open.
private final class JoinedSource: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  private let files: [String]
  private let object: String?
  private let columns: [String]?
  private let whole: Int
  /// The first event of each file, and behind them the number of all.
  private let starts: [Int]
  private let open = Mutex<(file: Int, table: any TableSource)?>(nil)

  init(
    _ files: [String], object: String?, _ columns: [String]?, _ whole: Int, source: String
  ) throws {
    var starts = [0]
    var pieces: [Range<Int>] = []
    var schema: [ColumnDescription] = []
    for file in files {
      let table = try openOne(file, object, columns, whole)
      let start = starts[starts.count - 1]
      pieces += table.pieces.map { start + $0.lowerBound..<start + $0.upperBound }
      starts.append(start + table.count)
      if schema.isEmpty {
        schema = table.schema
      } else {
        try Self.check(table, against: schema, of: files[0])
      }
    }
    self.files = files
    self.object = object
    self.columns = columns
    self.whole = whole
    self.source = source
    self.starts = starts
    self.schema = schema
    self.pieces = pieces
    count = starts[starts.count - 1]
  }

  private static func check(
    _ table: any TableSource, against schema: [ColumnDescription], of first: String
  ) throws {
    let types = Dictionary(table.schema.map { ($0.name, $0.type) }) { old, _ in old }
    let missing = schema.filter { types[$0.name] == nil }.map(\.name)
    let known = Set(schema.map(\.name))
    let extra = table.schema.map(\.name).filter { !known.contains($0) }
    let differing = schema.first { types[$0.name].map { [type = $0.type] in $0 != type } ?? false }
    guard !missing.isEmpty || !extra.isEmpty || differing != nil else { return }
    var found = [("lacks", missing), ("has besides", extra)].filter { !$0.1.isEmpty }
      .map { "\($0) " + $1.prefix(8).map { "'\($0)'" }.joined(separator: ", ") }
    if let differing {
      found.append(
        "has '\(differing.name)' as \(types[differing.name] ?? "") instead of \(differing.type)")
    }
    throw FormatError(
      table.source, "files of one table must have the columns of '\(first)'",
      found: "this one " + found.joined(separator: " and "),
      remedy: "Leave the file out, or read it by itself.")
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    var tables: [EventTable] = []
    for file in files.indices {
      let own = rows.clamped(to: starts[file]..<starts[file + 1])
      guard !own.isEmpty || tables.isEmpty && file == files.count - 1 else { continue }
      let start = starts[file]
      tables.append(
        try table(file).read(names, rows: own.lowerBound - start..<own.upperBound - start))
    }
    return try joined(tables, source: source)
  }

  private func table(_ file: Int) throws -> any TableSource {
    if let known = open.withLock({ $0 }), known.file == file { return known.table }
    let table = try openOne(files[file], object, columns, whole)
    guard table.count == starts[file + 1] - starts[file] else {
      throw FormatError(
        files[file], "a file must not change while it is read",
        found: "it has \(table.count) events and had \(starts[file + 1] - starts[file])",
        remedy: "Is another program still writing it?")
    }
    open.withLock { $0 = (file, table) }
    return table
  }
}
