/// A formula over the columns of an event table, such as `m_jj = mass(jet[0], jet[1])` or `n_jets >= 4 && pt > 25`.
///
/// Numbers; column names (letters, digits, `_`, `.`, or anything in backticks); `+ - * / % ^ **`;
/// `< <= > >= == !=`; `&& || !` (also `and or not`); `& | ~ << >>`, which are logic between truths and work on the bits
/// of whole numbers up to 2^53 (beside a comparison they need parentheses);
/// `condition ? a : b`; parentheses; the functions of a ``FormulaLibrary``; the constants `pi`, `true` and `false`.
/// `^` is the power, as in TTree::Draw and not as in C: it binds tighter than a sign
/// (`-x^2` is −(x²)); of two truths the exclusive or is `a != b`. `%` has the sign of its divisor.
/// Truth is 1 and 0; a number is true when it is neither 0 nor NaN. Comparisons with NaN are false,
/// except `!=`. The square root or logarithm of a negative number is NaN.
///
/// Columns of lists: operations go element by element; a number beside a list stands for all its
/// elements, and two lists must be of one length in every event. `x[0]` and `x[-1]` are elements from the front and
/// from the back, `x[:2]` and `x[1:]` parts, `x[y > 3]` the elements for which a condition holds, `x[argsort(y)]`
/// those at a list of places; in lists of lists `x[0]` is a list, `x[1][2]` and `x[1, 2]` a number. `sum`, `max` and
/// their like take the innermost lists, `Sum$`, `Max$` and their like the whole event.
///
/// What does not exist (`x[2]` of two elements, the largest value of an empty list) is *missing*: comparisons with it
/// are false, arithmetic on it is missing, and a result that is missing gets a value of the caller's choice, NaN by
/// default, and is counted.
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
  /// Where in the text each operation stands.
  let places: [Place]

  /// A part of a text.
  struct Place: Sendable, Equatable {
    var text: String
    var range: Range<Int>
    /// The part itself, as it was written.
    var words: String { String(Array(text)[range]) }
  }

  /// Parses a formula.
  /// - Parameters:
  ///   - text: The formula, or `name = formula`; at most 20,000 characters.
  ///   - known: The columns that exist; nil takes every name for a column. Where they are known and the library
  ///     has objects, `mass(jet1, jet2)` finds `jet1_pt`, `jet1_eta` and so on.
  ///   - library: The functions.
  ///   - aliases: Names with the formulas that they stand for.
  /// - Throws: ``FormulaError`` that points at the character.
  public init(
    _ text: String, columns known: [String]? = nil, library: FormulaLibrary = .standard,
    aliases: [String: String] = [:]
  ) throws(FormulaError) {
    let syntax = try FormulaParser.parse(text)
    var binder = FormulaBinder(columns: known, library: library, aliases: aliases)
    let root = try binder.bind(formula: syntax)
    source = text
    name = syntax.name ?? text.trimmed
    (nodes, columns, places) = Formula.needed(root.index, binder.builder)
  }

  /// The operations and columns that a result needs.
  private static func needed(_ root: Int, _ builder: FormulaBuilder)
    -> ([Node], [String], [Place])
  {
    var isNeeded = [Bool](repeating: false, count: root + 1)
    isNeeded[root] = true
    for i in (0...root).reversed() where isNeeded[i] {
      for argument in builder.nodes[i].arguments { isNeeded[argument] = true }
    }
    var moved = [Int](repeating: 0, count: root + 1)
    var (nodes, columns, places): ([Node], [String], [Place]) = ([], [], [])
    for i in 0...root where isNeeded[i] {
      moved[i] = nodes.count
      if case .column(let c) = builder.nodes[i] {
        nodes.append(.column(columns.count))
        columns.append(builder.columns[c])
      } else {
        nodes.append(builder.nodes[i].moved { moved[$0] })
      }
      places.append(builder.places[i])
    }
    return (nodes, columns, places)
  }

  /// Whether the formula is nothing but a column of the table.
  public var isColumn: Bool { nodes == [.column(0)] && columns == [name] }

  /// Whether it is elementwise, without indices and reductions of lists: such formulas are also part of
  /// the engine's graph.
  public var isElementwise: Bool { nodes.allSatisfy(\.isElementwise) }
}
