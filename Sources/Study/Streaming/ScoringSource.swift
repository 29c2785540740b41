internal import ApusEvents
internal import ApusFormats

/// The scores of a model on a table, as a table: copied columns and scores, worked out when they are read.
///
/// A writer that takes its events run by run so scores a file of any size in bounded memory.
struct ScoringSource: TableSource {
  let model: SavedModel
  let table: any TableSource
  let copied: [String]
  let threads: Int
  let source: String
  private let answers: [Answer]
  /// The columns beside the copied ones.
  let scoreColumnNames: [String]

  /// Columns that the model gives for its inputs: scores, or the deviations or Shapley values in place of them.
  private struct Answer {
    var reader: ModelReader
    var names: [String]
  }

  /// What a run of input columns should take, in bytes.
  private static let runBytes = 32 << 20

  /// - Throws: `FormulaError`, or ``MissingColumns`` where the table lacks columns of the model.
  init(
    _ model: SavedModel, _ table: any TableSource, copied: [String], threads: Int,
    output: String, explained: Bool = false
  ) throws {
    (self.model, self.table, self.copied, self.threads) = (model, table, copied, threads)
    source = output
    let known = table.knownNames
    var answers = [
      Answer(
        reader: try ModelReader(model, columns: known),
        names: scoreNames(model.name, task: model.task, classes: model.classes))
    ]
    if let spread = model.ofDeviations {
      answers.append(
        Answer(
          reader: try ModelReader(spread, columns: known),
          names: deviationNames(model.name, task: model.task, classes: model.classes)))
    }
    if explained {
      guard let values = model.ofShapleyValues else {
        throw StudyError.usage(
          "--shapley: exact Shapley values exist for sums of trees (bdt, adaboost, random_forest, extra_trees, tree), "
            + "but '\(model.name)' is of the type \(model.type).")
      }
      answers.append(
        Answer(reader: try ModelReader(values, columns: known), names: shapleyNames(model)))
    }
    self.answers = answers
    scoreColumnNames = answers.flatMap(\.names)
  }

  var count: Int { table.count }
  var pieces: [Range<Int>] { table.pieces }

  var schema: [ColumnDescription] {
    table.schema.filter { copied.contains($0.name) }
      + scoreColumnNames.map { ColumnDescription($0, type: "float32") }
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    var parts: [EventTable] = []
    let wanted = Set(names)
    let isScored = scoreColumnNames.contains(where: wanted.contains)
    let needed = Set(isScored ? answers[0].reader.columns : []).union(
      copied.filter(wanted.contains)
    ).sorted()
    let runs = PieceReader(table: table, columns: needed, target: Self.runBytes)
    try runs.forEach(in: rows) { events, first in
      parts.append(try scored(events, first, names))
    }
    if parts.isEmpty { parts = [try scored(try table.read(needed, rows: rows), 0, names)] }
    let columns = try names.map { name -> Column in
      let values = try parts.map { try $0.column(name).values }
      guard let joined = Column.Values.joined(values) else { throw StudyError.usage(name) }
      return Column(name, joined)
    }
    return try EventTable(columns, source: source)
  }

  /// The wanted columns of a run of events.
  private func scored(_ events: EventTable, _ first: Int, _ names: [String]) throws -> EventTable {
    guard scoreColumnNames.contains(where: names.contains) else {
      return try EventTable(try names.map(events.column), source: source)
    }
    var own: [Column] = []
    for answer in answers where answer.names.contains(where: names.contains) {
      let numbers = try answer.reader.scores(
        of: events, first: first, source: table.source, threads: threads)
      own += scoreColumns(numbers, names: answer.names)
    }
    return try EventTable(
      try names.map { name in try own.first { $0.name == name } ?? events.column(name) },
      source: source)
  }
}
