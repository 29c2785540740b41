internal import ApusEvents
internal import ApusFormats
internal import ApusPhysics

/// A column or formula, parsed once and evaluated on table after table.
struct Expression: Sendable {
  private enum Meaning: Sendable {
    case column(String)
    case formula(Formula)
  }

  /// The text as the user wrote it.
  let text: String
  /// What a value that does not exist becomes.
  var missing = Double.nan
  private let meaning: Meaning

  /// Reads a text.
  /// - Parameters:
  ///   - known: The columns that exist, so that `mass(jet1, jet2)` finds `jet1_pt` and the others, and
  ///     a column with an odd name needs no backticks; nil where the file has not been looked at.
  ///   - aliases: Names with the formulas that they stand for.
  /// - Throws: `FormulaError`.
  init(_ text: String, columns known: [String]? = nil, aliases: [String: String] = [:])
    throws(FormulaError)
  {
    self.text = text
    if let known, known.contains(text), aliases[text] == nil {
      meaning = .column(text)
    } else {
      meaning = .formula(
        try Formula(text, columns: known, library: .physics, aliases: aliases))
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
  func values(on table: EventTable) throws -> [Double] { try result(on: table).numbers }

  /// One number an event, and what does not exist.
  func result(on table: EventTable) throws -> FormulaResult {
    for name in columns {
      let column = try table.column(name)
      if case .strings = column.values { throw textInNumericColumn(column, of: table.source) }
    }
    switch meaning {
    case .column(let name):
      if let numbers = try table.column(name).doubles {
        return FormulaResult(numbers: numbers)
      }
      return try Formula("`\(name)`").result(on: table, missing: missing)
    case .formula(let formula):
      return try formula.result(on: table, missing: missing)
    }
  }

  /// A list of numbers an event, and where lists start.
  func lists(on table: EventTable) throws -> FormulaResult {
    switch meaning {
    case .column(let name): try Formula("`\(name)`").lists(on: table, missing: missing)
    case .formula(let formula): try formula.lists(on: table, missing: missing)
    }
  }
}
