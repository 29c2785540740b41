internal import ApusEvents

/// How a model takes its inputs from the tables of a file: its formulas, bound to the file's columns once.
struct ModelReader: Sendable {
  private let model: SavedModel
  private let inputs: [Expression]
  private let constituents: ConstituentReader?
  private let folds: FoldPlan?
  private let identity: Expression?

  /// - Parameter known: The columns of the file, of which tables may hold fewer.
  /// - Throws: `FormulaError` where a formula does not fit them.
  init(_ model: SavedModel, columns known: [String]) throws(FormulaError) {
    self.model = model
    var inputs: [Expression] = []
    for input in model.inputs where !input.isPadded {
      inputs.append(try model.expression(input, columns: known))
    }
    self.inputs = inputs
    if let lists = model.constituents {
      constituents = try ConstituentReader(lists, columns: known, aliases: model.aliases)
    } else {
      constituents = nil
    }
    folds = model.folds
    if let folds {
      identity = try Expression(folds.by, columns: known, aliases: model.aliases)
    } else {
      identity = nil
    }
  }

  /// The columns that it reads, each once.
  var columns: [String] {
    let all =
      inputs.flatMap(\.columns) + (constituents?.columns ?? []) + (identity?.columns ?? [])
    var seen: Set<String> = []
    return all.filter { seen.insert($0).inserted }
  }

  /// The rows of raw inputs of a table.
  private func rows(_ table: EventTable) throws -> [Float] {
    let plain = try inputRows(inputs, table)
    guard let constituents else { return plain }
    return joinedRows(plain, try constituents.rows(table), count: table.count)
  }

  /// The member that scores each event: the one that did not learn from it; nil where there is one.
  private func routes(_ table: EventTable) throws -> [Int]? {
    guard let folds, let identity else { return nil }
    return try folds.folds(of: try identity.values(on: table)).map { folds.model(thatTests: $0) }
  }

  /// The scores of events, once their inputs are looked at.
  /// - Parameters:
  ///   - first: The entry of the first event in its source, for messages.
  ///   - source: The name of the source.
  func scores(of events: EventTable, first: Int, source: String, threads: Int) throws -> [Double] {
    let rows = try rows(events)
    try model.checkInputs(rows, source: source, first: first)
    return try model.scores(
      rows, count: events.count, width: model.inputs.count, members: try routes(events),
      threads: threads)
  }
}
