import ApusEvents
import ApusKernels

/// What options say of single inputs.
struct TreeColumns {
  private(set) var categorical: [Bool]
  private(set) var monotone: [Int8]
  private var found = ProblemList()

  /// - Throws: `OptionProblems` for all that does not fit the inputs.
  init(_ options: OptionValues, features: [String]) throws {
    categorical = [Bool](repeating: false, count: features.count)
    monotone = [Int8](repeating: 0, count: features.count)
    for name in options.texts("categorical") ?? [] {
      if let place = place(name, "categorical", features) { categorical[place] = true }
    }
    takeMonotone(options.texts("monotone") ?? [], features)
    for (place, direction) in monotone.enumerated() where direction != 0 && categorical[place] {
      found.report("monotone", "'\(features[place])' has categories, which have no order.")
    }
    if !monotone.contains(where: { $0 != 0 }) { monotone = [] }
    try found.finish()
  }

  /// What is wrong whatever the inputs are, or with those that are known.
  static func check(_ options: OptionValues, _ facts: StudyFacts) throws {
    if let features = facts.inputs { _ = try TreeColumns(options, features: features) }
  }

  /// '+x' and '-x', or as in XGBoost and scikit-learn 1, 0 or -1 for each input.
  private mutating func takeMonotone(_ texts: [String], _ features: [String]) {
    let numbers = texts.flatMap(TreeColumns.numbers)
    if !texts.isEmpty, let directions = numbers.allOrNil {
      guard directions.count == features.count else {
        found.report(
          "monotone",
          "has \(directions.count) numbers for the \(features.count) inputs; give one each, or names: "
            + "'+\(features.first ?? "x")'.")
        return
      }
      monotone = directions
      return
    }
    for text in texts { takeMonotone(text, features) }
  }

  private mutating func takeMonotone(_ text: String, _ features: [String]) {
    guard let sign = text.first, sign == "+" || sign == "-" else {
      found.report(
        "monotone",
        "'\(text)' must start with + (the score rises with the input) or -: '+\(text)'.")
      return
    }
    guard let place = place(String(text.dropFirst()), "monotone", features) else { return }
    let direction: Int8 = sign == "+" ? 1 : -1
    if monotone[place] == -direction {
      found.report("monotone", "the score can't both rise and fall with '\(features[place])'.")
    }
    monotone[place] = direction
  }

  private mutating func place(_ name: String, _ option: String, _ features: [String]) -> Int? {
    if let place = features.firstIndex(of: name) { return place }
    found.report(option, "there is no input '\(name)'." + didYouMean(name, among: features))
    return nil
  }

  /// "1", "-1", "0", and "(1, 0, -1)" as XGBoost writes it; nil for a word that is none.
  private static func numbers(_ text: String) -> [Int8?] {
    let plain = text.filter { !"() ".contains($0) }
    return plain.split(separator: ",", omittingEmptySubsequences: false).map {
      Int8($0).flatMap { (-1...1).contains($0) ? $0 : nil }
    }
  }
}

extension [Int8?] {
  /// All numbers, or nil where one is none.
  fileprivate var allOrNil: [Int8]? {
    let numbers = compactMap { $0 }
    return numbers.count == count ? numbers : nil
  }
}
