internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Shows what a file holds.
public func inspect(_ path: String, console: Console) throws {
  console.say(try ApusFormats.inspect(path).text)
}

/// Converts any readable table to any writable one.
public func convert(_ request: ConvertRequest, console: Console) throws {
  if FileManager.default.fileExists(atPath: request.output), !request.force {
    throw StudyError.usage("\(request.output) exists already. Choose another name, or --force.")
  }
  var table: EventTable
  if let patterns = request.columns {
    table = try chosen(patterns, of: try readTable(request.input, tree: request.tree))
  } else {
    table = try readTable(request.input, tree: request.tree)
  }
  table.source = request.output
  try writeTable(table, to: request.output)
  console.say("\(table.count) entries, \(table.names.count) columns: \(request.output)")
}

/// The columns that fit patterns, in the order of the patterns.
private func chosen(_ patterns: [String], of table: EventTable) throws -> EventTable {
  var columns: [Column] = []
  for pattern in patterns.map(trimSpace) {
    let fitting = table.columns.filter { column in
      fits(column.name, pattern) && !columns.contains { $0.name == column.name }
    }
    if !pattern.contains("*"), !pattern.contains("?") { _ = try table.column(pattern) }
    columns += fitting
  }
  guard !columns.isEmpty else {
    throw StudyError.usage(
      "\(table.source): no column fits \(patterns.joined(separator: ", ")); the columns are "
        + table.names.prefix(20).joined(separator: ", ") + ".")
  }
  return try EventTable(columns, source: table.source)
}
