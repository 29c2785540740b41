public import ApusKernels

/// Which events train, which watch the training, and which are kept for the final numbers.
public struct Split: Sendable, Equatable {
  /// Positions of the events to learn from, ascending.
  public var train: [Int]
  /// Positions of the events that steer the training (early stopping), ascending.
  public var validation: [Int]
  /// Positions of the events that are touched once, at the end, ascending.
  public var test: [Int]
  /// How many events are in no part.
  public var unused: Int

  /// Makes a split.
  public init(train: [Int], validation: [Int], test: [Int], unused: Int = 0) {
    self.train = train
    self.validation = validation
    self.test = test
    self.unused = unused
  }

  /// Positions that are in more than one part, or twice in one: empty for a sound split.
  public var leaks: [Int] {
    var seen: Set<Int> = []
    return (train + validation + test).filter { !seen.insert($0).inserted }
  }
}

/// How events are divided into training, validation and test.
public enum SplitPlan: Sendable, Equatable {
  /// Random shares, the same in every class.
  case fractions(train: Double, validation: Double, test: Double, seed: UInt64)
  /// By the value of a column or formula, such as `event % 10`: lists of value ranges.
  case values(
    by: String, train: [ClosedRange<Int>], validation: [ClosedRange<Int>],
    test: [ClosedRange<Int>])
  /// As many models as folds: each is tested on the fold that it did not learn from, and every event is in
  /// the fold that its identity says.
  case folds(FoldPlan)

  /// 60 % train, 20 % validation, 20 % test.
  public static let standard = SplitPlan.fractions(train: 0.6, validation: 0.2, test: 0.2, seed: 1)

  /// The column or formula whose values decide; nil for random shares.
  public var formula: String? {
    switch self {
    case .fractions: nil
    case .values(let formula, _, _, _): formula
    case .folds(let plan): plan.by
    }
  }

  /// Divides events.
  ///
  /// Random shares are drawn class by class: each class is shuffled with its own stream of the seed and cut
  /// at its rounded shares, so the result is the same on every machine and the classes keep their
  /// proportions.
  /// - Parameters:
  ///   - labels: The class of each event; for regression zeros.
  ///   - values: The value of ``formula`` for each event, where there is one.
  ///   - needed: The parts that must not be empty.
  /// - Throws: ``SplitError``.
  /// - Precondition: The plan is not one of folds, which have their own ``FoldPlan/folds(of:)``.
  public func divide(
    labels: [Int32], values: [Double] = [], needed: [String] = ["train", "test"]
  ) throws(SplitError) -> Split {
    let split: Split
    switch self {
    case .fractions(let train, let validation, let test, let seed):
      split = SplitPlan.random(labels, [train, validation, test], seed)
    case .values(let formula, let train, let validation, let test):
      split = try SplitPlan.byValue(values, labels.count, formula, [train, validation, test])
    case .folds: preconditionFailure("folds overlap: they are divided by FoldPlan")
    }
    for (part, events) in [("train", split.train), ("test", split.test)]
    where events.isEmpty && needed.contains(part) {
      throw SplitError.empty(part: part, events: labels.count)
    }
    return split
  }

  private static func random(_ labels: [Int32], _ shares: [Double], _ seed: UInt64) -> Split {
    var parts: [[Int]] = [[], [], []]
    var byClass: [Int32: [Int]] = [:]
    for (i, label) in labels.enumerated() { byClass[label, default: []].append(i) }
    for (label, positions) in byClass.sorted(by: { $0.key < $1.key }) {
      var generator = SplitMix64(seed: seed, stream: UInt64(bitPattern: Int64(label)))
      let order = generator.permutation(positions.count)
      var (begin, share) = (0, 0.0)
      for part in 0..<3 {
        share += shares[part]
        let end = min(Int((share * Double(positions.count)).rounded()), positions.count)
        parts[part] += order[begin..<max(begin, end)].map { positions[$0] }
        begin = max(begin, end)
      }
    }
    let used = parts.reduce(0) { $0 + $1.count }
    return Split(
      train: parts[0].sorted(), validation: parts[1].sorted(), test: parts[2].sorted(),
      unused: labels.count - used)
  }

  private static func byValue(
    _ values: [Double], _ count: Int, _ formula: String, _ ranges: [[ClosedRange<Int>]]
  ) throws(SplitError) -> Split {
    precondition(values.count == count, "one value of '\(formula)' an event")
    var parts: [[Int]] = [[], [], []]
    var unused = 0
    for (i, value) in values.enumerated() {
      guard value.isFinite else { throw SplitError.value(formula: formula, event: i, value: value) }
      let part = ranges.firstIndex { list in
        list.contains { value >= Double($0.lowerBound) && value <= Double($0.upperBound) }
      }
      if let part { parts[part].append(i) } else { unused += 1 }
    }
    return Split(train: parts[0], validation: parts[1], test: parts[2], unused: unused)
  }
}

/// Why events can't be divided as asked.
public enum SplitError: ApusError, Equatable {
  /// A part that is needed got no events.
  case empty(part: String, events: Int)
  /// The value that decides is NaN or infinite.
  case value(formula: String, event: Int, value: Double)
  /// The identity that decides the fold is no whole number.
  case identity(formula: String, event: Int, value: Double)

  /// A split that fits no event is a mistake of the configuration.
  public var kind: ErrorKind {
    if case .empty = self { return .usage }
    return .failure
  }

  /// What must hold, what was found, what to try.
  public var message: String {
    switch self {
    case .empty(let part, let events):
      "split: no event falls into '\(part)' (of \(events) events). Check the shares or values of the "
        + "split; 'train' and 'test' both need events."
    case .identity(let formula, let event, let value):
      "split: '\(formula)' must be a whole number below 2^53 for every event, since it says the fold, but is "
        + "\(value) for entry \(event)."
    case .value(let formula, let event, let value):
      "split: '\(formula)' must be a finite number for every event, but is \(value) for entry \(event)."
    }
  }
}
