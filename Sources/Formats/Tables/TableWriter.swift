import ApusKernels
public import ApusEvents

/// Writes a table in the format that the name ends in.
///
/// | name | format | lists of numbers | arrays of one size |
/// |---|---|---|---|
/// | `out.root`, `out.root:tree` | a `TTree`, named `Events` or as behind the colon | yes | yes |
/// | `out.rntuple.root`, `out.rntuple.root:name` | an RNTuple | of anything, in any depth | yes |
/// | `.h5`, `.hdf5` | HDF5, a dataset a column in the group `events` | values and `x.offsets` | (n, k) |
/// | `.parquet` | Parquet | yes | yes |
/// | `.npz` | NumPy arrays | values and `x.offsets` | (n, k) |
/// | `.npy` | one structured NumPy array | no | no |
/// | `.csv`, `.tsv`, `.csv.gz`, `.tsv.gz`, `.txt` | text | no | no |
///
/// All are written run by run, so that a table may be larger than memory; of HDF5, NPZ and NPY lists and texts are read
/// twice, and NPZ takes the space of the table without compression beside the new file until it is whole.
/// - Parameters:
///   - table: The events; an `EventTable` or a table that is read piece by piece.
///   - path: The file to write; it appears only once it is whole.
///   - columns: The columns, in this order; nil for all that can be read.
/// - Throws: ``FormatError`` for another ending, for a column that the format has no place for, or when the file can't be
///   written; then nothing is left behind, and what stood under the name before is untouched.
public func writeTable(
  _ table: any TableSource, to path: String, columns: [String]? = nil
) throws {
  guard let output = OutputName(path) else {
    throw FormatError(
      path,
      "the name of a table to write must end in .root, .h5, .parquet, .npz, .npy, .csv, .tsv, .csv.gz or .tsv.gz",
      found: "this one ends in none of them", remedy: "The ending says which format is written.",
      kind: .usage)
  }
  switch output.format {
  case .tree:
    try writeROOT(table, to: output.file, tree: output.object ?? "Events", columns: columns)
  case .rntuple:
    try writeRNTuple(table, to: output.file, name: output.object ?? "Events", columns: columns)
  case .parquet: try writeParquet(table, columns: columns, to: path)
  case .text: try writeCSV(table, to: path, columns: columns)
  case .hdf5: try writeHDF5(table, to: path, columns: columns)
  case .npz: try writeNPZ(table, to: path, columns: columns)
  case .npy: try writeNPY(table, to: path, columns: columns)
  }
}

/// The file that ``writeTable(_:to:columns:)`` makes for a name: the name without what is behind a colon.
public func outputFile(_ path: String) -> String { OutputName(path)?.file ?? path }

/// The name of a file to write, taken apart.
struct OutputName: Equatable {
  enum Format {
    case tree, rntuple, parquet, text, hdf5, npz, npy
  }

  var format: Format
  var file: String
  /// The name of the tree or RNTuple; nil where none is given.
  var object: String?

  private static let endings: [(String, Format)] = [
    (".rntuple.root", .rntuple), (".root", .tree), (".parquet", .parquet), (".h5", .hdf5),
    (".hdf5", .hdf5), (".npz", .npz), (".npy", .npy), (".csv", .text), (".tsv", .text),
    (".csv.gz", .text), (".tsv.gz", .text), (".txt", .text),
  ]

  /// Nil where the name ends in nothing known.
  init?(_ path: String) {
    var name = path
    if let colon = path.lastIndex(of: ":"), path[..<colon].hasSuffix(".root") {
      name = String(path[..<colon])
      object = String(path[path.index(after: colon)...])
    }
    guard let found = Self.endings.first(where: { name.hasSuffix($0.0) }) else { return nil }
    file = name
    format = found.1
  }
}

/// The answer to a column of lists where a format has no place for one.
func listsAreNotWritten(_ column: Column, to path: String) -> FormatError {
  FormatError(
    path, object: column.name, "a column of this format must hold one value an event",
    found: "'\(column.name)' holds \(column.typeName)",
    remedy:
      "Write ROOT, Parquet, HDF5 or NPZ, leave the column out, or write one of its values by a formula "
      + "('\(column.name)[0]').",
    kind: .usage)
}
