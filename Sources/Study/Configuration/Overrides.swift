internal import ApusEvents
internal import ApusKernels

/// Replaces values of a configuration by what the command line says: `methods.dnn.epochs=20`.
///
/// The path names keys; a whole number steps into a list, from 0. Keys that do not exist are made. The value
/// is read as YAML, so `[300, 300]` and `{name: adam}` work.
/// - Returns: The new configuration and what is wrong with the overrides.
func applyOverrides(_ overrides: [String], to value: ConfigurationValue) -> (
  ConfigurationValue, [OptionProblems.Problem]
) {
  var result = value
  var problems: [OptionProblems.Problem] = []
  for override in overrides {
    do {
      let (path, new) = try readOverride(override)
      result = try replace(result, path[...], new, whole: override)
    } catch { problems.append(error.problem) }
  }
  return (result, problems)
}

private struct OverrideError: Error {
  var problem: OptionProblems.Problem
  init(_ override: String, _ text: String) {
    problem = .init(path: "--set " + override, text: text)
  }
}

private func readOverride(_ text: String) throws(OverrideError) -> ([String], ConfigurationValue) {
  guard let sign = text.firstIndex(of: "=") else {
    throw OverrideError(text, "must be KEY=VALUE, for example methods.mlp.epochs=20.")
  }
  let path = text[..<sign].split(separator: ".", omittingEmptySubsequences: false).map(String.init)
  if path.contains("") { throw OverrideError(text, "has an empty key in '\(text[..<sign])'.") }
  do {
    let value = try parseYaml(String(text[text.index(after: sign)...]), source: "--set")
    return (path, value.withoutPlaces)
  } catch {
    throw OverrideError(text, error.mistakes.first?.text ?? "is no value.")
  }
}

private func replace(
  _ value: ConfigurationValue, _ path: ArraySlice<String>, _ new: ConfigurationValue, whole: String
) throws(OverrideError) -> ConfigurationValue {
  guard let key = path.first else { return new }
  let rest = path.dropFirst()
  var result = value
  switch value.content {
  case .list(var items):
    guard let index = Int(key), items.indices.contains(index) else {
      throw OverrideError(whole, "'\(key)' must be a place in a list of \(items.count), from 0.")
    }
    items[index] = try replace(items[index], rest, new, whole: whole)
    result.content = .list(items)
  case .mapping(var entries):
    if let index = entries.lastIndex(where: { $0.key == key }) {
      entries[index].value = try replace(entries[index].value, rest, new, whole: whole)
    } else {
      entries.append(.init(key, try replace(ConfigurationValue(.null), rest, new, whole: whole)))
    }
    result.content = .mapping(entries)
  case .null:
    result.content = .mapping([
      .init(key, try replace(ConfigurationValue(.null), rest, new, whole: whole))
    ])
  default:
    throw OverrideError(
      whole,
      "can't set '\(key)' inside the plain value \(value.shown); replace that value as a whole.")
  }
  return result
}

extension ConfigurationValue {
  /// The same value as if it had not come from a file.
  var withoutPlaces: ConfigurationValue {
    switch content {
    case .list(let items): ConfigurationValue(.list(items.map(\.withoutPlaces)))
    case .mapping(let entries):
      ConfigurationValue(.mapping(entries.map { .init($0.key, $0.value.withoutPlaces) }))
    default: ConfigurationValue(content)
    }
  }
}
