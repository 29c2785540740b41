internal import ApusEvents

/// Fitting transforms where the events are streamed.
extension StreamPreparation {
  /// Fits the transforms: means, deviations and ranges that come first exactly, the rest on the events in memory.
  /// - Returns: The transforms, and the training events in memory before them.
  func fitTransforms(_ result: StudyResult) throws -> (Preprocessing, Sample) {
    let sample = try weighed(result, result.chosen(.train))
    let names = configuration.preprocess.compactMap(\.asText)
    let fitted = try Preprocessing(fitting: sample, with: names)
    guard let exact = exactRecord(fitted), let items = fitted.record.items else {
      return (fitted, sample)
    }
    let first = try Preprocessing(.array([exact]), features: fitted.features)
    // What comes behind is fitted on what the exact one gives.
    var rest = sample
    rest.inputs = first.apply(sample.inputs)
    let behind = try Preprocessing(fitting: rest, with: Array(names.dropFirst()))
    let record: [JSONValue] = [exact] + (behind.record.items ?? [])
    precondition(record.count == items.count, "a chain keeps its length")
    return (try Preprocessing(.array(record), features: fitted.features), sample)
  }

  /// The first transform from exact sums, where those are enough for it.
  private func exactRecord(_ fitted: Preprocessing) -> JSONValue? {
    guard let moments = pass.moments, let name = fitted.names.first else { return nil }
    switch name {
    case Standardize.name:
      let (means, deviations) = moments.standard(factors)
      return [
        "transform": .string(name),
        "fitted": ["means": JSONValue(means), "deviations": JSONValue(deviations)],
      ]
    case MinMax.name:
      let ranges = zip(moments.low, moments.high).map { $1 > $0 ? $1 - $0 : 1 }
      return [
        "transform": .string(name),
        "fitted": ["least": JSONValue(moments.low), "ranges": JSONValue(ranges)],
      ]
    case LogTransform.name:
      return [
        "transform": .string(name),
        "fitted": ["columns": .array(moments.low.map { .bool($0 >= 0) })],
      ]
    default: return nil
    }
  }
}
