internal import ApusEvents
internal import ApusKernels
internal import FoundationEssentials

/// Trains and compares the methods of a configuration, and writes the run folder.
/// - Parameters:
///   - request: The configuration, the folder and what the command line adds.
///   - console: Where to speak.
///   - shouldStop: Asked after each step; true ends the run with its checkpoints kept.
/// - Throws: `ConfigurationProblems` before anything is started; ``StudyError`` and others afterwards.
public func train(
  _ request: TrainRequest, console: Console, shouldStop: @escaping @Sendable () -> Bool = { false }
) throws {
  let configuration = try readConfiguration(request)
  let stem = URL(fileURLWithPath: request.configuration).deletingPathExtension().lastPathComponent
  let folder = RunFolder(path: request.folder ?? "runs/" + stem)
  var run = TrainingRun(
    configuration: configuration, folder: folder, console: console, shouldStop: shouldStop)
  try run.perform(resume: request.resume, force: request.force)
}

/// One run from the first file to the report.
struct TrainingRun {
  let configuration: StudyConfiguration
  let folder: RunFolder
  let console: Console
  let shouldStop: @Sendable () -> Bool
  let threads: Int
  let base: String
  let start = ContinuousClock.now
  var record: RunRecord
  /// Whether the folder is that of this run already.
  private var hasBegun = false

  init(
    configuration: StudyConfiguration, folder: RunFolder, console: Console,
    shouldStop: @escaping @Sendable () -> Bool
  ) {
    self.configuration = configuration
    self.folder = folder
    self.console = console
    self.shouldStop = shouldStop
    threads = configuration.threads ?? defaultThreads()
    base = configurationFolder(configuration.path)
    record = RunRecord(configuration, threads: threads, base: base)
  }

  mutating func perform(resume: Bool, force: Bool) throws {
    if resume { try checkSameConfiguration() }
    try folder.prepare(resume: resume, force: force)
    // What an earlier run left stays until it is known that this one can begin.
    if folder.status == nil { try begin() }
    do {
      let result = try learn(resume: resume)
      try finish(result)
    } catch {
      guard hasBegun else { throw error }
      record.status = isInterruption(error) ? .stopped : .failed
      record.problem = (error as? any ApusError)?.message ?? "\(error)"
      record.seconds = seconds(since: start)
      try? folder.write(record.json, as: "run.json")
      throw error
    }
  }

  /// Makes the folder that of this run.
  private mutating func begin() throws {
    if hasBegun { return }
    // First what makes the folder a run: were the disk to fill up now, it could be told from a user's own folder.
    try folder.write(record.json, as: "run.json")
    hasBegun = true
    try folder.write(writeYaml(configuration.mergedWithSeed), as: "config.yaml")
  }

  /// A model that is taken over must not have learned from what are test events now.
  private func checkSameFiles() throws {
    let old = try folder.json("run.json")["inputs"]?.items ?? []
    for file in record.files {
      guard let before = old.first(where: { $0["name"]?.text == file.name }),
        let checksum = before["checksum"]?.text, checksum != file.checksum
      else { continue }
      throw StudyError.usage(
        "\(file.name) is not the file that the run in \(folder.path) was started with (it had "
          + "\(before["bytes"]?.integer ?? 0) bytes and another checksum), so --resume can't go on. Bring it back, "
          + "or start again with --force.")
    }
  }

  private func isInterruption(_ error: any Error) -> Bool {
    if case .interrupted? = error as? StudyError { return true }
    return false
  }

  /// A run can only be gone on with under the configuration that it was started with.
  private func checkSameConfiguration() throws {
    guard folder.status != nil else { return }
    if try folder.text("config.yaml") != writeYaml(configuration.mergedWithSeed) {
      throw StudyError.usage(
        "\(folder.path) was started with another configuration, so --resume can't go on with it. Compare "
          + "\(configuration.path) with \(folder.file("config.yaml")), or start again with --force."
      )
    }
    if let old = try folder.json("run.json")["threads"]?.integer, old != threads {
      console.complain(
        "The run was started with \(old) threads and goes on with \(threads): its last digits may differ."
      )
    }
  }

  private mutating func learn(resume: Bool) throws -> StudyResult {
    var (prepared, streamed) = try prepare()
    record.yields = prepared.result.events.yields
    record.addFiles()
    if resume { try checkSameFiles() } else if !hasBegun { try folder.clear() }
    try begin()
    try folder.write(record.json, as: "run.json")
    for booking in configuration.methods {
      if shouldStop() { throw StudyError.interrupted(folder: folder.path, method: booking.name) }
      let outcome = try run(booking, &prepared, streamed, resume: resume)
      prepared.result.outcomes.append(outcome)
      try writeNumbers(prepared.result)
    }
    return prepared.result
  }

  /// The events in memory, or streamed where they are larger than that.
  private func prepare() throws -> (PreparedEvents, StreamedEvents?) {
    if let (plan, isUsed) = try configuration.streamPlan(base: base), isUsed {
      do {
        return try prepareStreamed(
          configuration, plan, base: base, folder: scratchFolder(folder.path), threads: threads,
          console: console, shouldStop: shouldStop)
      } catch StudyError.interrupted(_, let method) {
        throw StudyError.interrupted(folder: folder.path, method: method)
      }
    }
    let prepared = try prepareEvents(
      configuration, base: base, threads: threads, console: console)
    return (prepared, nil)
  }

  private func run(
    _ booking: StudyConfiguration.Booking, _ prepared: inout PreparedEvents,
    _ streamed: StreamedEvents?, resume: Bool
  ) throws -> Outcome {
    let runner = MethodRunner(
      booking: booking, prepared: prepared, streamed: streamed, folder: folder, console: console,
      shouldStop: shouldStop)
    do {
      let (outcome, remarks) = try runner.run(resume: resume)
      for remark in remarks where !prepared.result.warnings.contains(remark) {
        console.complain("warning: " + remark)
        prepared.result.warnings.append(remark)
      }
      return outcome
    } catch FitError.interrupted {
      throw StudyError.interrupted(folder: folder.path, method: booking.name)
    } catch let error as FitError {
      return failed(booking, error.message)
    } catch let error as OptionProblems {
      return failed(booking, "methods.\(booking.name): " + error.message)
    }
  }

  /// One method that fails must not cost the others.
  private func failed(_ booking: StudyConfiguration.Booking, _ message: String) -> Outcome {
    console.complain(message)
    return Outcome(
      name: booking.name, type: booking.type.name, options: booking.options, failure: message)
  }

  private func writeNumbers(_ result: StudyResult) throws {
    try folder.write(metricsJSON(result), as: "metrics.json")
    try folder.write(historyCSV(result.outcomes), as: "history.csv")
  }

  private mutating func finish(_ result: StudyResult) throws {
    try writeScores(result, to: folder.file("scores.h5"))
    record.status = .finished
    record.seconds = seconds(since: start)
    let report = ReportBuilder(
      result: result, run: record.report(configuration), divisionText: divisionText(configuration),
      preprocessing: configuration.preprocess.map(\.shown)
    ).build()
    try writeReport(report, to: folder)
    try folder.write(record.json, as: "run.json")
    for line in comparisonTable(result) { console.say(line) }
    console.say("Report: " + folder.file("report.html"))
    let failed = result.outcomes.compactMap(\.failure)
    if !failed.isEmpty {
      throw StudyError.failedMethods(
        failed, folder: folder.path, others: result.outcomes.count - failed.count)
    }
  }
}

/// Writes report.json, report.html and the plots of a run.
func writeReport(_ report: ReportData, to folder: RunFolder) throws {
  try folder.write(try report.json(), as: "report.json")
  for plot in plots(report) { try folder.write(plot.svg, as: "plots/\(plot.name).svg") }
  try folder.write(renderReport(report), as: "report.html")
}

extension StudyConfiguration {
  /// The values of the file after overrides, with the seed and the transforms that were used.
  var mergedWithSeed: ConfigurationValue {
    var entries = merged.entries
    if let place = entries.firstIndex(where: { $0.key == "seed" }) {
      entries[place].value = ConfigurationValue(.integer(seed))
    } else {
      entries.append(.init("seed", ConfigurationValue(.integer(seed))))
    }
    if !entries.contains(where: { $0.key == "preprocess" }) {
      entries.append(.init("preprocess", ConfigurationValue(.list(preprocess))))
    }
    return ConfigurationValue(.mapping(entries))
  }
}
