import ApusKernels

/// Checks what a user gave against a table of options.
///
/// Every problem is reported, each with its path and line, so that a user mends a configuration once.
/// Aliases are accepted; a group takes a mapping, a plain value (its shorthand), `true` (all defaults)
/// or `false` (off); numbers may be written as text (`"1e-3"`), whole numbers as `10.0`; `null` turns
/// an option without a default off. NaN is refused everywhere.
/// - Parameters:
///   - given: A mapping of option names to values, or null for all defaults.
///   - table: The options that exist.
///   - path: Where the mapping stands: `methods.dnn`.
///   - catalogue: The methods that options of the kind `methods` can name.
/// - Returns: The values with all defaults filled in (complete even where there are problems), and
///   the problems in the order of the file.
public func resolve(
  _ given: ConfigurationValue, against table: [OptionDescription], path: String,
  catalogue: MethodCatalogue = MethodCatalogue()
) -> (OptionValues, [OptionProblems.Problem]) {
  var resolver = OptionResolver(catalogue: catalogue)
  let values = resolver.group(given, table, path)
  return (values, resolver.problems)
}

struct OptionResolver {
  let catalogue: MethodCatalogue
  var problems: [OptionProblems.Problem] = []

  mutating func report(_ path: String, _ text: String, _ line: Int) {
    problems.append(OptionProblems.Problem(path: path, text: text, line: line))
  }

  mutating func group(
    _ given: ConfigurationValue, _ table: [OptionDescription], _ path: String
  ) -> OptionValues {
    var chosen: [String: (key: String, value: ConfigurationValue)] = [:]
    switch given.content {
    case .null, .mapping: break
    default:
      report(path, "must be a mapping of options, got \(given.shown).", given.line)
    }
    var result = OptionValues()
    for entry in given.entries {
      let place = path.isEmpty ? entry.key : path + "." + entry.key
      guard let option = table.first(where: { $0.answers(to: entry.key) }) else {
        report(place, unknown(entry.key, table), entry.value.line)
        continue
      }
      if let earlier = chosen[option.name] {
        let names = earlier.key == entry.key ? "twice" : "as '\(earlier.key)' and as '\(entry.key)'"
        report(place, "the option '\(option.name)' is given \(names); keep one.", entry.value.line)
        continue
      }
      chosen[option.name] = (entry.key, entry.value)
      if entry.value.line > 0 { result.lines[option.name] = entry.value.line }
      take(entry.value, for: option, place, into: &result)
      if result.holds(option.name) { result.given.insert(option.name) }
    }
    for option in table where chosen[option.name] == nil { fill(option, path, into: &result) }
    return result
  }

  func unknown(_ key: String, _ table: [OptionDescription]) -> String {
    let names = table.flatMap { [$0.name] + $0.aliases }
    if let advice = adviceForOption(key, table) { return "there is no option '\(key)'. " + advice }
    let near = nearestNames(to: key, among: names)
    if near.isEmpty {
      let list = table.map { "'\($0.name)'" }.joined(separator: ", ")
      return table.isEmpty
        ? "there is no option '\(key)': this takes no options."
        : "there is no option '\(key)'. The options are \(list)."
    }
    return "there is no option '\(key)'." + didYouMean(key, among: names)
  }

  /// Puts the default in place, if the option has one.
  mutating func fill(_ option: OptionDescription, _ path: String, into result: inout OptionValues) {
    guard let standard = option.standard else { return }
    let place = path.isEmpty ? option.name : path + "." + option.name
    take(ConfigurationValue(standard), for: option, place, into: &result)
  }

  mutating func take(
    _ value: ConfigurationValue, for option: OptionDescription, _ path: String,
    into result: inout OptionValues
  ) {
    if case .group(let table, let shorthand) = option.kind {
      takeGroup(value, option, table, shorthand, path, into: &result)
      return
    }
    if case .methods = option.kind {
      takeMethods(value, for: option, path, into: &result)
      return
    }
    let isOff = option.standard == nil && option.synonyms["None"] == nil
    if isOff, value.isNone(for: option.kind) { return }
    let own = option.translated(value)
    if option.standard == nil, own.content == .null { return }
    if let content = checked(own, option.kind) {
      result.values[option.name] = content
      return
    }
    report(
      path, "must be \(option.kind.wanted), got \(value.shown).\(hint(value, option))",
      value.line)
    if value.content != option.standard { fillQuietly(option, path, into: &result) }
  }

  /// After a problem the default stands in, so that the values stay complete.
  mutating func fillQuietly(
    _ option: OptionDescription, _ path: String, into result: inout OptionValues
  ) {
    if let standard = option.standard,
      let content = checked(ConfigurationValue(standard), option.kind)
    {
      result.values[option.name] = content
    }
  }

  mutating func takeGroup(
    _ value: ConfigurationValue, _ option: OptionDescription, _ table: [OptionDescription],
    _ shorthand: String?, _ path: String, into result: inout OptionValues
  ) {
    switch value.content {
    case .null, .flag(false): return
    case .mapping: result.groups[option.name] = group(value, table, path)
    case .flag(true):
      let empty = ConfigurationValue(.mapping([]), line: value.line, column: value.column)
      result.groups[option.name] = group(empty, table, path)
    default:
      if let shorthand {
        let entry = ConfigurationValue.Entry(shorthand, value)
        let full = ConfigurationValue(.mapping([entry]), line: value.line, column: value.column)
        result.groups[option.name] = group(full, table, path)
      } else {
        report(
          path,
          "must be a mapping of options, got \(value.shown). "
            + "Its options are \(table.map { "'\($0.name)'" }.joined(separator: ", ")).", value.line
        )
        result.groups[option.name] = group(ConfigurationValue(.mapping([])), table, path)
      }
    }
  }

  func hint(_ value: ConfigurationValue, _ option: OptionDescription) -> String {
    if let advice = adviceForWord(value.shown, option) { return " " + advice }
    let kind = option.kind
    if case .choice(let words) = kind, case .text(let word) = value.content {
      return didYouMean(word, among: words)
    }
    return ""
  }

  /// The value in the kind's own form, or nil where it does not fit.
  func checked(
    _ value: ConfigurationValue, _ kind: OptionDescription.Kind
  ) -> ConfigurationValue.Content? {
    switch kind {
    case .flag: return value.asFlag.map { .flag($0) }
    case .integer(let range):
      guard let number = value.asInteger, range.contains(number) else { return nil }
      return .integer(number)
    case .real(let range, let open):
      guard let number = value.asReal, range.holds(number, open: open) else { return nil }
      return .real(number)
    case .choice(let words):
      guard let word = value.asText ?? (words.contains("none") ? value.asNone : nil) else {
        return nil
      }
      let found = words.first { $0 == word } ?? words.first { $0.lowercased() == word.lowercased() }
      return found.map { .text($0) }
    case .realOrChoice(let range, let words):
      if let number = value.asReal {
        return checked(value, .real(range)).map { _ in .real(number) }
      }
      return checked(value, .choice(words))
    case .text: return value.asText.map { .text($0) }
    case .integers(let range):
      return list(value) { item in
        guard let number = item.asInteger, range.contains(number) else { return nil }
        return .integer(number)
      }
    case .reals(let range):
      return list(value) { item in
        guard let number = item.asReal, range.contains(number) else { return nil }
        return .real(number)
      }
    case .texts: return list(value) { $0.asText.map { .text($0) } }
    case .group, .methods: return nil
    }
  }

  /// A list whose every item fits; a single value stands for a list of one.
  func list(
    _ value: ConfigurationValue, _ item: (ConfigurationValue) -> ConfigurationValue.Content?
  ) -> ConfigurationValue.Content? {
    var items = [value]
    if case .list(let given) = value.content { items = given }
    let contents = items.map { ($0, item($0)) }
    if contents.contains(where: { $0.1 == nil }) { return nil }
    return .list(
      contents.compactMap { old, new in
        new.map { ConfigurationValue($0, line: old.line, column: old.column) }
      })
  }
}

extension OptionValues {
  /// Whether an option is on.
  fileprivate func holds(_ name: String) -> Bool {
    values[name] != nil || groups[name] != nil || methods[name] != nil
  }
}

extension OptionDescription {
  /// The value with a word of another program in our own.
  fileprivate func translated(_ value: ConfigurationValue) -> ConfigurationValue {
    if isPercent, case .text(let text) = value.content, text.hasSuffix("%") {
      return ConfigurationValue(
        .text(String(text.dropLast())), line: value.line, column: value.column)
    }
    guard let word = value.content == .null ? "None" : value.asText,
      let own = synonyms.first(where: { $0.key.lowercased() == word.lowercased() })?.value
    else { return value }
    // "off" is what an option without a default is when nothing is said.
    let isOff = own == "off" && standard == nil
    return ConfigurationValue(isOff ? .null : .text(own), line: value.line, column: value.column)
  }

  fileprivate func answers(to key: String) -> Bool {
    let key = key.lowercased()
    return name.lowercased() == key || aliases.contains { $0.lowercased() == key }
  }
}
