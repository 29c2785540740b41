internal import ApusEvents
internal import ApusKernels
internal import FoundationEssentials

/// Fits one method, saves its model and scores all events.
struct MethodRunner {
  let booking: StudyConfiguration.Booking
  let prepared: PreparedEvents
  /// The events on the disk, where they are larger than memory.
  var streamed: StreamedEvents?
  let folder: RunFolder
  let console: Console
  let shouldStop: @Sendable () -> Bool

  /// - Parameter resume: Whether a finished model or a checkpoint of an earlier session is used.
  /// - Returns: What came out, and remarks that a reader should know.
  func run(resume: Bool) throws -> (Outcome, [String]) {
    let path = folder.model(booking.name)
    var outcome = Outcome(name: booking.name, type: booking.type.name, options: booking.options)
    var remarks: [String] = []
    let model: SavedModel
    if resume, let old = try? SavedModel(path: path), old.name == booking.name {
      console.say("\(booking.name): trained before, read from \(path)")
      model = old
    } else {
      let remark: String?
      (model, remark) = try fit(resume: resume)
      remarks += remark.map { [$0] } ?? []
      try model.write(to: path)
      for fold in 0..<prepared.modelCount {
        let path = folder.checkpoint(checkpointName(fold))
        let targets = prepared.result.configuration.targets.indices
        for name in [path] + targets.map({ path + ".target\($0)" }) {
          try? FileManager.default.removeItem(atPath: name)
        }
      }
    }
    Machine.returnFreedMemory()
    outcome.trainSeconds = model.trainSeconds
    outcome.parameters = model.parameterCount
    outcome.history = model.response.history.isEmpty ? model.history : model.response.history
    outcome.inputs = prepared.transforms.outputs
    let begin = ContinuousClock.now
    (outcome.scores, outcome.foldScores) = try prepared.scores(of: model)
    outcome.applySeconds = seconds(since: begin)
    if let spread = model.ofDeviations {
      outcome.deviations = try prepared.scores(of: spread).scores
    }
    if let streamed {
      remarks += try streamed.evaluate(&outcome, model)
    } else {
      prepared.result.evaluate(&outcome)
    }
    let own = model.response.importances
    outcome.importance =
      own.isEmpty
      ? try ShuffledImportance(prepared: prepared).measure(model.response)
      : Importance(kind: .share, values: own, cover: model.response.coverShares)
    outcome.tables = ModelTables(transforms: model.members[0].transforms).tables(of: model.response)
    Machine.returnFreedMemory()
    console.say(summary(outcome))
    return (outcome, remarks)
  }

  private func checkpointName(_ fold: Int) -> String {
    fold == 0 ? booking.name : "\(booking.name).fold\(fold)"
  }

  /// Fits one model, or one a fold.
  private func fit(resume: Bool) throws -> (SavedModel, remark: String?) {
    let bar = ProgressBar(console: console, method: booking.name)
    // Every method gets its own stream, so that adding one does not change the others.
    let seed = SplitMix64.mix(UInt64(prepared.result.configuration.seed)) ^ fold(booking.name)
    let begin = ContinuousClock.now
    defer { bar.finish() }
    var remark: String?
    var members: [SavedModel.Member] = []
    for model in 0..<prepared.modelCount {
      let context = FitContext(
        seed: model == 0 ? seed : SplitMix64.mix(seed &+ UInt64(model)),
        threads: prepared.result.threads, checkpoint: folder.checkpoint(checkpointName(model)),
        resume: resume, report: { bar.report($0) }, shouldStop: shouldStop)
      let member: SavedModel.Member
      (member, remark) = try fit(model, context)
      members.append(member)
    }
    let saved = SavedModel(
      booking: booking, members: members, prepared: prepared, trainSeconds: seconds(since: begin),
      seed: seed)
    return (saved, remark)
  }

  /// Fits the model of a fold on the events in the form that needs least memory.
  private func fit(_ model: Int, _ context: FitContext) throws -> (SavedModel.Member, String?) {
    if streamed == nil, let method = booking.method as? any BlockMethod,
      method.learnsAlikeFromBlocks, let blocks = try prepared.blocks(model)
    {
      let response = try method.learn(
        blocks.training, validation: blocks.validation, context: context)
      return (.init(transforms: blocks.training.transforms, response: response), nil)
    }
    let learning = try prepared.learning(model)
    let (training, validation) = (learning.training, learning.validation)
    if let streamed {
      let (response, remark) = try streamed.fit(
        booking, model: model, on: training, validation: validation, context)
      return (.init(transforms: learning.transforms, response: response), remark)
    }
    let response = try booking.method.learn(training, validation: validation, context: context)
    return (.init(transforms: learning.transforms, response: response), nil)
  }

  /// FNV-1a of a name.
  private func fold(_ name: String) -> UInt64 {
    name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  private func summary(_ outcome: Outcome) -> String {
    let part: Part = prepared.result.chosen(.validation).isEmpty ? .train : .validation
    let words = part == .train ? "training" : "validation"
    let evaluation = outcome.evaluations[part]
    let values = ["auc", "accuracy", "loss", "rmse"].compactMap { name in
      evaluation?[name].flatMap { $0.isNaN ? nil : "\(name) \(fixed($0, 4))" }
    }
    return "\(outcome.name): trained in \(duration(outcome.trainSeconds)); \(words) "
      + values.joined(separator: ", ")
  }
}
