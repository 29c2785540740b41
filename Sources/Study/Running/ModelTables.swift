internal import ApusEvents

/// Writes what a model tells about itself with the inputs' own values: transforms are undone where each input stands alone.
struct ModelTables {
  let transforms: Preprocessing

  /// The tables of a model, ready for the report.
  func tables(of response: any Response) -> [ReportData.ModelTable] {
    response.tables(features: transforms.outputs).map { table in
      ReportData.ModelTable(
        title: table.title, columns: table.columns, rows: table.rows.map { $0.map(text) },
        note: table.note)
    }
  }

  private var isInvertible: Bool { !transforms.steps.contains { type(of: $0).mixesColumns } }

  private func text(_ cell: ResponseTable.Cell) -> String {
    switch cell {
    case .text(let text): return text
    case .number(let value):
      return value.isInfinite ? (value > 0 ? "∞" : "−∞") : NumberText.significant(value, 3)
    case .interval(let range): return words(range, name: nil)
    case .intervals(let ranges):
      return ranges.map { words($0, name: transforms.outputs[$0.column]) }.joined(
        separator: " and ")
    }
  }

  private func words(_ range: ResponseTable.Interval, name: String?) -> String {
    let low = border(range.low, range.column), high = border(range.high, range.column)
    switch (low, high) {
    case (let low?, let high?):
      return name.map { "\(low) < \($0) ≤ \(high)" } ?? "\(low) to \(high)"
    case (let low?, nil): return (name.map { $0 + " " } ?? "") + "> \(low)"
    case (nil, let high?): return (name.map { $0 + " " } ?? "") + "≤ \(high)"
    case (nil, nil): return name ?? NumberText.dash
    }
  }

  /// A border in the unit of the input; nil for none.
  private func border(_ value: Float, _ column: Int) -> String? {
    guard value.isFinite else { return nil }
    var raw = value
    if isInvertible, column < transforms.width {
      var row = [Float](repeating: 0, count: transforms.width)
      row[column] = value
      raw = transforms.invert(row)[column]
    }
    return NumberText.significant(Double(raw), 4)
  }
}
