internal import ApusEvents

/// What a run found out about one method.
struct Outcome: Sendable {
  var name: String
  var type: String
  var options: OptionValues
  var parameters = 0
  var history: [FitContext.Progress] = []
  /// How much the model needs each input; nil where that is not known.
  var importance: Importance?
  /// What the model tells about itself.
  var tables: [ReportData.ModelTable] = []
  /// The names of the inputs as the model saw them.
  var inputs: [String] = []
  /// The scores of all events, a row an event; with folds by the model that did not learn from the event.
  var scores: [Double] = []
  /// With folds the scores by a model that learned from the event, and by one that watched it.
  var foldScores: [Part: [Double]] = [:]
  /// The standard deviation that a regression estimates for each event; empty where it estimates none.
  var deviations: [Double] = []

  /// The scores that count for a part.
  func scores(_ part: Part) -> [Double] { foldScores[part] ?? scores }
  var trainSeconds = 0.0
  var applySeconds = 0.0
  /// The numbers of each part that holds events.
  var evaluations: [Part: Evaluation] = [:]
  /// Parts whose numbers can't be computed, with the reason.
  var reasons: [Part: String] = [:]
  /// Why there is no model; nil where there is one.
  var failure: String?
}

/// The outcome of a run with all that its reports need.
struct StudyResult: Sendable {
  var configuration: StudyConfiguration
  var events: StudyEvents
  /// The events of each part, in half the memory of integers.
  private var places: [Part: [Int32]]
  /// The fold of each event; nil where there is one model.
  var folds: Folds?

  /// Cross-training by event identity.
  struct Folds: Sendable {
    var plan: FoldPlan
    var ofEvents: [Int]
  }
  /// Σw of the training events of each class before and after what training does with weights.
  var trainingSums: [(name: String, before: Double, after: Double)] = []
  /// What was found in the events.
  var warnings: [String] = []
  var outcomes: [Outcome] = []
  var threads = 1
  /// Exact sums over all events where these are streamed, and `events` holds some of them.
  var totals: StreamTotals?

  init(configuration: StudyConfiguration, events: StudyEvents, parts: [Part: [Int]]) {
    (self.configuration, self.events) = (configuration, events)
    places = parts.mapValues { $0.map { Int32($0) } }
  }

  /// How many events a part has.
  func eventCount(_ part: Part) -> Int { totals?.events(part) ?? places[part]?.count ?? 0 }

  /// The events of a part; with folds every event is in all of them.
  func chosen(_ part: Part) -> [Int] { places[part]?.map { Int($0) } ?? [] }

  /// Sets the events of a part.
  mutating func choose(_ events: [Int], for part: Part) {
    places[part] = events.map { Int32($0) }
  }

  /// The answers of a method on one part.
  ///
  /// - Parameter deviations: The standard deviations that it estimates; empty for none.
  func predictions(_ scores: [Double], _ part: Part, deviations: [Double] = []) -> Predictions {
    let chosen = chosen(part)
    let width = configuration.scoreCount
    return Predictions(
      task: configuration.task, scores: rows(chosen, of: scores, width: width),
      labels: events.labels.isEmpty ? [] : chosen.map { events.labels[$0] },
      targets: events.targets.isEmpty ? [] : rows(chosen, of: events.targets, width: width),
      weights: chosen.map { events.weights[$0] }, classes: configuration.classes,
      deviations: deviations.isEmpty ? [] : rows(chosen, of: deviations, width: width))
  }

  /// Computes the numbers of a method on every part that holds events.
  func evaluate(_ outcome: inout Outcome) {
    outcome.evaluations = [:]
    outcome.reasons = [:]
    for part in Part.allCases where !chosen(part).isEmpty {
      do throws(MetricError) {
        // Of folds only the members that test an event were asked for deviations.
        let spread = folds == nil || part == .test ? outcome.deviations : []
        outcome.evaluations[part] = try Evaluation(
          predictions(outcome.scores(part), part, deviations: spread))
      } catch {
        outcome.reasons[part] = error.message
      }
    }
  }
}
