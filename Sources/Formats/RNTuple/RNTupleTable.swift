public import ApusEvents
import ApusKernels

/// An RNTuple of a ROOT file as a table that is read piece by piece: its pieces are the clusters.
///
/// Follows version 1 of ROOT's "RNTuple Binary Format Specification". Each member that holds numbers or texts is
/// a column, named by the members that lead to it (`Jet.pt`); members of the objects of a list are lists.
struct RNTupleTable: TableSource {
  let source: String
  let schema: [ColumnDescription]
  let storage: NTupleStorage
  let description: NTupleDescription
  private let leaves: [NTupleLeaf]
  private let places: [String: Int]
  /// The most threads that reading uses; 0 for all.
  var threads = 0

  /// The class of the keys that stand for RNTuples.
  static let className = "ROOT::RNTuple"

  /// Opens the RNTuple of a key: reads its header, footer and page lists, and no data.
  /// - Throws: ``FormatError`` for what is damaged or newer than version 1 of the format.
  init(_ file: RootFile, _ key: RootKey, path: String) throws(FormatError) {
    let anchor = try NTupleAnchor(try file.object(key, path: path))
    storage = NTupleStorage(file: file, name: path, greatestBlock: anchor.greatestBlock)
    description = try NTupleDescription(anchor, storage)
    leaves = description.schema.leaves()
    schema = leaves.map(\.description)
    places = Dictionary(uniqueKeysWithValues: leaves.enumerated().map { ($1.description.name, $0) })
    source = file.path + ":" + path
  }

  var count: Int { description.clusters.count }

  var pieces: [Range<Int>] { description.clusters.all.map(\.entries) }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw FormatError(
        storage.file.path, object: storage.name, "events to read must be in the file",
        found: "\(rows.lowerBound) to \(rows.upperBound) of \(count) were asked for", kind: .usage)
    }
    let chosen = try names.map { try leaf($0) }
    let reading = try NTupleReading(storage, description, chosen, rows: rows, threads: threads)
    return try EventTable(
      zip(names, chosen).map { Column($0, reading.values($1)) }, source: source)
  }

  private func leaf(_ name: String) throws -> NTupleLeaf {
    guard let leaf = places[name].map({ leaves[$0] }) else {
      throw TableError.noColumn(source: source, name: name, known: columnNames)
    }
    if let obstacle = leaf.description.obstacle {
      throw FormatError(
        storage.file.path, object: storage.path(name),
        "a column must be of a type that is understood",
        found: "this one is '\(leaf.description.type)'",
        remedy: obstacle + " Leave it out; the other columns can be read.", kind: .usage)
    }
    return leaf
  }
}

/// Opens an RNTuple of a ROOT file as a table that is read piece by piece.
///
/// Its pieces are the clusters; only the pages of the columns asked for are read, in parallel. Columns are named
/// by the members that lead to them, joined by dots: `Jet.pt` of a list `Jet` of records, `p._0` of a pair; lists, arrays,
/// enumerations and base classes (`:_0`) add nothing. A projected field is a column of its own.
/// Optional numbers are NaN where nothing is and so whole ones float64; optional texts and lists are empty then. A variant
/// `v` gives `v.tag` (the number of its type, 0 for none) and one optional column a type, `v._0`, `v._1`.
/// Events of before an extension of the schema have zeros and empty lists, as in ROOT.
/// - Parameters:
///   - path: The file.
///   - address: The RNTuple, `name` or `directory/name`; nil where there is only one.
///   - threads: The most threads that reading uses; 0 for all.
/// - Throws: ``FormatError`` where there is none of that name, or the file is damaged or too new.
public func openRNTuple(
  _ path: String, _ address: String? = nil, threads: Int = 0
) throws -> any TableSource {
  let file = try RootFile(path)
  let (key, name) = try address.map { try file.key($0) } ?? onlyRNTuple(file)
  guard key.className == RNTupleTable.className else {
    throw FormatError(
      path, object: name, "an RNTuple must have the class '\(RNTupleTable.className)'",
      found: "this object has '\(key.className)'", kind: .usage)
  }
  var table = try RNTupleTable(file, key, path: name)
  table.threads = threads
  return table
}

private func onlyRNTuple(_ file: RootFile) throws(FormatError) -> (key: RootKey, path: String) {
  let all = try file.tree().filter { $0.key.className == RNTupleTable.className }
  let names = Set(all.map(\.path))
  guard names.count == 1, let newest = all.max(by: { $0.key.cycle < $1.key.cycle }) else {
    throw FormatError(
      file.path, "a file must hold one RNTuple where none is named",
      found: names.isEmpty ? "it holds none" : "it holds " + names.sorted().joined(separator: ", "),
      remedy: names.isEmpty ? "" : "Name one: '\(file.path):\(names.min() ?? "")'.", kind: .usage)
  }
  return newest
}
