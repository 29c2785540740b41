/// Puts the operations of a formula together; functions of a library speak to it.
///
/// Equal operations on equal arguments are one operation, so a function may ask for `pt cos φ` twice.
public struct FormulaBuilder: Sendable {
  /// A bound index: what stands between brackets.
  enum Index: Sendable {
    case at(FormulaNode)
    case range(from: FormulaNode?, to: FormulaNode?)
  }

  let library: FormulaLibrary
  var nodes: [Formula.Node] = []
  /// Where each operation stands, for what goes wrong later.
  var places: [Formula.Place] = []
  var columns: [String] = []
  private var known: [Formula.Node: Int] = [:]
  /// The part of the text that is being bound.
  var place = Formula.Place(text: "", range: 0..<0)

  init(library: FormulaLibrary) { self.library = library }

  mutating func emit(_ node: Formula.Node) -> FormulaNode {
    if let same = known[node] { return FormulaNode(index: same) }
    nodes.append(node)
    places.append(place)
    known[node] = nodes.count - 1
    return FormulaNode(index: nodes.count - 1)
  }

  mutating func column(_ name: String) -> FormulaNode {
    if let place = columns.firstIndex(of: name) { return emit(.column(place)) }
    columns.append(name)
    return emit(.column(columns.count - 1))
  }

  /// An error at the part of the text that is being read.
  /// - Parameter reason: What must hold, what was found, what to try; ends in a full stop.
  public func fail(_ reason: String) -> FormulaError {
    FormulaError(formula: place.text, position: place.range.lowerBound, reason: reason)
  }

  mutating func unary(_ function: Formula.UnaryFunction, _ x: FormulaNode) -> FormulaNode {
    if function == .negate, case .number(let value) = nodes[x.index], value != 0 {
      return emit(.number(-value))
    }
    return emit(.unary(function, x.index))
  }

  mutating func binary(
    _ function: Formula.BinaryFunction, _ x: FormulaNode, _ y: FormulaNode
  ) -> FormulaNode {
    emit(.binary(function, x.index, y.index))
  }

  /// Logic of truths, or of the bits of whole numbers.
  ///
  /// Of comparisons it is their logic, which the engine's graph has too; of columns the run finds out what they are.
  mutating func bits(
    _ function: Formula.BitFunction, _ x: FormulaNode, _ y: FormulaNode
  ) -> FormulaNode {
    let areTruths = isTruth(x) && isTruth(y)
    switch function {
    case .and where areTruths: return binary(.and, x, y)
    case .or where areTruths: return binary(.or, x, y)
    case .complement where areTruths: return unary(.not, x)
    default: return emit(.bits(function, x.index, y.index))
    }
  }

  /// Whether a node is a truth for whatever columns.
  func isTruth(_ node: FormulaNode) -> Bool {
    switch nodes[node.index] {
    case .unary(let function, _): function.isPredicate
    case .binary(let function, _, _): function.isPredicate
    default: false
    }
  }

  /// The number that a node always is; nil where it depends on the event.
  func constant(_ node: FormulaNode) -> Double? {
    if case .number(let value) = nodes[node.index] { return value }
    return nil
  }
}

extension FormulaBuilder {
  /// A number.
  public mutating func number(_ value: Double) -> FormulaNode { emit(.number(value)) }
  /// a + b.
  public mutating func add(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode { binary(.add, a, b) }
  /// a − b.
  public mutating func subtract(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    binary(.subtract, a, b)
  }
  /// a b.
  public mutating func multiply(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    binary(.multiply, a, b)
  }
  /// a b.
  public mutating func multiply(_ a: Double, _ b: FormulaNode) -> FormulaNode {
    a == 1 ? b : multiply(number(a), b)
  }
  /// a / b.
  public mutating func divide(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    binary(.divide, a, b)
  }
  /// The larger of two; NaN where one is.
  public mutating func maximum(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    binary(.max, a, b)
  }
  /// The angle of (x, y).
  public mutating func angle(y: FormulaNode, x: FormulaNode) -> FormulaNode { binary(.atan2, y, x) }
  /// 1 where a > b, else 0.
  public mutating func isGreater(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    binary(.greater, a, b)
  }
  /// a where the condition holds, else b.
  public mutating func choose(_ condition: FormulaNode, _ a: FormulaNode, _ b: FormulaNode)
    -> FormulaNode
  {
    emit(.select(condition.index, a.index, b.index))
  }
  /// √x.
  public mutating func squareRoot(_ x: FormulaNode) -> FormulaNode { unary(.sqrt, x) }
  /// −x.
  public mutating func negate(_ x: FormulaNode) -> FormulaNode { unary(.negate, x) }
  /// |x|.
  public mutating func size(_ x: FormulaNode) -> FormulaNode { unary(.abs, x) }
  /// x².
  public mutating func square(_ x: FormulaNode) -> FormulaNode { multiply(x, x) }
  /// √(a² + b²).
  public mutating func hypotenuse(_ a: FormulaNode, _ b: FormulaNode) -> FormulaNode {
    squareRoot(add(square(a), square(b)))
  }
  /// sin x.
  public mutating func sine(_ x: FormulaNode) -> FormulaNode { unary(.sin, x) }
  /// cos x.
  public mutating func cosine(_ x: FormulaNode) -> FormulaNode { unary(.cos, x) }
  /// sinh x.
  public mutating func hyperbolicSine(_ x: FormulaNode) -> FormulaNode { unary(.sinh, x) }
  /// cosh x.
  public mutating func hyperbolicCosine(_ x: FormulaNode) -> FormulaNode { unary(.cosh, x) }
  /// The inverse of sinh.
  public mutating func inverseHyperbolicSine(_ x: FormulaNode) -> FormulaNode { unary(.asinh, x) }
  /// The nearest whole number.
  public mutating func round(_ x: FormulaNode) -> FormulaNode { unary(.round, x) }
  /// x without its decimals.
  mutating func truncated(_ x: FormulaNode) -> FormulaNode {
    let isNegative = isGreater(number(0), x)
    return choose(isNegative, unary(.ceil, x), unary(.floor, x))
  }
  /// The sum of each innermost list.
  public mutating func sumOfList(_ x: FormulaNode) -> FormulaNode { emit(.reduce(.sum, x.index)) }

  /// The parts of an object, each treated alike.
  mutating func each(
    _ object: FormulaObject,
    _ body: (inout FormulaBuilder, FormulaNode) throws(FormulaError) -> FormulaNode
  ) throws(FormulaError) -> FormulaObject {
    var result = object
    result.origin = nil
    for t in result.terms.indices {
      for p in result.terms[t].parts.indices {
        result.terms[t].parts[p].value = try body(&self, result.terms[t].parts[p].value)
      }
    }
    return result
  }

  /// An element or a part of lists; several indices go inward.
  mutating func subscripted(_ base: FormulaNode, _ indices: [Index]) throws(FormulaError)
    -> FormulaNode
  {
    var (value, level) = (base, 0)
    for (i, index) in indices.enumerated() {
      switch index {
      case .at(let at):
        guard i == indices.count - 1 || constant(at) != nil else {
          throw fail(
            "of several indices only the last may be a list or a column; write x[a][b] instead.")
        }
        value = emit(.element(value.index, at: at.index, level: level))
      case .range(let from, let to):
        value = emit(.slice(value.index, from: from?.index, to: to?.index, level: level))
        level += 1
      }
    }
    return value
  }
}
