public import ApusEvents
internal import FoundationEssentials

/// A learned model, opened from the file that a run wrote, for programs that score events themselves.
///
/// ```swift
/// let model = try TrainedModel(path: path)
/// let ofTable = try model.scores(of: events)
/// ```
///
/// Several threads may use one model at the same time.
public struct TrainedModel: Sendable {
  private let saved: SavedModel

  /// Opens a model.
  /// - Throws: An `ApusError` where there is no such file, or it is no model of this program.
  public init(path: String) throws {
    guard FileManager.default.fileExists(atPath: path) else {
      throw StudyError.unreadable(path, what: "the model", near: nearbyFiles(path))
    }
    saved = try SavedModel(path: path)
  }

  /// The name in the run that trained it.
  public var name: String { saved.name }
  /// The name of its method, such as `mlp` or `bdt`.
  public var method: String { saved.type }
  /// What it was trained for.
  public var task: ApusEvents.Task { saved.task }
  /// The classes, or several targets, in the order of their scores; empty for one target.
  public var classes: [String] { saved.classes }
  /// The names of its inputs in the order of a row.
  public var inputs: [String] { saved.inputs.map(\.name) }
  /// The formula of each input over the columns of the events; for a plain column its name.
  public var formulas: [String] { saved.inputs.map(\.formula) }
  /// The names of the scores of an event: one, or with several classes or targets one each.
  public var scoreNames: [String] {
    ApusStudy.scoreNames(name, task: task, classes: classes)
  }

  /// Scores rows of inputs as they are before any transform.
  ///
  /// - Parameters:
  ///   - rows: `count` rows of as many numbers as there are ``inputs``, in their order and units. NaN stands
  ///     for a missing value where the method takes such.
  ///   - count: The number of events.
  ///   - threads: The most threads to use.
  /// - Returns: A row of ``scoreNames`` numbers an event: in a binary task larger is more signal-like.
  /// - Throws: ``StudyError`` where the numbers are not `count` rows or an input is not finite, and where a
  ///   model of folds needs the identity of events, which rows do not have: use ``scores(of:threads:)``.
  public func scores(ofRows rows: [Float], count: Int, threads: Int = 1) throws -> [Double] {
    guard saved.folds == nil else {
      throw StudyError.unusableEvents([
        "model '\(name)' has one member a fold and finds an event's by '\(saved.folds?.by ?? "")', "
          + "which rows of inputs do not have. Give it the columns of the events."
      ])
    }
    guard count >= 0, rows.count == count * inputs.count else {
      throw StudyError.usage(
        "model '\(name)' takes \(inputs.count) inputs an event; \(count) events are not "
          + "\(rows.count) numbers.")
    }
    try saved.checkInputs(rows, source: "rows", first: 0)
    return try saved.scores(rows, count: count, width: inputs.count, threads: threads)
  }

  /// Scores the events of a table, from whose columns the inputs are computed.
  /// - Parameters:
  ///   - table: The events; columns that the model does not need are left alone.
  ///   - threads: The most threads to use.
  /// - Returns: A row of ``scoreNames`` numbers an event.
  /// - Throws: An error that names all columns that are missing, or the input and event that is not finite.
  public func scores(of table: EventTable, threads: Int = 1) throws -> [Double] {
    try saved.checkColumns(table.names, source: table.source)
    return try ModelReader(saved, columns: table.names)
      .scores(of: table, first: 0, source: table.source, threads: threads)
  }

  /// The standard deviations that a regression estimates for the target of the events of a table.
  /// - Parameters:
  ///   - table: The events.
  ///   - threads: The most threads to use.
  /// - Returns: A number an event in the target's unit, or a row of one a target; nil where the model estimates none.
  /// - Throws: As ``scores(of:threads:)``.
  public func deviations(of table: EventTable, threads: Int = 1) throws -> [Double]? {
    guard let spread = saved.ofDeviations else { return nil }
    try saved.checkColumns(table.names, source: table.source)
    return try ModelReader(spread, columns: table.names)
      .scores(of: table, first: 0, source: table.source, threads: threads)
  }
}
