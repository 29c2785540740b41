internal import ApusEvents
internal import ApusKernels

/// Gives background events values of inputs that only signal has, such as the mass of the particle that was simulated.
///
/// Each background event gets the values of a signal event that is drawn by its weight (one of negative weight never), all such inputs from the
/// same one. What is learned is then one discriminant for every hypothesis, which no event's class can be read off (Baldi et al. 2016,
/// arXiv:1601.07913). The draw of an event depends on the seed and its place only.
/// - Throws: ``StudyError`` where an input does not exist or no signal can be drawn.
func drawHypotheses(_ events: inout StudyEvents, _ configuration: StudyConfiguration) throws {
  let names = events.definitions.map(\.name)
  let columns = try configuration.hypotheses.map { name in
    guard let column = names.firstIndex(of: name) else {
      throw StudyError.usage(
        "hypothesis: there is no input '\(name)'." + didYouMean(name, among: names))
    }
    return column
  }
  var (sums, signals, total) = ([Double](), [Int](), 0.0)
  for event in 0..<events.count where events.labels[event] == 1 && events.weights[event] > 0 {
    total += events.weights[event]
    sums.append(total)
    signals.append(event)
  }
  guard total > 0 else {
    throw StudyError.unusableEvents([
      "hypothesis: no event of '\(configuration.classes[1])' has a positive weight, so no value can be drawn."
    ])
  }
  let width = events.width
  for event in 0..<events.count where events.labels[event] == 0 {
    var generator = SplitMix64(
      seed: SplitMix64.mix(UInt64(configuration.seed)) ^ UInt64(event), stream: 12)
    let wanted = generator.uniform() * total
    let place = sums.partitioningIndex { $0 > wanted }
    let from = signals[min(place, signals.count - 1)]
    for column in columns {
      events.inputs[event * width + column] = events.inputs[from * width + column]
    }
  }
}

extension [Double] {
  /// The first place of an ascending array where a condition holds, or its end.
  fileprivate func partitioningIndex(_ holds: (Double) -> Bool) -> Int {
    var (low, high) = (0, count)
    while low < high {
      let middle = (low + high) / 2
      if holds(self[middle]) { high = middle } else { low = middle + 1 }
    }
    return low
  }
}

/// A table with columns that have one value for all events, beside or instead of its own.
struct ConstantColumns: TableSource {
  let table: any TableSource
  let values: [String: Double]

  /// Reads `name=value` texts.
  /// - Throws: ``StudyError`` for anything else.
  init(_ table: any TableSource, _ texts: [String]) throws {
    self.table = table
    var values: [String: Double] = [:]
    for text in texts {
      let parts = text.split(separator: "=", maxSplits: 1).map { trimSpace(String($0)) }
      guard parts.count == 2, let number = Double(parts[1]), number.isFinite else {
        throw StudyError.usage(
          "--set: must be a column and its number, as in m_X=500, got '\(text)'.")
      }
      values[parts[0]] = number
    }
    self.values = values
  }

  var source: String { table.source }
  var count: Int { table.count }
  var pieces: [Range<Int>] { table.pieces }

  var schema: [ColumnDescription] {
    table.schema.filter { values[$0.name] == nil }
      + values.keys.sorted().map { ColumnDescription($0, type: "float64") }
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let own = names.filter { values[$0] == nil }
    let read = own.isEmpty ? nil : try table.read(own, rows: rows)
    let columns = try names.map { name in
      if let value = values[name] {
        return Column(name, .float64([Double](repeating: value, count: rows.count)))
      }
      guard let read else { return try table.read([name], rows: rows).column(name) }
      return try read.column(name)
    }
    return try EventTable(columns, source: table.source)
  }
}
