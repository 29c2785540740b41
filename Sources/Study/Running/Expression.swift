internal import ApusEvents
internal import ApusFormats

/// A column, evaluated on table after table.
struct Expression: Sendable {
  /// The text as the user wrote it.
  let text: String

  /// Reads a text.
  init(_ text: String, columns known: [String]? = nil) throws(TableError) { self.text = text }

  /// The columns it needs.
  var columns: [String] { [text] }

  /// One number an event.
  func values(on table: EventTable) throws -> [Double] {
    let column = try table.column(text)
    if case .strings = column.values { throw textInNumericColumn(column, of: table.source) }
    return column.doubles ?? []
  }
}
