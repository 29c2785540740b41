internal import ApusEvents
internal import FoundationEssentials

/// Everything that the methods of a run share: events, split, weights, fitted transforms.
struct PreparedEvents: Sendable {
  var result: StudyResult
  /// What methods learn from: training events, weights after policy and balance, inputs transformed.
  var training: Sample
  /// What methods may watch; nil where the split has no validation part.
  var validation: Sample?
  /// The fitted transforms.
  var transforms: Preprocessing

  /// The scores of all events.
  func scores(of response: any Response) throws -> [Double] {
    try apply(
      response, transforms: transforms, inputs: result.events.inputs, count: result.events.count,
      width: result.events.width, threads: result.threads)
  }
}

/// Scores rows of raw inputs piece by piece, so that the transformed copy stays small.
func apply(
  _ response: any Response, transforms: Preprocessing, inputs: [Float], count: Int, width: Int,
  threads: Int
) throws -> [Double] {
  let rows = 1 << 17
  if count <= rows {
    return try response.scores(
      for: transforms.apply(inputs), count: count, threads: threads)
  }
  var scores: [Double] = []
  for start in stride(from: 0, to: count, by: rows) {
    let end = min(count, start + rows)
    let piece = transforms.apply(Array(inputs[start * width..<end * width]))
    scores += try response.scores(for: piece, count: end - start, threads: threads)
  }
  return scores
}

/// Reads, checks, divides, weighs and transforms the events of a configuration.
func prepareEvents(
  _ configuration: StudyConfiguration, base: String, threads: Int, console: Console
) throws -> PreparedEvents {
  var loader = EventLoader(configuration, base: base)
  let (events, remarks) = try loader.load()
  sayYields(events, configuration, console)
  let findings = try checkEvents(events, configuration)
  let split = try configuration.division.divide(
    labels: events.labels.isEmpty ? [Int32](repeating: 0, count: events.count) : events.labels,
    values: events.splitValues)
  var result = StudyResult(
    configuration: configuration, events: events,
    parts: [.train: split.train, .validation: split.validation, .test: split.test])
  result.warnings = remarks + findings
  result.threads = threads
  if split.unused > 0 {
    result.warnings.append("\(split.unused) events are in no part of the split.")
  }
  let raw = events.sample(split.train, classes: configuration.classes, task: configuration.task)
  let policy = try configuration.weightPolicy.applied(to: raw)
  let balanced = try configuration.balance.applied(to: policy)
  sum(raw, balanced, into: &result)
  for warning in result.warnings { console.complain("warning: " + warning) }
  let names = configuration.preprocess.compactMap(\.asText)
  let transforms = try Preprocessing(fitting: balanced, with: names)
  let training = transforms.apply(balanced)
  var validation: Sample?
  if !split.validation.isEmpty {
    var watched = events.sample(
      split.validation, classes: configuration.classes, task: configuration.task)
    // What is watched must be weighed like what is learned, or the two losses could not be compared.
    watched = try configuration.balance.applied(
      to: try configuration.weightPolicy.applied(to: watched))
    validation = transforms.apply(watched)
  }
  return PreparedEvents(
    result: result, training: training, validation: validation, transforms: transforms)
}

private func sayYields(
  _ events: StudyEvents, _ configuration: StudyConfiguration, _ console: Console
) {
  var rows = [["sample", "read", "kept", "sum of weights"]]
  for yield in events.yields {
    rows.append([yield.name, "\(yield.read)", "\(yield.kept)", shortNumber(yield.sum)])
  }
  for line in alignedRows(rows, indent: "") { console.say(line) }
}

/// Keeps and warns about what policy and balance did to the sums of the classes.
private func sum(_ before: Sample, _ after: Sample, into result: inout StudyResult) {
  let (old, new) = (WeightSummary(before).groups, WeightSummary(after).groups)
  result.trainingSums = zip(old, new).map { ($0.name, $0.sum, $1.sum) }
  guard before.task != .regression else { return }
  let sums = new.map(\.sum).filter { $0 > 0 }
  if let least = sums.min(), let most = sums.max(), most > 20 * least {
    result.warnings.append(
      "the sums of weights of the training classes differ by a factor \(shortNumber(most / least)): most "
        + "methods will learn the larger one. 'balance: equal' gives each class the same sum.")
  }
}
