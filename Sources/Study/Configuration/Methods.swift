public import ApusEvents
internal import ApusMethods
internal import ApusNeural

/// Every method that a configuration can name, in the order of `apus methods`.
public var allMethods: [any Method.Type] { classicalMethods + neuralMethods }

/// The names to offer for a mistyped one: each name once, whatever its capitals.
func knownMethodNames() -> [String] {
  var seen: Set<String> = []
  let all = allMethods.map { $0.name } + allMethods.flatMap { $0.aliases }
  return all.filter { seen.insert($0.lowercased()).inserted }
}

/// The method of a name or alias; nil where there is none.
public func findMethod(_ name: String) -> (any Method.Type)? {
  let word = name.lowercased()
  return allMethods.first { $0.name == word }
    ?? allMethods.first { $0.aliases.contains { $0.lowercased() == word } }
}
