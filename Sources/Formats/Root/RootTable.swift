import ApusEvents
import ApusKernels

/// A tree of a ROOT file as a table that is read piece by piece.
struct RootTable: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  /// The trees that stand beside it, as it says itself.
  let friends: [RootFriend]
  /// The formulas by whose values its entries are found, where it has an index (`TTree::BuildIndex`).
  let indexFormulas: [String]?
  fileprivate let reader: RootRead
  /// Where each name and alias leads.
  fileprivate let index: [String: Int]

  /// Opens a tree.
  /// - Throws: ``FormatError`` where the object is no tree, or its description is damaged.
  init(_ file: RootFile, _ key: RootKey, path: String) throws(FormatError) {
    var tree = try RootTree(file, key, path: path)
    for i in tree.branches.indices { tree.branches[i].nameClones(file, path) }
    var columns = RootSchema(tree, try file.streamers()).columns
    for i in columns.indices { columns[i].checkFirstBasket(file, path) }
    source = file.path + ":" + path
    count = tree.entries
    schema = columns.map(\.description)
    pieces = tree.pieces(columns)
    friends = tree.friends
    indexFormulas = tree.index
    reader = RootRead(file: file, tree: tree, columns: columns)
    var index: [String: Int] = [:]
    for (i, column) in columns.enumerated() {
      for alias in column.aliases where index[alias] == nil { index[alias] = i }
    }
    for (i, column) in columns.enumerated() { index[column.description.name] = i }
    self.index = index
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let places = try names.map { name in
      guard let place = index[name] else {
        throw TableError.noColumn(source: source, name: name, known: schema.map(\.name))
      }
      return place
    }
    guard rows.lowerBound >= 0, rows.upperBound <= count else {
      throw FormatError(
        source, "the events to read must be among its \(count)",
        found: "\(rows.lowerBound) to \(rows.upperBound) are asked for", kind: .usage)
    }
    // A column that is asked for by two names is read once.
    var unique: [Int] = []
    for place in places where !unique.contains(place) { unique.append(place) }
    let values = try reader.values(unique, rows: rows)
    let columns = zip(names, places).map { name, place in
      Column(name, unique.firstIndex(of: place).map { values[$0] } ?? .int64([]))
    }
    return try EventTable(columns, source: source)
  }
}

extension RootTable {
  /// Reads and decompresses the baskets of columns, for a measure of the rest.
  func decompress(_ names: [String]) throws(FormatError) {
    try reader.decompress(names.compactMap { index[$0] })
  }
}

extension RootColumn {
  /// Finds out that a branch of objects holds no bytes, which happens where the program that wrote it did not
  /// know their class.
  fileprivate mutating func checkFirstBasket(_ file: RootFile, _ path: String) {
    guard case .entries(let node, _)? = layout, branch.baskets.count > 0,
      branch.baskets.starts[1] > 0,
      let sizes = try? file.basketSizes(
        branch, 0, RootPlace(file: file.path, object: path, offset: 0)),
      sizes.data == 0, sizes.count > 0
    else { return }
    if case .rest = node { return }
    layout = nil
    description.obstacle =
      "branch '\(branch.path)' can't be read: its entries of class \(branch.className) hold no bytes; "
      + "the program that wrote them did not know the class"
  }
}

extension RootTree {
  /// Runs of entries that begin and end with baskets of all branches, or nearly so.
  fileprivate func pieces(_ columns: [RootColumn]) -> [Range<Int>] {
    guard entries > 0 else { return [] }
    let branches = columns.filter { $0.layout != nil }.map(\.branch.baskets.starts)
    guard let longest = branches.max(by: { $0.count < $1.count }) else { return [0..<entries] }
    var common = longest
    for starts in branches where starts != common { common = Self.common(common, starts) }
    var bounds = bounds(common)
    // Trees of early versions end their baskets each at another entry; then the finest branch decides.
    if bounds.count == 2, longest.count > 8 { bounds = self.bounds(longest) }
    return zip(bounds, bounds.dropFirst()).map { $0..<$1 }
  }

  /// Starts of baskets with the first and the last entry, each once.
  private func bounds(_ starts: [Int]) -> [Int] {
    var bounds = [0]
    for start in starts where start > bounds[bounds.count - 1] && start < entries {
      bounds.append(start)
    }
    return bounds + [entries]
  }

  /// What two rising lists have in common.
  private static func common(_ a: [Int], _ b: [Int]) -> [Int] {
    var found: [Int] = []
    var (i, j) = (0, 0)
    while i < a.count, j < b.count {
      if a[i] == b[j] { found.append(a[i]) }
      if a[i] <= b[j] { i += 1 } else { j += 1 }
    }
    return found
  }
}
