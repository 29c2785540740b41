import ApusEngine
public import ApusEvents

/// A learned rule ensemble.
public struct RulesResponse: Response {
  /// What was learned.
  public let task: Task
  let rules: [Rule]
  let lines: [ClippedLine]
  /// One constant an output: the log-odds of signal, one a class, or the number.
  public let constants: [Double]
  /// The coefficients of rules, then of lines, output by output.
  public let coefficients: [[Double]]
  /// The spread √(s(1−s)) of each rule, then σ of each line.
  let spreads: [Double]
  /// The share of Σw that each rule holds for.
  public let supports: [Double]
  private let width: Int
  /// None.
  public var history: [FitContext.Progress] { [] }
  /// Borders, constants and coefficients.
  public var parameterCount: Int {
    constants.count + coefficients.reduce(0) { $0 + $1.count { $0 != 0 } }
      + rules.reduce(0) { $0 + 2 * $1.ranges.count }
  }

  init(
    _ sample: Sample, _ rules: [Rule], _ lines: [ClippedLine], _ terms: RuleTerms,
    _ fits: [(constant: Double, beta: [Double])]
  ) {
    let used = rules.indices.filter { k in fits.contains { $0.beta[k] != 0 } }
    let kept = used + lines.indices.map { rules.count + $0 }
    let total = sample.weights.reduce(0, +)
    (task, width, self.lines) = (sample.task, sample.features.count, lines)
    self.rules = used.map { rules[$0] }
    constants = fits.map(\.constant)
    coefficients = fits.map { fit in kept.map { fit.beta[$0] } }
    let supports = used.map { min(max(terms.sum($0, sample.weights) / total, 0), 1) }
    self.supports = supports
    spreads =
      supports.map { ($0 * (1 - $0)).squareRoot() } + lines.map { $0.scale > 0 ? 0.4 : 0 }
  }

  /// The ranges of each rule.
  public var ranges: [[ResponseTable.Interval]] { rules.map(\.ranges) }

  /// The importance of each rule and line, over all outputs, before shares are made.
  private var termImportances: [Double] {
    spreads.indices.map { j in coefficients.reduce(0) { $0 + abs($1[j]) } * spreads[j] }
  }

  /// That of an input's line and of its rules, each shared by the inputs of the rule.
  public var importances: [Double] {
    let own = termImportances
    var sums = [Double](repeating: 0, count: width)
    for (k, rule) in rules.enumerated() {
      for range in rule.ranges { sums[range.column] += own[k] / Double(rule.ranges.count) }
    }
    for j in lines.indices { sums[j] += own[rules.count + j] }
    let total = sums.reduce(0, +)
    return total > 0 ? sums.map { $0 / total } : sums
  }

  /// Binary: the probability of signal; multiclass: a row of probabilities; regression: the estimate.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: width, method: RuleEnsemble.name)
    return inEventPieces(count, threads: threads) { range in
      var scores: [Double] = []
      var outputs = constants
      for i in range {
        forms(inputs, i &* width, &outputs)
        switch task {
        case .binary: scores.append(sigmoid(outputs[0]))
        case .regression: scores.append(outputs[0])
        case .multiclass: scores += shares(outputs)
        }
      }
      return scores
    }
  }

  private func forms(_ inputs: [Float], _ start: Int, _ outputs: inout [Double]) {
    for k in outputs.indices { outputs[k] = constants[k] }
    for (j, rule) in rules.enumerated() where rule.holds(inputs, from: start) {
      for k in outputs.indices { outputs[k] += coefficients[k][j] }
    }
    for (j, line) in lines.enumerated() {
      let x = line.value(inputs[start + j])
      for k in outputs.indices { outputs[k] += coefficients[k][rules.count + j] * x }
    }
  }

  private func shares(_ outputs: [Double]) -> [Double] {
    let odds = outputs.map { max(sigmoid($0), 1e-300) }
    let sum = odds.reduce(0, +)
    return odds.map { $0 / sum }
  }

  /// The most important rules and lines.
  public func tables(features: [String]) -> [ResponseTable] {
    let own = termImportances
    guard let most = own.max(), most > 0 else { return [] }
    let shown = own.indices.filter { own[$0] > 0 }.sorted { (own[$1], $0) < (own[$0], $1) }.prefix(
      20)
    let rows = shown.map { j -> [ResponseTable.Cell] in
      let isRule = j < rules.count
      return [
        .number(own[j] / most),
        isRule ? .intervals(rules[j].ranges) : .text("linear in " + features[j - rules.count]),
        isRule ? .number(supports[j]) : .text(""),
      ] + coefficients.map { .number($0[j]) }
    }
    let kept = coefficients.reduce(Set<Int>()) { seen, row in
      seen.union(row.indices.filter { row[$0] != 0 })
    }.count
    return [
      ResponseTable(
        title: "Rules and lines",
        columns: ["Importance", "Rule", "Support"]
          + (coefficients.count == 1
            ? ["Coefficient"] : coefficients.indices.map { "Class \($0 + 1)" }),
        rows: Array(rows),
        note:
          "The \(shown.count) most important of \(kept) terms that the penalty kept. Support: the share of "
          + "the weighted training events for which a rule holds.")
    ]
  }

  /// The model in plain data; open sides are the largest number of single precision.
  public func record() throws -> ModelRecord {
    let most = Float.greatestFiniteMagnitude
    let ranges = rules.flatMap(\.ranges)
    let description: JSONValue = [
      "method": .string(RuleEnsemble.name), "task": .string(task.rawValue), "inputs": .int(width),
      "outputs": .int(constants.count), "rules": .array(rules.map { .int($0.ranges.count) }),
      "lines": .bool(!lines.isEmpty),
    ]
    func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: [values.count]) }
    var tensors = [(name: "constants", tensor: tensor(constants))]
    if !spreads.isEmpty {
      tensors += [
        ("coefficients", tensor(coefficients.flatMap { $0 })), ("spreads", tensor(spreads)),
      ]
    }
    if !lines.isEmpty {
      tensors.append(("lines", tensor(lines.flatMap { [$0.low, $0.high, $0.scale] })))
    }
    if !rules.isEmpty {
      tensors += [
        ("supports", tensor(supports)),
        ("columns", Tensor(ranges.map { Int32($0.column) })),
        ("low", Tensor(ranges.map { max($0.low, -most) })),
        ("high", Tensor(ranges.map { min($0.high, most) })),
      ]
    }
    return ModelRecord(description: description.text(), tensors: tensors)
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: RuleEnsemble.name)
    task = try reader.task()
    width = try reader.count("inputs")
    let outputs = try reader.count("outputs")
    let sizes = reader.json["rules"]?.items?.compactMap(\.integer) ?? []
    let width = width
    guard width > 0, task == .multiclass ? outputs > 1 : outputs == 1,
      sizes.allSatisfy({ $0 > 0 && $0 <= width })
    else { throw reader.fail("'rules' or 'outputs' does not fit its inputs.") }
    lines = reader.json["lines"]?.flag == true ? try reader.lines(width) : []
    let size = sizes.count + lines.count
    constants = try reader.numbers("constants", count: outputs)
    let flat = size == 0 ? [] : try reader.numbers("coefficients", count: outputs * size)
    coefficients = (0..<outputs).map { Array(flat[$0 * size..<($0 + 1) * size]) }
    spreads = size == 0 ? [] : try reader.numbers("spreads", count: size)
    supports = sizes.isEmpty ? [] : try reader.numbers("supports", count: sizes.count)
    rules = sizes.isEmpty ? [] : try reader.rules(sizes, width)
  }
}

extension RecordReader {
  fileprivate func lines(_ width: Int) throws -> [ClippedLine] {
    let flat = try numbers("lines", count: 3 * width)
    return (0..<width).map {
      ClippedLine(low: flat[3 * $0], high: flat[3 * $0 + 1], scale: flat[3 * $0 + 2])
    }
  }

  fileprivate func rules(_ sizes: [Int], _ width: Int) throws -> [Rule] {
    let total = sizes.reduce(0, +)
    let most = Float.greatestFiniteMagnitude
    let columns = try integers("columns", count: total).map { Int($0) }
    let low = try floats("low", count: total), high = try floats("high", count: total)
    guard columns.allSatisfy({ $0 >= 0 && $0 < width }) else {
      throw fail("a rule names an input that there is not.")
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      return Rule(
        ranges: (start..<start + size).map {
          .init(
            column: columns[$0], low: low[$0] <= -most ? -.infinity : low[$0],
            high: high[$0] >= most ? .infinity : high[$0])
        })
    }
  }
}
