internal import ApusEvents

/// Reading `inputs`, `split` and `methods`.
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
    guard let split = value["split"], split.content != .null else {
      result.division = .fractions(train: 0.6, validation: 0.2, test: 0.2, seed: result.seed)
      return
    }
    let keys = ["train", "validation", "test", "seed", "by"]
    guard reader.isMapping(split, "split", keys: keys) else { return }
    if split["by"] != nil { return readValues(split) }
    let train = share(split, "train")
    let validation = share(split, "validation")
    let test = share(split, "test")
    let seed = reader.integer(split, "seed", "split", in: 0...Int.max) ?? result.seed
    if abs(train + validation + test - 1) > 1e-6 {
      reader.report(
        "split", "the shares must add up to 1, got \(train) + \(validation) + \(test).", split)
    } else if train == 0 {
      reader.report("split.train", "must be larger than 0: there is nothing to learn from.", split)
    }
    result.division = .fractions(train: train, validation: validation, test: test, seed: seed)
  }

  private mutating func share(_ split: ConfigurationValue, _ key: String) -> Double {
    guard let value = split[key], value.content != .null else { return 0 }
    if let share = value.asReal, (0...1).contains(share) { return share }
    reader.report("split." + key, "must be a share from 0 to 1, got \(value.shown).", value)
    return 0
  }

  private mutating func readValues(_ split: ConfigurationValue) {
    if split["seed"] != nil {
      reader.report("split.seed", "has no meaning beside 'by': the column decides.", split["seed"])
    }
    guard let by = formula(split, "by", "split") else { return }
    let train = values(split, "train")
    let validation = values(split, "validation")
    let test = values(split, "test")
    if train.isEmpty {
      reader.report(
        "split.train", "needs the values of '\(by)' to learn from, for example 0-5.", split)
    }
    for (a, b, names) in [
      (train, validation, "train and validation"), (train, test, "train and test"),
      (validation, test, "validation and test"),
    ] {
      if let both = a.first(where: b.contains) {
        reader.report("split", "the value \(both) can't be in \(names).", split)
      }
    }
    result.division = .values(by: by, train: train, validation: validation, test: test)
  }

  /// `4`, `0-5`, `[0, 2, 4]`, `0-3,8`.
  private mutating func values(_ split: ConfigurationValue, _ key: String) -> [Int] {
    var all: [Int] = []
    for text in reader.texts(split, key, "split") ?? [] {
      for part in text.split(separator: ",") {
        guard let range = valueRange(trimSpace(String(part))) else {
          reader.report(
            "split." + key, "must be whole numbers such as 4, 0-5 or [0, 2], got '\(text)'.",
            split[key])
          return all
        }
        all += range
      }
    }
    return all
  }

  private func valueRange(_ text: String) -> ClosedRange<Int>? {
    if let one = Int(text) { return one...one }
    // The dash of the range is not the first letter, which may be a sign.
    guard let dash = text.dropFirst().firstIndex(of: "-"),
      let low = Int(text[..<dash]), let high = Int(text[text.index(after: dash)...]), low <= high,
      high - low < 100_000
    else { return nil }
    return low...high
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
