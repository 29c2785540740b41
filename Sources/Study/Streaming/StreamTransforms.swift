internal import ApusEvents

/// Fitting transforms where the events are streamed.
extension StreamPreparation {
  /// Fits the transforms: means, deviations and ranges that come first exactly, the rest and the scale of padded lists
  /// on the events in memory.
  /// - Returns: The transforms, and the training events in memory before them.
  func fitTransforms(_ result: StudyResult, _ model: Int) throws -> (Preprocessing, Sample) {
    let sample = try weighed(result, result.split(model).train)
    let names = configuration.preprocess.compactMap(\.asText)
    let fitted = try Preprocessing(fitting: sample, with: names)
    guard let exact = exactRecord(fitted, model) else { return (fitted, sample) }
    // What comes behind is fitted on what the exact one gives.
    var rest = withoutLists(sample)
    let first = try Preprocessing(.array([exact]), features: rest.features)
    rest.inputs = first.apply(rest.inputs)
    let behind = try Preprocessing(fitting: rest, with: Array(names.dropFirst()))
    let lists = (fitted.record.items ?? []).filter { $0["transform"]?.text == "padded" }
    let record = [exact] + (behind.record.items ?? []) + lists
    return (try Preprocessing(.array(record), features: fitted.features), sample)
  }

  /// The events with their plain inputs alone.
  private func withoutLists(_ sample: Sample) -> Sample {
    guard let first = sample.constituents?.first else { return sample }
    let width = sample.features.count
    var plain: [Float] = []
    plain.reserveCapacity(sample.count * first)
    for event in 0..<sample.count {
      plain.append(contentsOf: sample.inputs[event * width..<event * width + first])
    }
    return Sample(
      inputs: plain, features: Array(sample.features.prefix(first)), labels: sample.labels,
      targets: sample.targets, weights: sample.weights, classes: sample.classes, task: sample.task)
  }

  /// The exact sums of what a model learns from.
  private func moments(_ model: Int) -> StreamMoments? {
    let learned = learnedStores(model).compactMap { pass.moments.indices.contains($0) ? $0 : nil }
    guard var sums = learned.first.map({ pass.moments[$0] }) else { return nil }
    for place in learned.dropFirst() { sums.add(pass.moments[place]) }
    return sums
  }

  /// The first transform from exact sums, where those are enough for it.
  private func exactRecord(_ fitted: Preprocessing, _ model: Int) -> JSONValue? {
    guard let moments = moments(model), let name = fitted.names.first else { return nil }
    let width = pass.constituents?.first ?? fitted.width
    switch name {
    case Standardize.name:
      let (means, deviations) = moments.standard(factors(model))
      return [
        "transform": .string(name),
        "fitted": [
          "means": JSONValue(Array(means.prefix(width))),
          "deviations": JSONValue(Array(deviations.prefix(width))),
        ],
      ]
    case MinMax.name:
      let low = Array(moments.low.prefix(width))
      let ranges = zip(low, moments.high).map { $1 > $0 ? $1 - $0 : 1 }
      return [
        "transform": .string(name),
        "fitted": ["least": JSONValue(low), "ranges": JSONValue(ranges)],
      ]
    case LogTransform.name:
      return [
        "transform": .string(name),
        "fitted": ["columns": .array(moments.low.prefix(width).map { .bool($0 >= 0) })],
      ]
    default: return nil
    }
  }
}
