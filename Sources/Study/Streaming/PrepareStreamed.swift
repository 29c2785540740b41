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
  let (prepared, streamed) = try preparation.finish(console)
  try checkMethods(prepared.result, inputs: prepared.transforms.outputs)
  return (prepared, streamed)
}

/// What stands between the pass over the files and training.
struct StreamPreparation {
  let pass: StreamPass
  let plan: StreamPlan
  let configuration: StudyConfiguration
  /// A store for each part, or for each fold.
  let stores: [ShuffledStore]
  let folds: FoldPlan?
  let threads: Int

  init(_ pass: StreamPass, _ plan: StreamPlan, _ stores: [ShuffledStore], threads: Int) {
    (self.pass, self.plan, self.threads) = (pass, plan, threads)
    configuration = pass.configuration
    self.stores = stores
    folds = pass.configuration.foldPlan
  }

  /// The number of models of each method.
  var modelCount: Int { folds?.count ?? 1 }

  /// The stores that a model learns from: that of the training part, or those of most folds.
  func learnedStores(_ model: Int) -> [Int] {
    guard let folds else { return [Int(Part.train.rawValue)] }
    return (0..<folds.count).filter { $0 != model && $0 != folds.watched(by: model) }
  }

  /// The store that a model watches while it learns; nil where there is none.
  private func watchedStore(_ model: Int) -> Int? {
    guard let folds else { return Int(Part.validation.rawValue) }
    return folds.watched(by: model)
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
    if let folds {
      for fold in stores.indices where stores[fold].count == 0 {
        throw StudyError.unusableEvents([
          "split: no event falls into fold \(fold) of \(folds.count) by '\(folds.by)'. Take fewer folds, "
            + "or 'hashed: true'."
        ])
      }
    } else {
      for part in [Part.train, .test] where stores[Int(part.rawValue)].count == 0 {
        throw SplitError.empty(part: part.name, events: kept)
      }
    }
    for (group, name) in groups.enumerated() {
      let cell = learnedCells(0)[group]
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
    var models: [StreamedModel] = []
    var kept: LearningEvents?
    for model in 0..<modelCount {
      let (transforms, training) = try fitTransforms(result, model)
      guard let learned = blocks(learnedStores(model), model, transforms) else {
        throw SplitError.empty(part: "train", events: result.events.count)
      }
      models.append(
        StreamedModel(
          training: learned,
          validation: blocks(watchedStore(model).map { [$0] } ?? [], model, transforms)))
      // Of folds each method gets its events in memory anew, for one model at a time.
      if folds == nil {
        kept = LearningEvents(
          training: transforms.apply(training),
          validation: try watched(result).map { transforms.apply($0) }, transforms: transforms)
      }
    }
    for warning in result.warnings { console.complain("warning: " + warning) }
    let transforms = models.map(\.training.transforms)
    let streamed = StreamedEvents(
      plan: plan, totals: pass.totals, stores: stores, folds: folds, models: models,
      configuration: configuration, threads: threads)
    var prepared = PreparedEvents(
      result: result, transforms: transforms[0], trainingCount: models[0].training.count, kept: kept
    )
    prepared.modelTransforms = transforms
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
    var places: [Int] = []
    for (place, store) in stores.enumerated() where store.count > 0 {
      let isTraining = folds == nil && place == Int(Part.train.rawValue)
      for index in store.counts.indices.prefix(isTraining ? 2 : 1) {
        let rows = try thinned(try store.bucket(index), store)
        append(rows, store, to: &events)
        for place in spectators.indices {
          spectators[place] += storedNumbers(StoredNumber.allCases.count + place, rows, store)
        }
      }
      places += [Int](repeating: place, count: events.count - places.count)
    }
    events.spectators = zip(pass.spectators, spectators).map { Column($0, .float64($1)) }
    result.events = events
    if let folds {
      result.folds = .init(plan: folds, ofEvents: places)
      let all = Array(0..<events.count)
      result.choose(all, for: .train)
      result.choose(folds.count > 2 ? all : [], for: .validation)
      result.choose(all, for: .test)
    } else {
      for part in Part.allCases {
        result.choose(places.indices.filter { places[$0] == Int(part.rawValue) }, for: part)
      }
    }
  }

  /// Every n-th event of a block: of more than four folds, no more than four blocks stay in memory altogether.
  private func thinned(
    _ rows: ShuffledStore.Rows, _ store: ShuffledStore
  ) throws -> ShuffledStore.Rows {
    let step = (modelCount + 3) / 4
    guard step > 1 else { return rows }
    var thin = rows
    (thin.inputs, thin.numbers) = ([], [])
    for row in stride(from: 0, to: rows.numbers.count / store.numbers, by: step) {
      thin.inputs += rows.inputs[row * store.width..<(row + 1) * store.width]
      thin.numbers += rows.numbers[row * store.numbers..<(row + 1) * store.numbers]
    }
    return thin
  }

  private func append(
    _ rows: ShuffledStore.Rows, _ store: ShuffledStore, to events: inout StudyEvents
  ) {
    events.inputs += rows.inputs
    events.weights += storedNumbers(.weight, rows, store)
    let answers = storedNumbers(.answer, rows, store)
    if configuration.task == .regression {
      events.targets += storedTargets(
        rows, store, count: configuration.task.targetCount(configuration.classes))
    } else {
      events.labels += answers.map { Int32($0) }
    }
    for source in storedNumbers(.source, rows, store) { events.sources.append(Int(source)) }
    for entry in storedNumbers(.entry, rows, store) { events.entries.append(Int(entry)) }
  }

  private func streamRemark(_ result: StudyResult) -> String {
    let (all, kept) = (pass.yields.reduce(0) { $0 + $1.kept }, result.events.count)
    return
      "the events are streamed, as they would take about \(memoryText(plan.resident)) of memory and "
      + "\(memoryText(plan.memory)) are allowed: \(all) events in "
      + "\(stores.reduce(0) { $0 + $1.counts.count }) blocks on the disk; plots and scores.h5 show "
      + "\(kept) random events."
  }

  private var groups: [String] { configuration.groups }

  /// What a model learns from, by class.
  private func learnedCells(_ model: Int) -> [StreamTotals.Cell] {
    guard folds != nil else { return pass.totals[.train] }
    return cells(learnedStores(model))
  }

  /// The events of some stores by class.
  private func cells(_ places: [Int]) -> [StreamTotals.Cell] {
    let all = folds == nil ? pass.totals.cells : pass.totals.folds
    let none = groups.map { _ in StreamTotals.Cell() }
    return places.reduce(none) { sums, place in zip(sums, all[place]).map { $0 + $1 } }
  }

  /// What balancing multiplies the weights of each class with.
  func factors(_ model: Int) -> [Double] {
    let sums = learnedCells(model).map { $0.sum(configuration.weightPolicy) }
    guard configuration.balance == .equal, configuration.task != .regression else {
      return sums.map { _ in 1 }
    }
    let share = sums.reduce(0, +) / Double(sums.count)
    return sums.map { share / $0 }
  }

  private var trainingSums: [(name: String, before: Double, after: Double)] {
    zip(groups, zip(learnedCells(0), factors(0))).map { name, cell in
      (name, cell.0.sum, cell.0.sum(configuration.weightPolicy) * cell.1)
    }
  }

  /// Stores as a model sees them; nil where they hold nothing.
  private func blocks(_ places: [Int], _ model: Int, _ transforms: Preprocessing) -> JoinedBlocks? {
    let factors = factors(model)
    let parts = places.filter { stores[$0].count > 0 }.map { place in
      StoredBlocks(
        store: stores[place], transforms: transforms, classes: configuration.classes,
        task: configuration.task, policy: configuration.weightPolicy, factors: factors,
        sums: zip(cells([place]), factors).map { $0.sum(configuration.weightPolicy) * $1 },
        constituents: pass.constituents)
    }
    return parts.isEmpty ? nil : JoinedBlocks(parts: parts)
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
