import ApusEvents
import ApusMethods
import TestSupport
import Testing

/// Tests/Golden/canon.json, made by Tools/reference/canon.py (scikit-learn).
struct Canon {
  let golden: JSONValue
  let sample: Sample
  let regression: Sample
  let queries: [Float]
  let queryCount: Int

  init(weighted: Bool = true) throws {
    golden = try loadGolden("canon.json")
    let labels = golden.at("label").flat.map { Int32($0) }
    let weights = weighted ? golden.at("weight").flat : labels.map { _ in 1 }
    let inputs = golden.at("x").flat.map { Float($0) }
    sample = Sample(
      inputs: inputs, features: ["a", "b", "c"], labels: labels, weights: weights,
      classes: ["p", "q", "r"], task: .multiclass)
    regression = Sample(
      inputs: inputs, features: ["a", "b", "c"], targets: golden.at("target").flat,
      weights: weights, task: .regression)
    queries = golden.at("query").flat.map { Float($0) }
    queryCount = queries.count / 3
  }

  /// Class q as signal against both others.
  var binary: Sample {
    var binary = sample
    binary.labels = sample.labels.map { $0 == 1 ? 1 : 0 }
    binary.classes = ["rest", "q"]
    binary.task = .binary
    return binary
  }

  func scores(
    _ type: (some Method).Type, _ options: [(String, ConfigurationValue.Content)], _ sample: Sample
  ) throws -> [Double] {
    try made(type, options).fit(sample, validation: nil, context: silent())
      .scores(for: queries, count: queryCount, threads: 2)
  }
}

/// Scores of a freshly fitted method on its own events.
func fitted(
  _ type: (some Method).Type, _ options: [(String, ConfigurationValue.Content)] = [],
  _ sample: Sample
) throws -> [Double] {
  try made(type, options).fit(sample, validation: nil, context: silent())
    .scores(for: sample.inputs, count: sample.count, threads: 2)
}

/// The message with which a fit ends.
func refusal(
  _ type: (some Method).Type, _ options: [(String, ConfigurationValue.Content)] = [],
  _ sample: Sample
) -> String {
  do {
    _ = try fitted(type, options, sample)
    return "accepted"
  } catch { return "\(error)" }
}
