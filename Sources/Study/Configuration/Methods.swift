public import ApusEvents
internal import ApusMethods
internal import ApusNeural

/// Every method that a configuration can name, in the order of `apus methods`.
public var allMethods: [any Method.Type] { classicalMethods + neuralMethods }

/// The same as a catalogue, for methods that are made of others.
let methodCatalogue = MethodCatalogue(allMethods)

/// The names to offer for a mistyped one: each name once, whatever its capitals.
func knownMethodNames() -> [String] { methodCatalogue.knownNames }

/// The method of a name or alias; nil where there is none.
public func findMethod(_ name: String) -> (any Method.Type)? { methodCatalogue.find(name) }
