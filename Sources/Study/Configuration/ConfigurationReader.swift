internal import ApusEvents
internal import ApusKernels

/// Reads values of a configuration and collects what is wrong with them.
struct ConfigurationReader {
  var problems: [OptionProblems.Problem] = []

  /// Notes a problem.
  mutating func report(_ path: String, _ text: String, _ value: ConfigurationValue?) {
    problems.append(.init(path: path, text: text, line: value?.line ?? 0))
  }

  /// Makes sure that a value is a mapping whose keys are known.
  mutating func isMapping(_ value: ConfigurationValue, _ path: String, keys: [String]) -> Bool {
    guard case .mapping(let entries) = value.content else {
      report(
        path,
        "must be a mapping with the keys \(keys.joined(separator: ", ")), got \(value.shown).",
        value)
      return false
    }
    for entry in entries where !keys.contains(entry.key) {
      let near = didYouMean(entry.key, among: keys)
      report(
        join(path, entry.key),
        "there is no such key."
          + (near.isEmpty ? " The keys are \(keys.joined(separator: ", "))." : near),
        entry.value)
    }
    return true
  }

  /// The text behind a key; nil where it is absent or wrong.
  mutating func text(_ parent: ConfigurationValue, _ key: String, _ path: String) -> String? {
    guard let value = parent[key], value.content != .null else { return nil }
    if let text = value.asText, !text.isEmpty { return text }
    report(join(path, key), "must be a text, got \(value.shown).", value)
    return nil
  }

  /// The texts behind a key, where one text stands for a list of one; nil where absent or wrong.
  mutating func texts(_ parent: ConfigurationValue, _ key: String, _ path: String) -> [String]? {
    guard let value = parent[key], value.content != .null else { return nil }
    if let text = value.asText { return [text] }
    guard case .list(let items) = value.content else {
      report(join(path, key), "must be a text or a list of texts, got \(value.shown).", value)
      return nil
    }
    return items.enumerated().compactMap { index, item in
      if let text = item.asText, !text.isEmpty { return text }
      report(join(path, key) + "[\(index)]", "must be a text, got \(item.shown).", item)
      return nil
    }
  }

  /// The whole number behind a key within bounds; nil where absent or wrong.
  mutating func integer(
    _ parent: ConfigurationValue, _ key: String, _ path: String, in bounds: ClosedRange<Int>
  ) -> Int? {
    guard let value = parent[key], value.content != .null else { return nil }
    if let number = value.asInteger, bounds.contains(number) { return number }
    let limit = bounds.upperBound == .max ? "" : " and at most \(bounds.upperBound)"
    report(
      join(path, key),
      "must be an integer of at least \(bounds.lowerBound)\(limit), got \(value.shown).",
      value)
    return nil
  }

  /// The number behind a key, also `nan`; nil where absent or wrong.
  mutating func number(_ parent: ConfigurationValue, _ key: String, _ path: String) -> Double? {
    guard let value = parent[key], value.content != .null else { return nil }
    if let number = value.asReal { return number }
    if let text = value.asText?.lowercased(), text == "nan" || text == ".nan" { return .nan }
    report(join(path, key), "must be a number or nan, got \(value.shown).", value)
    return nil
  }

  /// One of some words behind a key; nil where absent or wrong.
  mutating func choice(
    _ parent: ConfigurationValue, _ key: String, _ path: String, of words: [String]
  )
    -> String?
  {
    guard let value = parent[key], value.content != .null else { return nil }
    if let text = value.asText, words.contains(text) { return text }
    report(
      join(path, key),
      "must be one of \(words.joined(separator: ", ")), got \(value.shown)."
        + didYouMean(value.asText ?? "", among: words), value)
    return nil
  }

  func join(_ path: String, _ key: String) -> String { path.isEmpty ? key : path + "." + key }
}
