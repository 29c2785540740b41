import ApusEvents

/// Runs of events that a writer takes from a table one after the other, so that memory stays bounded.
///
/// Pieces of the table are read together until they fill about 32 MiB, and very large pieces in several parts; the
/// first run is short, as it tells how many bytes an event has.
struct TableRuns {
  let table: any TableSource
  let names: [String]

  /// What a run should fill, in bytes.
  private static let target = 32 << 20
  /// The largest piece that is read at once, in bytes: to read a part costs the whole in some formats.
  private static let greatest = 256 << 20
  /// The events of the first run.
  private static let sample = 16_384

  /// - Parameter names: The columns; nil for all that can be read.
  init(_ table: any TableSource, _ names: [String]? = nil) {
    self.table = table
    self.names = names ?? table.schema.filter { $0.obstacle == nil }.map(\.name)
  }

  /// Calls `body` with the events of each run in order; once with none where the table is empty.
  func forEach(_ body: (EventTable) throws -> Void) throws {
    if table.count == 0 { return try body(try table.read(names, rows: 0..<0)) }
    var start = 0
    var pieces = table.pieces[...]
    var bytesPerEvent: Int?
    while start < table.count {
      let end = next(&pieces, from: start, bytesPerEvent)
      let run = try table.read(names, rows: start..<end)
      try body(run)
      let bytes = run.columns.reduce(0) { $0 + $1.values.byteCount }
      bytesPerEvent = max(1, bytes / (end - start))
      start = end
    }
  }

  /// The end of the run that starts at an event.
  private func next(
    _ pieces: inout ArraySlice<Range<Int>>, from start: Int, _ bytesPerEvent: Int?
  ) -> Int {
    while let first = pieces.first, first.upperBound <= start { pieces.removeFirst() }
    guard let first = pieces.first else { return table.count }
    guard let bytesPerEvent else { return min(first.upperBound, start + Self.sample) }
    if (first.upperBound - start) * bytesPerEvent > Self.greatest {
      return min(first.upperBound, start + max(1, Self.target / bytesPerEvent))
    }
    var end = first.upperBound
    for piece in pieces.dropFirst() {
      if (piece.upperBound - start) * bytesPerEvent > Self.target { break }
      end = piece.upperBound
    }
    return end
  }
}

extension Column.Values {
  /// The memory that the values take, in bytes; of texts what their characters take, and a header each.
  package var byteCount: Int {
    switch self {
    case .float32(let v): v.count * 4
    case .float64(let v): v.count * 8
    case .int64(let v): v.count * 8
    case .integers(let v): v.count * v.bytesPerEntry
    case .strings(let v): v.reduce(0) { $0 + 16 + $1.utf8.count }
    case .jagged(let v): v.offsets.count * 8 + v.content.byteCount
    }
  }
}
