internal import ApusEvents

/// `metrics.json` of a run.
func metricsJSON(_ result: StudyResult) -> JSONValue {
  let configuration = result.configuration
  var members: [JSONValue.Member] = [
    .init("task", .string(configuration.task.rawValue)),
    .init("classes", JSONValue(configuration.task == .regression ? [] : configuration.classes)),
  ]
  if configuration.task == .regression, !configuration.classes.isEmpty {
    members.append(.init("targets", JSONValue(configuration.classes)))
  }
  members += [
    .init("label_convention", .string(labelConvention(configuration))),
    .init("weights", weightsJSON(result)),
    .init(
      "split",
      .object(Part.allCases.map { .init($0.name, .int(result.eventCount($0))) })),
    .init(
      "methods", .object(result.outcomes.map { .init($0.name, methodJSON($0, result)) })),
    .init("warnings", JSONValue(result.warnings)),
  ]
  return .object(members)
}

/// What a large score means, in words.
private func labelConvention(_ configuration: StudyConfiguration) -> String {
  switch configuration.task {
  case .binary:
    "label 1 is \(configuration.classes[1]); a larger score is more like \(configuration.classes[1])"
  case .multiclass: "labels are places in classes, from 0; one score a class"
  case .regression where !configuration.classes.isEmpty:
    "one score a target, its estimate; numbers of a part are means over the targets, each target's own in by_target"
  case .regression: "the score is the estimate of the target"
  }
}

private func weightsJSON(_ result: StudyResult) -> JSONValue {
  let configuration = result.configuration
  let classes = configuration.task == .regression ? ["all"] : configuration.classes
  var sums = [Double](repeating: 0, count: classes.count)
  var negative = 0
  for i in 0..<result.events.count {
    sums[configuration.task == .regression ? 0 : Int(result.events.labels[i])] +=
      result.events.weights[i]
    if result.events.weights[i] < 0 { negative += 1 }
  }
  if let totals = result.totals {
    sums = sums.indices.map { totals.sum($0) }
    negative = totals.negative
  }
  return .object([
    .init("policy", .string(configuration.weightPolicy.rawValue)),
    .init("balance", .string(configuration.balance.rawValue)),
    .init("sum", .object(zip(classes, sums).map { .init($0, .number($1)) })),
    .init("negative_events", .int(negative)),
    .init(
      "training_sum",
      .object(
        result.trainingSums.map { sum in
          .init(sum.name, ["before": .number(sum.before), "after": .number(sum.after)])
        })),
  ])
}

private func methodJSON(_ outcome: Outcome, _ result: StudyResult) -> JSONValue {
  var members: [JSONValue.Member] = [.init("type", .string(outcome.type))]
  if let failure = outcome.failure {
    return .object(members + [.init("error", .string(failure))])
  }
  for part in Part.allCases {
    if let evaluation = outcome.evaluations[part] {
      members.append(.init(part.name, evaluation.json))
    } else if let reason = outcome.reasons[part] {
      members.append(.init(part.name, ["error": .string(reason)]))
    }
  }
  members.append(
    .init(
      "seconds",
      ["train": .number(outcome.trainSeconds), "apply": .number(outcome.applySeconds)]))
  members.append(.init("parameters", .int(outcome.parameters)))
  if let importance = outcome.importance {
    members.append(.init("importance", importance.json(outcome.inputs)))
  }
  return .object(members)
}

/// `history.csv` of a run: a row for each step of each method, columns for all values that any of them has.
func historyCSV(_ outcomes: [Outcome]) -> String {
  var names: [String] = []
  for step in outcomes.flatMap(\.history) {
    for value in step.values where !names.contains(value.name) { names.append(value.name) }
  }
  var lines = [(["method", "unit", "step", "events"] + names).joined(separator: ",")]
  for outcome in outcomes {
    for step in outcome.history {
      let values = names.map { name in
        step.values.first { $0.name == name }.map { "\($0.value)" } ?? ""
      }
      lines.append(
        ([outcome.name, step.unit, "\(step.step)", "\(step.events)"] + values).joined(
          separator: ","))
    }
  }
  return lines.joined(separator: "\n") + "\n"
}

/// The comparison of the methods for the terminal, best first.
func comparisonTable(_ result: StudyResult) -> [String] {
  let part: Part = result.chosen(.test).isEmpty ? .train : .test
  let columns: [(title: String, name: String, digits: Int)]
  switch result.configuration.task {
  case .binary:
    columns = [
      ("AUC", "auc", 4), ("+-", "auc_error", 4), ("accuracy", "accuracy", 4), ("loss", "loss", 4),
    ]
  case .multiclass:
    columns = [
      ("mean AUC", "auc", 4), ("+-", "auc_error", 4), ("accuracy", "accuracy", 4),
      ("loss", "loss", 4),
    ]
  case .regression where !result.configuration.classes.isEmpty:
    // Targets may have different units, so the explained share of their variance compares methods.
    columns = [("mean R2", "r2", 4), ("mean RMSE", "rmse", 5), ("mean MAE", "mae", 5)]
  case .regression:
    columns = [
      ("RMSE", "rmse", 5), ("+-", "rmse_error", 5), ("MAE", "mae", 5), ("bias", "bias", 5),
      ("R2", "r2", 4),
    ]
  }
  var rows = [["method"] + columns.map(\.title) + ["parameters", "training"]]
  let lead = columns[0].name
  let sign = lead == "rmse" ? 1.0 : -1.0
  let ordered = result.outcomes.sorted {
    sign * ($0.evaluations[part]?[lead] ?? -sign * .infinity)
      < sign * ($1.evaluations[part]?[lead] ?? -sign * .infinity)
  }
  for outcome in ordered {
    if outcome.failure != nil {
      rows.append([outcome.name, "failed"])
      continue
    }
    let values = columns.map { column in
      outcome.evaluations[part]?[column.name].map {
        $0.isNaN ? "-" : fixed($0, column.digits)
      } ?? "-"
    }
    rows.append(
      [outcome.name] + values + ["\(outcome.parameters)", duration(outcome.trainSeconds)])
  }
  return ["On the \(part == .test ? "test" : "training") events:"] + alignedRows(rows)
}
