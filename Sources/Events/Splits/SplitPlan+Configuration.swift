extension SplitPlan {
  /// The options of `split:` with random shares.
  public static let options: [OptionDescription] = [
    OptionDescription("train", .real(0...1), default: .real(0.6), "Share of events to learn from."),
    OptionDescription(
      "validation", aliases: ["valid", "val"], .real(0...1), default: .real(0.2),
      "Share of events that steer the training."),
    OptionDescription(
      "test", .real(0...1), default: .real(0.2), "Share of events for final numbers."),
    OptionDescription("seed", .integer(0...Int.max), default: .integer(1), "Seed of the shuffle."),
  ]

  /// Reads `split:` of a configuration.
  ///
  /// `{train: 0.6, validation: 0.2, test: 0.2, seed: 1}` or
  /// `{by: "event % 10", train: 0-5, validation: 6-7, test: 8-9}`; lists such as `[0, 2, 4-6]` are fine too. A share that is
  /// not named gets what the named ones leave: `{train: 0.8, test: 0.2}` has no validation.
  /// - Parameters:
  ///   - needed: The parts that must get events; others may come from files of their own.
  ///   - path: Where it stands in the configuration, for messages.
  ///   - given: What the configuration says.
  /// - Returns: The plan (nil where it can't be read) and all problems.
  public static func read(
    _ given: ConfigurationValue, path: String = "split", needed: [String] = ["train", "test"]
  ) -> (
    plan: SplitPlan?, problems: [OptionProblems.Problem]
  ) {
    if given["folds"] != nil { return readFolds(given, path) }
    if given["by"] != nil { return readValues(given, path, needed) }
    var (values, problems) = resolve(given, against: options, path: path)
    let shares = shares(given, values)
    let sum = shares.reduce(0, +)
    func complain(_ text: String) {
      problems.append(OptionProblems.Problem(path: path, text: text, line: given.line))
    }
    if sum > 1 + 1e-9 {
      complain(
        "train, validation and test must add up to at most 1, got \(short(sum)) "
          + "(\(shares.map(short).joined(separator: " + "))).")
    }
    let empty = zip(["train", "validation", "test"], shares).filter { $1 == 0 }.map(\.0)
    if needed.contains(where: empty.contains) {
      complain("train and test must both be above 0.")
    }
    guard problems.isEmpty else { return (nil, problems) }
    let seed = UInt64(values.integer("seed") ?? 1)
    return (.fractions(train: shares[0], validation: shares[1], test: shares[2], seed: seed), [])
  }

  /// The shares of training, validation and test; what is not named gets what the named ones leave of one, in proportion
  /// to its default.
  private static func shares(_ given: ConfigurationValue, _ values: OptionValues) -> [Double] {
    let parts = options.prefix(3)
    let isNamed = parts.map { part in ([part.name] + part.aliases).contains { given[$0] != nil } }
    let shares = parts.map { values.real($0.name) ?? 0 }
    let named = zip(shares, isNamed).reduce(0) { $0 + ($1.1 ? $1.0 : 0) }
    let rest = zip(shares, isNamed).reduce(0) { $0 + ($1.1 ? 0 : $1.0) }
    // 1 - 0.8 is not quite 0.2.
    let left = max(0, ((1 - named) * 1e12).rounded() / 1e12)
    return zip(shares, isNamed).map { $1 || rest == 0 ? $0 : $0 / rest * left }
  }

  /// `{folds: 5, by: event}`.
  private static func readFolds(_ given: ConfigurationValue, _ path: String) -> (
    plan: SplitPlan?, problems: [OptionProblems.Problem]
  ) {
    let table = [
      OptionDescription("folds", .integer(2...100), default: .integer(5), "How many models."),
      OptionDescription("by", .text, "The column or formula that names an event."),
      OptionDescription(
        "hashed", .flag, default: .flag(false), "Mix the identity before it says the fold."),
    ]
    var (values, problems) = resolve(given, against: table, path: path)
    if values.text("by") == nil, given["by"] == nil {
      problems.append(
        .init(
          path: path + ".by", text: "is missing: the column that names an event, such as 'event'.",
          line: given.line))
    }
    guard problems.isEmpty, let count = values.integer("folds"), let by = values.text("by") else {
      return (nil, problems)
    }
    return (.folds(FoldPlan(count: count, by: by, isHashed: values.flag("hashed"))), [])
  }

  private static func readValues(
    _ given: ConfigurationValue, _ path: String, _ needed: [String]
  ) -> (
    plan: SplitPlan?, problems: [OptionProblems.Problem]
  ) {
    let table = [
      OptionDescription("by", .text, "The column or formula whose value decides."),
      OptionDescription("train", .texts, "Values to learn from."),
      OptionDescription("validation", aliases: ["valid", "val"], .texts, "Values that steer."),
      OptionDescription("test", .texts, "Values for final numbers."),
    ]
    var (values, problems) = resolve(given, against: table, path: path)
    var parts: [[ClosedRange<Int>]] = []
    for name in ["train", "validation", "test"] {
      let items = values.texts(name) ?? []
      let pieces = items.flatMap { $0.split(separator: ",").map(String.init) }
      var ranges: [ClosedRange<Int>] = []
      for piece in pieces {
        if let range = valueRange(piece) {
          ranges.append(range)
        } else {
          let text = "must be values and ranges such as '0-5' or [0, 2, 7-9], got '\(piece)'."
          let line = given[name]?.line ?? given.line
          problems.append(OptionProblems.Problem(path: path + "." + name, text: text, line: line))
        }
      }
      parts.append(ranges)
    }
    let names = ["train", "validation", "test"]
    for (a, b) in [(0, 1), (0, 2), (1, 2)] {
      for x in parts[a] {
        for y in parts[b] where x.overlaps(y) {
          let value = max(x.lowerBound, y.lowerBound)
          let text =
            "the value \(value) is both in \(names[a]) and in \(names[b]); parts must not share events."
          problems.append(OptionProblems.Problem(path: path, text: text, line: given.line))
        }
      }
    }
    for i in [0, 2] where parts[i].isEmpty && problems.isEmpty && needed.contains(names[i]) {
      let text = "'\(names[i])' needs values, such as \(names[i]): 0-5."
      problems.append(OptionProblems.Problem(path: path, text: text, line: given.line))
    }
    guard problems.isEmpty, let formula = values.text("by") else { return (nil, problems) }
    return (.values(by: formula, train: parts[0], validation: parts[1], test: parts[2]), [])
  }

  /// Reads `3` or `0-5`.
  static func valueRange(_ text: String) -> ClosedRange<Int>? {
    let text = text.filter { $0 != " " }
    if let value = Int(text) { return value...value }
    guard let dash = text.dropFirst().firstIndex(of: "-"), let low = Int(text[..<dash]),
      let high = Int(text[text.index(after: dash)...]), low <= high
    else { return nil }
    return low...high
  }
}
