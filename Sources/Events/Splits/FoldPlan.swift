/// Cross-training by event identity: fold i is tested by the model that did not learn from it.
///
/// Model m learns from all folds but two: it watches fold m + 1 while it learns (with two folds there is none to
/// watch) and is tested on fold m. The identity alone says the fold, so a saved model knows for any event,
/// in any file, which of its members did not learn from it.
public struct FoldPlan: Sendable, Equatable {
  /// How many folds there are, at least 2.
  public var count: Int
  /// The column or formula that names an event, such as its number.
  public var by: String
  /// Whether the identity is mixed first; for identities that are correlated with how events were made.
  public var isHashed: Bool

  /// Makes a plan.
  public init(count: Int, by: String, isHashed: Bool = false) {
    precondition(count >= 2, "at least two folds, not \(count)")
    (self.count, self.by, self.isHashed) = (count, by, isHashed)
  }

  /// The fold of each event.
  /// - Throws: ``SplitError/identity(formula:event:value:)`` where an identity is no whole number.
  public func folds(of identities: [Double]) throws(SplitError) -> [Int] {
    if let event = identities.firstIndex(where: { !($0 == $0.rounded() && abs($0) <= 0x1p53) }) {
      throw SplitError.identity(formula: by, event: event, value: identities[event])
    }
    return foldAssignment(
      identity: identities.map { Int64($0) }, folds: count, hashed: isHashed)
  }

  /// The events of each part for one model.
  public func split(_ folds: [Int], model: Int) -> Split {
    var split = Split(train: [], validation: [], test: [])
    let watched = count > 2 ? (model + 1) % count : -1
    for (event, fold) in folds.enumerated() {
      if fold == model {
        split.test.append(event)
      } else if fold == watched {
        split.validation.append(event)
      } else {
        split.train.append(event)
      }
    }
    return split
  }

  /// The model that tests a fold, learned from it, or watched it.
  /// - Returns: Nil for watching where there are two folds.
  public func model(thatTests fold: Int) -> Int { fold }

  /// A model that learned from a fold.
  public func model(thatLearned fold: Int) -> Int {
    (fold + count - (count > 2 ? 2 : 1)) % count
  }

  /// The model that watched a fold; nil where there are two folds.
  public func model(thatWatched fold: Int) -> Int? {
    count > 2 ? (fold + count - 1) % count : nil
  }
}
