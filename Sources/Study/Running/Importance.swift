internal import ApusEvents

/// How much a model needs each input.
struct Importance: Sendable {
  var kind: ReportData.ImportanceKind
  var values: [Double]
  /// Empty where there are none.
  var errors: [Double] = []
  /// The events of the shuffles; 0 for a measure of the model's own.
  var events = 0
  /// The share of Σ|w| that the cuts of each input divide; empty for models without cuts.
  var cover: [Double] = []

  /// The members of `metrics.json`.
  func json(_ inputs: [String]) -> JSONValue {
    func object(_ numbers: [Double]) -> JSONValue {
      .object(zip(inputs, numbers).map { .init($0, .number($1)) })
    }
    var members: [JSONValue.Member] = [
      .init("kind", .string(kind.rawValue)), .init("values", object(values)),
    ]
    if !errors.isEmpty {
      members += [.init("errors", object(errors)), .init("events", .int(events))]
    }
    if !cover.isEmpty { members.append(.init("cover", object(cover))) }
    return .object(members)
  }

  /// The measure of an earlier `metrics.json`, which scores alone do not give again, and the names of its inputs.
  static func read(_ old: JSONValue?) -> (Importance?, inputs: [String]) {
    guard let old, let kind = old["kind"]?.text.flatMap(ReportData.ImportanceKind.init(rawValue:))
    else { return (nil, []) }
    func numbers(_ key: String) -> [Double] {
      (old[key]?.members ?? []).map { $0.value.double ?? .nan }
    }
    return (
      Importance(
        kind: kind, values: numbers("values"), errors: numbers("errors"),
        events: old["events"]?.integer ?? 0, cover: numbers("cover")),
      (old["values"]?.members ?? []).map(\.key)
    )
  }
}

/// Measures importances by shuffling, for models that do not know them.
///
/// Scorings are as many as the run has events, at least 60,000 and at most 200,000, so that this takes about as long as
/// scoring the run once. The events are the validation events, or those of training where there are none, with their signed weights.
struct ShuffledImportance {
  let prepared: PreparedEvents
  /// How often each input is shuffled.
  private static let repeats = 3
  /// Inputs beyond this many would each be shuffled among too few events to say anything.
  private static let mostInputs = 100

  /// The importances; nil where there are too many inputs, or too few events for a number.
  func measure(_ response: any Response) throws -> Importance? {
    let width = prepared.transforms.width
    guard width > 0, width <= Self.mostInputs else { return nil }
    let budget = min(max(prepared.result.events.count, 60_000), 200_000)
    let sample = try self.sample(max(budget / (width * Self.repeats), 300))
    do {
      let found = try permutationImportances(
        of: response, on: sample, repeats: Self.repeats,
        seed: UInt64(prepared.result.configuration.seed), threads: prepared.result.threads)
      return Importance(
        kind: .permutation, values: found.map(\.value), errors: found.map(\.error),
        events: sample.count)
    } catch is MetricError {
      return nil
    }
  }

  /// At most so many random events as the model sees them.
  private func sample(_ most: Int) throws -> Sample {
    let result = prepared.result
    if result.folds != nil {
      let learning = try prepared.learning(0)
      let own = learning.validation ?? learning.training
      return own.selecting(chosen(Array(0..<own.count), most))
    }
    let part: Part = result.chosen(.validation).isEmpty ? .train : .validation
    return prepared.transforms.apply(
      result.events.sample(
        chosen(result.chosen(part), most), classes: result.configuration.classes,
        task: result.configuration.task))
  }

  private func chosen(_ all: [Int], _ most: Int) -> [Int] {
    if all.count <= most { return all }
    var generator = SplitMix64(seed: UInt64(prepared.result.configuration.seed), stream: 77)
    return generator.permutation(all.count).prefix(most).sorted().map { all[$0] }
  }
}
