import ApusKernels
import ApusEvents

/// A table with friends beside it: entry i of each belongs to entry i of all others, as in `TTree::AddFriend`.
///
/// A friend's column `x` is `friend.x`, and `x` alone where neither the table nor another friend has one. A friend that
/// is found by an index comes as a ``MatchedTable``, in the order of the table.
struct AlignedTable: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  private let tables: [any TableSource]
  /// The names of the friends; the table itself has none.
  private let names: [String]
  /// Where each column is, by its names.
  private var places: [String: Place] = [:]
  /// Friends that don't fit, and why.
  private var obstacles: [String: String] = [:]

  private struct Place {
    var table: Int
    var column: String
  }

  /// A friend: its name, and its table or why there is none.
  struct Friend {
    var name: String
    var table: Result<any TableSource, FormatError>
    /// Its files, as far as they are known.
    var files: [String] = []
  }

  /// The files of all friends.
  let files: [String]
  /// What a reader should know: of how many entries a friend has none.
  let remarks: [String]

  /// Puts friends beside a table; one that does not fit becomes a column that says why it can't be read.
  init(_ table: any TableSource, _ friends: [Friend]) {
    (source, count, pieces) = (table.source, table.count, table.pieces)
    var schema = table.schema
    var tables = [table]
    var names = [""]
    let taken = Set(schema.flatMap { [$0.name] + $0.aliases })
    for column in schema { places[column.name] = Place(table: 0, column: column.name) }
    let fitting = friends.map { ($0.name, Self.checked($0, table)) }
    let alone = Self.alone(fitting.map { (try? $0.1.get())?.columnNames ?? [] })
    for (name, found) in fitting {
      switch found {
      case .failure(let error):
        schema.append(ColumnDescription(name, type: "friend", obstacle: error.message))
        obstacles[name] = error.message
      case .success(let friend):
        for var column in friend.schema {
          let place = Place(table: tables.count, column: column.name)
          let full = name + "." + column.name
          let isFree = alone.contains(column.name) && !taken.contains(column.name)
          column.aliases = isFree ? [full] : []
          column.name = isFree ? column.name : full
          for one in [column.name, full] where places[one] == nil { places[one] = place }
          schema.append(column)
        }
        tables.append(friend)
        names.append(name)
      }
    }
    (self.schema, self.tables, self.names) = (schema, tables, names)
    files = friends.flatMap(\.files) + friendFiles(of: table)
    remarks =
      friendRemarks(table)
      + zip(names, tables).dropFirst().compactMap { name, friend in
        Self.remark(name, friend)
      }
  }

  private static func remark(_ name: String, _ friend: any TableSource) -> String? {
    guard let matched = friend as? MatchedTable, matched.missing > 0 else { return nil }
    return
      "friend '\(name)' (\(friend.source)): \(matched.missing) of \(matched.count) entries have no partner in "
      + "it; its columns are missing there (NaN, empty lists)."
  }

  /// A friend, where it has as many entries as the table.
  private static func checked(
    _ friend: Friend, _ table: any TableSource
  ) -> Result<any TableSource, FormatError> {
    friend.table.flatMap { other in
      if other.count == table.count { return .success(other) }
      return .failure(
        FormatError(
          other.source, "a friend must have as many entries as '\(table.source)' (\(table.count))",
          found: "it has \(other.count)",
          remedy: "Friends stand in the order of their entries: make it again from this very table."
        ))
    }
  }

  /// The names that only one friend has.
  private static func alone(_ columns: [[String]]) -> Set<String> {
    var counts: [String: Int] = [:]
    for name in columns.joined() { counts[name, default: 0] += 1 }
    return Set(counts.filter { $0.value == 1 }.keys)
  }

  func read(_ wanted: [String], rows: Range<Int>) throws -> EventTable {
    let found = try wanted.map { try place($0) }
    var read: [Column?] = wanted.map { _ in nil }
    for table in tables.indices {
      let own = found.indices.filter { found[$0].table == table }
      if own.isEmpty { continue }
      // One column may be asked for by two names.
      let columns = Set(own.map { found[$0].column }).sorted()
      let part = try tables[table].read(columns, rows: rows)
      for i in own { read[i] = Column(wanted[i], try part.column(found[i].column).values) }
    }
    return try EventTable(read.compactMap(\.self), source: source)
  }

  /// Where a column is; names of its own that only its table's reader knows count as well.
  private func place(_ name: String) throws -> Place {
    if let known = places[name] { return known }
    if let friend = obstacles.keys.first(where: { name == $0 || name.hasPrefix($0 + ".") }) {
      throw FormatError(
        source, object: name, "a friend to read must fit its table",
        found: "this one does not: " + (obstacles[friend] ?? ""), kind: .usage)
    }
    for (i, friend) in names.enumerated() {
      let rest = friend.isEmpty ? name : String(name.dropFirst(friend.count + 1))
      guard friend.isEmpty || name.hasPrefix(friend + ".") else { continue }
      if (try? tables[i].read([rest], rows: 0..<0)) != nil { return Place(table: i, column: rest) }
    }
    throw TableError.noColumn(
      source: source, name: name, known: schema.flatMap { [$0.name] + $0.aliases })
  }
}
