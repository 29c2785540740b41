internal import ApusEvents

/// Puts columns of several files one behind the other.
struct ColumnCollector {
  let name: String
  private(set) var values: Column.Values?

  init(_ name: String) { self.name = name }

  /// Appends the chosen entries of a column.
  /// - Throws: ``StudyError/unusableEvents(_:)`` where numbers meet text.
  mutating func append(_ column: Column, _ chosen: [Int], source: String) throws(StudyError) {
    let new = Self.pick(column.values, chosen)
    switch (values, new) {
    case (nil, _): values = new
    case (.float32(let a), .float32(let b)): values = .float32(a + b)
    case (.int64(let a), .int64(let b)): values = .int64(a + b)
    case (.strings(let a), .strings(let b)): values = .strings(a + b)
    case (.some(let old), _):
      guard let a = Column("", old).doubles, let b = Column("", new).doubles else {
        throw .unusableEvents([
          "\(source): the column '\(name)' must be of one kind in all files, but is text in one and "
            + "numbers in another."
        ])
      }
      values = .float64(a + b)
    }
  }

  private static func pick(_ values: Column.Values, _ chosen: [Int]) -> Column.Values {
    switch values {
    case .float32(let v): .float32(chosen.map { v[$0] })
    case .float64(let v): .float64(chosen.map { v[$0] })
    case .int64(let v): .int64(chosen.map { v[$0] })
    case .strings(let v): .strings(chosen.map { v[$0] })
    }
  }
}
