#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Formula {
  /// The value of the formula for every event of a table, in double precision.
  /// - Throws: ``FormulaError`` where a column is missing or holds texts.
  public func evaluate(on table: EventTable) throws(FormulaError) -> [Double] {
    var inputs: [[Double]] = []
    for name in columns {
      guard let column = table.columns.first(where: { $0.name == name }) else {
        let near = TableError.noColumn(source: table.source, name: name, known: table.names).message
        throw FormulaError(formula: source, position: place(of: name), reason: near)
      }
      guard let values = column.doubles else {
        throw FormulaError(
          formula: source, position: place(of: name),
          reason: "the column '\(name)' of \(table.source) holds texts; a formula needs numbers.")
      }
      inputs.append(values)
    }
    return run(inputs, count: table.count)
  }

  /// Which events pass: where the value is neither 0 nor NaN.
  public func selects(on table: EventTable) throws(FormulaError) -> [Bool] {
    try evaluate(on: table).map { $0 != 0 && !$0.isNaN }
  }

  /// The value for one event after another, from the columns of ``columns`` in that order.
  public func evaluate(columns inputs: [[Double]], count: Int) -> [Double] {
    precondition(
      inputs.count == columns.count && inputs.allSatisfy { $0.count == count },
      "the formula needs \(columns.count) columns of \(count) entries")
    return run(inputs, count: count)
  }

  private func place(of name: String) -> Int {
    guard let range = source.firstRange(of: name) else { return 0 }
    return source.distance(from: source.startIndex, to: range.lowerBound)
  }

  /// How often each operation's result is still needed.
  private var uses: [Int] {
    var uses = [Int](repeating: 0, count: nodes.count)
    for node in nodes {
      switch node {
      case .number, .column: break
      case .unary(_, let a): uses[a] += 1
      case .binary(_, let a, let b):
        uses[a] += 1
        uses[b] += 1
      case .select(let a, let b, let c):
        for i in [a, b, c] { uses[i] += 1 }
      }
    }
    return uses
  }

  /// Runs the operations over blocks of events that stay in the second-level cache.
  private func run(_ inputs: [[Double]], count: Int) -> [Double] {
    let block = 2048
    let uses = uses
    var result: [Double] = []
    result.reserveCapacity(count)
    var begin = 0
    while begin < count {
      let range = begin..<min(begin + block, count)
      result += runBlock(inputs, range, uses)
      begin = range.upperBound
    }
    return result
  }

  private func runBlock(_ inputs: [[Double]], _ range: Range<Int>, _ uses: [Int]) -> [Double] {
    var left = uses
    var values = [[Double]](repeating: [], count: nodes.count)
    func done(_ i: Int) {
      left[i] -= 1
      if left[i] == 0 { values[i] = [] }
    }
    for (i, node) in nodes.enumerated() {
      switch node {
      case .number(let value): values[i] = [Double](repeating: value, count: range.count)
      case .column(let c): values[i] = Array(inputs[c][range])
      case .unary(let function, let a):
        values[i] = Formula.apply(function, values[a])
        done(a)
      case .binary(let function, let a, let b):
        values[i] = Formula.apply(function, values[a], values[b])
        done(a)
        done(b)
      case .select(let c, let a, let b):
        let (condition, x, y) = (values[c], values[a], values[b])
        values[i] = condition.indices.map { truth(condition[$0]) ? x[$0] : y[$0] }
        for i in [c, a, b] { done(i) }
      }
    }
    return values[nodes.count - 1]
  }

  private static func apply(_ function: UnaryFunction, _ x: [Double]) -> [Double] {
    switch function {
    case .negate: x.map { -$0 }
    case .not: x.map { truth($0) ? 0 : 1 }
    case .abs: x.map { Swift.abs($0) }
    case .sqrt: x.map { $0.squareRoot() }
    case .exp: x.map { exp($0) }
    case .log: x.map { log($0) }
    case .sin: x.map { sin($0) }
    case .cos: x.map { cos($0) }
    case .tan: x.map { tan($0) }
    case .asin: x.map { asin($0) }
    case .acos: x.map { acos($0) }
    case .atan: x.map { atan($0) }
    case .sinh: x.map { sinh($0) }
    case .cosh: x.map { cosh($0) }
    case .tanh: x.map { tanh($0) }
    case .floor: x.map { $0.rounded(.down) }
    case .ceil: x.map { $0.rounded(.up) }
    case .round: x.map { $0.rounded(.toNearestOrEven) }
    case .sign: x.map { $0 > 0 ? 1 : ($0 < 0 ? -1 : $0) }
    case .isnan: x.map { $0.isNaN ? 1 : 0 }
    case .isfinite: x.map { $0.isFinite ? 1 : 0 }
    }
  }

  private static func apply(_ function: BinaryFunction, _ x: [Double], _ y: [Double]) -> [Double] {
    func each(_ body: (Double, Double) -> Double) -> [Double] {
      x.indices.map { body(x[$0], y[$0]) }
    }
    return switch function {
    case .add: each { $0 + $1 }
    case .subtract: each { $0 - $1 }
    case .multiply: each { $0 * $1 }
    case .divide: each { $0 / $1 }
    case .modulo: each { $0 - ($0 / $1).rounded(.down) * $1 }
    case .power: each { pow($0, $1) }
    case .min: each { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }
    case .max: each { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
    case .atan2: each { atan2($0, $1) }
    case .less: each { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: each { $0 <= $1 ? 1 : 0 }
    case .greater: each { $0 > $1 ? 1 : 0 }
    case .greaterOrEqual: each { $0 >= $1 ? 1 : 0 }
    case .equal: each { $0 == $1 ? 1 : 0 }
    case .notEqual: each { $0 != $1 ? 1 : 0 }
    case .and: each { truth($0) && truth($1) ? 1 : 0 }
    case .or: each { truth($0) || truth($1) ? 1 : 0 }
    }
  }
}

/// A number is true when it is neither 0 nor NaN.
private func truth(_ x: Double) -> Bool { x != 0 && !x.isNaN }
