/// A function of the formula language, built from the operations that every evaluation knows.
public struct FormulaFunction: Sendable {
  /// How many arguments: `least`, and more in groups of `step`.
  public struct Count: Sendable {
    var least: Int
    var step: Int
    /// Exactly so many; with a step also groups more.
    public init(_ least: Int, step: Int = 0) { (self.least, self.step) = (least, step) }

    func fits(_ n: Int) -> Bool {
      n == least || (step > 0 && n > least && (n - least) % step == 0)
    }

    var words: String {
      if step > 1 { return least == step ? "\(least) arguments a particle" : "groups of \(step)" }
      let unit = least == 1 ? "argument" : "arguments"
      return step == 1 ? "at least \(least) \(unit)" : "\(least) \(unit)"
    }
  }

  /// The name.
  public let name: String
  /// Other names.
  public let aliases: [String]
  /// The arguments as help shows them.
  public let arguments: String
  /// What it gives.
  public let summary: String
  /// How many numbers it takes; nil where it takes objects only.
  let numbers: Count?
  /// How many objects it takes; nil where it takes numbers only.
  let objects: Count?
  /// Whether numbers and objects may stand beside each other.
  let isMixed: Bool
  let build: @Sendable (inout FormulaBuilder, [FormulaTerm]) throws(FormulaError) -> FormulaTerm

  /// Makes a function.
  /// - Parameters:
  ///   - name: What formulas call it.
  ///   - arguments: How many arguments it takes.
  ///   - summary: What it gives, in one line.
  ///   - aliases: Other names for it.
  ///   - numbers: How many numbers it takes; nil for none.
  ///   - objects: How many objects it takes; nil for none.
  ///   - isMixed: Whether numbers and objects may stand beside each other.
  ///   - build: Emits the operations for arguments whose number and kind fit.
  public init(
    _ name: String, aliases: [String] = [], arguments: String, _ summary: String,
    numbers: Count?, objects: Count? = nil, isMixed: Bool = false,
    build:
      @escaping @Sendable (inout FormulaBuilder, [FormulaTerm]) throws(FormulaError) ->
      FormulaTerm
  ) {
    (self.name, self.aliases, self.arguments) = (name, aliases, arguments)
    (self.summary, self.numbers, self.objects) = (summary, numbers, objects)
    (self.isMixed, self.build) = (isMixed, build)
  }

  /// Whether a word is its name in any capitals.
  func answers(to word: String) -> Bool {
    let word = word.lowercased()
    return ([name] + aliases).contains { $0.lowercased() == word }
  }

  func accepts(_ terms: [FormulaTerm]) -> Bool {
    let objectCount = terms.count { $0.value == nil }
    if objectCount == 0 { return numbers?.fits(terms.count) ?? false }
    if objectCount < terms.count && !isMixed { return false }
    return objects?.fits(terms.count) ?? false
  }
}
