internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// The one pass over the files of a sample that is larger than memory.
///
/// Pieces are read by a second thread; formulas, selections, labels, weights and parts are worked out piece by piece, and
/// each event goes into a random block of its part in the scratch file.
struct StreamPass {
  let configuration: StudyConfiguration
  let base: String
  let plan: StreamPlan
  /// Where the scratch file goes; nil where pieces are only looked at.
  let folder: String?
  let shouldStop: @Sendable () -> Bool
  /// Whether numbers that are not finite are left for another pass to tell.
  var isTolerant = false

  private(set) var definitions: [InputDefinition] = []
  private(set) var yields: [SourceYield] = []
  private(set) var absences: [Absence] = []
  private(set) var totals: StreamTotals
  /// Moments of what is learned: one, or one a fold; empty where none are needed.
  private(set) var moments: [StreamMoments] = []
  /// Where padded lists stand among the inputs; nil where there are none.
  private(set) var constituents: ConstituentBlock?
  /// Spectators that are numbers, and those that are not.
  private(set) var spectators: [String] = []
  private(set) var leftOut: [String] = []
  /// What is to be said of friends.
  private var friendNotes: [String] = []
  private var labeller: Labeller?
  /// What background events draw the inputs from that only signal has; nil where there are none.
  private var hypotheses: HypothesisTable?
  private var writers: [ShuffleWriter] = []
  private var number: UInt64 = 0
  private let blockDraw: EventDraw
  private let partDraw: EventDraw

  init(
    _ configuration: StudyConfiguration, base: String, plan: StreamPlan, folder: String?,
    shouldStop: @escaping @Sendable () -> Bool
  ) {
    (self.configuration, self.base, self.plan) = (configuration, base, plan)
    (self.folder, self.shouldStop) = (folder, shouldStop)
    totals = StreamTotals(
      groups: configuration.groups.count, folds: configuration.foldPlan?.count ?? 0)
    blockDraw = EventDraw(seed: UInt64(configuration.seed), purpose: 1)
    var seed = UInt64(configuration.seed)
    if case .fractions(_, _, _, let own) = configuration.division { seed = own }
    partDraw = EventDraw(seed: seed, purpose: 2)
    if case .column(_, let classes) = configuration.labels {
      labeller = Labeller(classes: classes, order: configuration.classes)
    }
  }

  /// Reads everything.
  /// - Returns: A store for each part, or for each fold.
  mutating func run() throws -> [ShuffledStore] {
    try forEach { pass, piece, index in try pass.store(piece, index) }
    return try writers.map { try $0.finish() }
  }

  /// Reads everything, and calls `body` with the chosen events of each piece and the number of their sample.
  mutating func forEach(_ body: (inout StreamPass, StreamPiece, Int) throws -> Void) throws {
    if !configuration.hypotheses.isEmpty { hypotheses = try signalHypotheses() }
    let files = try configuration.allFiles(base: base)
    for (index, source) in configuration.sources.enumerated() {
      yields.append(SourceYield(name: source.name))
      if let scale = source.scale {
        yields[index].scale = try scale.factor(
          of: source.name, sumRead: try sumOfWeights(scale, source, files[index]),
          files: files[index].map(\.path))
        yields[index].isScaled = true
      }
      for file in files[index] { try read(file, source, index, body) }
    }
    for i in absences.indices { absences[i].total = yields.reduce(0) { $0 + $1.kept } }
  }

  /// The sum of weights of all events of a sample, where its scale needs it before the first event is weighed: one more
  /// pass, over the columns of the weight alone.
  private func sumOfWeights(
    _ scale: StudyConfiguration.Scale, _ source: StudyConfiguration.Source, _ files: [SampleFile]
  ) throws -> Double {
    guard scale.sum == .events else { return 0 }
    var sum = 0.0
    for file in files {
      let table = try openSource(source, file, memory: plan.memory)
      guard let text = source.weight else {
        sum += Double(table.count)
        continue
      }
      let weight = try Expression(
        text, columns: table.columnNames, aliases: configuration.aliases)
      let reader = PieceReader(table: table, columns: weight.columns, target: plan.pieceBytes)
      try reader.forEach { events, _ in
        sum += try weight.values(on: events).reduce(0, +)
      }
    }
    return sum
  }

  /// Remarks that a reader should know.
  var remarks: [String] {
    var all = friendNotes + absences.map(\.text)
    if case .column(let column, _) = configuration.labels,
      let remark = labeller?.remark(column: column)
    {
      all.append(remark)
    }
    if !leftOut.isEmpty {
      all.append(
        "the spectators \(leftOut.joined(separator: ", ")) are no numbers and left out where events are streamed."
      )
    }
    return all
  }

  private mutating func read(
    _ file: SampleFile, _ source: StudyConfiguration.Source, _ index: Int,
    _ body: (inout StreamPass, StreamPiece, Int) throws -> Void
  ) throws {
    let stamps = FileStamps(file)
    let table = try openSource(source, file, memory: plan.memory)
    let columnPlan = try configuration.columnPlan(
      source, known: definitions.isEmpty ? nil : definitions, of: table, file: file.path)
    yields[index].files.append(ReadFile(file.path, table, first: 0))
    friendNotes += friendRemarks(table)
    let reader = PieceReader(table: table, columns: columnPlan.columns, target: plan.pieceBytes)
    try reader.forEach { events, first in
      if shouldStop() { throw StudyError.interrupted(folder: folder ?? "", method: "reading") }
      if definitions.isEmpty { try begin(columnPlan, events) }
      let piece = try take(events, first, columnPlan, source, index)
      try body(&self, piece, index)
      number += UInt64(events.count)
    }
    try stamps.check()
  }

  private mutating func begin(_ columnPlan: ColumnPlan, _ events: EventTable) throws {
    definitions = columnPlan.definitions
    try hypotheses?.move(configuration, to: definitions.map(\.name))
    constituents = columnPlan.constituents?.block(behind: columnPlan.inputs.count)
    if !configuration.takesMissing {
      let one = StreamMoments(width: definitions.count, groups: totals.cells[0].count)
      moments = [StreamMoments](repeating: one, count: configuration.foldPlan?.count ?? 1)
    }
    for name in configuration.spectators {
      if try events.column(name).doubles == nil {
        leftOut.append(name)
      } else {
        spectators.append(name)
      }
    }
    if let folder { try openWriters(in: folder) }
  }

  private mutating func openWriters(in folder: String) throws {
    var exact = plan
    exact.width = definitions.count
    let isFixed = configuration.sources.contains { $0.part != nil }
    // Folds by an event number need not be of one size.
    let shares =
      configuration.foldPlan.map {
        [Double](repeating: min(1, 1.5 / Double($0.count)), count: $0.count)
      }
      ?? (isFixed ? [1, 1, 1] : configuration.division.shares)
    let targets = configuration.task.targetCount(configuration.classes)
    let buckets = shares.map {
      exact.buckets(share: $0, spectators: spectators.count + targets - 1)
    }
    for count in buckets {
      writers.append(
        try ShuffleWriter(
          buckets: count, width: definitions.count,
          numbers: StoredNumber.allCases.count + spectators.count + targets - 1,
          bufferBytes: plan.bufferBytes * count / max(1, buckets.reduce(0, +)), folder: folder))
    }
  }

  /// Works out a piece.
  private mutating func take(
    _ table: EventTable, _ first: Int, _ columnPlan: ColumnPlan,
    _ source: StudyConfiguration.Source, _ index: Int
  ) throws -> StreamPiece {
    var keep = [Bool](repeating: true, count: table.count)
    for selection in columnPlan.selections {
      let values = try selection.values(on: table)
      for i in keep.indices where values[i] == 0 || values[i].isNaN { keep[i] = false }
    }
    let chosen = keep.indices.filter { keep[$0] }
    yields[index].read += table.count
    yields[index].kept += chosen.count
    let kept = chosen.count == table.count ? table : table.filtered(keep)
    let weights = try weights(columnPlan.weight, table, kept)
    yields[index].sumRead += weights?.reduce(0, +) ?? Double(table.count)
    let own = weights.map { all in chosen.map { all[$0] } }
    yields[index].sum += own?.reduce(0, +) ?? Double(chosen.count)
    var piece = try work(kept, columnPlan, source, entries: chosen.map { first + $0 })
    let scale = yields[index].scale
    piece.weights = (own ?? [Double](repeating: 1, count: kept.count)).map { $0 * scale }
    piece.numbers = chosen.map { number + UInt64($0) }
    if let hypotheses {
      for row in chosen.indices where piece.answers[row] == 0 {
        hypotheses.draw(
          for: piece.numbers[row], into: &piece.inputs, row: row, width: definitions.count)
      }
    }
    if isTolerant { return piece }
    try piece.check(
      definitions.map(\.name), targets: configuration.classes, source: kept.source,
      takesMissing: configuration.takesMissing)
    return piece
  }

  /// The weights of all events of a piece; what does not exist is counted among those that are kept.
  private mutating func weights(_ expression: Expression?, _ table: EventTable, _ kept: EventTable)
    throws -> [Double]?
  {
    guard let expression else { return nil }
    let result = try expression.result(on: table)
    let isWhole = result.missing.isEmpty || kept.count == table.count
    note("weight", isWhole ? result : try expression.result(on: kept), .nan)
    return result.numbers
  }

  /// Evaluates all that is asked of the events of a piece but their weights.
  private mutating func work(
    _ kept: EventTable, _ columnPlan: ColumnPlan, _ source: StudyConfiguration.Source,
    entries: [Int]
  ) throws -> StreamPiece {
    var piece = StreamPiece(entries: entries)
    piece.inputs = try inputRows(columnPlan.inputs, kept) { place, result in
      note(
        "input '\(columnPlan.definitions[place].name)'", result,
        columnPlan.inputs[place].missing)
    }
    if let lists = columnPlan.constituents {
      piece.inputs = joinedRows(piece.inputs, try lists.rows(kept), count: kept.count)
    }
    piece.splitValues = try numbers(columnPlan.split, "split", kept) ?? []
    if let name = columnPlan.label {
      let labels = labeller?.labels(try kept.column(name), Array(0..<kept.count)) ?? []
      if let problem = labeller?.problem(column: name, source: kept.source) {
        throw StudyError.unusableEvents([problem])
      }
      piece.answers = labels.map { Double($0) }
    } else if !columnPlan.targets.isEmpty {
      var columns: [[Double]] = []
      for target in columnPlan.targets {
        columns.append(try numbers(target, "target", kept) ?? [])
      }
      piece.answers = joinedRows(columns)
    } else {
      let label = configuration.classes.firstIndex(of: source.className ?? "") ?? 0
      piece.answers = [Double](repeating: Double(label), count: kept.count)
    }
    piece.spectators = try spectators.map { try kept.column($0).doubles ?? [] }
    return piece
  }

  private mutating func numbers(_ expression: Expression?, _ what: String, _ table: EventTable)
    throws -> [Double]?
  {
    guard let result = try expression?.result(on: table) else { return nil }
    note(what, result, .nan)
    return result.numbers
  }

  /// Throws the events of a piece into blocks.
  private mutating func store(_ piece: StreamPiece, _ index: Int) throws {
    let policy = configuration.weightPolicy
    let targets = configuration.task.targetCount(configuration.classes)
    let further = StoredNumber.allCases.count + piece.spectators.count
    var numbers = [Double](repeating: 0, count: further + targets - 1)
    let folds = try configuration.foldPlan?.folds(of: piece.splitValues)
    for (row, event) in piece.numbers.enumerated() {
      let weight = piece.weights[row]
      let group = configuration.task == .regression ? 0 : Int(piece.answers[row])
      let used = policy == .ignore ? max(weight, 0) : weight
      let place: Int
      if let folds {
        place = folds[row]
        totals.add(fold: place, group, weight)
        if !moments.isEmpty {
          moments[place].add(piece.inputs, row: row, group: group, weight: used)
        }
      } else if let part = fixedPart(index)
        ?? configuration.division.part(
          uniform: partDraw.uniform(event),
          value: piece.splitValues.isEmpty ? 0 : piece.splitValues[row])
      {
        place = Int(part.rawValue)
        totals.add(part, group, weight)
        if part == .train, !moments.isEmpty {
          moments[0].add(piece.inputs, row: row, group: group, weight: used)
        }
      } else {
        totals.unused += 1
        continue
      }
      let writer = writers[place]
      let bucket = blockDraw.below(writer.buckets, event)
      numbers[StoredNumber.weight.rawValue] = weight
      numbers[StoredNumber.answer.rawValue] = piece.answers[row * targets]
      for k in 1..<max(targets, 1) { numbers[further + k - 1] = piece.answers[row * targets + k] }
      numbers[StoredNumber.source.rawValue] = Double(index)
      numbers[StoredNumber.entry.rawValue] = Double(piece.entries[row])
      for place in piece.spectators.indices {
        numbers[StoredNumber.allCases.count + place] = piece.spectators[place][row]
      }
      try writer.append(to: bucket, piece.inputs, row: row, numbers)
    }
  }

  /// The part that all events of a sample are in, where the configuration says one.
  private func fixedPart(_ source: Int) -> Part? {
    let name = configuration.sources[source].part
    return Part.allCases.first { $0.name == name }
  }

  private mutating func note(_ what: String, _ result: FormulaResult, _ value: Double) {
    for absence in result.missing {
      let place = absences.firstIndex { $0.what == what && $0.access == absence.access }
      if let place {
        absences[place].events += absence.events
      } else {
        absences.append(
          Absence(what: what, access: absence.access, value: value, events: absence.events))
      }
    }
  }
}
