import ApusEvents

/// A table whose entries are brought into the order of another table's, by numbers that both have (run and event).
///
/// An entry without a partner has missing values: NaN, an empty list, an empty text. Where there is one, whole numbers
/// become float64 in the whole table. It keeps four bytes an entry; entries that lie far apart in the file are read in
/// several runs, so that a table in quite another order is read again for each piece.
struct MatchedTable: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  /// How many entries have no partner.
  let missing: Int
  private let table: any TableSource
  /// The entry of the table for each of the other's.
  private let places: [UInt32]

  /// Finds the partners of all entries of a table.
  /// - Throws: ``FormatError`` where a column is missing in one of them, or tells entries of the friend not apart.
  init(_ friend: any TableSource, to table: any TableSource, by columns: [String]) throws {
    let index = try EntryIndex(friend, by: columns)
    self.init(friend, try index.entries(of: table, by: columns), pieces: table.pieces)
  }

  /// A table whose entries stand at known places.
  init(_ friend: any TableSource, _ places: [UInt32], pieces: [Range<Int>]) {
    (source, count) = (friend.source, places.count)
    self.pieces = pieces
    missing = places.reduce(0) { $0 + ($1 == EntryIndex.none ? 1 : 0) }
    table = friend
    self.places = places
    let whole = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]
    let hasMissing = missing > 0
    schema = friend.schema.map { column in
      var column = column
      if hasMissing, whole.contains(column.type) { column.type = "float64" }
      return column
    }
  }

  /// A friend of this one, which stands in its order.
  func alongside(_ other: any TableSource) -> MatchedTable {
    MatchedTable(other, places, pieces: pieces)
  }

  /// Entries nearer than this are read at once, with those between them.
  private static let gap = 16_384

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let own = places[rows]
    let needed = own.filter { $0 != EntryIndex.none }.map { Int($0) }.sorted()
    var runs: [Range<Int>] = []
    for entry in needed {
      if let last = runs.last, entry < last.upperBound + Self.gap {
        runs[runs.count - 1] = last.lowerBound..<max(last.upperBound, entry + 1)
      } else {
        runs.append(entry..<entry + 1)
      }
    }
    let parts = try (runs.isEmpty ? [0..<0] : runs).map { try table.read(names, rows: $0) }
    var starts: [(run: Range<Int>, start: Int)] = []
    for run in runs { starts.append((run, starts.last.map { $0.start + $0.run.count } ?? 0)) }
    let indices = own.map { $0 == EntryIndex.none ? nil : Self.place(of: Int($0), in: starts) }
    return try EventTable(
      try names.map { name in
        let pieces = try parts.map { try $0.column(name).values }
        let values = Column.Values.joined(pieces) ?? pieces[0]
        return Column(name, missing == 0 ? Self.taken(values, indices) : values.taking(indices))
      }, source: source)
  }

  /// The values where every entry has a partner; without a copy where they stand in order.
  private static func taken(_ values: Column.Values, _ indices: [Int?]) -> Column.Values {
    let all = indices.compactMap(\.self)
    if all.count == values.count, all.indices.allSatisfy({ all[$0] == $0 }) { return values }
    return values.selecting(all)
  }

  /// Where an entry stands in runs that were read one behind the other.
  private static func place(of entry: Int, in runs: [(run: Range<Int>, start: Int)]) -> Int {
    var (low, high) = (0, runs.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if runs[middle].run.lowerBound <= entry { low = middle } else { high = middle - 1 }
    }
    return runs[low].start + entry - runs[low].run.lowerBound
  }
}

extension Column.Values {
  /// The values at some places; where there is none, what stands for a missing one.
  fileprivate func taking(_ places: [Int?]) -> Column.Values {
    switch self {
    case .float32(let own): return .float32(places.map { $0.map { own[$0] } ?? .nan })
    case .float64, .int64, .integers:
      let own = doubles ?? []
      return .float64(places.map { $0.map { own[$0] } ?? .nan })
    case .strings(let own): return .strings(places.map { $0.map { own[$0] } ?? "" })
    case .jagged(let own):
      let present = own.selecting(places.compactMap(\.self))
      var offsets = [0]
      var next = 0
      for place in places {
        if place != nil { next += 1 }
        offsets.append(present.offsets[next])
      }
      return .jagged(Jagged(offsets: offsets, content: present.content))
    }
  }
}
