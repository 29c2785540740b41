/// Operators that mean logic between truths and bits between whole numbers.
extension FormulaRun {
  /// The value of an operator; NaN stays NaN.
  func bits(_ function: Formula.BitFunction, _ a: FormulaValue, _ b: FormulaValue)
    throws(FormulaError) -> FormulaValue
  {
    if a.isTruth && b.isTruth {
      switch function {
      case .and: return try binary(.and, a, b)
      case .or: return try binary(.or, a, b)
      case .complement: return a.with(FormulaLoops.unary(.not, a.numbers), isTruth: true)
      case .shiftLeft, .shiftRight: break
      }
    }
    try needWhole(function, a, words(0))
    try needWhole(function, b, words(1))
    let (x, y) = try aligned(a, b)
    let numbers = FormulaLoops.bits(function, x.numbers, y.numbers)
    let shape = x.isConstant ? y : x
    return shape.with(numbers, missing: either(x, y, count: numbers.count))
  }

  /// Whole numbers up to 2^53 have all their bits in double precision.
  private func needWhole(_ function: Formula.BitFunction, _ value: FormulaValue, _ words: String)
    throws(FormulaError)
  {
    let limit = 0x1p53
    let wrong = value.numbers.indices.first { i in
      let x = value.numbers[i]
      return !(x.isNaN || (x == x.rounded() && abs(x) <= limit))
    }
    guard let wrong else { return }
    let sign = function.rawValue
    throw fail(
      "'\(sign)' takes truths or whole numbers up to 2^53, but '\(words)' is "
        + "\(value.numbers[wrong]). Of conditions write '&&', '||' and '!'.")
  }
}

extension FormulaLoops {
  /// Bits of whole numbers; a shift by no number of bits from 0 to 63 gives NaN.
  static func bits(_ function: Formula.BitFunction, _ x: [Double], _ y: [Double]) -> [Double] {
    func pairs(_ body: (Int64, Int64) -> Int64) -> [Double] {
      zip(x, y) { $0.isNaN || $1.isNaN ? .nan : Double(body(Int64($0), Int64($1))) }
    }
    func shifted(_ body: (Double, Double) -> Double) -> [Double] {
      zip(x, y) {
        $1 >= 0 && $1 < 64 ? body($0, Double(sign: .plus, exponent: Int($1), significand: 1)) : .nan
      }
    }
    switch function {
    case .and: return pairs { $0 & $1 }
    case .or: return pairs { $0 | $1 }
    case .complement: return map(x) { -1 - $0 }
    case .shiftLeft: return shifted { $0 * $1 }
    case .shiftRight: return shifted { ($0 / $1).rounded(.down) }
    }
  }
}
