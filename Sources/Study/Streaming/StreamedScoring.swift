internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Scores new labelled data by saved models run by run: of each event only its answer, weight and scores are kept.
struct StreamedScoring {
  let models: [SavedModel]
  let configuration: StudyConfiguration
  let base: String
  let threads: Int
  /// What each model gave, and how long it took.
  private(set) var scored: [(scores: [Double], deviations: [Double], seconds: Double)]
  private let plan: StreamPlan
  private var events = StudyEvents()
  private var totals: StreamTotals

  /// - Parameter configuration: Names the new files; its inputs are those of the models.
  init(_ models: [SavedModel], _ configuration: StudyConfiguration, base: String, threads: Int)
    throws
  {
    (self.models, self.configuration) = (models, configuration)
    (self.base, self.threads) = (base, threads)
    scored = models.map { _ in ([], [], 0) }
    totals = StreamTotals(groups: configuration.groups.count)
    var plan = StreamPlan(
      memory: configuration.memory ?? machineMemory() / 2, events: 0, width: 0, resident: 0)
    if configuration.memory != nil { plan.events = try configuration.eventCount(base: base) }
    self.plan = plan
  }

  /// Reads and scores everything; all events are test events.
  mutating func run() throws -> StudyResult {
    var pass = StreamPass(
      configuration, base: base, plan: plan, folder: nil, shouldStop: { false })
    // Metrics sort their scores; beyond the bound they are those of random events.
    let share = min(1, Double(plan.metricEvents) / Double(max(1, plan.events)))
    let draw = EventDraw(seed: UInt64(configuration.seed), purpose: 3)
    try pass.forEach { pass, piece, _ in
      try take(piece, pass, share) { share == 1 || draw.uniform($0) < share }
    }
    events.yields = pass.yields
    guard !events.weights.isEmpty else {
      let files = pass.yields.flatMap(\.files).map(\.path).joined(separator: ", ")
      let read = pass.yields.reduce(0) { $0 + $1.read }
      throw StudyError.unusableEvents([
        read == 0
          ? "\(files): there is no event in the files."
          : "\(files): no event of \(read) passes the selection."
      ])
    }
    var result = StudyResult(
      configuration: configuration, events: events, parts: [.test: Array(0..<events.count)])
    result.warnings = pass.remarks
    if share < 1 {
      result.totals = totals
      result.warnings.append(
        "the numbers are those of \(events.count) random events of \(totals.events(.test)), what fits into "
          + "\(memoryText(plan.memory)); yields are scaled up.")
    }
    return result
  }

  private mutating func take(
    _ piece: StreamPiece, _ pass: StreamPass, _ share: Double, isKept: (UInt64) -> Bool
  ) throws {
    let width = pass.definitions.count
    let rows = piece.numbers.indices.filter { isKept(piece.numbers[$0]) }
    let isRegression = configuration.task == .regression
    for row in piece.numbers.indices {
      totals.add(.test, isRegression ? 0 : Int(piece.answers[row]), piece.weights[row])
    }
    events.weights += rows.map { piece.weights[$0] / share }
    let answers = ApusEvents.rows(
      rows, of: piece.answers, width: configuration.task.targetCount(configuration.classes))
    if isRegression {
      events.targets += answers
    } else {
      events.labels += answers.map { Int32($0) }
    }
    let inputs =
      rows.count == piece.numbers.count
      ? piece.inputs : rows.flatMap { piece.inputs[$0 * width..<($0 + 1) * width] }
    for (place, model) in models.enumerated() {
      let begin = ContinuousClock.now
      let routes = try model.folds.map { folds in
        try folds.folds(of: rows.map { piece.splitValues[$0] }).map { folds.model(thatTests: $0) }
      }
      scored[place].scores += try model.scores(
        inputs, count: rows.count, width: width, members: routes, threads: threads)
      scored[place].seconds += seconds(since: begin)
      if let spread = model.ofDeviations {
        scored[place].deviations += try spread.scores(
          inputs, count: rows.count, width: width, members: routes, threads: threads)
      }
    }
  }
}

extension StudyConfiguration {
  /// The events in the files of all samples.
  fileprivate func eventCount(base: String) throws -> Int {
    try zip(sources, try allFiles(base: base)).reduce(0) { sum, sample in
      try sample.1.reduce(sum) { try $0 + openSource(sample.0, $1, memory: memory).count }
    }
  }
}
