public import ApusEvents
import ApusKernels

/// A `TTree` that is being written: branches of one leaf each, filled run by run.
struct RootTreeWriter {
  let path: String
  let name: String
  private(set) var branches: [RootBranch] = []
  /// For each column the branch that holds it.
  private var places: [Int] = []
  /// For each branch that only counts the values of a column, that column.
  private var counted: [Int: Int] = [:]
  /// The number of events of each run: a cluster.
  private var clusters: [Int] = []
  private let codec: RootCompression

  /// What a basket holds at most, in bytes, where an event does not have more.
  private static let basketSize = 512 << 10

  /// Makes the branches that hold columns of these types.
  /// - Throws: ``FormatError`` for a type that has no place in a tree.
  init(_ path: String, tree: String, _ table: EventTable, _ codec: RootCompression)
    throws(FormatError)
  {
    self.path = path
    self.codec = codec
    name = tree
    let taken = Set(table.names)
    for (i, column) in table.columns.enumerated() {
      let (type, shape, isList) = try leaf(column)
      var counter: Int?
      if isList { counter = addCounter(i, table, taken) }
      places.append(branches.count)
      branches.append(RootBranch(column.name, type, shape: shape, counter: counter))
    }
  }

  private func leaf(
    _ column: Column
  ) throws(FormatError) -> (RootLeafType, shape: [Int], isList: Bool) {
    if let type = column.values.leafType { return (type, [], false) }
    if case .jagged(let lists) = column.values {
      if let type = lists.content.leafType, type.letter != "C" {
        return (type, lists.fixedShape ?? [], lists.fixedShape == nil)
      }
      if lists.fixedShape == nil, case .jagged(let inner) = lists.content,
        let shape = inner.fixedShape,
        let type = inner.content.leafType, type.letter != "C"
      {
        return (type, shape, true)
      }
    }
    throw FormatError(
      path, object: "\(name).\(column.name)",
      "a branch of a TTree must hold numbers, texts, or lists or arrays of numbers",
      found: "this column holds \(column.values.typeName)",
      remedy: "Leave it out, or write an RNTuple, which holds lists of anything.", kind: .usage)
  }

  /// A branch that says how many values a list has: `n` and the column's name, as uproot has it, or a longer name
  /// where that is taken.
  private mutating func addCounter(_ column: Int, _ table: EventTable, _ taken: Set<String>) -> Int
  {
    var counterName = "n" + table.columns[column].name
    while taken.contains(counterName) { counterName += "_" }
    counted[branches.count] = column
    branches.append(RootBranch(counterName, RootLeafType(letter: "I", size: 4), isCounter: true))
    return branches.count - 1
  }

  /// Writes a run of events: a cluster, with at least one basket a branch.
  mutating func append(_ table: EventTable, to file: RootFileWriter) throws(FormatError) {
    if table.count == 0 { return }
    let columns = try columnsOfBranches(table)
    let baskets = encoded(columns, file)
    for i in branches.indices {
      branches[i].note(columns[i])
      guard let run = baskets[i] else { throw otherType(table, i) }
      for basket in run {
        var key = file.key("TBasket", branches[i].name, name, cycle: 0)
        key = try file.write(key, data: basket.stored, size: basket.size, extra: basket.header)
        branches[i].add(key, events: basket.events)
      }
    }
    clusters.append(table.count)
  }

  private struct Basket: Sendable {
    var header: [UInt8]
    var stored: [UInt8]
    var size: Int
    var events: Int
  }

  /// The values of each branch, those of counters made from their lists.
  private func columnsOfBranches(_ table: EventTable) throws(FormatError) -> [Column.Values] {
    var columns = [Column.Values](repeating: .int64([]), count: branches.count)
    for (column, branch) in places.enumerated() { columns[branch] = table.columns[column].values }
    for (branch, column) in counted {
      guard case .jagged(let lists) = table.columns[column].values else {
        throw otherType(table, branch)
      }
      let lengths = zip(lists.offsets.dropFirst(), lists.offsets).map { Int32(clamping: $0 - $1) }
      columns[branch] = .integers(.int32(lengths))
    }
    return columns
  }

  /// The baskets of all branches, encoded and compressed in parallel; nil where the type has changed.
  private func encoded(_ columns: [Column.Values], _ file: RootFileWriter) -> [[Basket]?] {
    let sizes = branches.map {
      file.headerSize(file.key("TBasket", $0.name, name)) + RootBranch.basketHeaderSize
    }
    let (branches, codec) = (branches, codec)
    return Parallel.map(branches.count) { i in
      guard let values = RootLeafValues(columns[i]), values.isOf(branches[i]) else { return nil }
      return values.runs(ofBytes: Self.basketSize).map { events in
        let (data, last) = values.basket(events, headerSize: sizes[i])
        return Basket(
          header: branches[i].basketHeader(values, events, last: last),
          stored: codec.compress(data),
          size: data.count, events: events.count)
      }
    }
  }

  private func otherType(_ table: EventTable, _ branch: Int) -> FormatError {
    FormatError(
      table.source, object: branches[branch].name, "all parts of a column must have one type",
      found: "it changes along the table", remedy: "Leave the column out.")
  }

  /// Writes the tree itself, with the places of all baskets.
  func finish(_ file: RootFileWriter) throws(FormatError) {
    let key = file.key("TTree", name, "")
    var buffer = RootBuffer(headerSize: file.headerSize(key))
    append(to: &buffer)
    try file.write(
      key, data: codec.compress(buffer.bytes), size: buffer.bytes.count, isListed: true)
  }

  /// Appends the tree as an object of class `TTree`, version 20.
  private func append(to buffer: inout RootBuffer) {
    buffer.versioned(20) {
      $0.tNamed(name, "", bits: 8)
      $0.versioned(2) { $0.append(Int16(602), Int16(1), Int16(1)) }
      $0.attributesOfFill()
      $0.versioned(2) {
        $0.append(Int16(1), Int16(1))
        $0.append(Float(1))
      }
      appendNumbers(to: &$0)
      $0.features()
      var leaves: [UInt32] = []
      $0.tObjArray(branches.count) {
        for branch in branches {
          leaves.append(
            branch.append(to: &$0, branches, leaves: leaves, compression: codec.settings))
        }
      }
      $0.tObjArray(leaves.count) { for leaf in leaves { $0.append(leaf) } }
      // No aliases, index values, index, tree index, friends, user's objects or references.
      for _ in 0..<7 { $0.append(UInt32(0)) }
    }
  }

  private func appendNumbers(to buffer: inout RootBuffer) {
    let stored = Int64(branches.reduce(0) { $0 + $1.storedBytes })
    buffer.append(Int64(clusters.reduce(0, +)))
    buffer.append(Int64(branches.reduce(0) { $0 + $1.totalBytes }), stored, Int64(0), stored)
    buffer.append(Double(1))
    // Timer, columns of a scan, update, places for starts of events, ranges of clusters.
    let ranges = clusterRanges
    buffer.append(Int32(0), Int32(25), Int32(0), Int32(1000), Int32(ranges.count - 1))
    buffer.append(Int64(1_000_000_000_000), Int64(1_000_000_000_000), Int64(0), Int64(-300_000_000))
    buffer.append(Int64(ranges[ranges.count - 1].size), Int64(1_000_000))
    buffer.append(flagged: ranges.dropLast().map { UInt64($0.last) })
    buffer.append(flagged: ranges.dropLast().map { UInt64($0.size) })
  }

  /// Runs of clusters of one size: the last event of each and the size; the last cluster may be shorter.
  private var clusterRanges: [(last: Int, size: Int)] {
    var ranges: [(last: Int, size: Int)] = []
    var end = 0
    for (i, size) in clusters.enumerated() {
      end += size
      let isShortEnd = i == clusters.count - 1 && size < (ranges.last?.size ?? 0)
      if let last = ranges.last, last.size == size || isShortEnd {
        ranges[ranges.count - 1].last = end - 1
      } else {
        ranges.append((end - 1, size))
      }
    }
    // An empty tree keeps ROOT's own rule, a cluster every 30 MB.
    return ranges.isEmpty ? [(0, -30_000_000)] : ranges
  }
}

extension RootLeafValues {
  /// Whether the values are of the kind that a branch was made for.
  fileprivate func isOf(_ branch: RootBranch) -> Bool {
    if (starts != nil) != branch.isVariable { return false }
    return branch.isVariable || count == 0 || width == branch.type.size * branch.shape.reduce(1, *)
  }
}

/// Writes a table as a `TTree` of a ROOT file, which ROOT, uproot and others read.
///
/// Numbers become branches of their type, truth values `O`, texts `C`; arrays of one size `x[3]/F`; lists of numbers
/// `x[nx]/F` with a branch `nx` that counts them (or `nx_` where a column has that name). Lists of lists and lists of
/// texts have no place in such a tree: ``writeRNTuple(_:to:name:columns:compression:)`` holds them.
///
/// The table is taken piece by piece, so it may be larger than memory; a run of about 32 MiB is a cluster and memory
/// stays at a few times that. The file has the old positions of four bytes up to 2 GB and those of eight beyond.
/// Layout: class versions of ROOT 6.20 and later (TTree 20, TBranch 13, TLeaf 2), with the descriptions of all classes.
/// - Parameters:
///   - table: The events; an `EventTable` or a table that is read piece by piece.
///   - path: The file to write; it appears only once it is whole.
///   - tree: The tree's name.
///   - columns: The columns, in this order; nil for all that can be read.
///   - compression: ZSTD at level 5 as in new versions of ROOT; those of before 6.20 read only zlib.
/// - Throws: ``FormatError`` for a type that has no place in a tree, or when the file can't be written.
public func writeROOT(
  _ table: any TableSource, to path: String, tree: String = "Events", columns: [String]? = nil,
  compression: RootCompression = .zstd(5)
) throws {
  try checkObjectName(tree, path, "tree")
  try writeAtomically(to: path) { temporary in
    let file = try RootFileWriter(temporary, shownAs: path, compression, version: 62004)
    var writer: RootTreeWriter?
    try TableRuns(table, columns).forEach { run in
      if writer == nil { writer = try RootTreeWriter(path, tree: tree, run, compression) }
      try writer?.append(run, to: file)
    }
    try writer?.finish(file)
    try file.finish(classes: RootClassTable(RootClassTable.tree))
  }
}

/// Checks the name of an object at the top of a file.
func checkObjectName(_ name: String, _ path: String, _ kind: String) throws(FormatError) {
  guard !name.isEmpty, !name.contains(where: { $0 == "/" || $0 == ";" || $0 == ":" }) else {
    throw FormatError(
      path, object: name, "the name of a \(kind) to write must not be empty and have none of / ; :",
      found: "this one is '\(name)'",
      remedy: "Trees are written at the top of a file: 'out.root:Events'.",
      kind: .usage)
  }
}
