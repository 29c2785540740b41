internal import ApusEvents

extension StudyConfiguration {
  /// Lists of every event that become inputs of one length.
  public struct Constituents: Sendable, Equatable {
    /// In which order the entries of a list are kept.
    public enum Order: String, Sendable, CaseIterable {
      /// As the file has them.
      case stored
      /// The largest of the first column first.
      case falling
      /// The smallest of the first column first.
      case rising
    }

    /// The quantities of an entry: columns or formulas that give a list an event, with their names.
    public var columns: [(name: String, formula: String)]
    /// How many entries are kept; shorter lists are filled with zeros.
    public var length: Int
    /// In which order.
    public var order = Order.falling
    /// Whether numbers follow that are 1 for an entry and 0 for padding.
    public var hasMask = true

    /// Describes lists.
    public init(
      columns: [(name: String, formula: String)], length: Int, order: Order = .falling,
      hasMask: Bool = true
    ) {
      (self.columns, self.length) = (columns, length)
      (self.order, self.hasMask) = (order, hasMask)
    }

    /// Whether two say the same.
    public static func == (a: Constituents, b: Constituents) -> Bool {
      a.columns.map(\.name) == b.columns.map(\.name)
        && a.columns.map(\.formula) == b.columns.map(\.formula) && a.length == b.length
        && a.order == b.order && a.hasMask == b.hasMask
    }
  }
}

/// Reading `constituents`.
extension ConfigurationBuilder {
  mutating func readConstituents() {
    guard let given = value["constituents"], given.content != .null else { return }
    let path = "constituents"
    guard reader.isMapping(given, path, keys: ["columns", "length", "order", "mask"]) else {
      return
    }
    guard let texts = reader.texts(given, "columns", path), !texts.isEmpty else {
      reader.report(path + ".columns", "is missing: the lists of every event to learn from.", given)
      return
    }
    var columns: [(name: String, formula: String)] = []
    for (index, text) in texts.enumerated() {
      let (name, formula) = splitDefinition(trimSpace(text)) ?? (trimSpace(text), trimSpace(text))
      checkFormula(formula, path + ".columns[\(index)]", given["columns"])
      columns.append((name, formula))
    }
    if given["length"] == nil {
      reader.report(path + ".length", "is missing: how many entries of each list to keep.", given)
    }
    let length = reader.integer(given, "length", path, in: 1...100_000)
    var block = StudyConfiguration.Constituents(columns: columns, length: length ?? 1)
    let words = StudyConfiguration.Constituents.Order.allCases.map(\.rawValue)
    if let word = reader.choice(given, "order", path, of: words) {
      block.order = .init(rawValue: word) ?? .falling
    }
    if let mask = given["mask"] {
      if let flag = mask.asFlag {
        block.hasMask = flag
      } else {
        reader.report(path + ".mask", "must be true or false, got \(mask.shown).", mask)
      }
    }
    result.constituents = block
  }
}
