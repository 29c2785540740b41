/// How much worse a model does when one input is shuffled among the events: what the model needs the input for.
///
/// The quality is 1 − AUC for two classes, the weighted logarithmic loss for several, and the weighted root mean square error
/// for numbers (of several targets that of the errors in units of each target's deviation); the importance is its rise, averaged over `repeats` shuffles (Breiman 2001, doi:10.1023/A:1010933404324). Inputs that stand for each other
/// share their importance. Cost: inputs × repeats scorings.
/// - Parameters:
///   - response: The model.
///   - sample: Events that the model has not learned from.
///   - repeats: How often each input is shuffled.
///   - seed: Where the shuffles come from.
///   - threads: The most threads to use; the result does not depend on it.
/// - Returns: For each input the mean rise and its standard error (0 for one repeat).
/// - Throws: What scoring throws; `MetricError` where the sample has no quality.
public func permutationImportances(
  of response: any Response, on sample: Sample, repeats: Int = 5, seed: UInt64, threads: Int
) throws -> [(value: Double, error: Double)] {
  let width = sample.features.count
  // One target keeps its own unit.
  let units = sample.targetCount > 1 ? sample.targetScales.map(\.spread) : [1]
  func quality(_ inputs: [Float]) throws -> Double {
    let scores = try response.scores(for: inputs, count: sample.count, threads: threads)
    switch sample.task {
    case .binary:
      return try 1
        - RocCurve(scores: scores, labels: sample.labels, weights: sample.weights).area
    case .multiclass:
      return try MulticlassScores(
        probabilities: scores, labels: sample.labels, weights: sample.weights,
        classes: sample.classes
      ).logLoss
    case .regression:
      let total = sample.weights.reduce(0, +)
      let squares = scores.indices.reduce(0.0) { sum, i in
        let e = (scores[i] - sample.targets[i]) / units[i % units.count]
        return sum + sample.weights[i / units.count] * e * e
      }
      return max(squares / total / Double(units.count), 0).squareRoot()
    }
  }
  let before = try quality(sample.inputs)
  return try (0..<width).map { column in
    let rises = try (0..<max(repeats, 1)).map { turn -> Double in
      var generator = SplitMix64(seed: seed, stream: UInt64(column * 10_007 + turn))
      var inputs = sample.inputs
      for (i, other) in generator.permutation(sample.count).enumerated() {
        inputs[i * width + column] = sample.inputs[other * width + column]
      }
      return try quality(inputs) - before
    }
    let n = Double(rises.count)
    let mean = rises.reduce(0, +) / n
    let variance = rises.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / max(n - 1, 1)
    return (mean, (variance / n).squareRoot())
  }
}
