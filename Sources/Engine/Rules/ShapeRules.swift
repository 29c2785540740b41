/// The shape and element type of a value.
struct ValueType: Hashable, Sendable {
  var shape: [Int]
  var dtype: DType

  init(_ shape: [Int], _ dtype: DType) {
    self.shape = shape
    self.dtype = dtype
  }

  /// What kernels can walk over.
  static let mostAxes = 8
  /// Counts of bytes stay far from the largest integer.
  static let mostElements = 1 << 56
}

/// The shape and type of an operation's result: the only place where shapes fail.
func inferShape(_ op: Op, _ inputs: [ValueType]) throws(EngineError) -> ValueType {
  let type = try inferType(op, inputs)
  guard type.shape.count <= ValueType.mostAxes, type.shape.allSatisfy({ $0 >= 0 }),
    type.shape.product < ValueType.mostElements
  else {
    throw EngineError(
      op.name,
      "needs at most \(ValueType.mostAxes) axes of sizes from 0, and a count of elements that "
        + "fits in memory: found \(type.shape)")
  }
  return type
}

private func inferType(_ op: Op, _ inputs: [ValueType]) throws(EngineError) -> ValueType {
  switch op {
  case .constant, .argument, .failed:
    throw EngineError(op.name, "is a leaf and is not inferred")
  case .full(_, let shape, let dtype), .iota(_, let shape, let dtype):
    return ValueType(shape, dtype)
  case .random(_, _, let shape, let dtype):
    try require(
      inputs == [ValueType([2], .int64)], op, "needs a key of two int64 numbers", inputs)
    return ValueType(shape, dtype)
  case .unary(let f):
    return ValueType(inputs[0].shape, try unaryType(f, inputs[0].dtype))
  case .binary(let f):
    try require(inputs[0].shape == inputs[1].shape, op, "shapes must be equal", inputs)
    return ValueType(inputs[0].shape, try binaryType(f, inputs))
  case .select: return try selectRule(op, inputs)
  case .cast(let dtype): return ValueType(inputs[0].shape, dtype)
  case .reduce(let how, let axes):
    try require(inputs[0].dtype != .bool, op, "bool must be cast to a number first", inputs)
    try require(
      how != .logSumExp || inputs[0].dtype.isFloating, op, "needs float32 or float64", inputs)
    return ValueType(try dropping(axes, op, inputs), inputs[0].dtype)
  case .argMax(let axis), .argMin(let axis):
    return ValueType(try dropping([axis], op, inputs), .int64)
  case .cumulativeSum(let axis, _):
    try requireAxis(axis, op, inputs)
    return ValueType(inputs[0].shape, inputs[0].dtype)
  case .sort:
    try require(!inputs[0].shape.isEmpty, op, "needs an axis", inputs)
    return ValueType(inputs[0].shape, inputs[0].dtype)
  case .argSort:
    try require(!inputs[0].shape.isEmpty, op, "needs an axis", inputs)
    return ValueType(inputs[0].shape, .int64)
  case .matmul(let a, let b): return try matmulRule(op, a, b, inputs)
  case .reshape(let shape):
    try require(
      shape.product == inputs[0].shape.product && shape.allSatisfy { $0 >= 0 }, op,
      "can't make \(shape) from another number of elements", inputs)
    return ValueType(shape, inputs[0].dtype)
  case .transpose(let axes):
    try require(
      axes.sorted() == Array(inputs[0].shape.indices), op, "\(axes) must name every axis once",
      inputs)
    return ValueType(axes.map { inputs[0].shape[$0] }, inputs[0].dtype)
  case .broadcast(let shape): return try broadcastRule(op, shape, inputs)
  case .slice(let starts, let counts, let strides):
    return try sliceRule(op, starts, counts, strides, inputs)
  case .place(_, _, let shape): return ValueType(shape, inputs[0].dtype)
  case .concatenate(let axis): return try concatenateRule(op, axis, inputs)
  case .gather(let axis): return try gatherRule(op, axis, inputs)
  case .scatterAdd(let axis, let count):
    let (shape, dtype) = (inputs[0].shape, inputs[0].dtype)
    try requireAxis(axis, op, inputs)
    try require(
      inputs[1].shape == [shape[axis]] && isIndex(inputs[1].dtype), op,
      "needs one int32 or int64 index for each entry along axis \(axis)", inputs)
    return ValueType(shape.replacing(axis, with: count), dtype)
  }
}

private func unaryType(_ f: Unary, _ dtype: DType) throws(EngineError) -> DType {
  switch f {
  case .not: return .bool
  case .isNaN, .isFinite: return .bool
  case .negate, .abs, .sign, .relu, .square, .floor, .ceil, .round:
    guard dtype != .bool else {
      throw EngineError("\(f)", "needs numbers, not bool; cast it first")
    }
    return dtype
  default:
    guard dtype.isFloating else {
      throw EngineError("\(f)", "needs float32 or float64, not \(dtype); cast it first")
    }
    return dtype
  }
}

private func binaryType(_ f: Binary, _ inputs: [ValueType]) throws(EngineError) -> DType {
  let op = Op.binary(f)
  try require(
    inputs[0].dtype == inputs[1].dtype, op, "element types must be equal; cast one", inputs)
  switch f {
  case .and, .or: return .bool
  case .less, .lessOrEqual, .equal, .notEqual: return .bool
  default:
    try require(inputs[0].dtype != .bool, op, "needs numbers, not bool; cast them first", inputs)
    return inputs[0].dtype
  }
}

private func selectRule(_ op: Op, _ inputs: [ValueType]) throws(EngineError) -> ValueType {
  try require(inputs[0].dtype == .bool, op, "the condition must be bool", inputs)
  try require(
    inputs[0].shape == inputs[1].shape && inputs[1].shape == inputs[2].shape, op,
    "shapes must be equal", inputs)
  try require(inputs[1].dtype == inputs[2].dtype, op, "element types must be equal", inputs)
  return ValueType(inputs[1].shape, inputs[1].dtype)
}

private func dropping(_ axes: [Int], _ op: Op, _ inputs: [ValueType]) throws(EngineError) -> [Int] {
  for axis in axes { try requireAxis(axis, op, inputs) }
  try require(Set(axes).count == axes.count, op, "\(axes) names an axis twice", inputs)
  return inputs[0].shape.indices.filter { !axes.contains($0) }.map { inputs[0].shape[$0] }
}

private func matmulRule(
  _ op: Op, _ transposeA: Bool, _ transposeB: Bool, _ inputs: [ValueType]
) throws(EngineError) -> ValueType {
  let (a, b) = (inputs[0].shape, inputs[1].shape)
  try require(
    a.count >= 2 && a.count == b.count, op, "needs two matrices, or stacks of equal rank", inputs)
  try require(
    inputs[0].dtype == inputs[1].dtype && inputs[0].dtype.isFloating, op,
    "needs float32 or float64 on both sides", inputs)
  let rank = a.count
  try require(a.dropLast(2) == b.dropLast(2), op, "stacks must have equal sizes", inputs)
  let (rows, inner) = transposeA ? (a[rank - 1], a[rank - 2]) : (a[rank - 2], a[rank - 1])
  let (inner2, columns) = transposeB ? (b[rank - 1], b[rank - 2]) : (b[rank - 2], b[rank - 1])
  try require(
    inner == inner2, op, "inner sizes must be equal, but are \(inner) and \(inner2)", inputs)
  return ValueType(Array(a.dropLast(2)) + [rows, columns], inputs[0].dtype)
}

private func broadcastRule(
  _ op: Op, _ shape: [Int], _ inputs: [ValueType]
) throws(EngineError) -> ValueType {
  let old = inputs[0].shape
  let fits =
    old.count <= shape.count
    && zip(old.reversed(), shape.reversed()).allSatisfy { $0 == $1 || $0 == 1 }
  try require(fits, op, "can't be stretched to \(shape)", inputs)
  return ValueType(shape, inputs[0].dtype)
}

private func sliceRule(
  _ op: Op, _ starts: [Int], _ counts: [Int], _ strides: [Int], _ inputs: [ValueType]
) throws(EngineError) -> ValueType {
  let shape = inputs[0].shape
  for axis in shape.indices where counts[axis] > 0 {
    let last = starts[axis] + (counts[axis] - 1) * strides[axis]
    let inside = 0..<shape[axis]
    try require(
      inside.contains(starts[axis]) && inside.contains(last), op,
      "takes \(starts[axis])...\(last) of axis \(axis)", inputs)
  }
  return ValueType(counts, inputs[0].dtype)
}

private func concatenateRule(
  _ op: Op, _ axis: Int, _ inputs: [ValueType]
) throws(EngineError) -> ValueType {
  try requireAxis(axis, op, inputs)
  let first = inputs[0]
  for other in inputs.dropFirst() {
    try require(
      other.dtype == first.dtype && other.shape.count == first.shape.count
        && other.shape.replacing(axis, with: 0) == first.shape.replacing(axis, with: 0), op,
      "types and all sizes but those of axis \(axis) must be equal", inputs)
  }
  let total = inputs.reduce(0) { $0 + $1.shape[axis] }
  return ValueType(first.shape.replacing(axis, with: total), first.dtype)
}

private func gatherRule(
  _ op: Op, _ axis: Int, _ inputs: [ValueType]
) throws(EngineError) -> ValueType {
  try requireAxis(axis, op, inputs)
  try require(
    inputs[1].shape.count == 1 && isIndex(inputs[1].dtype), op,
    "needs a list of int32 or int64 indices", inputs)
  return ValueType(inputs[0].shape.replacing(axis, with: inputs[1].shape[0]), inputs[0].dtype)
}

private func isIndex(_ dtype: DType) -> Bool { dtype == .int32 || dtype == .int64 }

private func requireAxis(_ axis: Int, _ op: Op, _ inputs: [ValueType]) throws(EngineError) {
  try require(inputs[0].shape.indices.contains(axis), op, "there is no axis \(axis)", inputs)
}

private func require(
  _ holds: Bool, _ op: Op, _ rule: @autoclosure () -> String, _ inputs: [ValueType]
) throws(EngineError) {
  guard !holds else { return }
  let found = inputs.map { "\($0.dtype)\($0.shape)" }.joined(separator: " and ")
  throw EngineError(op.name, rule() + ": found \(found)")
}

extension Array where Element == Int {
  /// The number of elements of a shape; the largest integer where there is no such number.
  var product: Int {
    reduce(1) { total, size in
      let (product, overflows) = total.multipliedReportingOverflow(by: size)
      return overflows ? Int.max : product
    }
  }

  /// The shape with another size along one axis.
  func replacing(_ axis: Int, with size: Int) -> [Int] {
    var copy = self
    copy[axis] = size
    return copy
  }

  /// The strides of a contiguous array of this shape, in elements.
  var contiguousStrides: [Int] {
    var strides = [Int](repeating: 1, count: count)
    for axis in indices.dropLast().reversed() {
      strides[axis] = strides[axis + 1] * self[axis + 1]
    }
    return strides
  }
}
