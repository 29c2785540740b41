internal import ApusEvents
internal import FoundationEssentials

/// Computes the metrics of a run again from its scores, or those of its models on new labelled data.
public func evaluate(_ request: EvaluateRequest, console: Console) throws {
  let folder = RunFolder(path: request.folder)
  _ = try folder.json("run.json")
  let text = try folder.text("config.yaml")
  let configuration = try readConfiguration(text: text, source: folder.file("config.yaml"))
  if let data = request.data {
    try evaluate(folder, configuration, on: data, request, console)
  } else {
    try evaluateAgain(folder, configuration, console)
  }
}

/// The numbers of a run from `scores.h5`, without reading any event.
private func evaluateAgain(
  _ folder: RunFolder, _ configuration: StudyConfiguration, _ console: Console
) throws {
  let old = try folder.json("metrics.json")
  guard FileManager.default.fileExists(atPath: folder.file("scores.h5")) else {
    throw StudyError.notARun(folder.path, missing: "scores.h5")
  }
  let stored = try StoredScores(
    path: folder.file("scores.h5"), task: configuration.task, classes: configuration.classes)
  var events = StudyEvents()
  (events.labels, events.targets, events.weights) = (stored.labels, stored.targets, stored.weights)
  var result = StudyResult(configuration: configuration, events: events, parts: stored.parts)
  for booking in configuration.methods where old["methods"]?[booking.name]?["error"] == nil {
    var outcome = Outcome(name: booking.name, type: booking.type.name, options: booking.options)
    let numbers = old["methods"]?[booking.name]
    outcome.scores = try stored.scores(booking.name)
    outcome.foldScores = try stored.foldScores(booking.name)
    outcome.deviations = try stored.deviations(booking.name)
    outcome.parameters = numbers?["parameters"]?.integer ?? 0
    outcome.trainSeconds = numbers?["seconds"]?["train"]?.double ?? 0
    outcome.applySeconds = numbers?["seconds"]?["apply"]?.double ?? 0
    (outcome.importance, outcome.inputs) = Importance.read(numbers?["importance"])
    result.evaluate(&outcome)
    result.outcomes.append(outcome)
  }
  result.warnings = old["warnings"]?.strings ?? []
  result.trainingSums = (old["weights"]?["training_sum"]?.members ?? []).map {
    ($0.key, $0.value["before"]?.double ?? 0, $0.value["after"]?.double ?? 0)
  }
  try folder.write(metricsJSON(result), as: "metrics.json")
  for line in comparisonTable(result) { console.say(line) }
  console.say("Written: " + folder.file("metrics.json"))
}

/// The numbers of the saved models on data that the run has never seen.
private func evaluate(
  _ folder: RunFolder, _ configuration: StudyConfiguration, on data: String,
  _ request: EvaluateRequest, _ console: Console
) throws {
  var changed = configuration
  changed.sources = try newSources(configuration, data, request)
  // Only what says the fold is read again: all events are test events here.
  if case .folds = changed.division {} else { changed.division = .standard }
  changed.spectators = []
  if let memory = request.memory {
    guard let bytes = memorySize(memory) else {
      throw StudyError.usage("--memory: \(memorySizeRule), got '\(memory)'.")
    }
    changed.memory = bytes
  }
  let models = try savedModels(folder, configuration, console)
  // The models know their inputs: patterns must not be expanded again on other files.
  let inputs = models.first?.inputs ?? []
  changed.inputs = inputs.filter { !$0.isPadded }.map { .formula(name: $0.name, text: $0.formula) }
  for input in inputs {
    changed.details[input.name] = .init(
      title: input.title, unit: input.unit, missing: input.missing)
  }
  let base = FileManager.default.currentDirectoryPath
  var scoring = try StreamedScoring(
    models, changed, base: base, threads: request.threads ?? defaultThreads())
  var result = try scoring.run()
  try checkClasses(of: result)
  for warning in result.warnings { console.complain("warning: " + warning) }
  for (model, own) in zip(models, scoring.scored) {
    let booking = configuration.methods.first { $0.name == model.name }
    var outcome = Outcome(
      name: model.name, type: model.type, options: booking?.options ?? OptionValues())
    outcome.parameters = model.parameterCount
    outcome.trainSeconds = model.trainSeconds
    (outcome.scores, outcome.applySeconds) = (own.scores, own.seconds)
    outcome.deviations = own.deviations
    result.evaluate(&outcome)
    result.outcomes.append(outcome)
  }
  for warning in result.warnings { console.complain("warning: " + warning) }
  let name = "metrics_" + stem(of: data) + ".json"
  try folder.write(metricsJSON(result), as: name)
  let kept = result.events.yields.reduce(0) { $0 + $1.kept }
  console.say("\(kept) events of \(data), all counted as test events.")
  for line in comparisonTable(result) { console.say(line) }
  console.say("Written: " + folder.file(name))
}

/// The models of a run, in the order of the configuration.
private func savedModels(
  _ folder: RunFolder, _ configuration: StudyConfiguration, _ console: Console
) throws -> [SavedModel] {
  let models = try configuration.methods.compactMap { booking -> SavedModel? in
    let path = folder.model(booking.name)
    if FileManager.default.fileExists(atPath: path) { return try SavedModel(path: path) }
    console.complain("\(booking.name): the run has no model of it, left out")
    return nil
  }
  if models.isEmpty { throw StudyError.notARun(folder.path, missing: "model") }
  return models
}

private func stem(of data: String) -> String {
  let name = URL(fileURLWithPath: data).lastPathComponent
  let stem = name.split(separator: ".").first.map(String.init) ?? "data"
  return String(stem.map { $0.isLetter || $0.isNumber || $0 == "_" ? $0 : "_" })
}

/// The sources of a configuration with new files: one table, or `sample=file,sample=file`.
private func newSources(
  _ configuration: StudyConfiguration, _ data: String, _ request: EvaluateRequest
) throws
  -> [StudyConfiguration.Source]
{
  var sources = configuration.sources
  // Those of the training stand beside the old files.
  for i in sources.indices { sources[i].friends = request.friends }
  if sources.count == 1, !data.contains("=") {
    sources[0].files = [data]
    sources[0].tree = request.tree ?? sources[0].tree
    return sources
  }
  let names = sources.map(\.name)
  var given: [String: String] = [:]
  for pair in data.split(separator: ",") {
    let parts = pair.split(separator: "=", maxSplits: 1).map(String.init)
    guard parts.count == 2, names.contains(parts[0]) else {
      throw StudyError.usage(
        "--data must give a file for each sample, '\(names[0])=new.h5,...'; the samples are "
          + names.joined(separator: ", ") + ".")
    }
    given[parts[0]] = parts[1]
  }
  return sources.compactMap { source in
    guard let file = given[source.name] else { return nil }
    var changed = source
    changed.files = [file]
    return changed
  }
}

/// Writes `report.html` and the plots of a run again, from its `report.json`.
public func rewriteReport(of path: String, console: Console) throws {
  let folder = RunFolder(path: path)
  let text = try folder.text("report.json")
  let report: ReportData
  do { report = try ReportData(json: text) } catch {
    throw StudyError.unusableEvents([
      "\(folder.file("report.json")): this must be the data of a report as a run of this version writes them, but it "
        + "is damaged or of another version. Train again."
    ])
  }
  try writeReport(report, to: folder)
  console.say("Report: " + folder.file("report.html"))
}
