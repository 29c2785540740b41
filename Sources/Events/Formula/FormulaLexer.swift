/// One word or sign of a formula.
struct FormulaToken: Equatable {
  enum Kind: Equatable {
    case number(Double)
    case name(String)
    /// A name in backticks, which is always a column.
    case quoted(String)
    case sign(String)
    case end
  }
  var kind: Kind
  /// The character where it starts.
  var position: Int
  /// The character behind it.
  var end: Int
}

/// Cuts a formula into tokens.
struct FormulaLexer {
  let text: String
  let letters: [Character]
  var at = 0

  static let lengthLimit = 20_000
  static let signs = ["**", "&&", "||", "<=", ">=", "==", "!=", "<<", ">>"]
  static let singles: Set<Character> = [
    "+", "-", "*", "/", "%", "^", "(", ")", ",", "<", ">", "!", "~", "&", "|", "?", ":", "=", "[",
    "]",
  ]

  init(_ text: String) {
    self.text = text
    letters = Array(text)
  }

  func fail(_ reason: String, at position: Int) -> FormulaError {
    FormulaError(formula: text, position: position, reason: reason)
  }

  mutating func tokens() throws(FormulaError) -> [FormulaToken] {
    if letters.count > FormulaLexer.lengthLimit {
      throw fail(
        "it has \(letters.count) characters; at most \(FormulaLexer.lengthLimit) are read.", at: 0)
    }
    var tokens: [FormulaToken] = []
    while at < letters.count {
      if letters[at].isWhitespace {
        at += 1
        continue
      }
      let start = at
      let kind = try next(after: tokens.last?.kind)
      tokens.append(FormulaToken(kind: kind, position: start, end: at))
    }
    tokens.append(FormulaToken(kind: .end, position: letters.count, end: letters.count))
    return tokens
  }

  mutating func next(after last: FormulaToken.Kind?) throws(FormulaError) -> FormulaToken.Kind {
    let letter = letters[at]
    if letter == ".", FormulaLexer.endsValue(last), at + 1 < letters.count, letters[at + 1].isLetter
    {
      at += 1
      return .sign(".")
    }
    if letter.isASCIIDigit
      || (letter == "." && at + 1 < letters.count && letters[at + 1].isASCIIDigit)
    {
      return try number()
    }
    if letter.isLetter || letter == "_" {
      let start = at
      while at < letters.count,
        letters[at].isLetter || letters[at].isNumber || letters[at] == "_"
          || (letters[at] == "." && at + 1 < letters.count
            && (letters[at + 1].isLetter || letters[at + 1] == "_"))
      { at += 1 }
      // Names of C++: TMath::Sqrt
      if at + 2 < letters.count, letters[at] == ":", letters[at + 1] == ":",
        letters[at + 2].isLetter
      {
        at += 2
        while at < letters.count, letters[at].isLetter || letters[at].isNumber { at += 1 }
      }
      // The special functions of TTree::Draw end in a dollar sign: Sum$(x).
      if at < letters.count, letters[at] == "$" { at += 1 }
      return .name(String(letters[start..<at]))
    }
    if letter == "`" {
      guard let end = letters[(at + 1)...].firstIndex(of: "`"), end > at + 1 else {
        throw fail("a column name in backticks is empty or not closed.", at: at)
      }
      defer { at = end + 1 }
      return .quoted(String(letters[(at + 1)..<end]))
    }
    for sign in FormulaLexer.signs where letters[at...].starts(with: sign) {
      at += 2
      return .sign(sign)
    }
    guard FormulaLexer.singles.contains(letter) else {
      throw fail(FormulaLexer.advice(letter), at: at)
    }
    at += 1
    return .sign(String(letter))
  }

  /// Whether a dot behind this asks for a quantity of an object: `jet[0].pt`, `(a + b).mass`.
  static func endsValue(_ kind: FormulaToken.Kind?) -> Bool {
    switch kind {
    case .sign("]"), .sign(")"), .quoted: true
    default: false
    }
  }

  static func advice(_ letter: Character) -> String {
    switch letter {
    case "'", "\"": "texts can't be compared in formulas; use a column of numbers."
    case "{", "}": "braces have no meaning here; use parentheses."
    case ";": "one formula at a time; write several as a list."
    default:
      "'\(letter)' has no meaning in a formula. Put a column name that needs it in backticks."
    }
  }

  /// `0x1F`; nil where no hexadecimal number starts.
  private mutating func hexadecimal() throws(FormulaError) -> FormulaToken.Kind? {
    let start = at
    guard letters[at] == "0", at + 1 < letters.count, letters[at + 1].lowercased() == "x" else {
      return nil
    }
    at += 2
    while at < letters.count, letters[at].isLetter || letters[at].isNumber { at += 1 }
    let word = String(letters[start..<at])
    guard let value = UInt64(word.dropFirst(2), radix: 16), value <= 1 << 53 else {
      throw fail("'\(word)' is no hexadecimal number up to 2^53.", at: start)
    }
    return .number(Double(value))
  }

  mutating func number() throws(FormulaError) -> FormulaToken.Kind {
    if let value = try hexadecimal() { return value }
    let start = at
    func digit(_ i: Int) -> Bool { i < letters.count && letters[i].isASCIIDigit }
    while digit(at) { at += 1 }
    if at < letters.count, letters[at] == "." {
      at += 1
      while digit(at) { at += 1 }
    }
    if at < letters.count, letters[at] == "e" || letters[at] == "E" {
      let signed = at + 1 < letters.count && (letters[at + 1] == "+" || letters[at + 1] == "-")
      if digit(at + (signed ? 2 : 1)) {
        at += signed ? 2 : 1
        while digit(at) { at += 1 }
      }
    }
    if at < letters.count, letters[at].isLetter || letters[at] == "_" {
      throw fail(
        "a number can't go on with '\(letters[at])'; is an operator missing, as in 2 * x?", at: at)
    }
    let word = String(letters[start..<at])
    guard let value = Double(word.hasSuffix(".") ? word + "0" : word), value.isFinite else {
      throw fail("'\(word)' is no number of double precision.", at: start)
    }
    return .number(value)
  }
}

extension Character {
  fileprivate var isASCIIDigit: Bool { self >= "0" && self <= "9" }
}
