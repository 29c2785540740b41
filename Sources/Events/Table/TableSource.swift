/// A table that stands in a file and is read piece by piece: only the columns and the events asked for.
public protocol TableSource: Sendable {
  /// Where the events come from, for messages: `file:tree`.
  var source: String { get }
  /// The number of events.
  var count: Int { get }
  /// What its columns are, in the order of the file.
  var schema: [ColumnDescription] { get }
  /// Runs of events that are cheapest to read at once (clusters, row groups, chunks), in order and without
  /// gaps; together all events.
  var pieces: [Range<Int>] { get }
  /// Reads columns for a run of events.
  /// - Throws: `TableError.noColumn` for an unknown name, the reader's error for a fault of the file.
  func read(_ names: [String], rows: Range<Int>) throws -> EventTable
}

extension TableSource {
  /// The names of all columns.
  public var columnNames: [String] { schema.map(\.name) }

  /// All names by which columns can be asked for: their own, and their aliases.
  public var knownNames: [String] { columnNames + schema.flatMap(\.aliases) }
}

/// What is known of a column before it is read.
public struct ColumnDescription: Sendable, Equatable {
  /// The name, as formulas write it.
  public var name: String
  /// The type as the file has it (`std::vector<float>`).
  public var type: String
  /// Its title, which the files of the field also use for the unit; empty where there is none.
  public var title: String
  /// Why it can't be read, where it can't: the class or encoding, as a sentence; nil where it can.
  public var obstacle: String?
  /// Other names by which it can be asked for: `friend.x` of a friend's column `x`.
  public var aliases: [String] = []

  /// Makes a description.
  public init(_ name: String, type: String, title: String = "", obstacle: String? = nil) {
    self.name = name
    self.type = type
    self.title = title
    self.obstacle = obstacle
  }
}

extension EventTable: TableSource {
  /// What its columns are.
  public var schema: [ColumnDescription] {
    columns.map { ColumnDescription($0.name, type: $0.values.typeName) }
  }

  /// A table in memory is one piece.
  public var pieces: [Range<Int>] { count == 0 ? [] : [0..<count] }

  /// The columns of these names for a run of events.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let chosen = try names.map { name in try column(name) }
    let all = rows == 0..<count
    return try EventTable(
      chosen.map { Column($0.name, all ? $0.values : $0.values.selecting(rows)) }, source: source)
  }
}
