import ApusEvents

extension Sample {
  /// The part of each event of a merged sample in a cross-validation.
  ///
  /// The events of a class go round the parts in the order of a hash of their inputs: every part lacks some events of each class, and the
  /// others have some, wherever a class has two events.
  /// - Throws: `FitError` where all events of a class lie at one place.
  func folds(_ count: Int, method: String) throws(FitError) -> [Int] {
    var fold = [Int](repeating: 0, count: self.count)
    for (name, positions) in zip(groupNames, positionsByClass) {
      guard positions.count > 1 else {
        let who = task == .regression ? "the training events" : "the training events of '\(name)'"
        throw .unusable(
          method: method,
          reason:
            "its members learn from some events and score others, so \(who) must lie at two places at least, but "
            + "there is one event, or all have the same inputs. Look at the inputs and the selection, or take "
            + "'committee', which has no parts.")
      }
      let hashes = positions.map { inputHash($0) }
      let order = positions.indices.sorted { (hashes[$0], $0) < (hashes[$1], $1) }
      for (rank, place) in order.enumerated() { fold[positions[place]] = rank % count }
    }
    return fold
  }
}
