internal import ApusEvents
internal import ApusFormats

/// A column or formula, parsed once and evaluated on table after table.
struct Expression: Sendable {
  private enum Meaning: Sendable {
    case column(String)
    case formula(Formula)
  }

  /// The text as the user wrote it.
  let text: String
  private let meaning: Meaning

  /// Reads a text.
  /// - Parameter known: The columns that exist, so that `mass(jet1, jet2)` finds `jet1_pt` and the others, and
  ///   a column with an odd name needs no backticks; nil where the file has not been looked at.
  /// - Throws: `FormulaError`.
  init(_ text: String, columns known: [String]? = nil) throws(FormulaError) {
    self.text = text
    if let known, known.contains(text) {
      meaning = .column(text)
      return
    }
    // A formula that names all its columns is read without the file: then every missing column of a
    // configuration can be reported at once, and not only the first.
    do throws(FormulaError) {
      meaning = .formula(try Formula(text))
    } catch {
      guard let known else { throw error }
      meaning = .formula(try Formula(text, columns: known))
    }
  }

  /// The columns it needs.
  var columns: [String] {
    switch meaning {
    case .column(let name): [name]
    case .formula(let formula): formula.columns
    }
  }

  /// One number an event.
  func values(on table: EventTable) throws -> [Double] {
    for name in columns {
      let column = try table.column(name)
      if case .strings = column.values { throw textInNumericColumn(column, of: table.source) }
    }
    switch meaning {
    case .column(let name): return try table.column(name).doubles ?? []
    case .formula(let formula): return try formula.evaluate(on: table)
    }
  }
}
