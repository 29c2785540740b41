internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Shows what a file holds.
public func inspect(_ path: String, console: Console) throws {
  console.say(try ApusFormats.inspect(path).text)
}

/// Converts any readable table to any writable one, piece by piece where the formats allow.
public func convert(_ request: ConvertRequest, console: Console) throws {
  let file = outputFile(request.output)
  if FileManager.default.fileExists(atPath: file), !request.force {
    throw StudyError.usage("\(file) exists already. Choose another name, or --force.")
  }
  // Other trees of the file would be lost, also where '--force' was meant for another file.
  guard !isSameFile(fileOf(request.input), file) else {
    throw StudyError.usage(
      "\(file): a table can't be written over the file that it is read from. Give another name.")
  }
  let source = try openTable(request.input, tree: request.tree)
  let names = try chosenColumns(request.columns, of: source)
  try writeTable(source, to: request.output, columns: names)
  console.say("\(source.count) entries, \(names.count) columns: \(request.output)")
  guard request.columns == nil else { return }
  for column in source.schema {
    if let obstacle = column.obstacle { console.say("left out: \(column.name). \(obstacle)") }
  }
}

/// The names of the columns that fit patterns, in the order of the patterns; all that can be read without any.
func chosenColumns(_ patterns: [String]?, of source: any TableSource) throws -> [String] {
  let readable = source.schema.filter { $0.obstacle == nil }.map(\.name)
  guard let patterns else { return readable }
  var names: [String] = []
  for pattern in patterns.map(trimSpace) {
    // A plain name may also be a path in the file, which only its reader knows.
    let isPlain = !pattern.contains("*") && !pattern.contains("?")
    let fitting = isPlain ? [pattern] : readable.filter { fits($0, pattern) }
    names += fitting.filter { !names.contains($0) }
  }
  guard !names.isEmpty else {
    throw StudyError.usage(
      "\(source.source): no column fits \(patterns.joined(separator: ", ")); the columns are "
        + readable.prefix(20).joined(separator: ", ") + ".")
  }
  return names
}
