/// An elementwise function of one argument.
enum Unary: UInt8, Hashable, Sendable, CaseIterable {
  case negate, abs, sign, exp, expm1, log, log1p, sqrt, rsqrt, reciprocal
  case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, sigmoid, erf
  case floor, ceil, round, relu, square, not, isNaN, isFinite, logGamma
}

/// An elementwise function of two arguments.
enum Binary: UInt8, Hashable, Sendable, CaseIterable {
  case add, subtract, multiply, divide, power, maximum, minimum, atan2, modulo
  case less, lessOrEqual, equal, notEqual, and, or

  /// Whether the result is a bool whatever goes in.
  var isPredicate: Bool {
    switch self {
    case .less, .lessOrEqual, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}

/// How a reduction joins the elements of an axis.
enum Reduction: UInt8, Hashable, Sendable, CaseIterable {
  case sum, product, maximum, minimum, logSumExp
}

/// What is drawn at random.
enum Distribution: UInt8, Hashable, Sendable {
  case uniform, normal, bits
}

/// A number that equals another only in all its bits.
///
/// 0 is not -0, and NaN is itself, so that one plan or one common value never stands for both.
struct ExactNumber: Hashable, Sendable {
  let value: Double
  init(_ value: Double) { self.value = value }
  static func == (a: ExactNumber, b: ExactNumber) -> Bool {
    a.value.bitPattern == b.value.bitPattern
  }
  func hash(into hasher: inout Hasher) { hasher.combine(value.bitPattern) }
}

/// The closed set of operations.
///
/// Parameters are payloads, so equality and hashing are complete by construction; each meaning
/// (shape, gradient, printing, lowering) is one exhaustive switch.
enum Op: Hashable, Sendable {
  // Leaves.
  case constant
  case argument(Int)
  case failed(EngineError)
  case full(ExactNumber, [Int], DType)
  case iota(axis: Int, [Int], DType)
  case random(Distribution, stream: UInt64, [Int], DType)
  // Elementwise.
  case unary(Unary)
  case binary(Binary)
  case select
  case cast(DType)
  // Along axes.
  case reduce(Reduction, axes: [Int])
  case argMax(axis: Int)
  case argMin(axis: Int)
  case cumulativeSum(axis: Int, reverse: Bool)
  case sort(descending: Bool)
  case argSort(descending: Bool)
  // Products.
  case matmul(transposeA: Bool, transposeB: Bool)
  // Movement.
  case reshape([Int])
  case transpose([Int])
  case broadcast([Int])
  case slice(starts: [Int], counts: [Int], strides: [Int])
  /// The adjoint of slice: the input stands at `starts` with `strides` in an array of zeros.
  case place(starts: [Int], strides: [Int], [Int])
  case concatenate(axis: Int)
  case gather(axis: Int)
  case scatterAdd(axis: Int, count: Int)

  /// The name, as plans and messages print it.
  var name: String {
    switch self {
    case .constant: "constant"
    case .argument(let i): "argument \(i)"
    case .failed: "failed"
    case .full(let value, _, _): "full \(value.value)"
    case .iota: "iota"
    case .random(let kind, _, _, _): "random \(kind)"
    case .unary(let f): "\(f)"
    case .binary(let f): "\(f)"
    case .select: "select"
    case .cast(let dtype): "cast to \(dtype)"
    case .reduce(let how, let axes): "\(how) over \(axes)"
    case .argMax: "argMax"
    case .argMin: "argMin"
    case .cumulativeSum: "cumulativeSum"
    case .sort: "sort"
    case .argSort: "argSort"
    case .matmul(let a, let b): "matmul" + (a ? " aᵀ" : "") + (b ? " bᵀ" : "")
    case .reshape: "reshape"
    case .transpose: "transpose"
    case .broadcast: "broadcast"
    case .slice: "slice"
    case .place: "place"
    case .concatenate: "concatenate"
    case .gather: "gather"
    case .scatterAdd: "scatterAdd"
    }
  }
}
