internal import ApusEvents

/// The chosen events of a piece.
struct StreamPiece {
  /// The place of each event in its file.
  var entries: [Int]
  /// The place of each event among all.
  var numbers: [UInt64] = []
  var inputs: [Float] = []
  var weights: [Double] = []
  /// The class, or the targets of a regression.
  var answers: [Double] = []
  var splitValues: [Double] = []
  var spectators: [[Double]] = []

  init(entries: [Int]) { self.entries = entries }

  /// Refuses numbers that are not finite, with file and entry.
  /// - Parameters:
  ///   - names: The inputs.
  ///   - targets: The names of several targets; those of classes mean nothing here.
  ///   - source: The file, for messages.
  ///   - takesMissing: Whether inputs may be NaN.
  func check(_ names: [String], targets: [String], source: String, takesMissing: Bool)
    throws(StudyError)
  {
    let width = max(1, names.count)
    func problem(_ what: String, _ value: Double, _ row: Int) -> StudyError {
      let word = value.isNaN ? "NaN" : value < 0 ? "-infinity" : "infinity"
      return .unusableEvents([
        "\(source): \(what) must be a finite number, but is \(word) in entry \(entries[row]). Leave such "
          + "events out with 'selection', or give them a value in a formula."
      ])
    }
    if let bad = inputs.firstIndex(where: {
      takesMissing ? $0.isInfinite : !$0.isFinite
    }) {
      throw problem("the input '\(names[bad % width])'", Double(inputs[bad]), bad / width)
    }
    for (what, values) in [
      ("the weight", weights), ("the target", answers), ("the value of 'split.by'", splitValues),
    ] {
      if let bad = values.firstIndex(where: { !$0.isFinite }) {
        let each = max(values.count / max(entries.count, 1), 1)
        let name = each > 1 ? what + " '\(targets[bad % each])'" : what
        throw problem(name, values[bad], bad / each)
      }
    }
  }
}

extension SplitPlan {
  /// The largest share of the events that each part may have.
  var shares: [Double] {
    if case .fractions(let train, let validation, let test, _) = self {
      return [train, validation, test]
    }
    return [1, 1, 1]
  }

  /// The part of one event, from a uniform number of its own or the value that decides; nil for none.
  func part(uniform: Double, value: Double) -> Part? {
    switch self {
    case .fractions(let train, let validation, let test, _):
      if uniform < train { return .train }
      if uniform < train + validation { return .validation }
      return uniform < train + validation + test + 1e-9 ? .test : nil
    case .values(_, let train, let validation, let test):
      let place = [train, validation, test].firstIndex { ranges in
        ranges.contains { value >= Double($0.lowerBound) && value <= Double($0.upperBound) }
      }
      return place.flatMap { Part(rawValue: UInt8($0)) }
    case .folds: return nil
    }
  }
}
