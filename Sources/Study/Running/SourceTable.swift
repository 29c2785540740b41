internal import ApusEvents
internal import ApusFormats

/// Opens a file of a sample.
/// - Parameter columns: The columns that will be read, where they are known: formats that are not read piece by piece
///   then read no others.
func openSource(
  _ source: StudyConfiguration.Source, _ file: String, columns: [String]? = nil
) throws -> any TableSource {
  try openTable(file, tree: source.tree, columns: columns)
}

extension StudyConfiguration {
  /// Which columns of an open file are needed; of its values only those that patterns fit are looked at.
  /// - Parameters:
  ///   - source: The sample.
  ///   - known: The inputs as an earlier file fixed them; nil for the first.
  ///   - table: The file.
  ///   - file: Its name, for messages.
  /// - Throws: ``MissingColumns`` with everything that the file lacks.
  func columnPlan(
    _ source: Source, known: [InputDefinition]?, of table: any TableSource, file: String
  ) throws -> ColumnPlan {
    let names = table.columnNames
    let plan = try ColumnPlan(
      self, source, known: known,
      columns: known == nil ? try columns(of: table) : names.map { ($0, true) })
    if plan.definitions.isEmpty {
      throw StudyError.usage("\(file): no column fits the patterns of 'inputs'.")
    }
    try plan.check(names, source: file)
    return plan
  }

  /// The columns of a file, and which of them patterns may take: those that hold one number an event.
  private func columns(of table: any TableSource) throws -> [(name: String, isNumber: Bool)] {
    let patterns = inputs.compactMap { input -> String? in
      if case .columns(let name) = input, input.isPattern { name } else { nil }
    }
    let fitting = table.schema.filter { column in
      column.obstacle == nil && patterns.contains { fits(column.name, $0) }
    }
    let first = try table.read(fitting.map(\.name), rows: 0..<min(1, table.count))
    let numbers = Set(first.columns.filter { $0.doubles != nil }.map(\.name))
    return table.columnNames.map { ($0, numbers.contains($0)) }
  }
}
