// Elementwise operations. Two tensors are stretched to a common shape by NumPy's rule (sizes are
// compared from the last axis; a size of 1 is repeated); their element types must be equal. A Swift
// number takes the tensor's type.

extension Tensor {
  func unary(_ f: Unary) -> Tensor { Tensor(.unary(f), self) }

  func binary(_ f: Binary, _ other: Tensor) -> Tensor {
    let (a, b) = Tensor.stretched(self, other)
    return Tensor(.binary(f), a, b)
  }

  func like(_ value: Double) -> Tensor { Tensor(.full(ExactNumber(value), shape, dtype)) }

  func binary(_ f: Binary, _ value: Double) -> Tensor {
    failure == nil ? Tensor(.binary(f), self, like(value)) : self
  }

  func binary(_ f: Binary, from value: Double) -> Tensor {
    failure == nil ? Tensor(.binary(f), like(value), self) : self
  }

  /// Both tensors with NumPy's common shape; unchanged where there is none, so that the operation fails.
  static func stretched(_ a: Tensor, _ b: Tensor) -> (Tensor, Tensor) {
    guard a.shape != b.shape, a.failure == nil, b.failure == nil,
      let shape = commonShape(a.shape, b.shape)
    else { return (a, b) }
    return (a.broadcast(to: shape), b.broadcast(to: shape))
  }

  static func commonShape(_ a: [Int], _ b: [Int]) -> [Int]? {
    let rank = Swift.max(a.count, b.count)
    let left = [Int](repeating: 1, count: rank - a.count) + a
    let right = [Int](repeating: 1, count: rank - b.count) + b
    var shape: [Int] = []
    for (m, n) in zip(left, right) {
      guard m == n || m == 1 || n == 1 else { return nil }
      shape.append(m == 1 ? n : m)
    }
    return shape
  }

  /// The sum, element by element.
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.binary(.add, b) }
  /// The difference, element by element.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.binary(.subtract, b) }
  /// The product, element by element (matrices: ``matmul(_:)``).
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.binary(.multiply, b) }
  /// The quotient, element by element; integers divide rounding down, and by zero give 0.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.binary(.divide, b) }
  /// The sum with a number.
  public static func + (a: Tensor, b: Double) -> Tensor { a.binary(.add, b) }
  /// The difference to a number.
  public static func - (a: Tensor, b: Double) -> Tensor { a.binary(.subtract, b) }
  /// The product with a number.
  public static func * (a: Tensor, b: Double) -> Tensor { a.binary(.multiply, b) }
  /// The quotient by a number.
  public static func / (a: Tensor, b: Double) -> Tensor { a.binary(.divide, b) }
  /// The sum with a number.
  public static func + (a: Double, b: Tensor) -> Tensor { b.binary(.add, from: a) }
  /// A number less the tensor.
  public static func - (a: Double, b: Tensor) -> Tensor { b.binary(.subtract, from: a) }
  /// The product with a number.
  public static func * (a: Double, b: Tensor) -> Tensor { b.binary(.multiply, from: a) }
  /// A number divided by the tensor.
  public static func / (a: Double, b: Tensor) -> Tensor { b.binary(.divide, from: a) }
  /// The negative.
  public static prefix func - (a: Tensor) -> Tensor { a.unary(.negate) }

  /// Whether elements are less.
  public static func .< (a: Tensor, b: Tensor) -> Tensor { a.binary(.less, b) }
  /// Whether elements are less or equal.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor { a.binary(.lessOrEqual, b) }
  /// Whether elements are greater.
  public static func .> (a: Tensor, b: Tensor) -> Tensor { b.binary(.less, a) }
  /// Whether elements are greater or equal.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor { b.binary(.lessOrEqual, a) }
  /// Whether elements are equal; NaN equals nothing.
  public static func .== (a: Tensor, b: Tensor) -> Tensor { a.binary(.equal, b) }
  /// Whether elements differ.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor { a.binary(.notEqual, b) }
  /// Whether elements are less than a number.
  public static func .< (a: Tensor, b: Double) -> Tensor { a.binary(.less, b) }
  /// Whether elements are at most a number.
  public static func .<= (a: Tensor, b: Double) -> Tensor { a.binary(.lessOrEqual, b) }
  /// Whether elements are greater than a number.
  public static func .> (a: Tensor, b: Double) -> Tensor { a.binary(.less, from: b) }
  /// Whether elements are at least a number.
  public static func .>= (a: Tensor, b: Double) -> Tensor { a.binary(.lessOrEqual, from: b) }
  /// Whether elements equal a number.
  public static func .== (a: Tensor, b: Double) -> Tensor { a.binary(.equal, b) }
  /// Whether elements differ from a number.
  public static func .!= (a: Tensor, b: Double) -> Tensor { a.binary(.notEqual, b) }
  /// Logical and; a number counts as true where it is not zero.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { a.binary(.and, b) }
  /// Logical or; a number counts as true where it is not zero.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { a.binary(.or, b) }

  /// The larger element; NaN spreads.
  ///
  /// Where both are equal each gets half of a gradient.
  public func maximum(_ other: Tensor) -> Tensor { binary(.maximum, other) }
  /// The larger of each element and a number; NaN spreads.
  public func maximum(_ value: Double) -> Tensor { binary(.maximum, value) }
  /// The smaller element; NaN spreads.
  ///
  /// Where both are equal each gets half of a gradient.
  public func minimum(_ other: Tensor) -> Tensor { binary(.minimum, other) }
  /// The smaller of each element and a number; NaN spreads.
  public func minimum(_ value: Double) -> Tensor { binary(.minimum, value) }
  /// Each element to a power.
  public func power(_ exponent: Tensor) -> Tensor { binary(.power, exponent) }
  /// Each element to a power; a power of 2 is a product.
  public func power(_ exponent: Double) -> Tensor {
    exponent == 2 ? squared() : binary(.power, exponent)
  }
  /// The angle of the point (x, self), in (-π, π].
  public func atan2(_ x: Tensor) -> Tensor { binary(.atan2, x) }
  /// The remainder with the divisor's sign, as in Python.
  public func modulo(_ divisor: Tensor) -> Tensor { binary(.modulo, divisor) }
  /// The remainder with the divisor's sign, as in Python.
  public func modulo(_ divisor: Double) -> Tensor { binary(.modulo, divisor) }

  /// The absolute value; its gradient at 0 is 0.
  public func abs() -> Tensor { unary(.abs) }
  /// -1, 0 or 1.
  public func sign() -> Tensor { unary(.sign) }
  /// The exponential function.
  public func exp() -> Tensor { unary(.exp) }
  /// exp(x) - 1, exact near 0.
  public func expm1() -> Tensor { unary(.expm1) }
  /// The natural logarithm.
  public func log() -> Tensor { unary(.log) }
  /// log(1 + x), exact near 0.
  public func log1p() -> Tensor { unary(.log1p) }
  /// The square root; NaN below 0.
  public func sqrt() -> Tensor { unary(.sqrt) }
  /// One over the square root.
  public func rsqrt() -> Tensor { unary(.rsqrt) }
  /// One over each element.
  public func reciprocal() -> Tensor { unary(.reciprocal) }
  /// The square.
  public func squared() -> Tensor { unary(.square) }
  /// The sine of an angle in radians.
  public func sin() -> Tensor { unary(.sin) }
  /// The cosine of an angle in radians.
  public func cos() -> Tensor { unary(.cos) }
  /// The tangent of an angle in radians.
  public func tan() -> Tensor { unary(.tan) }
  /// The inverse sine, in radians.
  public func asin() -> Tensor { unary(.asin) }
  /// The inverse cosine, in radians.
  public func acos() -> Tensor { unary(.acos) }
  /// The inverse tangent, in radians.
  public func atan() -> Tensor { unary(.atan) }
  /// The hyperbolic sine.
  public func sinh() -> Tensor { unary(.sinh) }
  /// The hyperbolic cosine.
  public func cosh() -> Tensor { unary(.cosh) }
  /// The hyperbolic tangent.
  public func tanh() -> Tensor { unary(.tanh) }
  /// 1 / (1 + exp(-x)).
  public func sigmoid() -> Tensor { unary(.sigmoid) }
  /// The error function.
  public func erf() -> Tensor { unary(.erf) }
  /// The largest whole number that is not greater.
  public func floor() -> Tensor { unary(.floor) }
  /// The smallest whole number that is not less.
  public func ceil() -> Tensor { unary(.ceil) }
  /// The nearest whole number, halves to even.
  public func rounded() -> Tensor { unary(.round) }
  /// max(0, x); its gradient at 0 is 0.
  public func relu() -> Tensor { unary(.relu) }
  /// The logarithm of the gamma function's absolute value.
  public func logGamma() -> Tensor { unary(.logGamma) }
  /// Whether elements are zero (or false).
  public func logicalNot() -> Tensor { unary(.not) }
  /// Whether elements are NaN.
  public func isNaN() -> Tensor { unary(.isNaN) }
  /// Whether elements are neither NaN nor infinite.
  public func isFinite() -> Tensor { unary(.isFinite) }
  /// log(1 + exp(x)), without overflow; its gradient at 0 is 1/2.
  public func softplus() -> Tensor { maximum(0) + (-abs()).exp().log1p() }

  /// The elements of `a` where this bool tensor is true, those of `b` elsewhere.
  public func select(_ a: Tensor, _ b: Tensor) -> Tensor {
    let (left, right) = Tensor.stretched(a, b)
    let (condition, first) = Tensor.stretched(self, left)
    return Tensor(.select, condition, first, Tensor.stretched(first, right).1)
  }

  /// The elements of `a` where this bool tensor is true, a number elsewhere.
  public func select(_ a: Tensor, _ b: Double) -> Tensor {
    select(a, Tensor(b, dtype: a.dtype))
  }

  /// The same numbers in another element type; to integers it cuts toward zero.
  public func cast(to dtype: DType) -> Tensor {
    dtype == self.dtype || failure != nil ? self : Tensor(.cast(dtype), self)
  }
}

infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
