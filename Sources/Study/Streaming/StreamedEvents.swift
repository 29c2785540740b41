internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// A sample that is larger than memory, ready for training: its blocks on the disk, exact sums, and some events that are
/// kept in memory for plots, checks and methods that need all their events at once.
struct StreamedEvents: Sendable {
  let plan: StreamPlan
  let totals: StreamTotals
  /// A store for each part that holds events.
  let stores: [Part: ShuffledStore]
  let training: StoredBlocks
  let validation: StoredBlocks?
  let configuration: StudyConfiguration
  let threads: Int

  /// Trains a method: block by block where it can, else on the events in memory.
  /// - Returns: The model, and what a reader should know; nil for nothing.
  func fit(
    _ booking: StudyConfiguration.Booking, on sample: Sample, validation watched: Sample?,
    _ context: FitContext
  )
    throws -> (response: any Response, remark: String?)
  {
    let events = training.count + (validation?.count ?? 0)
    if let method = booking.method as? any BlockMethod, !method.needsAllEvents,
      method.residentBytes(events: events, width: training.features.count) < plan.methodBytes
    {
      return (try method.fit(training, validation: validation, context: context), nil)
    }
    let response = try booking.method.fit(sample, validation: watched, context: context)
    let remark =
      "\(booking.name) needs all its events at once: it learned from \(sample.count) random events of "
      + "\(training.count), what fits into \(memoryText(plan.memory))."
    return (response, remark)
  }

  /// The numbers of a model on each part, block by block.
  /// - Returns: What a reader should know where a part is too large for that.
  func evaluate(_ outcome: inout Outcome, _ response: any Response) throws -> [String] {
    var remarks: [String] = []
    outcome.evaluations = [:]
    outcome.reasons = [:]
    for part in Part.allCases {
      guard let store = stores[part] else { continue }
      let predictions = try predictions(store, response)
      let (used, all) = (predictions.weights.count, store.count)
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

  /// The answers on as many blocks of a part as fit.
  private func predictions(_ store: ShuffledStore, _ response: any Response) throws -> Predictions {
    var (scores, weights): ([Double], [Double]) = ([], [])
    var (labels, targets): ([Int32], [Double]) = ([], [])
    for index in store.counts.indices {
      if index > 0, weights.count + store.counts[index] > plan.metricEvents { break }
      let sample = try rawSample(
        try store.bucket(index), store, features: training.transforms.features,
        classes: configuration.classes, task: configuration.task)
      scores += try apply(
        response, transforms: training.transforms, inputs: sample.inputs, count: sample.count,
        width: training.transforms.width, threads: threads)
      weights += sample.weights
      labels += sample.labels
      targets += sample.targets
    }
    let scale = Double(store.count) / Double(max(1, weights.count))
    if weights.count < store.count { weights = weights.map { $0 * scale } }
    return Predictions(
      task: configuration.task, scores: scores, labels: labels, targets: targets, weights: weights,
      classes: configuration.classes)
  }
}
