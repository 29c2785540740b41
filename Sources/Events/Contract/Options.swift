/// One option of a method: declared once, read by the checker, the help, the manual and the run's record.
public struct OptionDescription: Sendable {
  /// What values an option may take.
  public indirect enum Kind: Sendable {
    /// `true` or `false`; also yes, no, on, off, 1 and 0.
    case flag
    /// A whole number within bounds.
    case integer(ClosedRange<Int>)
    /// A number within bounds; `open` excludes the bounds themselves.
    case real(ClosedRange<Double>, open: Bool = false)
    /// One of these words.
    case choice([String])
    /// A number within bounds, or one of these words.
    case realOrChoice(ClosedRange<Double>, [String])
    /// Any text.
    case text
    /// A list of integers, each within bounds.
    case integers(ClosedRange<Int>)
    /// A list of numbers, each within bounds.
    case reals(ClosedRange<Double>)
    /// A list of words or formulas.
    case texts
    /// A group of options. A plain value stands for the option named `shorthand`
    /// (`optimizer: adam` is `optimizer: {name: adam}`).
    case group([OptionDescription], shorthand: String?)
    /// Methods by name, each with options of its own; `type` says which method a name of the user's own is.
    case methods
  }

  /// The name in YAML.
  public let name: String
  /// Names that users of other programs know (TMVA, scikit-learn, XGBoost), accepted as well.
  public let aliases: [String]
  /// What it may be.
  public let kind: Kind
  /// Words of other programs for those of a choice: "poly" for "polynomial".
  public let synonyms: [String: String]
  /// Whether a number may be written with the sign of percent, which it is in: "2.5%".
  public let isPercent: Bool
  /// The value when nothing is said; nil when the option then is off.
  public let standard: ConfigurationValue.Content?
  /// One sentence: what it does, in which unit.
  public let summary: String

  /// Declares an option.
  public init(
    _ name: String, aliases: [String] = [], _ kind: Kind, synonyms: [String: String] = [:],
    percent isPercent: Bool = false, default standard: ConfigurationValue.Content? = nil,
    _ summary: String
  ) {
    self.name = name
    self.aliases = aliases
    self.kind = kind
    self.synonyms = synonyms
    self.isPercent = isPercent
    self.standard = standard
    self.summary = summary
  }
}

/// Options after checking: every declared option is present, with the user's value or its default.
public struct OptionValues: Sendable {
  /// The checked values by name; a group is an `OptionValues` of its own.
  public internal(set) var values: [String: ConfigurationValue.Content]
  /// The checked groups by name; absent groups that have no default are missing here.
  public internal(set) var groups: [String: OptionValues]
  /// The methods by the name of their option.
  public internal(set) var methods: [String: [BookedMethod]] = [:]
  /// The lines of the file on which options stand.
  var lines: [String: Int] = [:]
  /// The names of options that the user gave, as opposed to defaults; options that were turned off are not among them.
  public internal(set) var given: Set<String> = []

  /// Makes a set of checked values.
  public init(
    values: [String: ConfigurationValue.Content] = [:], groups: [String: OptionValues] = [:]
  ) {
    self.values = values
    self.groups = groups
  }

  /// The integer behind a name; nil when the option is off.
  public func integer(_ name: String) -> Int? {
    if case .integer(let v)? = values[name] { return v }
    return nil
  }

  /// The number behind a name; nil when the option is off.
  public func real(_ name: String) -> Double? {
    switch values[name] {
    case .real(let v)?: v
    case .integer(let v)?: Double(v)
    default: nil
    }
  }

  /// The flag behind a name; false when the option is off.
  public func flag(_ name: String) -> Bool {
    if case .flag(let v)? = values[name] { return v }
    return false
  }

  /// The word behind a name; nil when the option is off.
  public func text(_ name: String) -> String? {
    if case .text(let v)? = values[name] { return v }
    return nil
  }

  /// The integers behind a name; nil when the option is off.
  public func integers(_ name: String) -> [Int]? {
    guard case .list(let items)? = values[name] else { return nil }
    return items.compactMap { if case .integer(let v) = $0.content { v } else { nil } }
  }

  /// The numbers behind a name; nil when the option is off.
  public func reals(_ name: String) -> [Double]? {
    guard case .list(let items)? = values[name] else { return nil }
    return items.compactMap(\.asReal)
  }

  /// The texts behind a name; nil when the option is off.
  public func texts(_ name: String) -> [String]? {
    guard case .list(let items)? = values[name] else { return nil }
    return items.compactMap(\.asText)
  }

  /// The line of the file on which an option stands, or the innermost group on its path that stands there; nil for what was not given.
  public func line(of path: String) -> Int? {
    let parts = path.split(separator: ".", maxSplits: 1).map(String.init)
    guard let first = parts.first else { return nil }
    if parts.count > 1, let inner = groups[first]?.line(of: parts[1]) { return inner }
    if parts.count > 1, let methods = methods[first] {
      let rest = parts[1].split(separator: ".", maxSplits: 1).map(String.init)
      if let one = methods.first(where: { $0.name == rest.first }) {
        return (rest.count > 1 ? one.options.line(of: rest[1]) : nil) ?? one.line
      }
    }
    return lines[first]
  }

  /// The methods behind a name; nil when none were given.
  public func methods(_ name: String) -> [BookedMethod]? { methods[name] }

  /// The group behind a name; nil when it is off.
  public func group(_ name: String) -> OptionValues? { groups[name] }
}
