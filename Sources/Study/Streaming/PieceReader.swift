internal import ApusEvents
internal import ApusFormats
internal import ApusKernels

/// Reads a table run by run; the next run is read by a second thread while the current one is worked on.
struct PieceReader {
  let table: any TableSource
  let columns: [String]
  /// What a run should take, in bytes.
  let target: Int

  /// The events of the first run, which tells how much memory an event takes.
  private static let sample = 8192

  /// The run that starts at an event: pieces of the file together, or a part of a large one.
  private func run(from start: Int, to end: Int, _ bytesPerEvent: Int?) -> Range<Int> {
    guard let bytesPerEvent else { return start..<min(end, start + Self.sample) }
    let most = max(1024, target / bytesPerEvent)
    let pieces = table.pieces
    // The first piece that reaches beyond the run.
    var (low, high) = (0, pieces.count)
    while low < high {
      let middle = (low + high) / 2
      if pieces[middle].upperBound > start + most { high = middle } else { low = middle + 1 }
    }
    if low == pieces.count { return start..<end }
    // Where a piece ends shortly before, nothing is read twice.
    let last = pieces[low].lowerBound
    if last > start { return start..<min(end, last) }
    let whole = pieces[low].upperBound
    return start..<min(end, whole - start <= 2 * most ? whole : start + most)
  }

  /// Calls `body` with the events of each run and the number of its first event.
  /// - Parameter rows: Which events; nil for all.
  func forEach(in rows: Range<Int>? = nil, _ body: (EventTable, Int) throws -> Void) throws {
    let rows = rows ?? 0..<table.count
    guard !rows.isEmpty else { return }
    let (table, columns) = (table, columns)
    func start(_ run: Range<Int>) -> Background<EventTable> {
      Background { try table.read(columns, rows: run) }
    }
    var current = run(from: rows.lowerBound, to: rows.upperBound, nil)
    var ahead = start(current)
    while true {
      let events = try ahead.wait()
      let next = run(from: current.upperBound, to: rows.upperBound, bytes(events))
      let isLast = current.upperBound == rows.upperBound
      if !isLast { ahead = start(next) }
      try body(events, current.lowerBound)
      if isLast { return }
      current = next
    }
  }

  /// What an event takes; formulas work in double precision, whatever the file has.
  private func bytes(_ events: EventTable) -> Int {
    let all = events.columns.reduce(0) { sum, column in
      if case .jagged = column.values { return sum + 2 * column.values.byteCount }
      return sum + 8 * events.count
    }
    return max(1, all / max(1, events.count))
  }
}
