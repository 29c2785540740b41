import ApusEvents

/// A part of a text file that holds whole events, read when they are asked for.
struct TextRun: Sendable {
  var bytes: Range<Int>
  /// The first line, from 1.
  var line: Int
  /// The first event.
  var row: Int

  /// Columns of some events.
  /// - Parameters:
  ///   - runs: The runs of the file, in order.
  ///   - count: The events of the file.
  ///   - none: The table without events.
  ///   - table: Reads all events of a run; it is told whether the run is the last.
  /// - Throws: What `table` throws, and ``changed(_:)`` where a run has another number of events than before.
  static func read(
    _ names: [String], _ rows: Range<Int>, of runs: [TextRun], count: Int,
    none: @autoclosure () throws -> EventTable,
    table: (TextRun, _ isLast: Bool) throws -> EventTable
  ) throws -> EventTable {
    var parts: [EventTable] = []
    for (i, run) in runs.enumerated() {
      let isLast = i + 1 == runs.count
      let own = run.row..<(isLast ? count : runs[i + 1].row)
      guard own.overlaps(rows) else { continue }
      let events = try table(run, isLast)
      guard events.count == own.count else { throw changed(events.source) }
      let wanted = rows.clamped(to: own)
      parts.append(
        try events.read(
          names, rows: wanted.lowerBound - own.lowerBound..<wanted.upperBound - own.lowerBound))
    }
    guard let first = parts.first else { return try none().read(names, rows: 0..<0) }
    return try joined(parts, source: first.source)
  }

  /// A file that is written while it is read.
  static func changed(_ source: String) -> FormatError {
    FormatError(
      source, "a file must stay as it is while it is read", found: "its events have changed",
      remedy: "Wait until the job that writes it has ended.")
  }
}
