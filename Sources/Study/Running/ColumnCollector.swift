internal import ApusEvents

/// Puts columns of several files one behind the other.
struct ColumnCollector {
  let name: String
  private(set) var values: Column.Values?

  init(_ name: String) { self.name = name }

  /// Appends the chosen entries of a column.
  /// - Throws: ``StudyError/unusableEvents(_:)`` where numbers meet text.
  mutating func append(_ column: Column, _ chosen: [Int], source: String) throws(StudyError) {
    let new = column.values.selecting(chosen)
    guard let both = Column.Values.joined((values.map { [$0] } ?? []) + [new]) else {
      throw .unusableEvents([
        "\(source): the column '\(name)' must be of one kind in all files, but is text in one and "
          + "numbers in another."
      ])
    }
    values = both
  }
}
