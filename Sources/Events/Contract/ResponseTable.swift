/// Something that a model tells about itself as a table of its report: its cuts, its rules.
public struct ResponseTable: Sendable, Equatable {
  /// A range of one input as the model sees it: low < x ≤ high.
  public struct Interval: Sendable, Hashable {
    /// The place of the input.
    public var column: Int
    /// −∞ for no border.
    public var low: Float
    /// +∞ for no border.
    public var high: Float
    /// Makes a range.
    public init(column: Int, low: Float = -.infinity, high: Float = .infinity) {
      (self.column, self.low, self.high) = (column, low, high)
    }
    /// Whether a value lies inside.
    public func holds(_ x: Float) -> Bool { x > low && x <= high }
  }

  /// What stands in one place of a table.
  public enum Cell: Sendable, Equatable {
    /// A word.
    case text(String)
    /// A number.
    case number(Double)
    /// A range of an input that the title of the column names.
    case interval(Interval)
    /// Ranges that hold together, each with the name of its input.
    case intervals([Interval])
  }

  /// What the table shows.
  public var title: String
  /// The titles of the columns.
  public var columns: [String]
  /// The rows, a cell a column.
  public var rows: [[Cell]]
  /// What a reader should know.
  public var note: String

  /// Makes a table; each row has a cell a column.
  public init(title: String, columns: [String], rows: [[Cell]], note: String = "") {
    (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
  }
}
