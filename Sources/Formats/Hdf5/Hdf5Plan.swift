import ApusEvents
import ApusKernels
import CHDF5

/// Which datasets make the columns of a table.
struct Hdf5Plan {
  /// A dataset with the columns that it gives; with offsets it is the values of one jagged column.
  struct Part {
    var dataset: Hdf5File.Dataset
    var names: [String]
    /// The datasets of offsets, outermost lists first.
    var offsets: [Hdf5File.Dataset]

    /// The number of events.
    var rows: Int { offsets.first.map { max(0, $0.rows - 1) } ?? dataset.rows }
  }

  var source: String
  /// The group, where the table is one.
  var group: String?
  var parts: [Part]

  /// Reads the wanted columns; of all events, or of a run of them.
  func read(_ wanted: [String]?, _ file: Hdf5File, rows: Range<Int>? = nil) throws -> EventTable {
    let wantedSet = wanted.map(Set.init)
    let used = parts.filter { part in wantedSet.map { !$0.isDisjoint(with: part.names) } ?? true }
    if let damage = used.lazy.compactMap(\.dataset.damage).first { throw damage }
    if let first = used.first, let other = used.first(where: { $0.rows != first.rows }) {
      throw file.wrong(
        group.flatMap { $0.isEmpty ? nil : $0 }, "the columns of a group must have one length",
        "'\(first.dataset.name)' has \(first.rows) entries and '\(other.dataset.name)' has \(other.rows)",
        "Name the columns to read, or a single dataset: '\(file.path):\(first.dataset.path)'.",
        kind: .usage)
    }
    return try chosen(wanted, of: parts.flatMap(\.names), source: source) { wanted in
      try used.flatMap { try columns($0, file, wanted: wanted, rows: rows ?? 0..<$0.rows) }
    }
  }

  private func columns(
    _ part: Part, _ file: Hdf5File, wanted: Set<String>?, rows: Range<Int>
  ) throws -> [Column] {
    if part.offsets.isEmpty {
      let dataset = part.dataset.shape.isEmpty ? part.dataset : part.dataset.part(rows)
      return try file.columns(of: dataset, names: part.names, wanted: wanted)
    }
    return [Column(part.names[0], try jagged(part, file, rows))]
  }

  /// Reads the offsets of some events, and then only the values that they point at.
  private func jagged(_ part: Part, _ file: Hdf5File, _ rows: Range<Int>) throws -> Column.Values {
    func values(_ dataset: Hdf5File.Dataset, _ range: Range<Int>) throws -> Column.Values {
      guard range.upperBound <= dataset.rows else {
        throw file.wrong(
          dataset.path, "offsets must point at values that are there",
          "they point at \(range.upperBound) of \(dataset.rows)")
      }
      return try file.columns(
        of: dataset.part(range), names: [dataset.name], wanted: [dataset.name])[0].values
    }
    let isWhole = rows == 0..<part.rows
    var range = rows
    var offsets: [Column.Values] = []
    for dataset in part.offsets {
      let starts = try values(dataset, range.lowerBound..<range.upperBound + 1)
      guard let places = OffsetPairs.places(starts), let first = places.first,
        let last = places.last, 0 <= first, first <= last
      else {
        throw file.wrong(
          dataset.path, "offsets must be whole numbers that never fall",
          "they do or are \(starts.typeName)")
      }
      // Only the offsets of the whole column must start at 0 and end with the values.
      let base = isWhole ? 0 : first
      offsets.append(.int64(places.map { Int64($0 &- base) }))
      range = base..<last
    }
    let content = try values(part.dataset, isWhole ? 0..<part.dataset.rows : range)
    return try OffsetPairs.jagged(
      content, offsets, column: part.dataset.path, file: file.path)
  }
}
