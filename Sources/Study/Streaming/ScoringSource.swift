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
  private let reader: ModelReader
  /// Reads the same inputs and gives the deviations that the model estimates; nil where it estimates none.
  private let spread: ModelReader?
  /// The columns beside the copied ones.
  let scoreColumnNames: [String]

  /// What a run of input columns should take, in bytes.
  private static let runBytes = 32 << 20

  /// - Throws: `FormulaError`, or ``MissingColumns`` where the table lacks columns of the model.
  init(
    _ model: SavedModel, _ table: any TableSource, copied: [String], threads: Int, output: String
  )
    throws
  {
    (self.model, self.table, self.copied, self.threads) = (model, table, copied, threads)
    source = output
    reader = try ModelReader(model, columns: table.knownNames)
    spread = try model.ofDeviations.map { try ModelReader($0, columns: table.knownNames) }
    scoreColumnNames =
      scoreNames(model.name, task: model.task, classes: model.classes)
      + (spread == nil
        ? [] : deviationNames(model.name, task: model.task, classes: model.classes))
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
    let needed = Set(isScored ? reader.columns : []).union(copied.filter(wanted.contains)).sorted()
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
    let scores = try reader.scores(
      of: events, first: first, source: table.source, threads: threads)
    let estimated = spread == nil ? scoreColumnNames.count : scoreColumnNames.count / 2
    var own = scoreColumns(scores, names: Array(scoreColumnNames.prefix(estimated)))
    if let spread {
      let deviations = try spread.scores(
        of: events, first: first, source: table.source, threads: threads)
      own += scoreColumns(deviations, names: Array(scoreColumnNames.dropFirst(estimated)))
    }
    return try EventTable(
      try names.map { name in try own.first { $0.name == name } ?? events.column(name) },
      source: source)
  }
}
