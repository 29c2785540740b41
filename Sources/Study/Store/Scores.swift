internal import ApusEvents
internal import ApusFormats

/// The names of the score columns of a method: one, or one a class or target.
func scoreNames(_ method: String, task: Task, classes: [String]) -> [String] {
  names("score_" + method, task, classes)
}

/// The names of the columns of the standard deviations that a regression estimates.
func deviationNames(_ method: String, task: Task, classes: [String]) -> [String] {
  names("sigma_" + method, task, classes)
}

/// The names of the columns of Shapley values: one an input as the model saw it, and the base value, for each score.
func shapleyNames(_ model: SavedModel) -> [String] {
  let inputs = model.members[0].transforms.outputs.map(columnName) + ["base"]
  return names("shapley_" + model.name, model.task, model.classes).flatMap { start in
    inputs.map { start + "_" + $0 }
  }
}

private func names(_ start: String, _ task: Task, _ classes: [String]) -> [String] {
  guard task.scoreCount(classes) > 1 else { return [start] }
  return classes.map { start + "_" + columnName($0) }
}

/// A name as a part of that of a column.
func columnName(_ name: String) -> String { name.replacing("/", with: "_") }

/// The names of the columns of targets.
private func targetNames(_ names: [String]) -> [String] {
  names.isEmpty ? ["target"] : names.map { "target_" + columnName($0) }
}

/// A column of rows of numbers.
private func column(_ k: Int, of rows: [Double], width: Int) -> [Double] {
  width == 1 ? rows : stride(from: k, to: rows.count, by: width).map { rows[$0] }
}

/// Scores as columns: `width` numbers an event become `width` columns.
func scoreColumns(_ scores: [Double], names: [String]) -> [Column] {
  names.indices.map { k in
    let own = stride(from: k, to: scores.count, by: names.count).map { Float(scores[$0]) }
    return Column(names[k], .float32(own))
  }
}

/// Writes `scores.h5`: part, label or target, weight and all scores of every event, with the spectators.
func writeScores(_ result: StudyResult, to path: String) throws {
  let (events, configuration) = (result.events, result.configuration)
  let targets = configuration.task == .regression ? configuration.classes : []
  var parts = [Int8](repeating: -1, count: events.count)
  for part in Part.allCases {
    // With folds every event is in all parts; what counts is that it is tested.
    for event in result.chosen(part) { parts[event] = Int8(part.rawValue) }
  }
  try writeHDF5(to: path) { writer in
    try writer.write("entry", events.entries.all.map { Int64($0) })
    try writer.write("source", events.sources.all.map { Int8(clamping: $0) })
    try writer.write("split", parts)
    if configuration.task == .regression {
      let names = targetNames(configuration.classes)
      for (k, name) in names.enumerated() {
        try writer.write(name, column(k, of: events.targets, width: names.count))
      }
    } else {
      try writer.write("label", events.labels.map { Int8(clamping: $0) })
    }
    try writer.write("weight", events.weights)
    for outcome in result.outcomes where outcome.failure == nil {
      // In double precision, so that metrics computed from this file are those of metrics.json.
      let names = scoreNames(outcome.name, task: configuration.task, classes: configuration.classes)
      for (k, name) in names.enumerated() {
        let own = stride(from: k, to: outcome.scores.count, by: names.count)
        try writer.write(name, own.map { outcome.scores[$0] })
        for (part, scores) in outcome.foldScores.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
          try writer.write("\(part.name)_\(name)", own.map { scores[$0] })
        }
      }
      if !outcome.deviations.isEmpty {
        let names = deviationNames(
          outcome.name, task: configuration.task, classes: configuration.classes)
        for (k, name) in names.enumerated() {
          try writer.write(name, column(k, of: outcome.deviations, width: names.count))
        }
      }
    }
    if let folds = result.folds { try writer.write("fold", folds.ofEvents.map { Int64($0) }) }
    if !events.spectators.isEmpty {
      try writer.write(EventTable(try spectators(events, targetNames(targets))), group: "")
    }
    try writer.setAttribute("split", .text("0 train, 1 validation, 2 test, -1 unused"))
    let isRegression = configuration.task == .regression
    try writer.setAttribute(
      isRegression && !configuration.classes.isEmpty ? "targets" : "classes",
      .text(configuration.classes.joined(separator: ",")))
    try writer.setAttribute("sources", .text(events.yields.map(\.name).joined(separator: ",")))
  }
}

/// The spectators under names that nothing else in the file has.
private func spectators(_ events: StudyEvents, _ targets: [String]) throws -> [Column] {
  let taken: Set<String> = ["entry", "source", "split", "fold", "target", "label", "weight"]
  return events.spectators.map { column in
    taken.contains(column.name) || targets.contains(column.name)
      || ["score_", "sigma_"].contains { column.name.hasPrefix($0) }
      ? Column("spectator_" + column.name, column.values) : column
  }
}

/// What `scores.h5` holds, read again.
struct StoredScores {
  var labels: [Int32] = []
  var targets: [Double] = []
  var weights: [Double] = []
  var parts: [Part: [Int]] = [:]
  private let table: EventTable
  private let task: Task
  private let classes: [String]

  init(path: String, task: Task, classes: [String]) throws {
    table = try readTable(path)
    (self.task, self.classes) = (task, classes)
    func numbers(_ name: String) throws -> [Double] { try table.column(name).doubles ?? [] }
    weights = try numbers("weight")
    if task == .regression {
      let columns = try targetNames(classes).map(numbers)
      targets =
        columns.count == 1
        ? columns[0] : weights.indices.flatMap { event in columns.map { $0[event] } }
    } else {
      labels = try numbers("label").map { Int32($0) }
    }
    if table.names.contains("fold") {
      // Every event is in all parts, each with its own scores.
      let all = Array(0..<table.count)
      parts = [.train: all, .test: all]
      if table.names.contains(where: { $0.hasPrefix("validation_score_") }) {
        parts[.validation] = all
      }
      return
    }
    for (event, number) in try numbers("split").enumerated() {
      if let part = Part(rawValue: UInt8(clamping: Int(number))), number >= 0 {
        parts[part, default: []].append(event)
      }
    }
  }

  /// The scores by models that learned from the event or watched it, where there are folds.
  func foldScores(_ method: String) throws -> [Part: [Double]] {
    var all: [Part: [Double]] = [:]
    for part in [Part.train, .validation] where parts[part] != nil && table.names.contains("fold") {
      all[part] = try scores(method, prefix: part.name + "_")
    }
    return all
  }

  /// The standard deviations that a method estimated, a row an event; empty where it estimated none.
  func deviations(_ method: String) throws -> [Double] {
    let names = deviationNames(method, task: task, classes: classes)
    guard task == .regression, names.allSatisfy(table.names.contains) else { return [] }
    return try rows(names)
  }

  private func rows(_ names: [String]) throws -> [Double] {
    let columns = try names.map { try table.column($0).doubles ?? [] }
    if columns.count == 1 { return columns[0] }
    return (0..<table.count).flatMap { event in columns.map { $0[event] } }
  }

  /// The scores of a method, a row an event.
  func scores(_ method: String, prefix: String = "") throws -> [Double] {
    try rows(scoreNames(method, task: task, classes: classes).map { prefix + $0 })
  }
}
