internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Where scratch files go: $TMPDIR, which batch systems point at a disk of the node, else the run folder.
func scratchFolder(_ folder: String?) -> String {
  if let named = ProcessInfo.processInfo.environment["TMPDIR"], !named.isEmpty { return named }
  return folder ?? "/tmp"
}

/// Reads, checks, divides and weighs a sample that is larger than memory in one pass.
func prepareStreamed(
  _ configuration: StudyConfiguration, _ plan: StreamPlan, base: String, folder: String,
  threads: Int, console: Console, shouldStop: @escaping @Sendable () -> Bool
) throws -> (PreparedEvents, StreamedEvents) {
  var pass = StreamPass(
    configuration, base: base, plan: plan, folder: folder, shouldStop: shouldStop)
  let stores = try pass.run()
  let preparation = StreamPreparation(pass, plan, stores, threads: threads)
  try preparation.checkTotals()
  return try preparation.finish(console)
}

/// What stands between the pass over the files and training.
struct StreamPreparation {
  let pass: StreamPass
  let plan: StreamPlan
  let configuration: StudyConfiguration
  let stores: [Part: ShuffledStore]
  let threads: Int

  init(_ pass: StreamPass, _ plan: StreamPlan, _ stores: [ShuffledStore], threads: Int) {
    (self.pass, self.plan, self.threads) = (pass, plan, threads)
    configuration = pass.configuration
    self.stores = Dictionary(
      uniqueKeysWithValues: zip(Part.allCases, stores).filter { $1.count > 0 })
  }

  /// Refuses what no method can learn from.
  func checkTotals() throws {
    let read = pass.yields.reduce(0) { $0 + $1.read }
    let names = pass.yields.map(\.name).joined(separator: ", ")
    let kept = pass.yields.reduce(0) { $0 + $1.kept }
    if kept == 0 {
      throw StudyError.unusableEvents([
        read == 0
          ? "\(names): there is no event in the files."
          : "no event of \(read) in \(names) passes the selection. Loosen 'selection', or check the units of "
            + "its columns."
      ])
    }
    for part in [Part.train, .test] where stores[part] == nil {
      throw SplitError.empty(part: part.name, events: kept)
    }
    let groups = configuration.task == .regression ? ["all events"] : configuration.classes
    for (group, name) in groups.enumerated() {
      let cell = pass.totals[.train][group]
      if cell.events == 0 {
        throw StudyError.unusableEvents([
          "\(names): there are no training events of '\(name)'. Check the files, the selection, and the label "
            + "column."
        ])
      }
      let sum = cell.sum(configuration.weightPolicy)
      guard sum > 0 else {
        throw StudyError.unusableEvents([
          "\(names): the weights of '\(name)' add up to \(shortNumber(sum)), but the sum must be positive. Check "
            + "the weight expression's sign."
        ])
      }
    }
  }

  func finish(_ console: Console) throws -> (PreparedEvents, StreamedEvents) {
    var result = StudyResult(configuration: configuration, events: StudyEvents(), parts: [:])
    result.threads = threads
    try keep(&result)
    result.totals = pass.totals
    sayYields(result.events.yields, console)
    result.warnings = pass.remarks + [streamRemark(result)]
    result.warnings += (try? checkEvents(result.events, configuration)) ?? []
    if pass.totals.unused > 0 {
      result.warnings.append("\(pass.totals.unused) events are in no part of the split.")
    }
    result.trainingSums = trainingSums
    let (transforms, training) = try fitTransforms(result)
    for warning in result.warnings { console.complain("warning: " + warning) }
    guard let learned = blocks(.train, transforms) else {
      throw SplitError.empty(part: "train", events: result.events.count)
    }
    let streamed = StreamedEvents(
      plan: plan, totals: pass.totals, stores: stores, training: learned,
      validation: blocks(.validation, transforms), configuration: configuration, threads: threads)
    let kept = LearningEvents(
      training: transforms.apply(training),
      validation: try watched(result).map { transforms.apply($0) }, transforms: transforms)
    let prepared = PreparedEvents(
      result: result, transforms: transforms, trainingCount: training.count, kept: kept)
    return (prepared, streamed)
  }

  /// Reads the first blocks of each part into memory.
  private func keep(_ result: inout StudyResult) throws {
    var events = StudyEvents()
    events.definitions = pass.definitions
    events.constituents = pass.constituents
    events.yields = pass.yields
    events.absences = pass.absences
    var spectators = pass.spectators.map { _ in [Double]() }
    for part in Part.allCases {
      guard let store = stores[part] else { continue }
      let start = events.count
      for index in store.counts.indices.prefix(part == .train ? 2 : 1) {
        let rows = try store.bucket(index)
        append(rows, store, to: &events)
        for place in spectators.indices {
          spectators[place] += storedNumbers(StoredNumber.allCases.count + place, rows, store)
        }
      }
      result.parts[part] = Array(start..<events.count)
    }
    events.spectators = zip(pass.spectators, spectators).map { Column($0, .float64($1)) }
    result.events = events
  }

  private func append(
    _ rows: ShuffledStore.Rows, _ store: ShuffledStore, to events: inout StudyEvents
  ) {
    events.inputs += rows.inputs
    events.weights += storedNumbers(.weight, rows, store)
    let answers = storedNumbers(.answer, rows, store)
    if configuration.task == .regression {
      events.targets += answers
    } else {
      events.labels += answers.map { Int32($0) }
    }
    events.sources += storedNumbers(.source, rows, store).map { Int32($0) }
    events.entries += storedNumbers(.entry, rows, store).map { Int64($0) }
  }

  private func streamRemark(_ result: StudyResult) -> String {
    let (all, kept) = (pass.yields.reduce(0) { $0 + $1.kept }, result.events.count)
    return
      "the events are streamed, as they would take about \(memoryText(plan.resident)) of memory and "
      + "\(memoryText(plan.memory)) are allowed: \(all) events in "
      + "\(stores.values.reduce(0) { $0 + $1.counts.count }) blocks on the disk; plots and scores.h5 show "
      + "\(kept) random events."
  }

  private var groups: [String] {
    configuration.task == .regression ? ["all events"] : configuration.classes
  }

  /// What balancing multiplies the weights of each class with.
  var factors: [Double] {
    let sums = pass.totals[.train].map { $0.sum(configuration.weightPolicy) }
    guard configuration.balance == .equal, configuration.task != .regression else {
      return sums.map { _ in 1 }
    }
    let share = sums.reduce(0, +) / Double(sums.count)
    return sums.map { share / $0 }
  }

  private var trainingSums: [(name: String, before: Double, after: Double)] {
    zip(groups, zip(pass.totals[.train], factors)).map { name, cell in
      (name, cell.0.sum, cell.0.sum(configuration.weightPolicy) * cell.1)
    }
  }

  private func blocks(_ part: Part, _ transforms: Preprocessing) -> StoredBlocks? {
    guard let store = stores[part] else { return nil }
    let cells = pass.totals[part]
    return StoredBlocks(
      store: store, transforms: transforms, classes: configuration.classes,
      task: configuration.task, policy: configuration.weightPolicy, factors: factors,
      sums: zip(cells, factors).map { $0.sum(configuration.weightPolicy) * $1 },
      constituents: pass.constituents)
  }

  private func watched(_ result: StudyResult) throws -> Sample? {
    let chosen = result.chosen(.validation)
    return chosen.isEmpty ? nil : try weighed(result, chosen)
  }

  func weighed(_ result: StudyResult, _ chosen: [Int]) throws -> Sample {
    let raw = result.events.sample(
      chosen, classes: configuration.classes, task: configuration.task)
    return try configuration.balance.applied(to: try configuration.weightPolicy.applied(to: raw))
  }
}
