public import ApusKernels

/// One named column of an event table.
public struct Column: Sendable {
  /// The storage of a column: one entry an event. (Jagged columns come with the ROOT reader.)
  public enum Values: Sendable, Equatable {
    case float32([Float])
    case float64([Double])
    case int64([Int64])
    case strings([String])
  }

  /// The column's name, as formulas write it.
  public var name: String
  /// Its entries.
  public var values: Values

  /// Makes a column.
  public init(_ name: String, _ values: Values) {
    self.name = name
    self.values = values
  }

  /// The number of entries.
  public var count: Int {
    switch values {
    case .float32(let v): v.count
    case .float64(let v): v.count
    case .int64(let v): v.count
    case .strings(let v): v.count
    }
  }

  /// The entries as double precision numbers, or nil for strings.
  ///
  /// 64-bit integers beyond 2^53 are rounded. Cost: one pass.
  public var doubles: [Double]? {
    switch values {
    case .float32(let v): v.map(Double.init)
    case .float64(let v): v
    case .int64(let v): v.map(Double.init)
    case .strings: nil
    }
  }
}

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
  case noColumn(source: String, name: String, known: [String])
  case differentLengths(source: String, first: String, Int, other: String, Int)
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
