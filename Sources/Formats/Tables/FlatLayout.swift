import ApusEvents

/// What arrays the columns of a table become, and how large they are: known before the first is written.
///
/// Lists and texts are read once for it, run by run; numbers are not.
struct FlatLayout {
  /// One array of a column.
  struct Part {
    /// Its name; the column's for its values.
    var name: String
    /// No values, of its type.
    var values: Column.Values
    /// The sizes of its dimensions.
    var shape: [Int]
    /// The longest text, in bytes of UTF-8 and in Unicode scalars; at least 1.
    var bytes = 1
    var scalars = 1
    /// Whether each event's entries start where those of the event before ended.
    var isOffsets = false
  }

  var column: String
  var parts: [Part]

  /// The layouts of columns.
  /// - Throws: ``FormatError`` for lists of something else than numbers, texts and lists of them.
  static func layouts(of runs: TableRuns, to path: String) throws -> [FlatLayout] {
    let none = try runs.table.read(runs.names, rows: 0..<0)
    var layouts = try none.columns.map { try FlatLayout($0, count: runs.table.count, to: path) }
    let open = none.columns.indices.filter { none.columns[$0].values.hasOpenSize }
    guard !open.isEmpty else { return layouts }
    for i in open { layouts[i].clear() }
    try TableRuns(runs.table, open.map { runs.names[$0] }).forEach { run in
      for (place, column) in zip(open, run.columns) { try layouts[place].add(column, to: path) }
    }
    return layouts
  }

  private init(_ column: Column, count: Int, to path: String) throws(FormatError) {
    self.column = column.name
    parts = try flatArrays(of: column, to: path).enumerated().map { place, array in
      Part(
        name: array.name, values: array.values, shape: [count] + array.shape.dropFirst(),
        isOffsets: place > 0)
    }
  }

  private mutating func clear() {
    for i in parts.indices { parts[i].shape[0] = parts[i].isOffsets ? 1 : 0 }
  }

  /// Counts the entries of a run.
  private mutating func add(_ column: Column, to path: String) throws(FormatError) {
    let own = try flatArrays(of: column, to: path)
    guard own.count == parts.count else {
      throw FormatError(
        path, object: column.name, "all parts of a column must have one type",
        found: "the depth of its lists changes", remedy: "Leave the column out.")
    }
    for (i, array) in own.enumerated() {
      if array.shape[0] > 0 { parts[i].shape.replaceSubrange(1..., with: array.shape[1...]) }
      parts[i].shape[0] += array.shape[0] - (parts[i].isOffsets ? 1 : 0)
      if case .strings(let texts) = array.values {
        for text in texts {
          parts[i].bytes = max(parts[i].bytes, text.utf8.count)
          parts[i].scalars = max(parts[i].scalars, text.unicodeScalars.count)
        }
      }
    }
  }
}

/// The arrays of a run of a column, offsets counted from the column's first entry.
struct FlatRuns {
  private var ends: [Int] = []

  /// The arrays of the next run.
  mutating func next(_ column: Column, to path: String) throws(FormatError) -> [FlatArray] {
    var arrays = try flatArrays(of: column, to: path)
    let isFirst = ends.isEmpty
    if isFirst { ends = [Int](repeating: 0, count: arrays.count) }
    for i in arrays.indices.dropFirst() {
      guard case .int64(var offsets) = arrays[i].values else { continue }
      let end = ends[i]
      if !isFirst { offsets.removeFirst() }
      if end > 0 { for k in offsets.indices { offsets[k] += Int64(end) } }
      ends[i] = Int(offsets.last ?? Int64(end))
      arrays[i].values = .int64(offsets)
      arrays[i].shape = [offsets.count]
    }
    return arrays
  }
}

private func flatArrays(of column: Column, to path: String) throws(FormatError) -> [FlatArray] {
  guard let arrays = FlatArray.arrays(of: column) else {
    throw listsAreNotWritten(column, to: path)
  }
  return arrays
}

extension Column.Values {
  /// Whether how many bytes it takes is known only once it is read.
  fileprivate var hasOpenSize: Bool {
    switch self {
    case .strings, .jagged: true
    default: false
    }
  }
}
