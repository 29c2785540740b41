internal import ApusEvents

extension StudyConfiguration {
  /// How a sample is scaled to what the data hold: its weights are multiplied by expected events over a sum.
  public struct Scale: Sendable, Equatable {
    /// Cross section times luminosity times all factors, computed in decimals.
    public var expected: Double
    /// What the weights of the whole sample sum to.
    public var sum: WeightSum

    /// Describes a scale.
    public init(expected: Double, sum: WeightSum) { (self.expected, self.sum) = (expected, sum) }
  }

  /// Where the sum of weights of a whole sample, before any selection, comes from.
  public enum WeightSum: Sendable, Equatable {
    /// The sum over all events of the files.
    case events
    /// The sum over a column of another tree of the same files, as NanoAOD's `Runs.genEventSumw`.
    case column(tree: String, name: String)
    /// This number.
    case number(Double)
  }
}

/// Reading `scale` of a sample.
extension ConfigurationBuilder {
  private static let scaleKeys = [
    "cross_section", "luminosity", "sum_of_weights", "k_factor", "filter_efficiency",
  ]

  mutating func readScale(_ item: ConfigurationValue, _ path: String)
    -> StudyConfiguration.Scale?
  {
    guard let scale = item["scale"], scale.content != .null else { return nil }
    let path = path + ".scale"
    guard reader.isMapping(scale, path, keys: Self.scaleKeys) else { return nil }
    var factors: [ExactDecimal?] = []
    factors.append(
      quantity(
        scale, "cross_section", path, "a cross section such as '0.83 pb'", Quantity.crossSection)
    )
    let shared = scale["luminosity"] == nil && value["luminosity"] != nil
    factors.append(
      quantity(
        shared ? value : scale, "luminosity", shared ? "" : path, "a luminosity such as '140 /fb'",
        Quantity.luminosity))
    for key in ["k_factor", "filter_efficiency"] where scale[key] != nil {
      factors.append(quantity(scale, key, path, "a number", { ExactDecimal($0) }))
    }
    guard let sum = weightSum(scale, path), !factors.contains(where: { $0 == nil }) else {
      return nil
    }
    let known = factors.compactMap { $0 }
    let exact = known.dropFirst().reduce(known.first) { $0?.times($1) }
    let expected = exact?.value ?? known.reduce(1) { $0 * $1.value }
    return .init(expected: expected, sum: sum)
  }

  private mutating func quantity(
    _ parent: ConfigurationValue, _ key: String, _ path: String, _ wanted: String,
    _ parse: (String) -> ExactDecimal?
  ) -> ExactDecimal? {
    let place = reader.join(path, key)
    guard let given = parent[key], given.content != .null else {
      reader.report(place, "is missing: \(wanted).", parent)
      return nil
    }
    guard let number = given.asText.flatMap(parse) else {
      reader.report(place, "must be \(wanted), got \(given.shown).", given)
      return nil
    }
    guard number.digits > 0 else {
      reader.report(place, "must be above 0, got \(given.shown).", given)
      return nil
    }
    return number
  }

  private mutating func weightSum(_ scale: ConfigurationValue, _ path: String)
    -> StudyConfiguration.WeightSum?
  {
    let place = path + ".sum_of_weights"
    let help = "'from events', TREE.COLUMN such as 'Runs.genEventSumw', or a number"
    guard let given = scale["sum_of_weights"], let text = given.asText else {
      reader.report(place, "is missing: \(help).", scale["sum_of_weights"] ?? scale)
      return nil
    }
    if text == "from events" || text == "events" { return .events }
    if let number = given.asReal {
      if number.isFinite, number > 0 { return .number(number) }
      reader.report(place, "must be above 0, got \(given.shown).", given)
      return nil
    }
    if let dot = text.lastIndex(where: { $0 == "." || $0 == ":" }), dot != text.startIndex,
      text.index(after: dot) != text.endIndex
    {
      return .column(tree: String(text[..<dot]), name: String(text[text.index(after: dot)...]))
    }
    reader.report(place, "must be \(help), got \(given.shown).", given)
    return nil
  }
}
