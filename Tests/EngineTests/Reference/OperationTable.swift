import ApusEngine

/// Every operation of the public interface by the name that `Tools/reference/operations.py` gives it.
enum OperationTable {
  typealias Function = @Sendable ([Tensor]) -> Tensor

  static let all = unary.merging(binary, uniquingKeysWith: { a, _ in a })
    .merging(numbers, uniquingKeysWith: { a, _ in a })
    .merging(structure, uniquingKeysWith: { a, _ in a })
    .merging(products, uniquingKeysWith: { a, _ in a })
    .merging(families(), uniquingKeysWith: { a, _ in a })

  /// Functions of one argument, each also swept over special values.
  static let unary: [String: Function] = [
    "negate": { -$0[0] }, "abs": { $0[0].abs() }, "sign": { $0[0].sign() },
    "exp": { $0[0].exp() }, "expm1": { $0[0].expm1() }, "log": { $0[0].log() },
    "log1p": { $0[0].log1p() }, "sqrt": { $0[0].sqrt() }, "rsqrt": { $0[0].rsqrt() },
    "reciprocal": { $0[0].reciprocal() }, "squared": { $0[0].squared() },
    "sin": { $0[0].sin() }, "cos": { $0[0].cos() }, "tan": { $0[0].tan() },
    "asin": { $0[0].asin() }, "acos": { $0[0].acos() }, "atan": { $0[0].atan() },
    "sinh": { $0[0].sinh() }, "cosh": { $0[0].cosh() }, "tanh": { $0[0].tanh() },
    "sigmoid": { $0[0].sigmoid() }, "sigmoid wide": { $0[0].sigmoid() },
    "erf": { $0[0].erf() }, "floor": { $0[0].floor() }, "ceil": { $0[0].ceil() },
    "rounded": { $0[0].rounded() }, "relu": { $0[0].relu() },
    "logGamma": { $0[0].logGamma() }, "softplus": { $0[0].softplus() },
    "softplus wide": { $0[0].softplus() }, "logicalNot": { $0[0].logicalNot() },
    "isNaN": { $0[0].isNaN() }, "isFinite": { $0[0].isFinite() },
  ]

  static let binary: [String: Function] = [
    "add": { $0[0] + $0[1] }, "subtract": { $0[0] - $0[1] }, "multiply": { $0[0] * $0[1] },
    "divide": { $0[0] / $0[1] }, "power": { $0[0].power($0[1]) },
    "power at zero": { $0[0].power($0[1]) },
    "maximum": { $0[0].maximum($0[1]) }, "minimum": { $0[0].minimum($0[1]) },
    "maximum of equals": { $0[0].maximum($0[1]) }, "minimum of equals": { $0[0].minimum($0[1]) },
    "atan2": { $0[0].atan2($0[1]) }, "modulo": { $0[0].modulo($0[1]) },
    "less": { $0[0] .< $0[1] }, "lessOrEqual": { $0[0] .<= $0[1] },
    "greater": { $0[0] .> $0[1] }, "greaterOrEqual": { $0[0] .>= $0[1] },
    "equal": { $0[0] .== $0[1] }, "notEqual": { $0[0] .!= $0[1] },
    "and": { $0[0] .& $0[1] }, "or": { $0[0] .| $0[1] },
    "add row": { $0[0] + $0[1] }, "multiply column": { $0[0] * $0[1] },
    "outer divide": { $0[0] / $0[1] },
    "select": { ($0[0] .> 0.1).select($0[0] * $0[1], $0[1]) },
    "select row": { ($0[0] .> $0[1]).select($0[0], $0[1]) },
    "select number": { ($0[0] .> 0.25).select($0[0], -0.5) },
  ]

  static let numbers: [String: Function] = [
    "number add": { $0[0] + 1.75 }, "number subtract": { $0[0] - 1.75 },
    "number subtract from": { 1.75 - $0[0] }, "number multiply": { 1.75 * $0[0] },
    "number divide": { $0[0] / 1.75 }, "number divide from": { 1.75 / $0[0] },
    "number power": { $0[0].power(1.75) }, "number power 2": { $0[0].power(2) },
    "number power 3": { $0[0].power(3) }, "number power -1": { $0[0].power(-1) },
    "number maximum": { $0[0].maximum(0.75) }, "number minimum": { $0[0].minimum(0.75) },
    "number modulo": { $0[0].modulo(0.75) },
    "number less": { $0[0] .< 0.25 }, "number lessOrEqual": { $0[0] .<= 0 },
    "number greater": { $0[0] .> 0.25 }, "number greaterOrEqual": { $0[0] .>= 0 },
    "number equal": { $0[0] .== 2 }, "number notEqual": { $0[0] .!= 2 },
  ]

  static let products: [String: Function] = [
    "matmul": { $0[0].matmul($0[1]) }, "matmul aT": { $0[0].transposed().matmul($0[1]) },
    "matmul bT": { $0[0].matmul($0[1].transposed()) },
    "matmul aT bT": { $0[0].transposed().matmul($0[1].transposed()) },
    "matmul stacks": { $0[0].matmul($0[1]) },
    "matmul stacks bT": { $0[0].matmul($0[1].transposed()) },
    "matmul stacks aT": { $0[0].transposed().matmul($0[1]) },
    "matmul stack matrix": { $0[0].matmul($0[1]) }, "matmul matrix stack": { $0[0].matmul($0[1]) },
    "matmul stretched stacks": { $0[0].matmul($0[1]) }, "matmul large": { $0[0].matmul($0[1]) },
    "matmul row": { $0[0].matmul($0[1]) }, "matmul column": { $0[0].matmul($0[1].transposed()) },
    "matmul with itself": { $0[0].matmul($0[0].transposed()) },
  ]

  static let structure: [String: Function] = [
    "max of equals": { $0[0].max(axes: [1]) }, "min of equals": { $0[0].min(axes: [0]) },
    "product with zeros": { $0[0].product(axes: [1]) },
    "logSumExp wide": { $0[0].logSumExp(axes: [1]) },
    "softmax wide": { $0[0].softmax(axis: 1) }, "logSoftmax wide": { $0[0].logSoftmax() },
    "reshape": { $0[0].reshaped([4, 6]) }, "reshape open": { $0[0].reshaped([3, -1]) },
    "flattened": { $0[0].flattened() }, "flattened from 1": { $0[0].flattened(from: 1) },
    "expanded": { $0[0].expanded(at: 1) }, "squeezed": { $0[0].squeezed(1) },
    "broadcast": { $0[0].broadcast(to: [2, 3, 4]) },
    "broadcast row": { $0[0].broadcast(to: [2, 3, 5]) },
    "slice": { $0[0].sliced(axis: 1, 1..<3) },
    "slice stride": { $0[0].sliced(axis: 2, 0..<4, stride: 3) },
    "slice last": { $0[0].sliced(axis: 0, 1..<2) },
    "slice of reversed": { $0[0].reversed(axis: 2).sliced(axis: -1, 1..<4, stride: 2) },
    "reversed 0": { $0[0].reversed(axis: 0) }, "reversed 1": { $0[0].reversed(axis: 1) },
    "reversed 2": { $0[0].reversed(axis: -1) },
    "padded 0": { $0[0].padded(axis: 0, before: 1, after: 2) },
    "padded 2": { $0[0].padded(axis: 2, before: 3, after: 1) },
    "concatenate 0": { Tensor.concatenate($0) },
    "concatenate 1": { Tensor.concatenate($0, axis: 1) },
    "stack": { Tensor.stack($0) },
    "gathered 0": { $0[0].gathered(Tensor([1, 0, 1] as [Int64])) },
    "gathered 1": { $0[0].gathered(Tensor([2, 2, 0, 1, 2] as [Int32]), axis: 1) },
    "gathered 2": { $0[0].gathered(Tensor([3, 0] as [Int64]), axis: -1) },
    "scatterAdded 0": { $0[0].scatterAdded(Tensor([2, 2] as [Int32]), count: 4) },
    "scatterAdded 1": { $0[0].scatterAdded(Tensor([1, 0, 1] as [Int64]), count: 2, axis: 1) },
    "scatterAdded 2": { $0[0].scatterAdded(Tensor([4, 1, 4, 0] as [Int32]), count: 5, axis: 2) },
  ]

  private static let reductions: [String: @Sendable (Tensor, [Int], Bool) -> Tensor] = [
    "sum": { $0.sum(axes: $1, keepingAxes: $2) }, "mean": { $0.mean(axes: $1, keepingAxes: $2) },
    "variance": { $0.variance(axes: $1, keepingAxes: $2) },
    "max": { $0.max(axes: $1, keepingAxes: $2) }, "min": { $0.min(axes: $1, keepingAxes: $2) },
    "logSumExp": { $0.logSumExp(axes: $1, keepingAxes: $2) },
    "product": { $0.product(axes: $1, keepingAxes: $2) },
  ]

  /// What is written once and holds for every axis, set of axes or order of axes.
  private static func families() -> [String: Function] {
    var table: [String: Function] = [:]
    for (name, reduce) in reductions {
      for axes in [[0], [1], [2], [0, 1], [0, 2], [1, 2], [0, 1, 2]] {
        table["\(name) \(axes)"] = { reduce($0[0], axes, false) }
        if axes == [0] || axes == [0, 2] {
          table["\(name) \(axes) kept"] = { reduce($0[0], axes.map { $0 - 3 }, true) }
        }
      }
    }
    for axis in 0..<3 {
      table["softmax \(axis)"] = { $0[0].softmax(axis: axis) }
      table["logSoftmax \(axis)"] = { $0[0].logSoftmax(axis: axis - 3) }
      table["argMax \(axis)"] = { $0[0].argMax(axis: axis) }
      table["argMin \(axis)"] = { $0[0].argMin(axis: axis - 3) }
      table["cumulativeSum \(axis)"] = { $0[0].cumulativeSum(axis: axis) }
      table["cumulativeSum \(axis) reverse"] = { $0[0].cumulativeSum(axis: axis, reverse: true) }
    }
    for down in [false, true] {
      let word = down ? " descending" : ""
      table["sorted" + word] = { $0[0].sorted(descending: down) }
      table["argSorted" + word] = { $0[0].argSorted(descending: down) }
      table["argSorted of equals" + word] = { $0[0].argSorted(descending: down) }
    }
    for axes in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
      table["transposed \(axes)"] = { $0[0].transposed(axes) }
    }
    return table
  }
}
