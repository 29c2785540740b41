internal import ApusEvents
internal import ApusFormats
internal import FoundationEssentials

/// Reads the files of a configuration into the events of a study.
struct EventLoader {
  let configuration: StudyConfiguration
  /// The folder that relative names start from.
  let base: String
  private var events = StudyEvents()
  private var spectators: [ColumnCollector]
  private var labeller: Labeller?
  private var remarks: [String] = []
  /// The size of all files.
  private var allBytes = 0

  init(_ configuration: StudyConfiguration, base: String) {
    self.configuration = configuration
    self.base = base
    spectators = configuration.spectators.map { ColumnCollector($0) }
    if case .column(_, let classes) = configuration.labels {
      labeller = Labeller(classes: classes, order: configuration.classes)
    }
  }

  /// Reads everything.
  /// - Returns: The events, and remarks that a reader should know.
  mutating func load() throws -> (StudyEvents, [String]) {
    let files = try configuration.allFiles(base: base)
    allBytes = files.joined().reduce(0) { $0 + (FileStamps($1).bytes ?? 0) }
    for (index, source) in configuration.sources.enumerated() {
      events.yields.append(SourceYield(name: source.name))
      let first = events.count
      for file in files[index] { try read(file, source, index) }
      if let scale = source.scale {
        try apply(scale, source, index, files[index].map(\.path), from: first)
      }
    }
    events.spectators = spectators.compactMap { collector in
      collector.values.map { Column(collector.name, $0) }
    }
    for i in events.absences.indices { events.absences[i].total = events.count }
    remarks += events.absences.map(\.text)
    if case .column(let column, _) = configuration.labels,
      let remark = labeller?.remark(column: column)
    {
      remarks.append(remark)
    }
    return (events, remarks)
  }

  private mutating func read(
    _ file: SampleFile, _ source: StudyConfiguration.Source, _ index: Int
  )
    throws
  {
    let known = events.definitions.isEmpty ? nil : events.definitions
    let stamps = FileStamps(file)
    let (plan, table) = try planAndOpen(file, source, known)
    events.definitions = plan.definitions
    events.yields[index].files.append(
      ReadFile(file.path, table, first: events.count))
    remarks += friendRemarks(table)
    makeRoom(for: table.count, of: stamps.bytes)
    // Piece by piece, so that the columns of a file never stand beside all rows that are made of them.
    let pieces = PieceReader(table: table, columns: plan.columns, target: 16 << 20)
    if table.count == 0 {
      try take(try table.read(plan.columns, rows: 0..<0), from: 0, plan, source, index)
    }
    try pieces.forEach { try take($0, from: $1, plan, source, index) }
    try stamps.check()
  }

  /// Takes the events of a piece that pass the selection.
  /// - Parameter first: The number of the piece's first event in its file.
  private mutating func take(
    _ table: EventTable, from first: Int, _ plan: ColumnPlan, _ source: StudyConfiguration.Source,
    _ index: Int
  ) throws {
    let keep = try select(table, plan.selections)
    let chosen = keep.indices.filter { keep[$0] }
    let weights = try numbers(plan.weight, "weight", table, counting: keep)
    events.yields[index].sumRead += weights?.reduce(0, +) ?? Double(table.count)
    let own =
      weights.map { all in chosen.map { all[$0] } } ?? [Double](repeating: 1, count: chosen.count)
    try append(table.filtered(keep), chosen.map { $0 + first }, own, plan, source, index)
    events.yields[index].read += table.count
    events.yields[index].kept += chosen.count
  }

  /// Reserves the memory of all inputs at once: to grow an array takes twice its memory for a while, and room that
  /// stays empty takes none.
  private mutating func makeRoom(for count: Int, of bytes: Int?) {
    let needed = events.inputs.count + count * events.width
    guard needed > events.inputs.capacity else { return }
    var wanted = events.inputs.isEmpty ? needed : max(needed, events.inputs.count / 2 * 3)
    if events.inputs.isEmpty, let bytes, bytes > 0, allBytes > bytes {
      // Other files have about as many events a byte.
      let guess = Double(needed) * Double(allBytes) / Double(bytes) * 1.1
      wanted = max(needed, Int(min(guess, Double(machineMemory() / 16))))
    }
    events.inputs.reserveCapacity(wanted)
  }

  /// Opens a file for the columns that are needed and no others.
  private func planAndOpen(
    _ file: SampleFile, _ source: StudyConfiguration.Source, _ known: [InputDefinition]?
  ) throws -> (ColumnPlan, any TableSource) {
    if known != nil || !configuration.inputs.contains(where: \.isPattern) {
      do {
        // Names alone say what is needed, so that text files are not read whole either.
        let plan = try ColumnPlan(configuration, source, known: known, columns: nil)
        let table = try openSource(source, file, columns: plan.columns)
        // A name that is no column may be an object ('mass(jet1, jet2)'), which takes a look at all names.
        let names = Set(table.columnNames)
        if plan.columns.allSatisfy({ names.contains($0) }) { return (plan, table) }
      } catch is TableError {
      } catch is FormulaError {}
    }
    // Patterns and objects ('mass(jet1, jet2)') need to know which columns there are.
    let table = try openSource(source, file)
    return (try configuration.columnPlan(source, known: known, of: table, file: file.path), table)
  }

  /// Which entries pass every selection; a selection that is NaN is not passed.
  private func select(_ table: EventTable, _ selections: [Expression]) throws -> [Bool] {
    var keep = [Bool](repeating: true, count: table.count)
    for selection in selections {
      let values = try selection.values(on: table)
      for i in keep.indices where values[i] == 0 || values[i].isNaN { keep[i] = false }
    }
    return keep
  }

  private mutating func append(
    _ kept: EventTable, _ entries: [Int], _ own: [Double], _ plan: ColumnPlan,
    _ source: StudyConfiguration.Source, _ index: Int
  ) throws {
    let all = Array(0..<kept.count)
    let plain = try inputRows(plan.inputs, kept) { place, result in
      note(
        "input '\(plan.definitions[place].name)'", result, plan.inputs[place].missing, kept.count)
    }
    if let lists = plan.constituents {
      events.constituents = lists.block(behind: plan.inputs.count)
      events.inputs += joinedRows(plain, try lists.rows(kept), count: kept.count)
    } else {
      events.inputs += plain
    }
    events.weights += own
    events.yields[index].sum += own.reduce(0, +)
    for entry in entries {
      events.entries.append(entry)
      events.sources.append(index)
    }
    events.targets += try targets(plan, kept)
    events.splitValues += try numbers(plan.split, "split", kept) ?? []
    if let name = plan.label {
      events.labels += labeller?.labels(try kept.column(name), all) ?? []
      if let problem = labeller?.problem(column: name, source: kept.source) {
        throw StudyError.unusableEvents([problem])
      }
    } else if let name = source.className, plan.targets.isEmpty {
      let label = Int32(configuration.classes.firstIndex(of: name) ?? 0)
      events.labels += [Int32](repeating: label, count: kept.count)
    }
    for i in spectators.indices {
      try spectators[i].append(try kept.column(spectators[i].name), all, source: kept.source)
    }
  }

  /// The targets of all events, a row an event.
  private mutating func targets(_ plan: ColumnPlan, _ kept: EventTable) throws -> [Double] {
    var columns: [[Double]] = []
    for target in plan.targets { columns.append(try numbers(target, "target", kept) ?? []) }
    return joinedRows(columns)
  }

  /// The values of a formula where there is one.
  private mutating func numbers(
    _ expression: Expression?, _ what: String, _ table: EventTable, counting keep: [Bool] = []
  ) throws -> [Double]? {
    guard let expression else { return nil }
    let result = try expression.result(on: table)
    // What does not exist matters for the events that are kept.
    let counted =
      keep.contains(false) && !result.missing.isEmpty
      ? try expression.result(on: table.filtered(keep)) : result
    note(what, counted, .nan, table.count)
    return result.numbers
  }

  /// Scales the weights of a sample to what its cross section and luminosity expect.
  private mutating func apply(
    _ scale: StudyConfiguration.Scale, _ source: StudyConfiguration.Source, _ index: Int,
    _ files: [String], from first: Int
  ) throws {
    let factor = try scale.factor(
      of: source.name, sumRead: events.yields[index].sumRead, files: files)
    for i in first..<events.count { events.weights[i] *= factor }
    events.yields[index].scale = factor
    events.yields[index].isScaled = true
  }

  /// Counts what a formula asked for that does not exist.
  private mutating func note(_ what: String, _ result: FormulaResult, _ value: Double, _ total: Int)
  {
    for absence in result.missing {
      let place = events.absences.firstIndex { $0.what == what && $0.access == absence.access }
      if let place {
        events.absences[place].events += absence.events
      } else {
        events.absences.append(
          Absence(what: what, access: absence.access, value: value, events: absence.events))
      }
    }
  }
}

extension StudyConfiguration.Scale {
  /// What the weights of a sample are multiplied by: expected events over the sum of weights of the whole sample.
  /// - Parameters:
  ///   - sample: The sample's name, for messages.
  ///   - sumRead: The sum of weights of all events of its files.
  ///   - files: Its files.
  func factor(of sample: String, sumRead: Double, files: [String]) throws -> Double {
    let total: Double
    switch sum {
    case .events: total = sumRead
    case .number(let number): total = number
    case .column(let tree, let name):
      total = try files.reduce(0) { total, file in
        let table = try readTable(file, columns: [name], tree: tree)
        let values = try Expression("`\(name)`").values(on: table)
        return total + values.reduce(0, +)
      }
    }
    guard total.isFinite, total > 0 else {
      throw StudyError.unusableEvents([
        "\(sample): the sum of weights that the sample is scaled by must be above 0, but is \(total)."
      ])
    }
    return expected / total
  }
}

/// The inputs of the entries of a table, a row an entry.
/// - Parameter note: Told what each input gave.
func inputRows(
  _ inputs: [Expression], _ table: EventTable, note: (Int, FormulaResult) -> Void = { _, _ in }
) throws -> [Float] {
  let width = inputs.count
  var rows = [Float](repeating: 0, count: table.count * width)
  for (c, input) in inputs.enumerated() {
    let result = try input.result(on: table)
    note(c, result)
    for (row, value) in result.numbers.enumerated() { rows[row * width + c] = Float(value) }
  }
  return rows
}

extension StudyConfiguration.Input {
  /// Whether the columns of a file decide what this means.
  var isPattern: Bool {
    switch self {
    case .formula: false
    case .columns(let name), .except(let name): name.contains("*") || name.contains("?")
    }
  }
}

/// Columns as rows.
func joinedRows(_ columns: [[Double]]) -> [Double] {
  if columns.count < 2 { return columns.first ?? [] }
  return columns[0].indices.flatMap { row in columns.map { $0[row] } }
}
