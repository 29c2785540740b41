/// The functions that formulas can call, and what a name means that stands for several columns.
///
/// The hall knows arithmetic and lists (``standard``); rooms above add theirs, such as four-vectors.
public struct FormulaLibrary: Sendable {
  /// The functions, in the order of help.
  public var functions: [FormulaFunction]
  /// How objects are found and joined; nil where there are none.
  public var objects: (any FormulaObjects)?

  /// Makes a library.
  public init(functions: [FormulaFunction], objects: (any FormulaObjects)? = nil) {
    self.functions = functions
    self.objects = objects
  }

  /// Arithmetic, the usual functions and those of lists.
  public static let standard = FormulaLibrary(functions: FormulaFunction.all)

  /// The names of all functions, for help and for offers.
  public var names: [String] { functions.map(\.name) }

  /// One line a function: how it is called and what it gives.
  public var help: String {
    functions.map { "\($0.name)(\($0.arguments)): \($0.summary)" }.joined(separator: "\n")
  }

  /// The function of a name, one of its other names, `TMath::Name` or `std::name`.
  func function(_ word: String) -> FormulaFunction? {
    if let found = functions.first(where: { $0.name == word || $0.aliases.contains(word) }) {
      return found
    }
    guard let prefix = ["TMath::", "std::", "math::"].first(where: word.hasPrefix) else {
      return nil
    }
    return functions.first { $0.answers(to: String(word.dropFirst(prefix.count))) }
  }

  /// The function that gives a quantity of one object: `jet.pt`, `jet.Pt()`.
  func quantity(_ word: String) -> FormulaFunction? {
    functions.first { $0.objects?.fits(1) == true && $0.answers(to: word) }
  }
}

/// What objects are: names that stand for several columns, such as `jet` for `jet_pt`, `jet_eta` and `jet_phi`.
public protocol FormulaObjects: Sendable {
  /// Finds the columns of an object.
  /// - Parameters:
  ///   - name: The name in the formula.
  ///   - exists: Whether there is a column of a name.
  /// - Returns: Quantities and their columns, or nil where there is no such object.
  func columns(of name: String, exists: (String) -> Bool) -> [(quantity: String, column: String)]?
  /// The columns that further quantities of the object may have, the likeliest first.
  func columns(of name: String, further quantity: String) -> [String]
  /// The sum of all objects of each list.
  func sum(_ object: FormulaObject, with builder: inout FormulaBuilder) throws(FormulaError)
    -> FormulaObject
}

/// An object: a sum of terms that each have some quantities.
public struct FormulaObject: Sendable {
  /// One term.
  public struct Term: Sendable {
    /// 1, or −1 where it is subtracted.
    public var sign: Double
    /// Its quantities.
    public var parts: [(quantity: String, value: FormulaNode)]
    /// Makes a term.
    public init(sign: Double = 1, parts: [(quantity: String, value: FormulaNode)]) {
      (self.sign, self.parts) = (sign, parts)
    }
    /// One of its quantities.
    public subscript(quantity: String) -> FormulaNode? {
      parts.first { $0.quantity == quantity }?.value
    }
  }

  /// The terms of the sum.
  public var terms: [Term]
  /// What it is called in the formula, for messages.
  public var name: String
  /// The name in the columns and what was done to it since, so that further columns can follow.
  var origin: (name: String, subscripts: [[FormulaBuilder.Index]])?

  /// Makes an object.
  public init(name: String, terms: [Term]) { (self.name, self.terms) = (name, terms) }
}

/// What a function takes and gives.
public enum FormulaTerm: Sendable {
  /// One number an event, or a list of them.
  case value(FormulaNode)
  /// An object, or a list of them.
  case object(FormulaObject)

  /// The numbers; nil for an object.
  public var value: FormulaNode? {
    if case .value(let node) = self { return node }
    return nil
  }
}
