/// A formula as it is written, before names have a meaning: a flat list in which parts come before the wholes.
struct FormulaSyntax: Sendable {
  /// One part of the text.
  enum Part: Sendable {
    case number(Double)
    /// A name; one in backticks is always a column.
    case name(String, isQuoted: Bool)
    case unary(Formula.UnaryFunction, Int)
    case binary(Formula.BinaryFunction, Int, Int)
    /// `a & b`; of `~a` both places are a.
    case bits(Formula.BitFunction, Int, Int)
    case select(Int, Int, Int)
    case call(String, [Int])
    /// `jet[0].pt`: a quantity of an object.
    case member(Int, String)
    case subscripted(Int, [Index])
  }

  /// What stands between brackets.
  enum Index: Sendable {
    case at(Int)
    case range(from: Int?, to: Int?)
  }

  /// The text.
  let text: String
  /// What stands before `=`.
  var name: String?
  var parts: [Part] = []
  /// The characters of each part, the first and the one behind the last.
  var spans: [Range<Int>] = []
  /// The place of the whole.
  var root = 0

  mutating func add(_ part: Part, _ span: Range<Int>) -> Int {
    parts.append(part)
    spans.append(span)
    return parts.count - 1
  }
}
