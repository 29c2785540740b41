/// The gradient rule of every operation: from the gradient of its result to those of its inputs.
///
/// nil means no gradient (integers, comparisons, steps). Only the inputs marked in `wanted` are needed.
func pullback(_ y: Tensor, _ up: Tensor, _ wanted: [Bool]) -> [Tensor?] {
  let inputs = y.node.inputs.map { Tensor(node: $0) }
  switch y.node.op {
  case .constant, .argument, .failed, .full, .iota: return []
  case .random, .argMax, .argMin, .argSort: return [nil]
  case .unary(let f): return [unaryPullback(f, inputs[0], y, up)]
  case .binary(let f): return binaryPullback(f, inputs[0], inputs[1], y, up, wanted)
  case .select:
    let zero = Tensor.zeros(up.shape, dtype: up.dtype)
    return [nil, inputs[0].select(up, zero), inputs[0].select(zero, up)]
  case .cast(let dtype):
    let differentiable = dtype.isFloating && inputs[0].dtype.isFloating
    return [differentiable ? up.cast(to: inputs[0].dtype) : nil]
  case .reduce(let how, let axes): return [reducePullback(how, axes, inputs[0], y, up)]
  case .cumulativeSum(let axis, let reverse):
    return [up.cumulativeSum(axis: axis, reverse: !reverse)]
  case .sort(let descending): return [sortPullback(descending, inputs[0], up)]
  case .matmul(let a, let b): return matmulPullback(a, b, inputs[0], inputs[1], up, wanted)
  case .reshape: return [up.reshaped(inputs[0].shape)]
  case .transpose(let axes):
    var inverse = axes
    for (place, axis) in axes.enumerated() { inverse[axis] = place }
    return [up.transposed(inverse)]
  case .broadcast: return [up.summed(to: inputs[0].shape)]
  case .slice(let starts, _, let strides):
    return [Tensor(.place(starts: starts, strides: strides, inputs[0].shape), up)]
  case .place(let starts, let strides, _):
    return [Tensor(.slice(starts: starts, counts: inputs[0].shape, strides: strides), up)]
  case .concatenate(let axis): return concatenatePullback(axis, inputs, up)
  case .gather(let axis):
    return [up.scatterAdded(inputs[1], count: inputs[0].shape[axis], axis: axis), nil]
  case .scatterAdd(let axis, _): return [up.gathered(inputs[1], axis: axis), nil]
  }
}

/// Rules that can use the result `y` do, so that the input need not be kept.
private func unaryPullback(_ f: Unary, _ x: Tensor, _ y: Tensor, _ up: Tensor) -> Tensor? {
  switch f {
  case .negate: -up
  case .abs: up * x.sign()
  case .exp: up * y
  case .expm1: up * (y + 1)
  case .log: up / x
  case .log1p: up / (x + 1)
  case .sqrt: up / (y * 2)
  case .rsqrt: up * y * y * y * -0.5
  case .reciprocal: -(up * y * y)
  case .sin: up * x.cos()
  case .cos: -(up * x.sin())
  case .tan: up * (1 + y * y)
  case .asin: up * (1 - x * x).rsqrt()
  case .acos: -(up * (1 - x * x).rsqrt())
  case .atan: up / (1 + x * x)
  case .sinh: up * x.cosh()
  case .cosh: up * x.sinh()
  case .tanh: up * (1 - y * y)
  case .sigmoid: up * (y * (1 - y))
  case .erf: up * ((-(x * x)).exp() * 1.1283791670955126)  // 2 / sqrt(pi)
  case .relu: (y .> 0).select(up, 0)
  case .square: up * x * 2
  case .logGamma: up * digamma(x)
  case .sign, .floor, .ceil, .round, .not, .isNaN, .isFinite: nil
  }
}

/// The derivative of log Γ for positive x: shifted above 6, then the asymptotic series
/// (Abramowitz and Stegun 6.3.18), good to 1e-9.
private func digamma(_ x: Tensor) -> Tensor {
  var shift = x.reciprocal()
  for step in 1..<6 { shift = shift + (x + Double(step)).reciprocal() }
  let z = x + 6
  let r = (z * z).reciprocal()
  let series = r * (1.0 / 12 - r * (1.0 / 120 - r * (1.0 / 252 - r * (1.0 / 240))))
  return z.log() - 0.5 / z - series - shift
}

private func binaryPullback(
  _ f: Binary, _ a: Tensor, _ b: Tensor, _ y: Tensor, _ up: Tensor, _ wanted: [Bool]
) -> [Tensor?] {
  switch f {
  case .add: return [up, up]
  case .subtract: return [up, wanted[1] ? -up : nil]
  case .multiply: return [wanted[0] ? up * b : nil, wanted[1] ? up * a : nil]
  case .divide: return [wanted[0] ? up / b : nil, wanted[1] ? -(up * y / b) : nil]
  case .power:
    // x⁰ is 1 and 0ᵇ is 0 all around, though the factors beside them are infinite there.
    let slope = up * b * a.power(b - 1)
    let zero = up.like(0)
    return [
      wanted[0] ? (b.isNonZeroConstant ? slope : (b .== 0).select(zero, slope)) : nil,
      wanted[1] ? ((a .== 0) .& (b .>= 0)).select(zero, up * y * a.log()) : nil,
    ]
  case .maximum: return sharedPullback(a .> b, a .== b, up, wanted)
  case .minimum: return sharedPullback(a .< b, a .== b, up, wanted)
  case .atan2:
    let r2 = a * a + b * b
    return [wanted[0] ? up * b / r2 : nil, wanted[1] ? -(up * a / r2) : nil]
  case .modulo: return [up, wanted[1] ? -(up * (a / b).floor()) : nil]
  case .less, .lessOrEqual, .equal, .notEqual, .and, .or: return [nil, nil]
  }
}

/// Where the first wins it gets all, where both are equal each gets half.
private func sharedPullback(_ wins: Tensor, _ ties: Tensor, _ up: Tensor, _ wanted: [Bool])
  -> [Tensor?]
{
  let zero = up.like(0)
  let first = wins.select(up, ties.select(up * 0.5, zero))
  return [wanted[0] ? first : nil, wanted[1] ? up - first : nil]
}

private func reducePullback(
  _ how: Reduction, _ axes: [Int], _ x: Tensor, _ y: Tensor, _ up: Tensor
) -> Tensor {
  func spread(_ t: Tensor) -> Tensor {
    var kept = x.shape
    for axis in axes { kept[axis] = 1 }
    return t.reshaped(kept).broadcast(to: x.shape)
  }
  switch how {
  case .sum: return spread(up)
  case .product: return spread(up) * productOfOthers(axes, x, spread)
  case .logSumExp: return spread(up) * (x - spread(y)).exp()
  case .maximum, .minimum:
    let winners = (x .== spread(y)).cast(to: x.dtype)
    return winners * spread(up / winners.sum(axes: axes))
  }
}

/// For each element the product of all others, also where elements are zero: with one zero only its own place
/// has a product that is not zero, with two none has.
private func productOfOthers(_ axes: [Int], _ x: Tensor, _ spread: (Tensor) -> Tensor) -> Tensor {
  let isZero = x .== 0
  let withoutZeros = isZero.select(x.like(1), x)
  let product = spread(withoutZeros.product(axes: axes))
  let zeros = spread(isZero.cast(to: x.dtype).sum(axes: axes))
  let otherZeros = zeros - isZero.cast(to: x.dtype)
  return (otherZeros .== 0).select(product / withoutZeros, 0)
}

/// Gives each sorted element's gradient back to the place that it came from.
private func sortPullback(_ descending: Bool, _ x: Tensor, _ up: Tensor) -> Tensor {
  let length = x.shape[x.rank - 1]
  let rows = length == 0 ? 0 : x.count / length
  let places = x.argSorted(descending: descending).reshaped([rows, length])
  let offsets = Tensor.iota([rows, length], axis: 0, dtype: .int64) * Double(length)
  return up.flattened().scatterAdded((places + offsets).flattened(), count: x.count)
    .reshaped(x.shape)
}

private func matmulPullback(
  _ transposeA: Bool, _ transposeB: Bool, _ a: Tensor, _ b: Tensor, _ up: Tensor, _ wanted: [Bool]
) -> [Tensor?] {
  func product(_ l: Tensor, _ tl: Bool, _ r: Tensor, _ tr: Bool) -> Tensor {
    Tensor(.matmul(transposeA: tl, transposeB: tr), l, r)
  }
  let da =
    transposeA ? product(b, transposeB, up, true) : product(up, false, b, !transposeB)
  let db =
    transposeB ? product(up, true, a, transposeA) : product(a, !transposeA, up, false)
  return [wanted[0] ? da : nil, wanted[1] ? db : nil]
}

private func concatenatePullback(_ axis: Int, _ inputs: [Tensor], _ up: Tensor) -> [Tensor?] {
  var start = 0
  return inputs.map { input in
    let size = input.shape[axis]
    defer { start += size }
    return up.sliced(axis: axis, start..<(start + size))
  }
}

extension Tensor {
  /// Whether every element is one number that is written in the graph and is not zero.
  fileprivate var isNonZeroConstant: Bool {
    if case .full(let number, _, _) = node.op { return number.value != 0 }
    return false
  }

  /// The sum over everything that a broadcast to this shape repeated.
  func summed(to target: [Int]) -> Tensor {
    let extra = rank - target.count
    let axes = shape.indices.filter { $0 < extra || (target[$0 - extra] == 1 && shape[$0] != 1) }
    return sum(axes: axes).reshaped(target)
  }
}
