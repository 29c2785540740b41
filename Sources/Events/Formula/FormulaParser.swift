import ApusKernels

/// Turns tokens into a flat list of operations by precedence climbing.
struct FormulaParser {
  /// How deep parentheses, calls and signs may nest.
  static let depthLimit = 200

  let text: String
  let known: [String]?
  let tokens: [FormulaToken]
  var at = 0
  var depth = 0
  var name: String?
  var columns: [String] = []
  var columnNodes: [String: Int] = [:]
  var nodes: [Formula.Node] = []

  /// A parsed part: its operation, and what it looked like, for advice.
  struct Part {
    enum Shape { case plain, comparison, negation }
    var node: Int
    var shape = Shape.plain
    var position: Int
  }

  init(_ text: String, known: [String]?) throws(FormulaError) {
    self.text = text
    self.known = known
    var lexer = FormulaLexer(text)
    tokens = try lexer.tokens()
  }

  func fail(_ reason: String, at position: Int) -> FormulaError {
    FormulaError(formula: text, position: position, reason: reason)
  }

  var token: FormulaToken { tokens[at] }

  mutating func take(_ sign: String) -> Bool {
    if token.kind == .sign(sign) {
      at += 1
      return true
    }
    return false
  }

  mutating func emit(_ node: Formula.Node) -> Int {
    nodes.append(node)
    return nodes.count - 1
  }

  mutating func parse() throws(FormulaError) {
    if tokens.count == 1 { throw fail("it is empty.", at: 0) }
    if tokens.count > 2, tokens[1].kind == .sign("=") {
      switch tokens[0].kind {
      case .name(let given), .quoted(let given): name = given
      default: throw fail("a name must stand before '='.", at: tokens[0].position)
      }
      at = 2
    }
    let result = try choice()
    guard token.kind == .end else { throw unexpected() }
    // The result must be the last operation, also where it is one that was used before.
    if result.node != nodes.count - 1 { _ = emit(.binary(.add, result.node, emit(.number(0)))) }
  }

  func unexpected() -> FormulaError {
    switch token.kind {
    case .end: fail("it ends where a value must follow.", at: token.position)
    case .sign(")"): fail("')' closes nothing.", at: token.position)
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
    return Part(node: emit(.select(condition.node, a.node, b.node)), position: condition.position)
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
  var operation: (sign: String, function: Formula.BinaryFunction, level: Int)? {
    switch token.kind {
    case .name("or"): return ("or", .or, 1)
    case .name("and"): return ("and", .and, 2)
    case .sign(let sign):
      let table: [String: (Formula.BinaryFunction, Int)] = FormulaParser.operators
      return table[sign].map { (sign, $0.0, $0.1) }
    default: return nil
    }
  }

  static let operators: [String: (Formula.BinaryFunction, Int)] = [
    "||": (.or, 1), "|": (.or, 1), "&&": (.and, 2), "&": (.and, 2), "==": (.equal, 4),
    "!=": (.notEqual, 4), "<": (.less, 4), "<=": (.lessOrEqual, 4), ">": (.greater, 4),
    ">=": (.greaterOrEqual, 4), "+": (.add, 5), "-": (.subtract, 5), "*": (.multiply, 6),
    "/": (.divide, 6), "%": (.modulo, 6),
  ]

  mutating func binary(_ least: Int) throws(FormulaError) -> Part {
    var left = try operand(least)
    while let (sign, function, level) = operation, level >= least {
      let place = token.position
      at += 1
      let right = try binary(level + 1)
      try advise(sign, level, left, right, place)
      left = Part(
        node: emit(.binary(function, left.node, right.node)),
        shape: level == 4 ? .comparison : .plain, position: left.position)
    }
    return left
  }

  /// Refuses what other languages read differently, with the way to write it.
  func advise(_ sign: String, _ level: Int, _ left: Part, _ right: Part, _ place: Int)
    throws(FormulaError)
  {
    if level == 4, left.shape == .comparison {
      throw fail("comparisons can't be chained; write 'a < b && b < c'.", at: place)
    }
    if level == 4, left.shape == .negation {
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
    if token.kind == .name("not") && least <= 3 {
      at += 1
      let part = try deeper { p throws(FormulaError) in try p.binary(3) }
      return Part(node: emit(.unary(.not, part.node)), position: start)
    }
    if take("-") {
      let part = try deeper { p throws(FormulaError) in try p.operand(7) }
      return Part(node: emit(.unary(.negate, part.node)), position: start)
    }
    if take("+") { return try deeper { p throws(FormulaError) in try p.operand(7) } }
    if take("!") || take("~") {
      let part = try deeper { p throws(FormulaError) in try p.operand(7) }
      return Part(node: emit(.unary(.not, part.node)), shape: .negation, position: start)
    }
    let base = try value()
    guard take("^") || take("**") else { return base }
    let exponent = try deeper { p throws(FormulaError) in try p.operand(7) }
    return Part(node: emit(.binary(.power, base.node, exponent.node)), position: start)
  }

  mutating func value() throws(FormulaError) -> Part {
    let start = token
    switch start.kind {
    case .number(let value):
      at += 1
      return Part(node: emit(.number(value)), position: start.position)
    case .quoted(let word):
      at += 1
      return Part(node: try column(word, start.position), position: start.position)
    case .name(let word):
      at += 1
      if take("(") { return try call(word, start.position) }
      if word == "pi", known.map({ !$0.contains("pi") }) ?? true {
        return Part(node: emit(.number(.pi)), position: start.position)
      }
      return Part(node: try column(word, start.position), position: start.position)
    case .sign("("):
      at += 1
      let inner = try deeper { p throws(FormulaError) in try p.choice() }
      guard take(")") else { throw fail("this '(' is not closed.", at: start.position) }
      return Part(node: inner.node, position: start.position)
    default: throw unexpected()
    }
  }

  /// The operation that reads a column; one a column.
  mutating func column(_ word: String, _ position: Int) throws(FormulaError) -> Int {
    if let known, !known.contains(word) {
      let offers = didYouMean(word, among: known + Formula.functionNames)
      throw fail("there is no column '\(word)'.\(offers)", at: position)
    }
    if let node = columnNodes[word] { return node }
    columns.append(word)
    let node = emit(.column(columns.count - 1))
    columnNodes[word] = node
    return node
  }

  /// The arguments of a function, then its operations.
  mutating func call(_ word: String, _ position: Int) throws(FormulaError) -> Part {
    guard
      let function = FormulaFunction.all.first(where: {
        $0.name == word || $0.aliases.contains(word)
      })
    else {
      let offers = didYouMean(word, among: Formula.functionNames)
      throw fail("there is no function '\(word)'.\(offers)", at: position)
    }
    var arguments: [Int] = []
    if !take(")") {
      repeat {
        if let parts = try object(function) {
          arguments += parts
        } else {
          arguments.append(try deeper { p throws(FormulaError) in try p.choice() }.node)
        }
      } while take(",")
      guard take(")") else {
        if token.kind == .end { throw fail("the '(' of '\(word)' is not closed.", at: position) }
        throw unexpected()
      }
    }
    guard function.accepts(arguments.count) else {
      throw fail(
        "\(word)(\(function.arguments)) takes \(function.countWords), got \(arguments.count).",
        at: position)
    }
    return Part(node: function.build(&self, arguments), position: position)
  }

  /// Reads an object's name, such as `jet1`, for its columns `jet1_pt`, `jet1_eta`, `jet1_phi`, `jet1_m`.
  ///
  /// Nil where a column has that name itself, or the columns are not there. An object without a mass
  /// column is massless.
  mutating func object(_ function: FormulaFunction) throws(FormulaError) -> [Int]? {
    guard !function.quantities.isEmpty, let known, case .name(let word) = token.kind,
      tokens[at + 1].kind == .sign(",") || tokens[at + 1].kind == .sign(")"), !known.contains(word)
    else { return nil }
    var names: [String?] = []
    for quantity in function.quantities {
      let endings = FormulaFunction.endings[quantity] ?? []
      let candidates = endings.flatMap { [word + "_" + $0, word + "." + $0] }
      let found = candidates.first { known.contains($0) }
      if found == nil && quantity != "m" { return nil }
      names.append(found)
    }
    let position = token.position
    at += 1
    var parts: [Int] = []
    for name in names {
      if let name {
        parts.append(try column(name, position))
      } else {
        parts.append(emit(.number(0)))
      }
    }
    return parts
  }
}
