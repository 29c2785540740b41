internal import ApusEvents

/// Reading `target`.
extension ConfigurationBuilder {
  /// One column or formula, a list of them (`px`, `"e = log(energy)"`), or names with their formulas.
  mutating func targets(_ parent: ConfigurationValue, _ path: String)
    -> [StudyConfiguration.Target]?
  {
    guard let given = parent["target"], given.content != .null else { return nil }
    let place = reader.join(path, "target")
    var found: [StudyConfiguration.Target] = []
    switch given.content {
    case .list(let items):
      for (index, item) in items.enumerated() {
        let own = "\(place)[\(index)]"
        guard let text = item.asText, !text.isEmpty else {
          reader.report(own, "must be a column or formula, got \(item.shown).", item)
          continue
        }
        let parts = splitDefinition(text)
        let formula = parts?.formula ?? trimSpace(text)
        found.append(.init(name: parts?.name ?? formula, formula: formula))
        checkFormula(formula, own, item)
      }
    case .mapping(let entries):
      for entry in entries {
        guard let formula = formula(given, entry.key, place) else {
          if entry.value.content == .null {
            reader.report(place + "." + entry.key, "needs its formula.", given)
          }
          continue
        }
        found.append(.init(name: entry.key, formula: formula))
      }
    default:
      guard let formula = formula(parent, "target", path) else { return nil }
      found = [.init(name: formula, formula: formula)]
    }
    checkTwice(found, place, given)
    return found
  }

  private mutating func checkTwice(
    _ targets: [StudyConfiguration.Target], _ path: String, _ given: ConfigurationValue
  ) {
    if targets.isEmpty, reader.problems.isEmpty {
      reader.report(path, "must name at least one column or formula, got \(given.shown).", given)
    }
    for (place, target) in targets.enumerated() {
      for other in targets[..<place] {
        if other.name == target.name || columnName(other.name) == columnName(target.name) {
          reader.report(path, "a second target named '\(target.name)'.", given)
        } else if other.formula == target.formula {
          reader.report(
            path,
            "'\(other.name)' and '\(target.name)' are the same, '\(target.formula)'; keep one.",
            given)
        }
      }
    }
  }

  /// Refuses inputs that are what is to be estimated.
  mutating func checkTargetsAmongInputs() {
    for target in result.targets {
      for input in result.inputs {
        let name: String
        switch input {
        case .formula(let own, let text) where text == target.formula: name = own
        case .columns(let own) where own == target.formula: name = own
        default: continue
        }
        reader.report(
          "inputs",
          "'\(name)' is the target\(target.name == name ? "" : " '\(target.name)'"), which is not known where it has to "
            + "be estimated. Remove it.", value["inputs"])
      }
    }
  }
}
