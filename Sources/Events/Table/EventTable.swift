public import ApusKernels

/// A table of events: named columns of equal length, in the order of the file.
public struct EventTable: Sendable {
  /// The columns in order.
  public private(set) var columns: [Column]
  /// The number of events.
  public let count: Int
  /// Where the events come from, for messages: a file name, or `file:tree`.
  public var source: String

  /// Makes a table.
  /// - Throws: ``TableError`` when columns differ in length or two have one name.
  public init(_ columns: [Column], source: String = "table") throws(TableError) {
    self.columns = columns
    self.source = source
    count = columns.first?.count ?? 0
    var names: Set<String> = []
    for column in columns {
      guard column.count == count else {
        throw TableError.differentLengths(
          source: source, first: columns[0].name, count, other: column.name, column.count)
      }
      guard names.insert(column.name).inserted else {
        throw TableError.twoColumnsOfOneName(source: source, name: column.name)
      }
    }
  }

  /// The names of all columns.
  public var names: [String] { columns.map(\.name) }

  /// The column of a name.
  /// - Throws: ``TableError`` that offers the nearest names.
  public func column(_ name: String) throws(TableError) -> Column {
    guard let found = columns.first(where: { $0.name == name }) else {
      throw TableError.noColumn(source: source, name: name, known: names)
    }
    return found
  }
}

/// What can be wrong with a table.
public enum TableError: ApusError, Equatable {
  /// There is no column of this name; near ones are offered.
  case noColumn(source: String, name: String, known: [String])
  /// Two columns have different numbers of events.
  case differentLengths(source: String, first: String, Int, other: String, Int)
  /// A name stands for two columns.
  case twoColumnsOfOneName(source: String, name: String)

  /// A missing column is a mistake of the configuration; the others are faults of the file.
  public var kind: ErrorKind {
    if case .noColumn = self { return .usage }
    return .failure
  }

  /// What is wrong, where, and what to try.
  public var message: String {
    switch self {
    case .noColumn(let source, let name, let known):
      "\(source): there is no column '\(name)' among its \(known.count) columns."
        + didYouMean(name, among: known)
    case .differentLengths(let source, let first, let n, let other, let m):
      "\(source): all columns must have one length, but '\(first)' has \(n) entries and "
        + "'\(other)' has \(m)."
    case .twoColumnsOfOneName(let source, let name):
      "\(source): two columns are named '\(name)'; rename one of them."
    }
  }
}
