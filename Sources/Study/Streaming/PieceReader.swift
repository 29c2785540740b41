internal import ApusEvents
internal import ApusKernels

/// Reads a table run by run; the next run is read by a second thread while the current one is worked on.
struct PieceReader {
  let table: any TableSource
  let columns: [String]
  /// What a run should take, in bytes.
  let target: Int

  /// Runs of events that take about the target: pieces of the file together, or parts of a large one.
  func runs(in rows: Range<Int>) -> [Range<Int>] {
    // Formulas work in double precision, whatever the file has.
    let most = max(1024, target / (8 * max(1, columns.count)))
    var runs: [Range<Int>] = []
    for piece in table.pieces.map({ $0.clamped(to: rows) }) where !piece.isEmpty {
      if let last = runs.last, last.lowerBound + most >= piece.upperBound {
        runs[runs.count - 1] = last.lowerBound..<piece.upperBound
      } else {
        let size = piece.count <= 2 * most ? piece.count : most
        runs += stride(from: piece.lowerBound, to: piece.upperBound, by: max(1, size)).map {
          $0..<min($0 + size, piece.upperBound)
        }
      }
    }
    return runs
  }

  /// Calls `body` with the events of each run and the number of its first event.
  /// - Parameter rows: Which events; nil for all.
  func forEach(in rows: Range<Int>? = nil, _ body: (EventTable, Int) throws -> Void) throws {
    let runs = runs(in: rows ?? 0..<table.count)
    guard !runs.isEmpty else { return }
    let (table, columns) = (table, columns)
    func start(_ run: Range<Int>) -> Background<EventTable> {
      Background { try table.read(columns, rows: run) }
    }
    var ahead = start(runs[0])
    for (number, run) in runs.enumerated() {
      let events = try ahead.wait()
      if number + 1 < runs.count { ahead = start(runs[number + 1]) }
      try body(events, run.lowerBound)
    }
  }
}
