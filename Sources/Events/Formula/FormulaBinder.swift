import ApusKernels

/// Gives names their meaning: turns syntax into operations on the columns that exist.
struct FormulaBinder {
  /// The columns that exist; nil takes every name for a column.
  let known: Set<String>?
  let knownInOrder: [String]
  let aliases: [String: String]
  var builder: FormulaBuilder
  /// Names that are nothing, in the order of the text.
  var unknown: [FormulaError.Unknown] = []
  /// Aliases that are bound already, and those that are being bound.
  private var bound: [String: Bound] = [:]
  private var open: [String] = []

  /// What a part of the text means.
  enum Bound {
    case term(FormulaTerm)
    /// Nothing: a name in it is unknown.
    case unknown
  }

  init(columns: [String]?, library: FormulaLibrary, aliases: [String: String]) {
    known = columns.map { Set($0) }
    knownInOrder = columns ?? []
    self.aliases = aliases
    builder = FormulaBuilder(library: library)
  }

  /// Binds a whole formula.
  mutating func bind(formula syntax: FormulaSyntax) throws(FormulaError) -> FormulaNode {
    let result = try bind(syntax)
    if let first = unknown.first {
      let offers = didYouMean(
        first.name, among: knownInOrder + aliases.keys.sorted() + builder.library.names)
      throw FormulaError(
        formula: first.formula, position: first.position,
        reason: special(first.name) ?? "there is no column '\(first.name)'.\(offers)",
        cause: .unknownColumns(unknown))
    }
    builder.place = Formula.Place(text: syntax.text, range: syntax.spans[syntax.root])
    guard case .term(let term) = result else { return builder.number(.nan) }
    return try number(term)
  }

  /// Binds all parts of a text, the inner ones first.
  private mutating func bind(_ syntax: FormulaSyntax) throws(FormulaError) -> Bound {
    var all: [Bound] = []
    for (i, part) in syntax.parts.enumerated() {
      builder.place = Formula.Place(text: syntax.text, range: syntax.spans[i])
      all.append(try bind(part, all))
    }
    return all[syntax.root]
  }

  private mutating func bind(_ part: FormulaSyntax.Part, _ all: [Bound]) throws(FormulaError)
    -> Bound
  {
    func terms(_ places: [Int]) -> [FormulaTerm]? {
      var found: [FormulaTerm] = []
      for place in places {
        guard case .term(let term) = all[place] else { return nil }
        found.append(term)
      }
      return found
    }
    switch part {
    case .number(let value): return .term(.value(builder.number(value)))
    case .name(let word, let isQuoted): return try name(word, isQuoted)
    case .unary(let function, let a):
      guard let terms = terms([a]) else { return .unknown }
      return .term(try unary(function, terms[0]))
    case .binary(let function, let a, let b):
      guard let terms = terms([a, b]) else { return .unknown }
      return .term(try binary(function, terms[0], terms[1]))
    case .bits(let function, let a, let b):
      guard let terms = terms([a, b]) else { return .unknown }
      let (x, y) = (try number(terms[0]), try number(terms[1]))
      return .term(.value(builder.bits(function, x, y)))
    case .select(let a, let b, let c):
      guard let terms = terms([a, b, c]) else { return .unknown }
      let (x, y, z) = (try number(terms[0]), try number(terms[1]), try number(terms[2]))
      return .term(.value(builder.choose(x, y, z)))
    case .call(let word, let arguments):
      guard let terms = terms(arguments) else { return .unknown }
      return try call(word, terms)
    case .member(let base, let word):
      guard let terms = terms([base]) else { return .unknown }
      return try member(terms[0], word)
    case .subscripted(let base, let indices):
      guard let terms = terms([base] + indices.flatMap(\.places)) else { return .unknown }
      return .term(try subscripted(terms, indices))
    }
  }

  /// The numbers of a term.
  func number(_ term: FormulaTerm) throws(FormulaError) -> FormulaNode {
    switch term {
    case .value(let node): return node
    case .object(let object):
      let parts = object.terms[0].parts.map(\.quantity).joined(separator: ", ")
      throw builder.fail(
        "numbers are needed, but '\(object.name)' is an object with \(parts). Take one of its "
          + "quantities, as in pt(\(object.name)).")
    }
  }

  private mutating func unary(_ function: Formula.UnaryFunction, _ term: FormulaTerm)
    throws(FormulaError) -> FormulaTerm
  {
    if function == .negate, case .object(var object) = term {
      for i in object.terms.indices { object.terms[i].sign.negate() }
      object.name = "-" + object.name
      object.origin = nil
      return .object(object)
    }
    return .value(builder.unary(function, try number(term)))
  }

  private mutating func binary(
    _ function: Formula.BinaryFunction, _ a: FormulaTerm, _ b: FormulaTerm
  ) throws(FormulaError) -> FormulaTerm {
    if case .object(let x) = a, case .object(let y) = b,
      function == .add || function == .subtract
    {
      guard x.terms.count + y.terms.count <= 32 else {
        throw builder.fail("at most 32 objects can be added; sum(list) adds those of a list.")
      }
      let sign = function == .add ? 1.0 : -1.0
      let more = y.terms.map { FormulaObject.Term(sign: sign * $0.sign, parts: $0.parts) }
      let name = x.name + (sign > 0 ? " + " : " - ") + y.name
      return .object(FormulaObject(name: name, terms: x.terms + more))
    }
    let (x, y) = (try number(a), try number(b))
    if function == .power, builder.isTruth(x), builder.isTruth(y) {
      throw builder.fail("'^' is the power; that one of two conditions holds is 'a != b'.")
    }
    return .value(builder.binary(function, x, y))
  }

  /// What is said of special names of TTree::Draw that have no meaning here.
  private func special(_ word: String) -> String? {
    switch word {
    case "Iteration$": "'Iteration$' is not known here; places(list) gives 0, 1, 2 ... for a list."
    case "Length$": "'Length$' needs its list: Length$(jet_pt)."
    case "Entry$", "LocalEntry$", "Entries$":
      "'\(word)' is not known here; use a column that numbers the events."
    default: nil
    }
  }

  private mutating func noteUnknown(_ word: String) -> Bound {
    if !unknown.contains(where: { $0.name == word }) {
      let place = builder.place
      unknown.append(
        .init(
          name: word, formula: place.text, position: place.range.lowerBound, alias: open.last))
    }
    return .unknown
  }
}

extension FormulaBinder {
  /// A name: an alias, a column, a constant, an object, or a quantity of an object behind a dot.
  private mutating func name(_ word: String, _ isQuoted: Bool) throws(FormulaError) -> Bound {
    if !isQuoted, let text = aliases[word] { return try alias(word, text) }
    guard let known else {
      if !isQuoted, let value = Self.constants[word] {
        return .term(.value(builder.number(value)))
      }
      return .term(.value(builder.column(word)))
    }
    if known.contains(word) { return .term(.value(builder.column(word))) }
    if isQuoted { return noteUnknown(word) }
    if let value = Self.constants[word] { return .term(.value(builder.number(value))) }
    if let object = object(word) { return .term(.object(object)) }
    if let dot = word.lastIndex(of: "."), let object = object(String(word[..<dot])) {
      return try member(.object(object), String(word[word.index(after: dot)...]))
    }
    return noteUnknown(word)
  }

  private static let constants = ["pi": Double.pi, "true": 1, "false": 0, "True": 1, "False": 0]

  private mutating func object(_ word: String) -> FormulaObject? {
    guard let known, let objects = builder.library.objects,
      let columns = objects.columns(of: word, exists: known.contains)
    else { return nil }
    var object = FormulaObject(
      name: word,
      terms: [.init(parts: columns.map { ($0.quantity, builder.column($0.column)) })])
    object.origin = (word, [])
    return object
  }

  private mutating func alias(_ word: String, _ text: String) throws(FormulaError) -> Bound {
    if let done = bound[word] { return done }
    if known?.contains(word) == true {
      throw builder.fail(
        "'\(word)' is both a column and an alias; give the alias a name of its own.")
    }
    guard !open.contains(word) else {
      throw builder.fail(
        "the alias '\(word)' needs itself: \((open + [word]).joined(separator: " → ")).")
    }
    guard open.count < 50 else { throw builder.fail("aliases need each other 50 deep.") }
    open.append(word)
    let outer = builder.place
    defer {
      open.removeLast()
      builder.place = outer
    }
    var result: Bound
    do throws(FormulaError) {
      result = try bind(try FormulaParser.parse(text))
    } catch {
      var inner = error
      if !inner.reason.hasPrefix("the alias") {
        inner.reason = "the alias '\(word)': " + inner.reason
      }
      throw inner
    }
    if case .term(.object(var object)) = result {
      object.name = word
      result = .term(.object(object))
    }
    bound[word] = result
    return result
  }

  private mutating func call(_ word: String, _ terms: [FormulaTerm]) throws(FormulaError) -> Bound {
    if word == "TMath::Pi", terms.isEmpty { return .term(.value(builder.number(.pi))) }
    guard let function = builder.library.function(word) else {
      if terms.isEmpty, let dot = word.lastIndex(of: "."), !word.hasPrefix("TMath") {
        // `jet.Pt()`
        let base = try name(String(word[..<dot]), false)
        guard case .term(let term) = base else { return .unknown }
        return try member(term, String(word[word.index(after: dot)...]))
      }
      let offers = didYouMean(word, among: builder.library.names)
      throw builder.fail("there is no function '\(word)'.\(offers)")
    }
    guard function.accepts(terms) else { throw misfit(function, word, terms) }
    return .term(try function.build(&builder, terms))
  }

  /// What is wrong with the arguments of a function.
  private func misfit(_ function: FormulaFunction, _ word: String, _ terms: [FormulaTerm])
    -> FormulaError
  {
    let objects = terms.compactMap { term -> FormulaObject? in
      if case .object(let object) = term { return object }
      return nil
    }
    let start = "\(word)(\(function.arguments))"
    var error: FormulaError
    if let object = objects.first, function.objects == nil {
      error = builder.fail(
        "\(start) takes numbers, but '\(object.name)' is an object; take one of its quantities, as in "
          + "\(word)(\(object.name).pt).")
    } else if !objects.isEmpty, objects.count < terms.count {
      error = builder.fail("\(start) takes objects or numbers, not both.")
    } else {
      let count = objects.isEmpty ? function.numbers : function.objects
      let words =
        count?.words ?? (function.objects?.words ?? "none").replacing("argument", with: "object")
      error = builder.fail("\(start) takes \(words), got \(terms.count).")
    }
    // Names that were taken for columns may turn out to be objects.
    if known == nil, let wanted = function.objects, wanted.fits(terms.count) {
      error.cause = .needsColumns
    }
    return error
  }

  /// A quantity of an object: one that a function gives, or a further column of it.
  private mutating func member(_ term: FormulaTerm, _ word: String) throws(FormulaError) -> Bound {
    guard case .object(let object) = term else {
      var error = builder.fail(
        "'.\(word)' asks for a quantity of an object, but numbers stand before it.")
      if known == nil { error.cause = .needsColumns }
      throw error
    }
    if object.terms.count == 1, object.terms[0].sign > 0, let own = object.terms[0][word] {
      return .term(.value(own))
    }
    if let function = builder.library.quantity(word) {
      return .term(try function.build(&builder, [term]))
    }
    if let origin = object.origin, let known, let objects = builder.library.objects {
      let candidates = objects.columns(of: origin.name, further: word)
      if let column = candidates.first(where: known.contains) {
        var value = builder.column(column)
        for indices in origin.subscripts { value = try builder.subscripted(value, indices) }
        return .term(.value(value))
      }
    }
    throw builder.fail("'\(object.name)' has no '\(word)': there is no such function or column.")
  }

  private mutating func subscripted(_ terms: [FormulaTerm], _ indices: [FormulaSyntax.Index])
    throws(FormulaError) -> FormulaTerm
  {
    var rest = terms.dropFirst()
    var all: [FormulaBuilder.Index] = []
    for index in indices {
      var next: [FormulaNode?] = []
      for place in index.slots {
        next.append(place == nil ? nil : try number(rest.removeFirst()))
      }
      switch index {
      case .at: all.append(.at(next[0] ?? builder.number(0)))
      case .range: all.append(.range(from: next[0], to: next[1]))
      }
    }
    switch terms[0] {
    case .value(let value): return .value(try builder.subscripted(value, all))
    case .object(let object):
      let origin = object.origin
      var result = try builder.each(object) { b, x throws(FormulaError) in
        try b.subscripted(x, all)
      }
      result.name = String(Array(builder.place.text)[builder.place.range])
      result.origin = origin.map { ($0.name, $0.subscripts + [all]) }
      return .object(result)
    }
  }
}

extension FormulaSyntax.Index {
  /// The places of what stands in it.
  var places: [Int] { slots.compactMap { $0 } }

  fileprivate var slots: [Int?] {
    switch self {
    case .at(let at): [at]
    case .range(let from, let to): [from, to]
    }
  }
}
