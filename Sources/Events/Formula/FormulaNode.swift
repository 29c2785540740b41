/// One number an event, or a list of them, while a formula is put together.
public struct FormulaNode: Sendable, Hashable {
  let index: Int
}

extension Formula {
  /// One operation; its arguments are places of earlier ones.
  enum Node: Sendable, Hashable {
    case number(Double)
    case column(Int)
    case unary(UnaryFunction, Int)
    case binary(BinaryFunction, Int, Int)
    /// Logic of truths, or of the bits of whole numbers.
    case bits(BitFunction, Int, Int)
    case select(Int, Int, Int)
    /// One element of each list, those that a list of truths keeps, or those at a list of places; `level`
    /// counts the lists around it.
    case element(Int, at: Int, level: Int)
    /// A part of each list; bounds that are missing are its ends.
    case slice(Int, from: Int?, to: Int?, level: Int)
    /// One number an innermost list.
    case reduce(Reduction, Int)
    /// One number an event, however deep its lists are.
    case reduceAll(Reduction, Int)
    /// The places of an innermost list in ascending order of its values.
    case order(Int)
    /// Innermost lists back to front.
    case reverse(Int)
    /// 0, 1, 2 ... in each innermost list.
    case places(Int)
    /// The second where the first does not exist.
    case alternative(Int, Int)

    /// The places of the arguments.
    var arguments: [Int] {
      switch self {
      case .number, .column: []
      case .unary(_, let a), .reduce(_, let a), .reduceAll(_, let a), .order(let a),
        .reverse(let a), .places(let a):
        [a]
      case .binary(_, let a, let b), .bits(_, let a, let b), .alternative(let a, let b),
        .element(let a, at: let b, _):
        [a, b]
      case .select(let a, let b, let c): [a, b, c]
      case .slice(let a, let from, let to, _): [a] + [from, to].compactMap { $0 }
      }
    }

    /// Whether it is elementwise, so that the engine's graph has it too.
    var isElementwise: Bool {
      switch self {
      case .number, .column, .unary, .binary, .select: true
      default: false
      }
    }

    /// The same operation on arguments at other places.
    func moved(_ place: (Int) -> Int) -> Node {
      switch self {
      case .number, .column: self
      case .unary(let f, let a): .unary(f, place(a))
      case .binary(let f, let a, let b): .binary(f, place(a), place(b))
      case .bits(let f, let a, let b): .bits(f, place(a), place(b))
      case .select(let a, let b, let c): .select(place(a), place(b), place(c))
      case .element(let a, let b, let level): .element(place(a), at: place(b), level: level)
      case .slice(let a, let from, let to, let level):
        .slice(place(a), from: from.map(place), to: to.map(place), level: level)
      case .reduce(let f, let a): .reduce(f, place(a))
      case .reduceAll(let f, let a): .reduceAll(f, place(a))
      case .order(let a): .order(place(a))
      case .reverse(let a): .reverse(place(a))
      case .places(let a): .places(place(a))
      case .alternative(let a, let b): .alternative(place(a), place(b))
      }
    }
  }

  enum UnaryFunction: String, Sendable {
    case negate, not, abs, sqrt, exp, log, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh
    case asinh, erf, log1p, expm1, floor, ceil, round, sign, isnan, isfinite
  }

  enum BinaryFunction: String, Sendable {
    case add, subtract, multiply, divide, modulo, power, min, max, atan2
    case less, lessOrEqual, greater, greaterOrEqual, equal, notEqual, and, or
  }

  /// `& | ~ << >>`: what NumPy and TTree::Draw do with truths and with whole numbers.
  enum BitFunction: String, Sendable {
    case and = "&"
    case or = "|"
    case complement = "~"
    case shiftLeft = "<<"
    case shiftRight = ">>"
  }

  /// What becomes of the values of a list.
  enum Reduction: String, Sendable {
    case sum, product, min, max, mean, count, any, all, argmin, argmax

    /// Whether an empty list has no such value.
    var needsValues: Bool {
      switch self {
      case .min, .max, .mean, .argmin, .argmax: true
      case .sum, .product, .count, .any, .all: false
      }
    }
  }
}
