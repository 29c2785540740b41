import ApusKernels

/// The methods that names can stand for, so that one method can be made of others.
public struct MethodCatalogue: Sendable {
  /// The methods in the order of help.
  public let types: [any Method.Type]

  /// Makes a catalogue; an empty one knows no method.
  public init(_ types: [any Method.Type] = []) { self.types = types }

  /// The method of a name or alias, whatever its capitals, or of one of TMVA's types (`kBDT`); nil where there is none.
  public func find(_ name: String) -> (any Method.Type)? {
    let word = name.lowercased()
    let found =
      types.first { $0.name == word }
      ?? types.first { $0.aliases.contains { $0.lowercased() == word } }
    let rest = name.dropFirst()
    guard found == nil, name.first == "k", rest.first?.isUppercase == true else { return found }
    return find(String(rest))
  }

  /// Each name and alias once, for offers.
  public var knownNames: [String] {
    var seen: Set<String> = []
    let all = types.map { $0.name } + types.flatMap { $0.aliases }
    return all.filter { seen.insert($0.lowercased()).inserted }
  }

  /// What to say where there is no method of a name.
  public func unknown(_ name: String) -> String {
    let known = knownNames
    let near = nearestNames(to: name, among: known)
    return "there is no method '\(name)'."
      + (near.isEmpty
        ? " The methods are \(types.map { $0.name }.joined(separator: ", "))."
        : didYouMean(name, among: known))
  }
}

/// A method with a name of its own, as a configuration books it.
public struct BookedMethod: Sendable {
  /// The name that the user gave.
  public let name: String
  /// Its type.
  public let type: any Method.Type
  /// The method with its options.
  public let method: any Method
  /// Its options.
  public let options: OptionValues
  /// The line of the file on which it stands, or 0.
  public let line: Int

  /// Books a method.
  public init(
    name: String, type: any Method.Type, method: any Method,
    options: OptionValues = OptionValues(), line: Int = 0
  ) {
    (self.name, self.type, self.method) = (name, type, method)
    (self.options, self.line) = (options, line)
  }
}
