/// What becomes of the values of lists.
extension FormulaRun {
  /// One number an innermost list.
  func reduce(_ how: Formula.Reduction, _ value: FormulaValue) throws(FormulaError) -> FormulaValue
  {
    try needsList(value, 0)
    let isCountOfTruths = how == .count && value.isTruth
    return reduced(isCountOfTruths ? .sum : how, value)
  }

  /// One number an event.
  func reduceAll(_ how: Formula.Reduction, _ value: FormulaValue) throws(FormulaError)
    -> FormulaValue
  {
    if value.isConstant { return how == .count ? value.with([1]) : value }
    var flat = value
    if value.depth == 0 { flat.layers = [Array(0...value.numbers.count)] }
    while flat.depth > 1 {
      let inner = flat.layers.removeLast()
      let outer = flat.layers.removeLast()
      flat.layers.append(outer.map { inner[$0] })
    }
    return reduced(how, flat)
  }

  private func reduced(_ how: Formula.Reduction, _ value: FormulaValue) -> FormulaValue {
    let starts = value.layers[value.depth - 1]
    var result = FormulaValue(
      numbers: numbers(how, value.numbers, starts), layers: value.layers.dropLast())
    result.isTruth = how == .any || how == .all
    if how.needsValues, zip(starts, starts.dropFirst()).contains(where: { $0 == $1 }) {
      result.missing = zip(starts, starts.dropFirst()).map { $0 == $1 }
    }
    if let inner = value.missing, !result.isTruth, how != .count {
      var missing = result.missing ?? [Bool](repeating: false, count: result.numbers.count)
      for i in missing.indices where inner[starts[i]..<starts[i + 1]].contains(true) {
        missing[i] = true
      }
      result.missing = missing
    }
    return result
  }

  private func numbers(_ how: Formula.Reduction, _ x: [Double], _ starts: [Int]) -> [Double] {
    switch how {
    case .sum: FormulaLoops.fold(x, starts, from: 0) { $0 + $1 }
    case .product: FormulaLoops.fold(x, starts, from: 1) { $0 * $1 }
    case .any: FormulaLoops.fold(x, starts, from: 0) { isTrue($1) ? 1 : $0 }
    case .all: FormulaLoops.fold(x, starts, from: 1) { isTrue($1) ? $0 : 0 }
    case .min: FormulaLoops.smallest(x, starts)
    case .max: FormulaLoops.smallest(x.map { -$0 }, starts).map { -$0 }
    case .count: FormulaLoops.lengths(starts)
    case .mean:
      FormulaLoops.zip(
        FormulaLoops.fold(x, starts, from: 0) { $0 + $1 }, FormulaLoops.lengths(starts)
      ) { $0 / $1 }
    case .argmin: extremes(x, starts) { $0 < $1 }
    case .argmax: extremes(x, starts) { $0 > $1 }
    }
  }

  /// The place of the first value that beats all others; NaN never does.
  private func extremes(_ x: [Double], _ starts: [Int], _ beats: (Double, Double) -> Bool)
    -> [Double]
  {
    var result = [Double](repeating: .nan, count: starts.count - 1)
    for i in result.indices {
      var best = -1
      for j in starts[i]..<starts[i + 1] where !x[j].isNaN {
        if best < 0 || beats(x[j], x[best]) { best = j }
      }
      if best >= 0 { result[i] = Double(best - starts[i]) }
    }
    return result
  }
}

extension FormulaLoops {
  /// The smallest value of each list; NaN for an empty list and for one that holds NaN.
  static func smallest(_ x: [Double], _ starts: [Int]) -> [Double] {
    [Double](unsafeUninitializedCapacity: starts.count - 1) { out, filled in
      x.withUnsafeBufferPointer { x in
        starts.withUnsafeBufferPointer { starts in
          for i in 0..<starts.count - 1 {
            var (best, isBroken) = (Double.infinity, starts[i] == starts[i &+ 1])
            for j in starts[i]..<starts[i &+ 1] {
              let value = x[j]
              best = value < best ? value : best
              isBroken = isBroken || value != value
            }
            out[i] = isBroken ? .nan : best
          }
        }
      }
      filled = starts.count - 1
    }
  }

  /// How long each list is.
  static func lengths(_ starts: [Int]) -> [Double] {
    [Double](unsafeUninitializedCapacity: starts.count - 1) { out, filled in
      starts.withUnsafeBufferPointer { starts in
        for i in 0..<starts.count - 1 { out[i] = Double(starts[i &+ 1] &- starts[i]) }
      }
      filled = starts.count - 1
    }
  }
}
