/// What the weights of a sample amount to, class by class.
public struct WeightSummary: Sendable, Equatable {
  /// The weights of one class.
  public struct Group: Sendable, Equatable {
    /// The name of the class.
    public var name: String
    /// The number of events.
    public var events: Int
    /// Σw.
    public var sum: Double
    /// Σw².
    public var squares: Double
    /// The share of events with negative weights.
    public var negativeFraction: Double
    /// Effective entries, (Σw)²/Σw².
    public var effectiveEntries: Double { squares > 0 ? sum * sum / squares : 0 }
  }

  /// The classes in order; for regression one group of all events.
  public var groups: [Group]

  /// Sums up the weights of a sample.
  public init(_ sample: Sample) {
    groups = zip(sample.groupNames, sample.positionsByClass).map { name, positions in
      let weights = positions.map { sample.weights[$0] }
      let negative = weights.count { $0 < 0 }
      return Group(
        name: name, events: weights.count, sum: weights.reduce(0, +),
        squares: weights.reduce(0) { $0 + $1 * $1 },
        negativeFraction: weights.isEmpty ? 0 : Double(negative) / Double(weights.count))
    }
  }

  /// One line a class: events, Σw, share of negative weights, effective entries.
  public var text: String {
    groups.map { g in
      "\(g.name): \(g.events) events, Σw = \(short(g.sum)), "
        + (g.negativeFraction > 0 ? "\(short(100 * g.negativeFraction)) % negative, " : "")
        + "\(short(g.effectiveEntries)) effective entries"
    }.joined(separator: "\n")
  }

  /// An object with an object for each class.
  public var json: JSONValue {
    .object(
      groups.map { g in
        JSONValue.Member(
          g.name,
          [
            "events": .int(g.events), "sum": .number(g.sum), "sum_of_squares": .number(g.squares),
            "negative_fraction": .number(g.negativeFraction),
            "effective_entries": .number(g.effectiveEntries),
          ])
      })
  }
}

/// A number for people: about five digits.
func short(_ value: Double) -> String {
  if !value.isFinite { return "\(value)" }
  if value == value.rounded() && abs(value) < 1e9 { return String(Int(value)) }
  let size = abs(value)
  if size >= 1e-3 && size < 1e9 {
    var digits = 4.0
    if size >= 10 { digits = 3 }
    if size >= 100 { digits = 2 }
    if size >= 1000 { digits = 1 }
    var power = 1.0
    for _ in 0..<Int(digits) { power *= 10 }
    let rounded = (value * power).rounded() / power
    return rounded == rounded.rounded() ? String(Int(rounded)) : "\(rounded)"
  }
  return "\(Float(value))"
}

/// How the classes are scaled against each other before training.
public enum ClassBalance: String, Sendable, Codable, CaseIterable {
  /// The weights as they are.
  case none
  /// Every class gets the same sum of weights; the sum over all classes stays.
  case equal

  /// The sample after balancing; labels, inputs and the weights within a class keep their proportions.
  /// - Throws: ``WeightError/noWeight(what:group:sum:)`` where a class has no positive sum.
  public func applied(to sample: Sample) throws(WeightError) -> Sample {
    if self == .none || sample.task == .regression { return sample }
    let groups = WeightSummary(sample).groups
    for group in groups where !(group.sum > 0) {
      throw WeightError.noWeight(what: "balance: equal", group: group.name, sum: group.sum)
    }
    let target = groups.reduce(0) { $0 + $1.sum } / Double(groups.count)
    var result = sample
    for i in 0..<sample.count { result.weights[i] *= target / groups[Int(sample.labels[i])].sum }
    return result
  }
}
