import ApusEngine

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A number is true when it is neither 0 nor NaN.
@inline(__always) func isTrue(_ x: Double) -> Bool { x != 0 && !x.isNaN }

/// The plain loops of formulas over runs of numbers.
enum FormulaLoops {
  /// The function of every number.
  @inline(__always)
  static func map(_ x: [Double], _ body: (Double) -> Double) -> [Double] {
    [Double](unsafeUninitializedCapacity: x.count) { out, filled in
      x.withUnsafeBufferPointer { x in for i in 0..<x.count { out[i] = body(x[i]) } }
      filled = x.count
    }
  }

  /// The function of every pair; one number stands for all.
  @inline(__always)
  static func zip(_ x: [Double], _ y: [Double], _ body: (Double, Double) -> Double) -> [Double] {
    let count = x.count == 1 ? y.count : x.count
    return [Double](unsafeUninitializedCapacity: count) { out, filled in
      x.withUnsafeBufferPointer { x in
        y.withUnsafeBufferPointer { y in
          if x.count == y.count {
            for i in 0..<count { out[i] = body(x[i], y[i]) }
          } else if x.count == 1 {
            let a = x[0]
            for i in 0..<count { out[i] = body(a, y[i]) }
          } else {
            let b = y[0]
            for i in 0..<count { out[i] = body(x[i], b) }
          }
        }
      }
      filled = count
    }
  }

  /// Each number as often as its list is long.
  static func spread<T>(_ x: [T], _ starts: [Int]) -> [T] {
    let count = starts[starts.count - 1]
    return [T](unsafeUninitializedCapacity: count) { out, filled in
      x.withUnsafeBufferPointer { x in
        starts.withUnsafeBufferPointer { starts in
          for i in 0..<x.count {
            let value = x[i]
            for j in starts[i]..<starts[i &+ 1] { out.initializeElement(at: j, to: value) }
          }
        }
      }
      filled = count
    }
  }

  /// One number a list, from its values in order.
  @inline(__always)
  static func fold(
    _ x: [Double], _ starts: [Int], from first: Double, _ body: (Double, Double) -> Double
  ) -> [Double] {
    let count = starts.count - 1
    return [Double](unsafeUninitializedCapacity: count) { out, filled in
      x.withUnsafeBufferPointer { x in
        starts.withUnsafeBufferPointer { starts in
          for i in 0..<count {
            var value = first
            for j in starts[i]..<starts[i &+ 1] { value = body(value, x[j]) }
            out[i] = value
          }
        }
      }
      filled = count
    }
  }

  /// The numbers at places; NaN where a place is negative.
  static func gather(_ x: [Double], _ places: [Int]) -> [Double] {
    [Double](unsafeUninitializedCapacity: places.count) { out, filled in
      x.withUnsafeBufferPointer { x in
        places.withUnsafeBufferPointer { places in
          for i in 0..<places.count { out[i] = places[i] < 0 ? .nan : x[places[i]] }
        }
      }
      filled = places.count
    }
  }

  /// A function of the engine, whose loops do several numbers at once.
  private static func engine(_ x: [Double], _ body: (Tensor) -> Tensor) -> [Double] {
    if x.isEmpty { return [] }
    // One shape and one type: the engine has nothing to refuse.
    return (try? body(Tensor(x)).doubles()) ?? [Double](repeating: .nan, count: x.count)
  }

  static func unary(_ function: Formula.UnaryFunction, _ x: [Double]) -> [Double] {
    switch function {
    case .negate: map(x) { -$0 }
    case .not: map(x) { isTrue($0) ? 0 : 1 }
    case .abs: map(x) { Swift.abs($0) }
    case .sqrt: map(x) { $0.squareRoot() }
    case .exp: engine(x) { $0.exp() }
    case .log: engine(x) { $0.log() }
    case .sin: engine(x) { $0.sin() }
    case .cos: engine(x) { $0.cos() }
    case .tan: engine(x) { $0.tan() }
    case .asin: engine(x) { $0.asin() }
    case .acos: engine(x) { $0.acos() }
    case .atan: engine(x) { $0.atan() }
    case .sinh: engine(x) { $0.sinh() }
    case .cosh: engine(x) { $0.cosh() }
    case .tanh: engine(x) { $0.tanh() }
    case .asinh: engine(x) { Formula.asinh($0) }
    case .erf: engine(x) { $0.erf() }
    case .log1p: engine(x) { $0.log1p() }
    case .expm1: engine(x) { $0.expm1() }
    case .floor: map(x) { $0.rounded(.down) }
    case .ceil: map(x) { $0.rounded(.up) }
    case .round: map(x) { $0.rounded(.toNearestOrEven) }
    case .sign: map(x) { $0 > 0 ? 1 : ($0 < 0 ? -1 : $0) }
    case .isnan: map(x) { $0.isNaN ? 1 : 0 }
    case .isfinite: map(x) { $0.isFinite ? 1 : 0 }
    }
  }

  static func binary(_ function: Formula.BinaryFunction, _ x: [Double], _ y: [Double]) -> [Double] {
    switch function {
    case .add: zip(x, y) { $0 + $1 }
    case .subtract: zip(x, y) { $0 - $1 }
    case .multiply: zip(x, y) { $0 * $1 }
    case .divide: zip(x, y) { $0 / $1 }
    case .modulo: zip(x, y) { $0 - ($0 / $1).rounded(.down) * $1 }
    case .power: zip(x, y) { pow($0, $1) }
    case .min: zip(x, y) { $0.isNaN || $1.isNaN ? .nan : Swift.min($0, $1) }
    case .max: zip(x, y) { $0.isNaN || $1.isNaN ? .nan : Swift.max($0, $1) }
    case .atan2: zip(x, y) { atan2($0, $1) }
    case .less: zip(x, y) { $0 < $1 ? 1 : 0 }
    case .lessOrEqual: zip(x, y) { $0 <= $1 ? 1 : 0 }
    case .greater: zip(x, y) { $0 > $1 ? 1 : 0 }
    case .greaterOrEqual: zip(x, y) { $0 >= $1 ? 1 : 0 }
    case .equal: zip(x, y) { $0 == $1 ? 1 : 0 }
    case .notEqual: zip(x, y) { $0 != $1 ? 1 : 0 }
    case .and: zip(x, y) { isTrue($0) && isTrue($1) ? 1 : 0 }
    case .or: zip(x, y) { isTrue($0) || isTrue($1) ? 1 : 0 }
    }
  }
}

extension Formula.UnaryFunction {
  /// Whether the result is a truth, which always exists.
  var isPredicate: Bool { self == .not || self == .isnan || self == .isfinite }
}

extension Formula.BinaryFunction {
  /// Whether the result is a truth, which always exists.
  var isPredicate: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}
