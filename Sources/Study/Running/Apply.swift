internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Scores every event of a file with a saved model and writes the scores beside identity and spectators.
public func apply(_ request: ApplyRequest, console: Console) throws {
  guard FileManager.default.fileExists(atPath: request.model) else {
    throw StudyError.unreadable(request.model, what: "the model", near: nearbyFiles(request.model))
  }
  let model = try SavedModel(path: request.model)
  let output = request.output ?? defaultOutput(request.data)
  for source in [request.model, fileOf(request.data)] where isSameFile(source, outputFile(output)) {
    throw StudyError.usage(
      "\(output): the scores can't be written over what they are made of. Give another name with --out."
    )
  }
  let start = ContinuousClock.now
  let opened =
    request.friends.isEmpty
    ? try openTable(request.data, tree: request.tree)
    : try openTable(request.data, tree: request.tree, friends: request.friends)
  for remark in friendRemarks(opened) { console.complain("warning: " + remark) }
  let table: any TableSource =
    request.constants.isEmpty ? opened : try ConstantColumns(opened, request.constants)
  try model.checkColumns(table.knownNames, source: table.source)
  let scored = try ScoringSource(
    model, table, copied: copiedColumns(model, table),
    threads: request.threads ?? defaultThreads(), output: output, explained: request.explained)
  try writeTable(scored, to: output)
  let names = scored.scoreColumnNames
  console.say(
    "\(table.count) events scored with '\(model.name)' (\(model.type)) in "
      + "\(duration(seconds(since: start))); \(meaning(model))")
  if let folds = model.folds {
    console.say(
      "Each event was scored by that of the \(folds.count) models that did not learn from it, by "
        + "'\(folds.by)'.")
  }
  console.say("Scores: \(output) (\(names.joined(separator: ", ")))")
}

/// The file of an address that may name a tree: `events.root:dir/Events`.
func fileOf(_ data: String) -> String {
  guard !FileManager.default.fileExists(atPath: data), let colon = data.lastIndex(of: ":") else {
    return data
  }
  return String(data[..<colon])
}

/// Whether two paths lead to one file that exists, also through links.
func isSameFile(_ a: String, _ b: String) -> Bool {
  var (first, second) = (stat(), stat())
  guard stat(a, &first) == 0, stat(b, &second) == 0 else { return false }
  return first.st_dev == second.st_dev && first.st_ino == second.st_ino
}

/// `data.h5` becomes `data_scores.h5`, in the current folder.
private func defaultOutput(_ data: String) -> String {
  let name = URL(fileURLWithPath: data).lastPathComponent
  let stem = name.split(separator: ".").first.map(String.init) ?? "events"
  return stem + "_scores.h5"
}

private func meaning(_ model: SavedModel) -> String {
  switch model.task {
  case .binary: "label 1 is \(model.classes.last ?? "signal"): a larger score is more like it"
  case .multiclass: "one score a class"
  case .regression:
    model.ofDeviations == nil
      ? "the score is the estimate\(model.classes.isEmpty ? "" : " of a target")"
      : "the score is the estimate\(model.classes.isEmpty ? "" : " of a target"), sigma its standard deviation"
  }
}

private func copiedColumns(_ model: SavedModel, _ table: any TableSource) -> [String] {
  let wanted = identityColumns + model.spectators + ["label", "weight"]
  var seen: Set<String> = []
  return table.columnNames.filter { wanted.contains($0) && seen.insert($0).inserted }
}
