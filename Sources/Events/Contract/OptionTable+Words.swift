/// Describes a table of options for `apus methods NAME`: name, kind, default, sentence, other names.
/// - Returns: One block an option, groups indented below their name, with a trailing newline.
public func describe(_ table: [OptionDescription]) -> String {
  describe(table, indent: 2)
}

private func describe(_ table: [OptionDescription], indent: Int) -> String {
  let space = String(repeating: " ", count: indent)
  var out = ""
  for option in table {
    let standard = option.standard.map { "default " + ConfigurationValue($0).shownPlain } ?? "off"
    if case .group(let inner, let shorthand) = option.kind {
      let short = shorthand.map { "; a plain value is its '\($0)'" } ?? ""
      let state = option.standard == .flag(true) ? "on" : standard
      out += "\(space)\(option.name): a group (\(state)\(short))\n"
      out += "\(space)    \(option.summary)\(also(option))\n"
      out += describe(inner, indent: indent + 4)
    } else {
      out += "\(space)\(option.name): \(option.kind.wanted) (\(standard))\n"
      out += "\(space)    \(option.summary)\(also(option))\n"
    }
  }
  return out
}

private func also(_ option: OptionDescription) -> String {
  let words = option.synonyms.sorted { $0.key < $1.key }.map { "\($0.key) for \($0.value)" }
  return (option.aliases.isEmpty ? "" : " Also: " + option.aliases.joined(separator: ", ") + ".")
    + (words.isEmpty ? "" : " Words: " + words.joined(separator: ", ") + ".")
}

extension OptionDescription.Kind {
  /// What a value must be, in words: "an integer in [1, 100000]".
  public var wanted: String {
    switch self {
    case .flag: "true or false"
    case .integer(let range): "an integer" + range.words
    case .real(let range, let open): "a number" + range.words(open: open)
    case .choice(let words): "one of " + words.map { "'\($0)'" }.joined(separator: ", ")
    case .realOrChoice(let range, let words):
      "a number" + range.words(open: false) + " or one of "
        + words.map { "'\($0)'" }.joined(separator: ", ")
    case .text: "a text"
    case .integers(let range): "a list of integers" + range.words.replacedStart
    case .reals(let range): "a list of numbers" + range.words(open: false).replacedStart
    case .texts: "a list of texts"
    case .group: "a mapping of options"
    case .methods: "a list of methods, or a mapping of names to the options of methods"
    }
  }
}

extension String {
  fileprivate var replacedStart: String { isEmpty ? "" : ", each" + self }
}

extension ClosedRange<Int> {
  fileprivate var words: String {
    switch (lowerBound == .min, upperBound == .max) {
    case (true, true): ""
    case (false, true): " of at least \(lowerBound)"
    case (true, false): " of at most \(upperBound)"
    case (false, false): " in [\(lowerBound), \(upperBound)]"
    }
  }
}

extension ClosedRange<Double> {
  fileprivate func words(open: Bool) -> String {
    let (low, high) = (plain(lowerBound), plain(upperBound))
    let noLow = lowerBound <= -Double.greatestFiniteMagnitude
    let noHigh = upperBound >= Double.greatestFiniteMagnitude
    switch (noLow, noHigh) {
    case (true, true): return ""
    case (false, true): return open ? " above \(low)" : " of at least \(low)"
    case (true, false): return open ? " below \(high)" : " of at most \(high)"
    case (false, false): return open ? " in (\(low), \(high))" : " in [\(low), \(high)]"
    }
  }

  func holds(_ value: Double, open: Bool) -> Bool {
    if value.isNaN { return false }
    return open ? value > lowerBound && value < upperBound : contains(value)
  }
}

/// A number without a needless ".0".
private func plain(_ value: Double) -> String {
  value == value.rounded() && abs(value) < 1e15 ? String(Int(value)) : "\(value)"
}

extension ConfigurationValue {
  /// The value as a truth value: true, false, yes, no, on, off, 1, 0.
  public var asFlag: Bool? {
    switch content {
    case .flag(let value): return value
    case .integer(0): return false
    case .integer(1): return true
    case .text(let word):
      if ["true", "yes", "on"].contains(word.lowercased()) { return true }
      return ["false", "no", "off"].contains(word.lowercased()) ? false : nil
    default: return nil
    }
  }

  /// The value as a whole number: `10`, `10.0`, `"10"`, `"1e4"`.
  public var asInteger: Int? {
    switch content {
    case .integer(let value): return value
    case .real(let value): return Int(exactly: value)
    case .text(let text): return Int(text) ?? Double(text).flatMap { Int(exactly: $0) }
    default: return nil
    }
  }

  /// The value as a number that is not NaN.
  public var asReal: Double? {
    switch content {
    case .integer(let value): return Double(value)
    case .real(let value): return value.isNaN ? nil : value
    case .text(let text): return Double(text).flatMap { $0.isNaN ? nil : $0 }
    default: return nil
    }
  }

  /// A scalar as text; nil for null, lists and mappings.
  public var asText: String? {
    switch content {
    case .text(let value): value
    case .integer(let value): String(value)
    case .real(let value): "\(value)"
    case .flag(let value): value ? "true" : "false"
    default: nil
    }
  }

  /// Whether the value turns an option off: `null`, or scikit-learn's `None` where no word is asked for.
  func isNone(for kind: OptionDescription.Kind) -> Bool {
    if case .null = content { return true }
    switch kind {
    case .integer, .real, .realOrChoice: return asWord?.lowercased() == "none"
    default: return false
    }
  }

  /// A text that is no other scalar.
  var asWord: String? {
    if case .text(let text) = content { return text }
    return nil
  }

  var asNone: String? {
    if case .null = content { return "none" }
    return nil
  }

  /// The value as a message shows it: texts in quotes, long ones shortened.
  public var shown: String {
    switch content {
    case .null: return "nothing"
    case .text(let text): return "'" + (text.count > 60 ? text.prefix(57) + "..." : text) + "'"
    case .list(let items):
      let first = items.prefix(8).map(\.shown).joined(separator: ", ")
      return "[" + first + (items.count > 8 ? ", ..." : "") + "]"
    case .mapping(let entries):
      let first = entries.prefix(4).map { "\($0.key): \($0.value.shown)" }.joined(separator: ", ")
      return "{" + first + (entries.count > 4 ? ", ..." : "") + "}"
    case .real(let value): return plain(value)
    default: return asText ?? ""
    }
  }

  fileprivate var shownPlain: String {
    if case .text(let text) = content { return text }
    return shown
  }
}
