internal import ApusEvents
internal import ApusKernels
internal import FoundationEssentials

/// What one model learns from.
struct LearningEvents: Sendable {
  /// Training events, weights after policy and balance, inputs transformed.
  var training: Sample
  /// What methods may watch; nil where the split has no validation part.
  var validation: Sample?
  /// The fitted transforms.
  var transforms: Preprocessing
}

/// Everything that the methods of a run share: events, split, weights, fitted transforms.
struct PreparedEvents: Sendable {
  var result: StudyResult
  /// The transforms of the only model, or of the first fold.
  var transforms: Preprocessing
  /// How many events the only model, or that of the first fold, learns from.
  var trainingCount: Int
  /// What that model learns from, where the policy for weights chooses among events or moves their weights; nil where
  /// a method gets it made anew, which costs a copy of rows and saves the memory of it in between.
  var kept: LearningEvents?
  /// The transforms of each model, where they are known before.
  var modelTransforms: [Preprocessing] = []

  /// How many models each method trains.
  var modelCount: Int { result.folds?.plan.count ?? 1 }

  /// What the model of a fold learns from.
  func learning(_ model: Int) throws -> LearningEvents {
    if model == 0, let kept { return kept }
    let known = modelTransforms.isEmpty ? (model == 0 ? transforms : nil) : modelTransforms[model]
    return try learningEvents(result, result.split(model), transforms: known).0
  }

  /// The same in blocks that are made when they are asked for.
  ///
  /// - Returns: nil where only whole samples will do.
  func blocks(_ model: Int) throws -> (training: MemoryBlocks, validation: MemoryBlocks?)? {
    guard kept == nil, result.keepsRows else { return nil }
    let split = result.split(model)
    let transforms = model == 0 ? transforms : try learning(model).transforms
    func blocks(_ chosen: [Int]) throws -> MemoryBlocks {
      MemoryBlocks(
        events: result.events, chosen: chosen, weights: try result.weighed(chosen).weights,
        transforms: transforms, classes: result.configuration.classes,
        task: result.configuration.task)
    }
    return (
      try blocks(split.train), split.validation.isEmpty ? nil : try blocks(split.validation)
    )
  }

  /// The scores of all events by a saved model, for each part of the split.
  ///
  /// Without folds one set of scores serves all parts.
  func scores(of model: SavedModel) throws -> (scores: [Double], byPart: [Part: [Double]]) {
    let events = result.events
    guard let folds = result.folds else {
      let scores = try model.scores(
        events.inputs, count: events.count, width: events.width, threads: result.threads)
      return (scores, [:])
    }
    func scores(_ chosen: (Int) -> Int?) throws -> [Double] {
      try model.scores(
        events.inputs, count: events.count, width: events.width,
        members: folds.ofEvents.map { chosen($0) ?? 0 }, threads: result.threads)
    }
    let tested = try scores { folds.plan.model(thatTests: $0) }
    var byPart = [Part.train: try scores { folds.plan.model(thatLearned: $0) }]
    if folds.plan.count > 2 {
      byPart[.validation] = try scores { folds.plan.model(thatWatched: $0) }
    }
    return (tested, byPart)
  }
}

/// Scores rows of raw inputs piece by piece, so that the transformed copy stays small.
func apply(
  _ response: any Response, transforms: Preprocessing, inputs: [Float], count: Int, width: Int,
  threads: Int
) throws -> [Double] {
  let rows = 1 << 17
  if count <= rows {
    return try response.scores(
      for: transforms.apply(inputs), count: count, threads: threads)
  }
  var scores: [Double] = []
  for start in stride(from: 0, to: count, by: rows) {
    let end = min(count, start + rows)
    let piece = transforms.apply(Array(inputs[start * width..<end * width]))
    scores += try response.scores(for: piece, count: end - start, threads: threads)
  }
  return scores
}

/// Reads, checks, divides, weighs and transforms the events of a configuration.
func prepareEvents(
  _ configuration: StudyConfiguration, base: String, threads: Int, console: Console
) throws -> PreparedEvents {
  var loader = EventLoader(configuration, base: base)
  var (events, remarks) = try loader.load()
  if !configuration.hypotheses.isEmpty { try drawHypotheses(&events, configuration) }
  Machine.returnFreedMemory()
  sayYields(events.yields, console)
  let findings = try checkEvents(events, configuration)
  var result = StudyResult(configuration: configuration, events: events, parts: [:])
  result.threads = threads
  result.warnings = remarks + findings
  let split = try divide(&result)
  // Nobody asks for them again.
  result.events.splitValues = []
  if split.unused > 0 {
    result.warnings.append("\(split.unused) events are in no part of the split.")
  }
  result.warnings += try checkParts(result)
  var prepared = PreparedEvents(
    result: result, transforms: Preprocessing(features: events.definitions.map(\.name)),
    trainingCount: split.train.count)
  if result.keepsRows, configuration.preprocess.isEmpty, events.constituents == nil {
    let raw = events.facts(split.train, classes: configuration.classes, task: configuration.task)
    sum(raw, try result.weighed(split.train), into: &prepared.result)
  } else {
    let (first, raw, balanced) = try learningEvents(result, split)
    sum(raw, balanced, into: &prepared.result)
    (prepared.transforms, prepared.trainingCount) = (first.transforms, balanced.count)
    if !result.keepsRows { prepared.kept = first }
  }
  try checkMethods(prepared.result, inputs: prepared.transforms.outputs)
  for warning in prepared.result.warnings { console.complain("warning: " + warning) }
  Machine.returnFreedMemory()
  return prepared
}

extension StudyResult {
  /// Whether every event that is learned from keeps its place, so that weights can be worked out without inputs.
  var keepsRows: Bool {
    [.keep, .absolute].contains(configuration.weightPolicy) || !events.weights.contains { $0 < 0 }
  }

  /// The split of the only model, or of a fold.
  func split(_ model: Int) -> Split {
    if let folds { return folds.plan.split(folds.ofEvents, model: model) }
    return Split(train: chosen(.train), validation: chosen(.validation), test: chosen(.test))
  }

  /// Weights and answers of events after policy and balance, without inputs; only where ``keepsRows``.
  func weighed(_ chosen: [Int]) throws -> Sample {
    let facts = events.facts(chosen, classes: configuration.classes, task: configuration.task)
    return try configuration.balance.applied(
      to: try configuration.weightPolicy.applied(to: facts))
  }
}

/// Divides the events and notes their parts.
/// - Returns: The split of the only model, or of the first fold.
private func divide(_ result: inout StudyResult) throws -> Split {
  let (events, configuration) = (result.events, result.configuration)
  if case .folds(let plan) = configuration.division {
    let folds = try plan.folds(of: events.splitValues)
    for fold in 0..<plan.count where !folds.contains(fold) {
      throw StudyError.unusableEvents([
        "split: no event falls into fold \(fold) of \(plan.count) by '\(plan.by)'. Take fewer folds, "
          + "or 'hashed: true'."
      ])
    }
    result.folds = .init(plan: plan, ofEvents: folds)
    let all = Array(0..<events.count)
    // Each event is tested by one model, watched by another and learned by the rest.
    result.choose(all, for: .train)
    result.choose(plan.count > 2 ? all : [], for: .validation)
    result.choose(all, for: .test)
    return plan.split(folds, model: 0)
  }
  let split = try divideByParts(events, configuration)
  result.choose(split.train, for: .train)
  result.choose(split.validation, for: .validation)
  result.choose(split.test, for: .test)
  return split
}

/// Samples with a part of their own go there whole; the split divides the others.
private func divideByParts(_ events: StudyEvents, _ configuration: StudyConfiguration) throws
  -> Split
{
  let parts = configuration.sources.map(\.part)
  let sources = events.sources.all
  let free = (0..<events.count).filter { parts[sources[$0]] == nil }
  var split = Split(train: [], validation: [], test: [])
  if !free.isEmpty {
    let labels = events.labels.isEmpty ? [Int32](repeating: 0, count: events.count) : events.labels
    let own = try configuration.division.divide(
      labels: free.map { labels[$0] },
      values: events.splitValues.isEmpty ? [] : free.map { events.splitValues[$0] },
      needed: configuration.dividedParts)
    split = Split(
      train: own.train.map { free[$0] }, validation: own.validation.map { free[$0] },
      test: own.test.map { free[$0] }, unused: own.unused)
  }
  for event in 0..<events.count {
    switch parts[sources[event]] {
    case "train"?: split.train.append(event)
    case "validation"?: split.validation.append(event)
    case "test"?: split.test.append(event)
    default: break
    }
  }
  split.train.sort()
  split.validation.sort()
  split.test.sort()
  let total = events.count
  for (part, own) in [("train", split.train), ("test", split.test)] where own.isEmpty {
    throw SplitError.empty(part: part, events: total)
  }
  return split
}

/// Weighs, balances and transforms what one model learns from.
/// - Parameter known: The transforms; nil where they are still to be fitted.
private func learningEvents(
  _ result: StudyResult, _ split: Split, transforms known: Preprocessing? = nil
) throws -> (LearningEvents, raw: Sample, balanced: Sample) {
  let (events, configuration) = (result.events, result.configuration)
  func weighed(_ chosen: [Int]) throws -> (raw: Sample, balanced: Sample) {
    let raw = events.sample(chosen, classes: configuration.classes, task: configuration.task)
    // What is watched must be weighed like what is learned, or the two losses could not be compared.
    return (
      raw, try configuration.balance.applied(to: try configuration.weightPolicy.applied(to: raw))
    )
  }
  let (raw, balanced) = try weighed(split.train)
  let transforms =
    try known
    ?? Preprocessing(fitting: balanced, with: configuration.preprocess.compactMap(\.asText))
  let validation =
    split.validation.isEmpty
    ? nil : transforms.apply(try weighed(split.validation).balanced)
  let learning = LearningEvents(
    training: transforms.apply(balanced), validation: validation, transforms: transforms)
  return (learning, raw, balanced)
}

/// Says how many events of each sample were read and kept, and their weights.
func sayYields(_ yields: [SourceYield], _ console: Console) {
  let isScaled = yields.contains(where: \.isScaled)
  var rows = [["sample", "read", "kept"]]
  rows[0] += isScaled ? ["sum read", "sum kept", "scale", "yield"] : ["sum of weights"]
  for yield in yields {
    let sums =
      isScaled
      ? [yield.sumRead, yield.sum, yield.scale, yield.scaled] : [yield.sum]
    rows.append([yield.name, "\(yield.read)", "\(yield.kept)"] + sums.map(shortNumber))
  }
  for line in alignedRows(rows, indent: "") { console.say(line) }
}

/// Keeps and warns about what policy and balance did to the sums of the classes.
private func sum(_ before: Sample, _ after: Sample, into result: inout StudyResult) {
  let (old, new) = (WeightSummary(before).groups, WeightSummary(after).groups)
  result.trainingSums = zip(old, new).map { ($0.name, $0.sum, $1.sum) }
  guard before.task != .regression else { return }
  let sums = new.map(\.sum).filter { $0 > 0 }
  if let least = sums.min(), let most = sums.max(), most > 20 * least {
    result.warnings.append(
      "the sums of weights of the training classes differ by a factor \(shortNumber(most / least)): most "
        + "methods will learn the larger one. 'balance: equal' gives each class the same sum.")
  }
}
