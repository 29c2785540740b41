/// A value of a configuration file with the place where it stands, so that a mistake can be shown.
public struct ConfigurationValue: Sendable, Equatable {
  /// The kinds of value that YAML and the command line can give.
  public indirect enum Content: Sendable, Equatable {
    /// `null`, `~` or nothing.
    case null
    /// `true` or `false`.
    case flag(Bool)
    /// A whole number.
    case integer(Int)
    /// A number with a point or an exponent, `.inf` or `.nan`.
    case real(Double)
    /// Any other scalar, and one in quotes.
    case text(String)
    /// Values in the order of the file.
    case list([ConfigurationValue])
    /// Keys in the order of the file.
    case mapping([Entry])
  }

  /// One key and its value in a mapping.
  public struct Entry: Sendable, Equatable {
    /// The key as written.
    public var key: String
    /// What stands behind it.
    public var value: ConfigurationValue
    /// Makes an entry.
    public init(_ key: String, _ value: ConfigurationValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value itself.
  public var content: Content
  /// The line (from 1) where the value starts; 0 when it did not come from a file.
  public var line: Int
  /// The column (from 1) where the value starts; 0 when it did not come from a file.
  public var column: Int

  /// Makes a value that stands at a place of a file, or nowhere.
  public init(_ content: Content, line: Int = 0, column: Int = 0) {
    self.content = content
    self.line = line
    self.column = column
  }

  /// Whether two values are equal, wherever they stand.
  public static func == (a: ConfigurationValue, b: ConfigurationValue) -> Bool {
    a.content == b.content
  }

  /// The entries of a mapping; empty for every other kind.
  public var entries: [Entry] {
    if case .mapping(let entries) = content { return entries }
    return []
  }

  /// The value behind a key of a mapping.
  public subscript(key: String) -> ConfigurationValue? {
    entries.last { $0.key == key }?.value
  }
}
