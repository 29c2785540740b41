import ApusKernels

/// Turns tokens into syntax by precedence climbing.
struct FormulaParser {
  /// How deep parentheses, brackets, calls and signs may nest.
  static let depthLimit = 200

  let tokens: [FormulaToken]
  var at = 0
  var depth = 0
  var syntax: FormulaSyntax

  /// A parsed part: its place, and what it looked like, for advice.
  struct Part {
    enum Shape { case plain, comparison, negation, power }
    var node: Int
    var shape = Shape.plain
    var position: Int
  }

  init(_ text: String) throws(FormulaError) {
    syntax = FormulaSyntax(text: text)
    var lexer = FormulaLexer(text)
    tokens = try lexer.tokens()
  }

  func fail(_ reason: String, at position: Int) -> FormulaError {
    FormulaError(formula: syntax.text, position: position, reason: reason)
  }

  var token: FormulaToken { tokens[at] }

  mutating func take(_ sign: String) -> Bool {
    if token.kind == .sign(sign) {
      at += 1
      return true
    }
    return false
  }

  /// Adds a part that reaches from a character to the last token taken.
  mutating func emit(_ part: FormulaSyntax.Part, from start: Int) -> Int {
    syntax.add(part, start..<max(start, at > 0 ? tokens[at - 1].end : start))
  }

  static func parse(_ text: String) throws(FormulaError) -> FormulaSyntax {
    var parser = try FormulaParser(text)
    return try parser.parse()
  }

  private mutating func parse() throws(FormulaError) -> FormulaSyntax {
    if tokens.count == 1 { throw fail("it is empty.", at: 0) }
    if tokens.count > 2, tokens[1].kind == .sign("=") {
      switch tokens[0].kind {
      case .name(let given), .quoted(let given): syntax.name = given
      default: throw fail("a name must stand before '='.", at: tokens[0].position)
      }
      at = 2
    }
    syntax.root = try choice().node
    guard token.kind == .end else { throw unexpected() }
    return syntax
  }

  func unexpected() -> FormulaError {
    switch token.kind {
    case .end: fail("it ends where a value must follow.", at: token.position)
    case .sign(")"): fail("')' closes nothing.", at: token.position)
    case .sign("]"): fail("']' closes nothing.", at: token.position)
    case .sign("["): fail("'[' must stand behind a list, as in jet_pt[0].", at: token.position)
    case .sign("="): fail("'=' does not compare; write '=='.", at: token.position)
    case .sign(","): fail("',' stands outside of a function's arguments.", at: token.position)
    case .sign(let sign): fail("'\(sign)' must not stand here.", at: token.position)
    case .number, .name, .quoted: fail("an operator is missing before this.", at: token.position)
    }
  }

  /// `condition ? a : b`.
  mutating func choice() throws(FormulaError) -> Part {
    let condition = try binary(0)
    guard take("?") else { return condition }
    let a = try deeper { p throws(FormulaError) in try p.choice() }
    guard take(":") else { throw fail("'?' needs a ':' with the other value.", at: token.position) }
    let b = try deeper { p throws(FormulaError) in try p.choice() }
    let start = condition.position
    return Part(node: emit(.select(condition.node, a.node, b.node), from: start), position: start)
  }

  mutating func deeper(
    _ body: (inout FormulaParser) throws(FormulaError) -> Part
  ) throws(FormulaError) -> Part {
    depth += 1
    defer { depth -= 1 }
    if depth > FormulaParser.depthLimit {
      throw fail("it nests deeper than \(FormulaParser.depthLimit) levels.", at: token.position)
    }
    return try body(&self)
  }

  /// The operator at hand, its function and how tightly it binds.
  var operation: (sign: String, meaning: Meaning, level: Int)? {
    switch token.kind {
    case .name("or"): return ("or", .number(.or), 1)
    case .name("and"): return ("and", .number(.and), 2)
    case .sign(let sign): return FormulaParser.operators[sign].map { (sign, $0.0, $0.1) }
    default: return nil
    }
  }

  /// What an operator does: with numbers, or with bits and truths.
  enum Meaning {
    case number(Formula.BinaryFunction)
    case bits(Formula.BitFunction)
  }

  /// How tightly operators bind.
  ///
  /// NumPy and C have comparisons on different sides of `&` and `|`: side by side they are refused. All others
  /// stand as in both.
  static let operators: [String: (Meaning, Int)] = [
    "||": (.number(.or), 1), "&&": (.number(.and), 2), "|": (.bits(.or), 4), "&": (.bits(.and), 5),
    "==": (.number(.equal), comparing), "!=": (.number(.notEqual), comparing),
    "<": (.number(.less), comparing), "<=": (.number(.lessOrEqual), comparing),
    ">": (.number(.greater), comparing), ">=": (.number(.greaterOrEqual), comparing),
    "<<": (.bits(.shiftLeft), 7), ">>": (.bits(.shiftRight), 7), "+": (.number(.add), 8),
    "-": (.number(.subtract), 8), "*": (.number(.multiply), 9), "/": (.number(.divide), 9),
    "%": (.number(.modulo), 9),
  ]
  /// How tightly `not`, comparisons and signs bind.
  static let (inverting, comparing, signing) = (3, 6, 10)

  mutating func binary(_ least: Int) throws(FormulaError) -> Part {
    var left = try operand(least)
    while let (sign, meaning, level) = operation, level >= least {
      let place = token.position
      at += 1
      let right = try binary(level + 1)
      try advise(sign, level, left, right, place)
      let part: FormulaSyntax.Part =
        switch meaning {
        case .number(let function): .binary(function, left.node, right.node)
        case .bits(let function): .bits(function, left.node, right.node)
        }
      left = Part(
        node: emit(part, from: left.position),
        shape: level == Self.comparing ? .comparison : .plain, position: left.position)
    }
    return left
  }

  /// Refuses what other languages read differently, with the way to write it.
  func advise(_ sign: String, _ level: Int, _ left: Part, _ right: Part, _ place: Int)
    throws(FormulaError)
  {
    if level == Self.comparing, left.shape == .comparison {
      throw fail("comparisons can't be chained; write 'a < b && b < c'.", at: place)
    }
    if level == Self.comparing, left.shape == .negation {
      throw fail("'!' binds tighter than '\(sign)'; write '!(a \(sign) b)'.", at: left.position)
    }
    if sign == "&" || sign == "|", left.shape == .comparison || right.shape == .comparison {
      throw fail(
        "'\(sign)' binds tighter than comparisons in other languages; write '\(sign)\(sign)', or put "
          + "both sides in parentheses.", at: place)
    }
  }

  /// A value with the signs before it.
  mutating func operand(_ least: Int) throws(FormulaError) -> Part {
    let start = token.position
    if token.kind == .name("not") && least <= Self.inverting {
      at += 1
      let part = try deeper { p throws(FormulaError) in try p.binary(Self.inverting) }
      return Part(node: emit(.unary(.not, part.node), from: start), position: start)
    }
    if take("-") {
      let part = try deeper { p throws(FormulaError) in try p.operand(Self.signing) }
      return Part(node: emit(.unary(.negate, part.node), from: start), position: start)
    }
    if take("+") { return try deeper { p throws(FormulaError) in try p.operand(Self.signing) } }
    if take("!") {
      let part = try deeper { p throws(FormulaError) in try p.operand(Self.signing) }
      return Part(
        node: emit(.unary(.not, part.node), from: start), shape: .negation, position: start)
    }
    if take("~") {
      let part = try deeper { p throws(FormulaError) in try p.operand(Self.signing) }
      return Part(
        node: emit(.bits(.complement, part.node, part.node), from: start), position: start)
    }
    var base = try value()
    while try postfix(&base) {}
    guard take("^") || take("**") else { return base }
    let exponent = try deeper { p throws(FormulaError) in try p.operand(Self.signing) }
    if exponent.shape == .power {
      throw fail(
        "ROOT reads a^b^c as (a^b)^c, NumPy as a^(b^c); put one of the powers in parentheses.",
        at: exponent.position)
    }
    return Part(
      node: emit(.binary(.power, base.node, exponent.node), from: start), shape: .power,
      position: start)
  }
}
