internal import ApusEvents

/// Reading `inputs` and `split`.
extension ConfigurationBuilder {
  mutating func readInputs() {
    guard let texts = reader.texts(value, "inputs", "") else {
      if value["inputs"] == nil || value["inputs"]?.content == .null {
        reader.report(
          "inputs",
          "is missing: the columns to learn from; '*' takes all but label, weight and spectators.",
          value)
      }
      return
    }
    var names: Set<String> = []
    for (index, text) in texts.enumerated() {
      let input = readInput(text)
      if case .formula(let name, let formula) = input {
        checkFormula(formula, "inputs[\(index)]", place("inputs", index))
        if !names.insert(name).inserted {
          reader.report(
            "inputs[\(index)]", "a second input named '\(name)'.", place("inputs", index))
        }
      } else if case .columns(let name) = input, !names.insert(name).inserted {
        reader.report(
          "inputs[\(index)]", "the input '\(name)' stands here twice.", place("inputs", index))
      }
      result.inputs.append(input)
    }
    if texts.isEmpty { reader.report("inputs", "must name at least one column.", value["inputs"]) }
  }

  private func place(_ key: String, _ index: Int) -> ConfigurationValue? {
    guard case .list(let items)? = value[key]?.content, items.indices.contains(index) else {
      return value[key]
    }
    return items[index]
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
    let (plan, problems) = SplitPlan.read(given)
    reader.problems += problems
    guard let plan else { return }
    result.division = plan
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
