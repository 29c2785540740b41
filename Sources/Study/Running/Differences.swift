internal import ApusEvents

/// The differences of the methods' AUC on the same test events, with the correlation accounted for.
func areaDifferences(_ result: StudyResult) -> [ReportData.Difference] {
  let outcomes = result.outcomes.filter { $0.failure == nil && $0.evaluations[.test]?.roc != nil }
  guard result.configuration.task == .binary, outcomes.count > 1 else { return [] }
  let chosen = result.chosen(.test)
  let labels = chosen.map { result.events.labels[$0] }
  let weights = chosen.map { result.events.weights[$0] }
  let scores = outcomes.map { outcome in chosen.map { outcome.scores[$0] } }
  var all: [ReportData.Difference] = []
  for i in outcomes.indices {
    for j in outcomes.indices where j > i {
      guard
        let found = try? areaDifference(scores[i], scores[j], labels: labels, weights: weights)
      else { continue }
      all.append(
        .init(
          first: outcomes[i].name, second: outcomes[j].name, value: found.value, error: found.error)
      )
    }
  }
  return all
}
