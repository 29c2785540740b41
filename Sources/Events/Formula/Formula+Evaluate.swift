import ApusKernels

/// What a formula gives for the events of a table.
public struct FormulaResult: Sendable {
  /// The values: one an event, or those of all lists one behind the other.
  public var numbers: [Double]
  /// Where lists start; nil where there is one number an event.
  public var offsets: [Int]?
  /// Whether the formula gave one number an event where lists were asked for.
  public var isNumber = false
  /// What did not exist, and in how many events the result is missing for it.
  public var missing: [Missing]

  /// Makes a result of one number an event, or of lists.
  public init(numbers: [Double], offsets: [Int]? = nil, missing: [Missing] = []) {
    (self.numbers, self.offsets, self.missing) = (numbers, offsets, missing)
  }

  /// Something that does not exist in some events.
  public struct Missing: Sendable, Equatable {
    /// What was asked for, as the formula says it: `jet_pt[2]`.
    public var access: String
    /// In how many events it left the result without a value.
    public var events: Int
  }
}

extension Formula {
  /// The value of the formula for every event of a table, in double precision.
  ///
  /// Operations run over blocks of events that stay in the second-level cache; jagged columns block by block of their
  /// offsets, without a call for each event.
  /// - Parameters:
  ///   - missing: What a result that does not exist becomes.
  ///   - table: The events.
  /// - Throws: ``FormulaError`` where a column is missing or holds texts, lists differ in length, or the
  ///   result is a list.
  public func evaluate(on table: EventTable, missing: Double = .nan) throws(FormulaError)
    -> [Double]
  {
    try result(on: table, missing: missing).numbers
  }

  /// The value for every event, and what did not exist; see ``evaluate(on:missing:)``.
  public func result(on table: EventTable, missing: Double = .nan) throws(FormulaError)
    -> FormulaResult
  {
    let result = try run(on: table, missing)
    guard result.offsets == nil else {
      var error = listAsResult()
      error.source = table.source
      throw error
    }
    return result
  }

  /// A list of values for every event; a formula of one number an event gives lists of one.
  public func lists(on table: EventTable, missing: Double = .nan) throws(FormulaError)
    -> FormulaResult
  {
    var result = try run(on: table, missing)
    if result.offsets == nil {
      result.offsets = Array(0...table.count)
      result.isNumber = true
    }
    return result
  }

  /// Runs the formula; what goes wrong names the table.
  private func run(on table: EventTable, _ missing: Double) throws(FormulaError) -> FormulaResult {
    let inputs = try inputs(of: table)
    do throws(FormulaError) {
      return try run(inputs, count: table.count, missing: missing)
    } catch {
      var named = error
      named.source = table.source
      throw named
    }
  }

  /// Which events pass: where the value is neither 0 nor NaN.
  public func selects(on table: EventTable) throws(FormulaError) -> [Bool] {
    try evaluate(on: table).map(isTrue)
  }

  /// The value for one event after another, from the columns of ``columns`` in that order.
  /// - Throws: ``FormulaError`` where the formula is one of lists.
  public func evaluate(columns inputs: [[Double]], count: Int) throws(FormulaError) -> [Double] {
    precondition(
      inputs.count == columns.count && inputs.allSatisfy { $0.count == count },
      "the formula needs \(columns.count) columns of \(count) entries")
    let columns = inputs.compactMap { FormulaColumn(.float64($0)) }
    return try run(columns, count: count, missing: .nan).numbers
  }

  private func inputs(of table: EventTable) throws(FormulaError) -> [FormulaColumn] {
    var inputs: [FormulaColumn] = []
    for name in columns {
      guard let column = table.columns.first(where: { $0.name == name }) else {
        let near = TableError.noColumn(source: table.source, name: name, known: table.names).message
        var absent = error(at: name, near, .values)
        absent.cause = .unknownColumns([
          .init(name: name, formula: absent.formula, position: absent.position)
        ])
        throw absent
      }
      guard let input = FormulaColumn(column.values) else {
        throw error(
          at: name,
          "the column '\(name)' of \(table.source) holds texts; a formula needs numbers.", .values)
      }
      inputs.append(input)
    }
    return inputs
  }

  private func error(at name: String, _ reason: String, _ cause: FormulaError.Cause)
    -> FormulaError
  {
    let node = nodes.firstIndex { node in
      if case .column(let c) = node { return columns[c] == name }
      return false
    }
    let place = places[node ?? 0]
    return FormulaError(
      formula: place.text, position: place.range.lowerBound, reason: reason, cause: cause)
  }

  private func listAsResult() -> FormulaError {
    FormulaError(
      formula: source, position: 0,
      reason:
        "it gives a list for every event where one number is needed. Take an element, as in x[0], or "
        + "a reduction, as in max(x) or sum(x).", cause: .values)
  }

  /// How often each operation's result is still needed.
  private var uses: [Int] {
    var uses = [Int](repeating: 0, count: nodes.count)
    for argument in nodes.flatMap(\.arguments) { uses[argument] += 1 }
    return uses
  }

  /// About how many numbers of each column a block may have.
  private static let blockSize = 8192

  /// Runs the operations over blocks of events.
  private func run(_ inputs: [FormulaColumn], count: Int, missing: Double) throws(FormulaError)
    -> FormulaResult
  {
    let longest = inputs.map { $0.content.count }.max() ?? 0
    let block = max(64, Self.blockSize * max(count, 1) / max(longest, count, 1))
    var gathered = FormulaBlocks(formula: self, missing: missing)
    gathered.numbers.reserveCapacity(count)
    let uses = uses
    let runs = Parallel.map(max(1, (count + block - 1) / block)) { place in
      let begin = place * block
      var run = FormulaRun(self, inputs, begin..<min(begin + block, count))
      return run.outcome(uses)
    }
    for outcome in runs {
      let (value, run) = try outcome.get()
      try gathered.append(value, run)
    }
    return gathered.result
  }
}

/// The results of blocks of events, one behind the other.
private struct FormulaBlocks {
  let formula: Formula
  let missing: Double
  var numbers: [Double] = []
  private var offsets: [Int]?
  private var absent: [String: Int] = [:]
  private var order: [String] = []

  init(formula: Formula, missing: Double) { (self.formula, self.missing) = (formula, missing) }

  mutating func append(_ value: FormulaValue, _ run: FormulaRun) throws(FormulaError) {
    guard value.depth < 2 else {
      throw run.fail("lists of lists can't be a result; reduce the inner ones, as in sum(x).")
    }
    var own = value.numbers
    if value.isConstant { own = [Double](repeating: value.numbers[0], count: run.events.count) }
    if let places = value.missing {
      count(places, value, run)
      for i in own.indices where places.count == 1 ? places[0] : places[i] { own[i] = missing }
    }
    if let layer = value.layers.first {
      let start = numbers.count
      offsets = (offsets ?? [0]) + layer.dropFirst().map { start + $0 }
    }
    numbers.append(contentsOf: own)
  }

  /// Counts for each access the events in which it left the result without a value.
  private mutating func count(_ places: [Bool], _ value: FormulaValue, _ run: FormulaRun) {
    var seen: Set<String> = []
    let result = events(places, value)
    for (node, access) in run.absences.sorted(by: { $0.key < $1.key }) {
      let words = formula.places[node].words
      guard let missing = access.missing, seen.insert(words).inserted else { continue }
      let own = events(missing, access)
      var both = 0
      for i in own.indices where own[i] && result[i] { both += 1 }
      if absent[words] == nil { order.append(words) }
      absent[words, default: 0] += both
    }
  }

  /// The events in which something is missing.
  private func events(_ missing: [Bool], _ value: FormulaValue) -> [Bool] {
    var flags = missing
    for layer in value.layers.reversed() {
      flags = (0..<layer.count - 1).map { flags[layer[$0]..<layer[$0 + 1]].contains(true) }
    }
    return flags
  }

  var result: FormulaResult {
    FormulaResult(
      numbers: numbers, offsets: offsets,
      missing: order.compactMap { name in
        guard let count = absent[name], count > 0 else { return nil }
        return .init(access: name, events: count)
      })
  }
}
