internal import ApusEvents
internal import ApusKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// The values of inputs that only signal has, such as the mass of the particle that was simulated, for background events to draw from.
///
/// Each background event gets the values of a signal event that is drawn by its weight (one of negative weight never), all such inputs from the
/// same one. What is learned is then one discriminant for every hypothesis, which no event's class can be read off (Baldi et al. 2016,
/// arXiv:1601.07913). The draw of an event depends on the seed and its place only. Values that come again are kept once; where there are more than
/// `limit`, a random sample of so many signal events stands for all.
struct HypothesisTable {
  /// Which inputs they are.
  private(set) var columns: [Int]
  private let seed: UInt64
  private let limit: Int
  private var places: [[UInt32]: Int] = [:]
  private var rows: [[Float]] = []
  private var weights: [Double] = []
  /// The weights added up, once the table is finished.
  private var sums: [Double] = []
  /// Whether the rows are a sample, each with the key that keeps it there.
  private(set) var isSample: Bool
  private var keys: [Double] = []

  /// - Parameters:
  ///   - configuration: Names the inputs.
  ///   - names: All inputs.
  ///   - limit: How many rows are kept.
  ///   - isSample: Whether to draw a sample, as there are more.
  /// - Throws: ``StudyError`` where an input does not exist.
  init(_ configuration: StudyConfiguration, names: [String], limit: Int, isSample: Bool = false)
    throws
  {
    columns = try Self.columns(configuration, names)
    seed = SplitMix64.mix(UInt64(configuration.seed))
    (self.limit, self.isSample) = (max(limit, 1), isSample)
  }

  private static func columns(_ configuration: StudyConfiguration, _ names: [String]) throws
    -> [Int]
  {
    try configuration.hypotheses.map { name in
      guard let column = names.firstIndex(of: name) else {
        throw StudyError.usage(
          "hypothesis: there is no input '\(name)'." + didYouMean(name, among: names))
      }
      return column
    }
  }

  /// Says among which inputs values are put from now on.
  mutating func move(_ configuration: StudyConfiguration, to names: [String]) throws {
    columns = try Self.columns(configuration, names)
  }

  /// Whether there are more different values than are kept.
  var isFull: Bool { !isSample && rows.count > limit }

  /// Takes the values of a signal event.
  mutating func add(_ row: [Float], weight: Double, event: UInt64) {
    guard weight > 0, !isFull else { return }
    if isSample { return sample(row, weight, event) }
    let key = row.map(\.bitPattern)
    if let place = places[key] {
      weights[place] += weight
      return
    }
    places[key] = rows.count
    rows.append(row)
    weights.append(weight)
  }

  /// Keeps the events of the largest u^(1/w), a sample by weight (Efraimidis and Spirakis 2006, doi:10.1016/j.ipl.2005.11.003), as a heap
  /// with the smallest key on top.
  private mutating func sample(_ row: [Float], _ weight: Double, _ event: UInt64) {
    var generator = SplitMix64(seed: seed ^ event, stream: 13)
    let key = log(max(generator.uniform(), 0x1p-60)) / weight
    if rows.count < limit {
      rows.append(row)
      keys.append(key)
      var place = rows.count - 1
      while place > 0, keys[place] < keys[(place - 1) / 2] {
        exchange(place, (place - 1) / 2)
        place = (place - 1) / 2
      }
    } else if key > keys[0] {
      (rows[0], keys[0]) = (row, key)
      sink()
    }
  }

  private mutating func sink() {
    var place = 0
    while 2 * place + 1 < keys.count {
      var child = 2 * place + 1
      if child + 1 < keys.count, keys[child + 1] < keys[child] { child += 1 }
      if keys[place] <= keys[child] { return }
      exchange(place, child)
      place = child
    }
  }

  private mutating func exchange(_ a: Int, _ b: Int) {
    rows.swapAt(a, b)
    keys.swapAt(a, b)
  }

  /// Ends the taking of values.
  /// - Throws: ``StudyError`` where there is no signal.
  mutating func finish(_ configuration: StudyConfiguration) throws {
    (places, keys) = ([:], [])
    var total = 0.0
    sums = rows.indices.map { row in
      total += isSample ? 1 : weights[row]
      return total
    }
    guard total > 0 else {
      throw StudyError.unusableEvents([
        "hypothesis: no event of '\(configuration.classes[1])' has a positive weight, so no value can be drawn."
      ])
    }
  }

  /// Puts the values that an event draws into its row.
  func draw(for event: UInt64, into inputs: inout [Float], row: Int, width: Int) {
    var generator = SplitMix64(seed: seed ^ event, stream: 12)
    let wanted = generator.uniform() * (sums.last ?? 0)
    let place = sums.partitioningIndex { $0 > wanted }
    let from = rows[min(place, rows.count - 1)]
    for (k, column) in columns.enumerated() { inputs[row * width + column] = from[k] }
  }
}

/// Gives background events in memory the values of signal events.
/// - Throws: ``StudyError`` where an input does not exist or no signal can be drawn.
func drawHypotheses(_ events: inout StudyEvents, _ configuration: StudyConfiguration) throws {
  var table = try HypothesisTable(
    configuration, names: events.definitions.map(\.name), limit: .max)
  let width = events.width
  for event in 0..<events.count where events.labels[event] == 1 {
    table.add(
      table.columns.map { events.inputs[event * width + $0] }, weight: events.weights[event],
      event: UInt64(event))
  }
  try table.finish(configuration)
  for event in 0..<events.count where events.labels[event] == 0 {
    table.draw(for: UInt64(event), into: &events.inputs, row: event, width: width)
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
