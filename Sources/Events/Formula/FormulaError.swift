public import ApusKernels

/// What is wrong with a formula, and where.
public struct FormulaError: ApusError, Equatable {
  /// What kind of mistake it is, for those who can do something about it.
  public enum Cause: Sendable, Equatable {
    /// The text is no formula, whatever the columns are.
    case text
    /// The text can only be understood once the columns are known: `mass(jet1, jet2)`.
    case needsColumns
    /// These names are neither columns nor objects, all of them in the order of the text.
    case unknownColumns([Unknown])
    /// The values of the table do not fit the formula: lists of different lengths, texts.
    case values
  }

  /// A name that means nothing, and where it stands first.
  public struct Unknown: Sendable, Equatable {
    /// The name.
    public var name: String
    /// The formula, or the alias' formula, in which it stands.
    public var formula: String
    /// The character, counted from 0, at which it stands.
    public var position: Int
    /// The alias in whose formula it stands.
    public var alias: String?

    /// Makes a name that means nothing.
    public init(name: String, formula: String, position: Int, alias: String? = nil) {
      (self.name, self.formula, self.position, self.alias) = (name, formula, position, alias)
    }

    /// The formula with a caret under the name; nil where the formula is nothing else.
    public var pointer: String? {
      formula.trimmed == name ? nil : FormulaError.pointer(to: position, in: formula)
    }
  }

  /// The whole text of the formula.
  public var formula: String
  /// The character, counted from 0, at which the mistake stands.
  public var position: Int
  /// What must hold, what was found, what to try.
  public var reason: String
  /// What kind of mistake it is.
  public var cause = Cause.text
  /// The table whose values do not fit.
  public var source: String?

  /// A wrong formula is wrong usage.
  public var kind: ErrorKind { .usage }

  /// The reason, then the formula with a caret under the character.
  public var message: String {
    (source.map { $0 + ": " } ?? "") + "in the formula: \(reason)\n"
      + FormulaError.pointer(to: position, in: formula)
  }

  /// A formula, or the part of a long one around a character, with a caret under it.
  static func pointer(to position: Int, in formula: String) -> String {
    let letters = formula.map { $0 == "\n" || $0 == "\t" || $0 == "\r" ? " " : $0 }
    let start = Swift.max(0, Swift.min(position - 40, letters.count - 76))
    let end = Swift.min(letters.count, start + 76)
    let (before, after) = (start > 0 ? "..." : "", end < letters.count ? "..." : "")
    let caret = String(repeating: " ", count: before.count + Swift.max(position - start, 0)) + "^"
    return "  \(before)\(String(letters[start..<end]))\(after)\n  \(caret)"
  }
}

extension String {
  var trimmed: String {
    let inner = drop { $0.isWhitespace }
    guard let last = inner.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(inner[...last])
  }
}
