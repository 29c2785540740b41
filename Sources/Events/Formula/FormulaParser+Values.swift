extension FormulaParser {
  mutating func value() throws(FormulaError) -> Part {
    let start = token
    switch start.kind {
    case .number(let value):
      at += 1
      return Part(node: emit(.number(value), from: start.position), position: start.position)
    case .quoted(let word):
      at += 1
      let node = emit(.name(word, isQuoted: true), from: start.position)
      return Part(node: node, position: start.position)
    case .name(let word):
      at += 1
      if take("(") { return try call(word, start.position) }
      let node = emit(.name(word, isQuoted: false), from: start.position)
      return Part(node: node, position: start.position)
    case .sign("("):
      at += 1
      let inner = try deeper { p throws(FormulaError) in try p.choice() }
      guard take(")") else { throw fail("this '(' is not closed.", at: start.position) }
      return Part(node: inner.node, position: start.position)
    default: throw unexpected()
    }
  }

  /// The arguments of a function.
  private mutating func call(_ word: String, _ position: Int) throws(FormulaError) -> Part {
    var arguments: [Int] = []
    if !take(")") {
      repeat {
        arguments.append(try deeper { p throws(FormulaError) in try p.choice() }.node)
      } while take(",")
      guard take(")") else {
        if token.kind == .end { throw fail("the '(' of '\(word)' is not closed.", at: position) }
        throw unexpected()
      }
    }
    return Part(node: emit(.call(word, arguments), from: position), position: position)
  }

  /// Brackets or a dot behind a value; false where there is neither.
  mutating func postfix(_ base: inout Part) throws(FormulaError) -> Bool {
    let open = token.position
    if take("[") {
      let indices = try subscripts(open)
      base.node = emit(.subscripted(base.node, indices), from: base.position)
      return true
    }
    if take(".") {
      guard case .name(let word) = token.kind else { throw unexpected() }
      at += 1
      // Methods as C++ writes them: (a + b).M()
      if take("("), !take(")") {
        throw fail("'\(word)' takes no arguments here.", at: token.position)
      }
      base.node = emit(.member(base.node, word), from: base.position)
      return true
    }
    return false
  }

  private mutating func subscripts(_ open: Int) throws(FormulaError) -> [FormulaSyntax.Index] {
    if token.kind == .sign("]") {
      throw fail(
        "the brackets are empty; write a place, as in [0], or a part, as in [:2].", at: open)
    }
    var indices: [FormulaSyntax.Index] = []
    repeat { indices.append(try index()) } while take(",")
    guard take("]") else {
      if token.kind == .end { throw fail("this '[' is not closed.", at: open) }
      throw unexpected()
    }
    return indices
  }

  /// `2`, `-1`, `mask`, `:2`, `1:`, `1:3`.
  private mutating func index() throws(FormulaError) -> FormulaSyntax.Index {
    var from: Int?
    if token.kind != .sign(":") {
      from = try deeper { p throws(FormulaError) in try p.choice() }.node
    }
    guard take(":") else { return .at(from ?? 0) }
    var to: Int?
    if token.kind != .sign("]"), token.kind != .sign(","), token.kind != .sign(":") {
      to = try deeper { p throws(FormulaError) in try p.choice() }.node
    }
    if token.kind == .sign(":") {
      throw fail("parts of lists have no step; reversed(x) turns a list round.", at: token.position)
    }
    return .range(from: from, to: to)
  }
}
