import ApusEvents

/// The method that TMVA's `BoostType` means, which is one method there and three here.
///
/// `Grad` is `bdt`, `AdaBoost` and `RealAdaBoost` are `adaboost`, and `Bagging` is a `random_forest` whose cuts look at all inputs and whose trees are
/// as small as TMVA's unless they are said to be larger. The word goes where the method knows no such option.
func methodOfBoosting(_ given: ConfigurationValue, of type: any Method.Type) -> (
  type: any Method.Type, options: ConfigurationValue
) {
  let entries = given.entries
  guard
    let place = entries.firstIndex(where: { ["boosttype", "boost"].contains($0.key.lowercased()) }),
    let word = entries[place].value.asText?.lowercased()
  else { return (type, given) }
  var rest = entries
  rest.remove(at: place)
  func options(_ more: [(String, ConfigurationValue.Content)]) -> ConfigurationValue {
    let added = more.filter { name, _ in !rest.contains { names($0.key, name) } }
    return ConfigurationValue(
      .mapping(rest + added.map { .init($0.0, ConfigurationValue($0.1)) }), line: given.line,
      column: given.column)
  }
  switch word {
  case "grad", "gradient":
    return (BoostedTrees.self, type == BoostedTrees.self ? given : options([]))
  case "adaboost", "realadaboost", "samme", "samme.r": return (AdaBoost.self, given)
  case "bagging":
    return (
      RandomForest.self,
      options([
        ("columns_per_leaf", .real(1)), ("depth", .integer(3)), ("min_node_size", .real(5)),
      ])
    )
  default: return (type, given)
  }
}

/// Whether a key is a name or alias of an option of forests.
private func names(_ key: String, _ option: String) -> Bool {
  let key = key.lowercased()
  return RandomForest.options.contains {
    $0.name == option && ($0.name == key || $0.aliases.contains { $0.lowercased() == key })
  }
}
