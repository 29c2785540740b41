public import ApusKernels

/// A formula over the columns of an event table, such as `m_jj = mass(jet1, jet2)` or `n_jets >= 4 && pt > 25`.
///
/// The language: numbers; column names (letters, digits, `_`, `.`, or anything in backticks); `+ - * / %
/// ^ **`; `< <= > >= == !=`; `&& || !` (also `& | ~` on parenthesised operands, and `and or not`);
/// `condition ? a : b`; parentheses; the functions of ``functionNames``; the constant `pi`.
/// `^` binds tighter than a sign and to the right (`-x^2` is −(x²)); `%` has the sign of its divisor.
/// Truth is 1 and 0; a number is true when it is neither 0 nor NaN. Comparisons with NaN are false,
/// except `!=`. The square root or logarithm of a negative number is NaN.
///
/// It is parsed once into a flat list of operations on columns, so that neither parsing nor evaluating can
/// overflow the stack, whatever the text.
public struct Formula: Sendable, Equatable {
  /// The text that it was made from; it parses back to the same formula for the same columns.
  public let source: String
  /// The name of the result: what stands before `=`, or else the text itself.
  public let name: String
  /// The columns it needs, in the order of first use.
  public let columns: [String]
  /// Operations in an order in which each comes after its arguments; the last is the result.
  let nodes: [Node]

  /// One operation.
  enum Node: Sendable, Equatable {
    case number(Double)
    case column(Int)
    case unary(UnaryFunction, Int)
    case binary(BinaryFunction, Int, Int)
    case select(Int, Int, Int)
  }

  enum UnaryFunction: String, Sendable {
    case negate, not, abs, sqrt, exp, log, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
    case floor, ceil, round, sign, isnan, isfinite
  }

  enum BinaryFunction: String, Sendable {
    case add, subtract, multiply, divide, modulo, power, min, max, atan2
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual, and, or
  }

  /// Parses a formula.
  /// - Parameters:
  ///   - text: The formula, or `name = formula`; at most 20,000 characters.
  ///   - known: The columns that exist; nil takes every name for a column. Where they are known,
  ///     `mass(jet1, jet2)` finds `jet1_pt`, `jet1_eta` and so on.
  /// - Throws: ``FormulaError`` that points at the character.
  public init(_ text: String, columns known: [String]? = nil) throws(FormulaError) {
    var parser = try FormulaParser(text, known: known)
    try parser.parse()
    source = text
    name = parser.name ?? text.trimmed
    columns = parser.columns
    nodes = parser.nodes
  }

  /// Whether the formula is nothing but a column of the table.
  public var isColumn: Bool { nodes == [.column(0)] && columns == [name] }

  /// The names of all functions, for help and for offers.
  public static var functionNames: [String] { FormulaFunction.all.map(\.name) }

  /// One line a function: how it is called and what it gives.
  public static var functionHelp: String {
    FormulaFunction.all.map { "\($0.name)(\($0.arguments)): \($0.summary)" }
      .joined(separator: "\n")
  }
}

/// What is wrong with a formula, and where.
public struct FormulaError: ApusError, Equatable {
  /// The whole text of the formula.
  public var formula: String
  /// The character, counted from 0, at which the mistake stands.
  public var position: Int
  /// What must hold, what was found, what to try.
  public var reason: String

  /// A wrong formula is wrong usage.
  public var kind: ErrorKind { .usage }

  /// The reason, then the formula with a caret under the character.
  public var message: String {
    let letters = formula.map { $0 == "\n" || $0 == "\t" || $0 == "\r" ? " " : $0 }
    let start = Swift.max(0, Swift.min(position - 40, letters.count - 76))
    let end = Swift.min(letters.count, start + 76)
    let (before, after) = (start > 0 ? "..." : "", end < letters.count ? "..." : "")
    let caret = String(repeating: " ", count: before.count + Swift.max(position - start, 0)) + "^"
    return
      "in the formula: \(reason)\n  \(before)\(String(letters[start..<end]))\(after)\n  \(caret)"
  }
}

extension String {
  var trimmed: String {
    let inner = drop { $0.isWhitespace }
    guard let last = inner.lastIndex(where: { !$0.isWhitespace }) else { return "" }
    return String(inner[...last])
  }
}
