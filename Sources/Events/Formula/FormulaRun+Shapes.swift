/// Bringing numbers and lists to one shape.
extension FormulaRun {
  func aligned(_ a: FormulaValue, _ b: FormulaValue) throws(FormulaError)
    -> (FormulaValue, FormulaValue)
  {
    if a.isConstant || b.isConstant { return (a, b) }
    if a.depth == 0 && b.depth == 0 { return (a, b) }
    let all = try aligned([a, b])
    return (all[0], all[1])
  }

  /// Repeats numbers for the elements of deeper lists; constants stay as they are.
  /// - Throws: Where lists differ in length.
  func aligned(_ values: [FormulaValue]) throws(FormulaError) -> [FormulaValue] {
    var deepest = 0
    for i in values.indices
    where values[i].depth > values[deepest].depth || values[deepest].isConstant {
      deepest = i
    }
    let model = values[deepest]
    var result = values
    for i in values.indices where i != deepest && !values[i].isConstant {
      try checkLengths(values[i], i, model, deepest)
      for layer in model.layers.dropFirst(values[i].depth) {
        result[i].numbers = FormulaLoops.spread(result[i].numbers, layer)
        result[i].missing = result[i].missing.map { FormulaLoops.spread($0, layer) }
        result[i].layers.append(layer)
      }
    }
    return result
  }

  private func checkLengths(_ a: FormulaValue, _ i: Int, _ b: FormulaValue, _ j: Int)
    throws(FormulaError)
  {
    let (x, y) = i < j ? (a, b) : (b, a)
    for level in a.layers.indices where x.layers[level] != y.layers[level] {
      try differ(x.layers[level], words(min(i, j)), y.layers[level], words(max(i, j)), a, level)
    }
  }

  /// Says in which event two lists differ in length.
  func differ(
    _ a: [Int], _ first: String, _ b: [Int], _ second: String, _ value: FormulaValue, _ level: Int
  ) throws(FormulaError) {
    guard a.count == b.count else {
      throw fail("'\(first)' and '\(second)' hold lists of different depth.")
    }
    var i = 0
    while i + 1 < a.count, a[i + 1] == b[i + 1] { i += 1 }
    guard i + 1 < a.count else { return }
    let m = a[i + 1] - a[i]
    let n = b[i + 1] - b[i]
    throw fail(
      "lists beside each other must be of one length, but in entry \(event(of: i, value, level)) "
        + "'\(first)' has \(m) \(m == 1 ? "value" : "values") and '\(second)' has \(n).")
  }

  /// The event that a list of a level belongs to.
  private func event(of list: Int, _ value: FormulaValue, _ level: Int) -> Int {
    var place = list
    for layer in value.layers[..<level].reversed() {
      place = (layer.firstIndex { $0 > place } ?? layer.count) - 1
    }
    return events.lowerBound + place
  }

  /// The value with a layer of lists at a level, or a message that there is none.
  func needsList(_ value: FormulaValue, _ level: Int) throws(FormulaError) {
    guard value.depth <= level else { return }
    let what = words(0)
    if value.depth == 0 {
      throw fail(
        "'\(what)' must be a list here, but it is one number an event; leave the brackets or the "
          + "function away.")
    }
    throw fail("'\(what)' holds lists \(value.depth) deep, but level \(level + 1) is asked for.")
  }

  // MARK: Order

  func order(_ value: FormulaValue) throws(FormulaError) -> FormulaValue {
    try needsList(value, 0)
    let starts = value.layers[value.depth - 1]
    var numbers = [Double](repeating: 0, count: value.numbers.count)
    for i in 0..<starts.count - 1 where starts[i] < starts[i + 1] {
      let begin = starts[i]
      // NaN stands behind all numbers; equal values keep their order.
      let sorted = (begin..<starts[i + 1]).sorted { a, b in
        let (x, y) = (value.numbers[a], value.numbers[b])
        if x.isNaN || y.isNaN { return !x.isNaN || (y.isNaN && a < b) }
        return x < y || (x == y && a < b)
      }
      for (k, place) in sorted.enumerated() { numbers[begin + k] = Double(place - begin) }
    }
    return FormulaValue(numbers: numbers, layers: value.layers)
  }

  func reverse(_ value: FormulaValue) throws(FormulaError) -> FormulaValue {
    try needsList(value, 0)
    let starts = value.layers[value.depth - 1]
    var (numbers, missing) = (value.numbers, value.missing)
    for i in 0..<starts.count - 1 {
      numbers[starts[i]..<starts[i + 1]].reverse()
      missing?[starts[i]..<starts[i + 1]].reverse()
    }
    return value.with(numbers, isTruth: value.isTruth, missing: missing)
  }

  func places(_ value: FormulaValue) throws(FormulaError) -> FormulaValue {
    try needsList(value, 0)
    let starts = value.layers[value.depth - 1]
    var numbers = [Double](repeating: 0, count: value.numbers.count)
    for i in 0..<starts.count - 1 {
      for j in starts[i]..<starts[i + 1] { numbers[j] = Double(j - starts[i]) }
    }
    return FormulaValue(numbers: numbers, layers: value.layers)
  }
}
