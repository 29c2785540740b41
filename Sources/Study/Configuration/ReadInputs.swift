internal import ApusEvents

/// Reading `inputs` and `split`.
extension ConfigurationBuilder {
  mutating func readInputs() {
    guard let given = value["inputs"], given.content != .null else {
      if value["constituents"] != nil { return }
      reader.report(
        "inputs",
        "is missing: the columns to learn from; '*' takes all but label, weight and spectators.",
        value)
      return
    }
    let items: [ConfigurationValue]
    if case .list(let list) = given.content { items = list } else { items = [given] }
    var names: Set<String> = []
    for (index, item) in items.enumerated() {
      let path = "inputs[\(index)]"
      guard let input = item.entries.isEmpty ? shortInput(item, path) : longInput(item, path)
      else { continue }
      if case .formula(let name, let formula) = input {
        checkFormula(formula, path, item)
        if !names.insert(name).inserted {
          reader.report(path, "a second input named '\(name)'.", item)
        }
      } else if case .columns(let name) = input, !names.insert(name).inserted {
        reader.report(path, "the input '\(name)' stands here twice.", item)
      }
      result.inputs.append(input)
    }
    if items.isEmpty { reader.report("inputs", "must name at least one column.", given) }
  }

  private mutating func shortInput(_ item: ConfigurationValue, _ path: String)
    -> StudyConfiguration.Input?
  {
    if let text = item.asText, !text.isEmpty { return readInput(text) }
    reader.report(
      path, "must be a column, a formula, or {name, formula, title, unit}, got \(item.shown).", item
    )
    return nil
  }

  /// `{name: m_jj, formula: "mass(jet[0], jet[1])", title: "m_{jj}", unit: GeV, missing: 0}`.
  private mutating func longInput(_ item: ConfigurationValue, _ path: String)
    -> StudyConfiguration.Input?
  {
    let keys = ["name", "formula", "title", "unit", "missing"]
    guard reader.isMapping(item, path, keys: keys) else { return nil }
    let formula = reader.text(item, "formula", path)
    guard let name = reader.text(item, "name", path) ?? formula else {
      reader.report(path, "needs a name, a formula or both.", item)
      return nil
    }
    result.details[name] = .init(
      title: reader.text(item, "title", path), unit: reader.text(item, "unit", path),
      missing: reader.number(item, "missing", path))
    return .formula(name: name, text: formula ?? name)
  }

  /// `hypothesis: [m_X]`.
  mutating func readHypotheses() {
    guard let given = value["hypothesis"], given.content != .null else { return }
    result.hypotheses = reader.texts(value, "hypothesis", "") ?? []
    if result.task != .binary, !result.sources.isEmpty {
      reader.report(
        "hypothesis", "needs two classes: signal has the values, and background gets them.", given)
    }
  }

  /// `aliases: {name: formula}`.
  mutating func readAliases() {
    guard let given = value["aliases"], given.content != .null else { return }
    guard case .mapping(let entries) = given.content else {
      reader.report(
        "aliases", "must be names with their formulas, got \(given.shown).", given)
      return
    }
    for entry in entries {
      guard let text = reader.text(given, entry.key, "aliases") else { continue }
      let isName =
        entry.key.first?.isNumber == false
        && entry.key.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" }
      if !isName {
        reader.report(
          "aliases." + entry.key,
          "the name must be letters, digits and '_', and start with no digit.",
          entry.value)
      }
      result.aliases[entry.key] = text
    }
    for entry in entries { checkFormula(entry.key, "aliases." + entry.key, entry.value) }
  }

  /// `name`, `glob_*`, `!glob_*`, `name = formula`, or a formula that is its own name.
  private func readInput(_ text: String) -> StudyConfiguration.Input {
    let trimmed = trimSpace(text)
    if let (name, formula) = splitDefinition(trimmed) { return .formula(name: name, text: formula) }
    if isPattern(trimmed) { return .columns(trimmed) }
    if trimmed.first == "!", isPattern(String(trimmed.dropFirst())) {
      return .except(String(trimmed.dropFirst()))
    }
    return .formula(name: trimmed, text: trimmed)
  }

  /// Letters, digits, `_`, `.`, and the wildcards; so `a*b` is a pattern and `a * b` a formula.
  private func isPattern(_ text: String) -> Bool {
    text.allSatisfy { $0.isLetter || $0.isNumber || "_.*?".contains($0) }
      && (text.contains { !$0.isNumber && $0 != "." })
  }

  mutating func readDivision() {
    var given = value["split"] ?? ConfigurationValue(.mapping([]))
    if given.content == .null { given.content = .mapping([]) }
    // Without a seed of its own the split follows that of the study.
    if case .mapping(let entries) = given.content, given["by"] == nil, given["seed"] == nil {
      given.content = .mapping(entries + [.init("seed", ConfigurationValue(.integer(result.seed)))])
    }
    let (plan, problems) = SplitPlan.read(given, needed: result.dividedParts)
    reader.problems += problems
    guard let plan else { return }
    result.division = plan
    if case .folds(let folds) = plan {
      if let source = result.sources.first(where: { $0.part != nil }) {
        reader.report(
          "split",
          "folds take every event in turn, so no sample can have a 'part' ('\(source.name)').",
          given)
      }
      // What says the fold must stand beside the scores.
      let isColumn = folds.by.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
      if isColumn, !result.spectators.contains(folds.by) { result.spectators.append(folds.by) }
    }
    if let formula = plan.formula { checkFormula(formula, "split.by", given["by"]) }
  }
}

/// Splits `name = formula` at the first `=` that is no comparison; nil where there is none.
func splitDefinition(_ text: String) -> (name: String, formula: String)? {
  let letters = Array(text)
  for (i, letter) in letters.enumerated() where letter == "=" {
    let before = i > 0 ? letters[i - 1] : " "
    let after = i + 1 < letters.count ? letters[i + 1] : " "
    if "=<>!".contains(before) || after == "=" { continue }
    let name = trimSpace(String(letters[..<i]))
    let formula = trimSpace(String(letters[(i + 1)...]))
    return name.isEmpty || formula.isEmpty ? nil : (name, formula)
  }
  return nil
}

/// Removes white space from both ends.
func trimSpace(_ text: String) -> String {
  let start = text.drop { $0.isWhitespace }
  return String(start.reversed().drop { $0.isWhitespace }.reversed())
}

extension StudyConfiguration {
  /// The parts that no sample provides by itself, so that the split must.
  var dividedParts: [String] {
    ["train", "test"].filter { part in
      !sources.contains { $0.part == part }
    }
  }
}
