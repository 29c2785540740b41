internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// A sample that is larger than memory, ready for training: its blocks on the disk, exact sums, and some events that are
/// kept in memory for plots, checks and methods that need all their events at once.
struct StreamedEvents: Sendable {
  let plan: StreamPlan
  let totals: StreamTotals
  /// A store for each part, or for each fold.
  let stores: [ShuffledStore]
  let folds: FoldPlan?
  /// What the only model, or that of each fold, learns from and watches.
  let models: [StreamedModel]
  let configuration: StudyConfiguration
  let threads: Int

  /// Trains a method: block by block where it can, else on the events in memory.
  /// - Returns: The model, and what a reader should know; nil for nothing.
  func fit(
    _ booking: StudyConfiguration.Booking, model: Int, on sample: Sample,
    validation watched: Sample?, _ context: FitContext
  )
    throws -> (response: any Response, remark: String?)
  {
    let (training, validation) = (models[model].training, models[model].validation)
    let events = training.count + (validation?.count ?? 0)
    if let method = booking.method as? any BlockMethod, !method.needsAllEvents,
      method.residentBytes(events: events, width: training.features.count) < plan.methodBytes
    {
      return (try method.learn(training, validation: validation, context: context), nil)
    }
    let response = try booking.method.learn(sample, validation: watched, context: context)
    let remark =
      "\(booking.name) needs all its events at once: it learned from \(sample.count) random events of "
      + "\(training.count), what fits into \(memoryText(plan.memory))."
    return (response, remark)
  }

  /// The numbers of a model on each part, block by block.
  /// - Returns: What a reader should know where a part is too large for that.
  func evaluate(_ outcome: inout Outcome, _ model: SavedModel) throws -> [String] {
    var remarks: [String] = []
    outcome.evaluations = [:]
    outcome.reasons = [:]
    for part in Part.allCases {
      let pairs = self.pairs(part, model).filter { $0.store.count > 0 }
      guard !pairs.isEmpty else { continue }
      let predictions = try predictions(pairs)
      let (used, all) = (predictions.weights.count, pairs.reduce(0) { $0 + $1.store.count })
      if used < all {
        remarks.append(
          "the numbers of the \(part.name) part are those of \(used) random events of \(all), what fits into "
            + "\(memoryText(plan.memory)); yields are scaled up.")
      }
      do throws(MetricError) { outcome.evaluations[part] = try Evaluation(predictions) } catch {
        outcome.reasons[part] = error.message
      }
    }
    return remarks
  }

  /// The stores of a part with the member that answers for each: of folds that which tests it, learned from it or
  /// watched it.
  private func pairs(_ part: Part, _ model: SavedModel) -> [(
    store: ShuffledStore, member: SavedModel.Member
  )] {
    guard let folds else { return [(stores[Int(part.rawValue)], model.members[0])] }
    return stores.enumerated().compactMap { fold, store in
      let member: Int? =
        switch part {
        case .train: folds.model(thatLearned: fold)
        case .validation: folds.model(thatWatched: fold)
        case .test: folds.model(thatTests: fold)
        }
      return member.map { (store, model.members[$0]) }
    }
  }

  /// The answers on as many blocks of each store as fit.
  private func predictions(
    _ pairs: [(store: ShuffledStore, member: SavedModel.Member)]
  ) throws -> Predictions {
    var (scores, deviations, weights): ([Double], [Double], [Double]) = ([], [], [])
    var (labels, targets): ([Int32], [Double]) = ([], [])
    for (store, member) in pairs {
      let first = weights.count
      let most = plan.metricEvents / pairs.count
      for index in store.counts.indices {
        if index > 0, weights.count - first + store.counts[index] > most { break }
        let sample = try rawSample(
          try store.bucket(index), store, features: member.transforms.features,
          classes: configuration.classes, task: configuration.task)
        scores += try apply(
          member.response, transforms: member.transforms, inputs: sample.inputs,
          count: sample.count, width: member.transforms.width, threads: threads)
        if let spread = member.ofDeviations {
          deviations += try apply(
            spread.response, transforms: spread.transforms, inputs: sample.inputs,
            count: sample.count, width: member.transforms.width, threads: threads)
        }
        weights += sample.weights
        labels += sample.labels
        targets += sample.targets
      }
      let scale = Double(store.count) / Double(max(1, weights.count - first))
      if weights.count - first < store.count {
        for i in first..<weights.count { weights[i] *= scale }
      }
    }
    return Predictions(
      task: configuration.task, scores: scores, labels: labels, targets: targets, weights: weights,
      classes: configuration.classes, deviations: deviations)
  }
}

/// What one model learns from and watches, on the disk.
struct StreamedModel: Sendable {
  let training: JoinedBlocks
  let validation: JoinedBlocks?
}
