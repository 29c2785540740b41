/// One evaluation of a formula over a run of events.
struct FormulaRun {
  let formula: Formula
  let inputs: [FormulaColumn]
  let events: Range<Int>
  /// The operation at hand, for errors.
  var at = 0
  /// Which numbers of an access do not exist, by operation.
  var absences: [Int: FormulaValue] = [:]

  init(_ formula: Formula, _ inputs: [FormulaColumn], _ events: Range<Int>) {
    (self.formula, self.inputs, self.events) = (formula, inputs, events)
  }

  /// The value, with what is known of the run afterwards.
  mutating func outcome(_ uses: [Int]) -> Result<(FormulaValue, FormulaRun), FormulaError> {
    do throws(FormulaError) {
      let value = try run(uses)
      return .success((value, self))
    } catch {
      return .failure(error)
    }
  }

  mutating func run(_ uses: [Int]) throws(FormulaError) -> FormulaValue {
    var left = uses
    var values = [FormulaValue](repeating: FormulaValue(numbers: []), count: formula.nodes.count)
    for (i, node) in formula.nodes.enumerated() {
      at = i
      values[i] = try value(node, values)
      if case .element = node { note(values[i]) }
      if case .reduce = node { note(values[i]) }
      if case .reduceAll = node { note(values[i]) }
      for argument in node.arguments {
        left[argument] -= 1
        if left[argument] == 0 { values[argument] = FormulaValue(numbers: []) }
      }
    }
    return values[values.count - 1]
  }

  private mutating func note(_ value: FormulaValue) {
    if value.missing != nil { absences[at] = value }
  }

  private func value(_ node: Formula.Node, _ values: [FormulaValue]) throws(FormulaError)
    -> FormulaValue
  {
    switch node {
    case .number(let number): return FormulaValue(numbers: [number], isConstant: true)
    case .column(let c): return inputs[c].value(events)
    case .unary(let function, let a):
      let x = values[a]
      let isTruth = function.isPredicate
      return x.with(
        FormulaLoops.unary(function, x.numbers), isTruth: isTruth,
        missing: isTruth ? nil : x.missing)
    case .binary(let function, let a, let b): return try binary(function, values[a], values[b])
    case .bits(let function, let a, let b): return try bits(function, values[a], values[b])
    case .select(let c, let a, let b): return try select(values[c], values[a], values[b])
    case .element(let a, let at, let level):
      return try element(values[a], at: values[at], level: level)
    case .slice(let a, let from, let to, let level):
      return try slice(
        values[a], from: from.map { values[$0] }, to: to.map { values[$0] }, level: level)
    case .reduce(let how, let a): return try reduce(how, values[a])
    case .reduceAll(let how, let a): return try reduceAll(how, values[a])
    case .order(let a): return try order(values[a])
    case .reverse(let a): return try reverse(values[a])
    case .places(let a): return try places(values[a])
    case .alternative(let a, let b): return try alternative(values[a], values[b])
    }
  }

  func fail(_ reason: String) -> FormulaError {
    let place = formula.places[at]
    return FormulaError(
      formula: place.text, position: place.range.lowerBound, reason: reason, cause: .values)
  }

  /// The words of an argument of the operation at hand.
  func words(_ argument: Int) -> String {
    formula.places[formula.nodes[at].arguments[argument]].words
  }

  func binary(
    _ function: Formula.BinaryFunction, _ a: FormulaValue, _ b: FormulaValue
  ) throws(FormulaError) -> FormulaValue {
    if function == .power, a.isTruth && b.isTruth {
      throw fail("'^' is the power; that one of two truths holds is 'a != b'.")
    }
    if function == .modulo, a.numbers.contains(where: { abs($0) > 0x1p53 }) {
      throw fail(
        "'%' needs all digits of a number, which formulas have up to 2^53, but '\(words(0))' goes beyond."
      )
    }
    let (x, y) = try aligned(a, b)
    let shape = x.isConstant ? y : x
    var numbers = FormulaLoops.binary(function, x.numbers, y.numbers)
    let isTruth = function.isPredicate
    let missing = either(x, y, count: numbers.count)
    if function == .notEqual, let missing {
      for i in missing.indices where missing[i] { numbers[i] = 0 }
    }
    return shape.with(numbers, isTruth: isTruth, missing: isTruth ? nil : missing)
  }

  private func select(_ c: FormulaValue, _ a: FormulaValue, _ b: FormulaValue)
    throws(FormulaError) -> FormulaValue
  {
    let all = try aligned([c, a, b])
    let shape = all.first { !$0.isConstant } ?? all[0]
    let count = shape.numbers.count
    let (condition, x, y) = (all[0].numbers, all[1].numbers, all[2].numbers)
    func entry(_ i: Int, _ values: [Double]) -> Double { values.count == 1 ? values[0] : values[i] }
    var numbers = [Double](repeating: 0, count: count)
    for i in 0..<count {
      numbers[i] = isTrue(entry(i, condition)) ? entry(i, x) : entry(i, y)
    }
    var missing: [Bool]?
    if all[1].missing != nil || all[2].missing != nil {
      missing = (0..<count).map { i in
        let chosen = isTrue(entry(i, condition)) ? all[1] : all[2]
        guard let own = chosen.missing else { return false }
        return own.count == 1 ? own[0] : own[i]
      }
    }
    return shape.with(numbers, isTruth: a.isTruth && b.isTruth, missing: missing)
  }

  /// Where one of two does not exist.
  func either(_ x: FormulaValue, _ y: FormulaValue, count: Int) -> [Bool]? {
    guard let a = x.missing else { return stretched(y.missing, count) }
    guard let b = y.missing else { return stretched(a, count) }
    return (0..<count).map { (a.count == 1 ? a[0] : a[$0]) || (b.count == 1 ? b[0] : b[$0]) }
  }

  private func stretched(_ missing: [Bool]?, _ count: Int) -> [Bool]? {
    guard let missing, missing.count != count else { return missing }
    return [Bool](repeating: missing[0], count: count)
  }

  private func alternative(_ a: FormulaValue, _ b: FormulaValue) throws(FormulaError)
    -> FormulaValue
  {
    guard a.missing != nil else { return a }
    let (x, y) = try aligned(a, b)
    guard let missing = x.missing else { return x }
    var (numbers, left) = (x.numbers, [Bool](repeating: false, count: x.numbers.count))
    for i in numbers.indices where missing[i] {
      let place = y.numbers.count == 1 ? 0 : i
      numbers[i] = y.numbers[place]
      left[i] = y.missing?[place] ?? false
    }
    return x.with(numbers, missing: left.contains(true) ? left : nil)
  }
}
