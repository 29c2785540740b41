import ApusEngine
import TestSupport
import Testing

/// Numbers that are spread over (low, high) without special values.
private func spread(_ shape: [Int], _ low: Double, _ high: Double, phase: Double = 0.1) -> Tensor {
  let count = shape.reduce(1, *)
  return Tensor(
    (0..<count).map { index in
      let fraction = (Double(index) * 0.6180339887 + phase).truncatingRemainder(dividingBy: 1)
      return low + (high - low) * fraction
    }, shape: shape)
}

/// Every differentiable operation with a region where it is smooth.
private struct Case: Sendable, CustomTestStringConvertible {
  let name: String
  let inputs: [Tensor]
  let function: @Sendable ([Tensor]) -> Tensor

  init(_ name: String, _ inputs: [Tensor], _ function: @escaping @Sendable ([Tensor]) -> Tensor) {
    self.name = name
    self.inputs = inputs
    self.function = function
  }

  var testDescription: String { name }
}

private let anywhere = spread([3, 5], -2.03, 2.01)
private let positive = spread([3, 5], 0.21, 3.07)
private let inside = spread([3, 5], -0.93, 0.91)
private let other = spread([3, 5], -1.97, 2.23, phase: 0.37)

private let elementwise: [Case] = [
  Case("negate", [anywhere]) { -$0[0] }, Case("abs", [anywhere]) { $0[0].abs() },
  Case("exp", [anywhere]) { $0[0].exp() }, Case("expm1", [anywhere]) { $0[0].expm1() },
  Case("log", [positive]) { $0[0].log() }, Case("log1p", [positive]) { $0[0].log1p() },
  Case("sqrt", [positive]) { $0[0].sqrt() }, Case("rsqrt", [positive]) { $0[0].rsqrt() },
  Case("reciprocal", [positive]) { $0[0].reciprocal() }, Case("sin", [anywhere]) { $0[0].sin() },
  Case("cos", [anywhere]) { $0[0].cos() }, Case("tan", [inside]) { $0[0].tan() },
  Case("asin", [inside]) { $0[0].asin() }, Case("acos", [inside]) { $0[0].acos() },
  Case("atan", [anywhere]) { $0[0].atan() }, Case("sinh", [anywhere]) { $0[0].sinh() },
  Case("cosh", [anywhere]) { $0[0].cosh() }, Case("tanh", [anywhere]) { $0[0].tanh() },
  Case("sigmoid", [anywhere]) { $0[0].sigmoid() }, Case("erf", [anywhere]) { $0[0].erf() },
  Case("relu", [anywhere]) { $0[0].relu() }, Case("square", [anywhere]) { $0[0].squared() },
  Case("softplus", [anywhere]) { $0[0].softplus() },
  Case("logGamma", [positive]) { $0[0].logGamma() },
  Case("add", [anywhere, other]) { $0[0] + $0[1] },
  Case("subtract", [anywhere, other]) { $0[0] - $0[1] },
  Case("multiply", [anywhere, other]) { $0[0] * $0[1] },
  Case("divide", [anywhere, positive]) { $0[0] / $0[1] },
  Case("power", [positive, other]) { $0[0].power($0[1]) },
  Case("maximum", [anywhere, other]) { $0[0].maximum($0[1]) },
  Case("minimum", [anywhere, other]) { $0[0].minimum($0[1]) },
  Case("atan2", [anywhere, positive]) { $0[0].atan2($0[1]) },
  Case("modulo", [positive, spread([3, 5], 0.4, 0.9, phase: 0.2)]) { $0[0].modulo($0[1]) },
  Case("select", [anywhere, other]) { ($0[0] .> 0.1).select($0[0] * $0[1], $0[1]) },
  Case("constants on either side", [positive]) { 2 - 3 / ($0[0] * 4 + 1) - 0.5 },
  Case("broadcast", [spread([3, 1], -1, 1), spread([5], -1, 1, phase: 0.3)]) { $0[0] * $0[1] },
]

private let structural: [Case] = [
  Case("sum of an axis", [anywhere]) { $0[0].sum(axes: [0]) },
  Case("sum of outer axes", [spread([2, 3, 4], -1, 1)]) { $0[0].sum(axes: [0, 2]) },
  Case("mean", [anywhere]) { $0[0].mean(axes: [-1]) },
  Case("variance", [anywhere]) { $0[0].variance(axes: [1]) },
  Case("product", [positive]) { $0[0].product(axes: [1]) },
  Case("max", [anywhere]) { $0[0].max(axes: [1]) },
  Case("min", [anywhere]) { $0[0].min(axes: [0]) },
  Case("logSumExp", [anywhere]) { $0[0].logSumExp(axes: [1]) },
  Case("softmax", [anywhere]) { $0[0].softmax() },
  Case("cumulativeSum", [anywhere]) { $0[0].cumulativeSum() },
  Case("cumulativeSum from the end", [anywhere]) { $0[0].cumulativeSum(axis: 0, reverse: true) },
  Case("sort", [anywhere]) { $0[0].sorted() },
  Case("sort down", [anywhere]) { $0[0].sorted(descending: true) },
  Case("matmul", [anywhere, spread([5, 2], -1, 1)]) { $0[0].matmul($0[1]) },
  Case("matmul aᵀ b", [spread([5, 3], -1, 1), spread([5, 2], -1, 1)]) {
    $0[0].transposed().matmul($0[1])
  },
  Case("matmul a bᵀ", [anywhere, spread([2, 5], -1, 1)]) { $0[0].matmul($0[1].transposed()) },
  Case("matmul aᵀ bᵀ", [spread([5, 3], -1, 1), spread([2, 5], -1, 1)]) {
    $0[0].transposed().matmul($0[1].transposed())
  },
  Case("matmul of stacks", [spread([2, 3, 4], -1, 1), spread([2, 4, 2], -1, 1)]) {
    $0[0].matmul($0[1])
  },
  Case("matmul of a stack and a matrix", [spread([2, 3, 4], -1, 1), spread([4, 2], -1, 1)]) {
    $0[0].matmul($0[1])
  },
  Case("matmul of a matrix and a stack", [spread([3, 4], -1, 1), spread([2, 4, 2], -1, 1)]) {
    $0[0].matmul($0[1])
  },
  Case("reshape", [anywhere]) { $0[0].reshaped([5, 3]) * 2 },
  Case("transpose", [spread([2, 3, 4], -1, 1)]) { $0[0].transposed([2, 0, 1]) * 2 },
  Case("slice", [anywhere]) { $0[0].sliced(axis: 1, 1..<5, stride: 2) },
  Case("reverse", [anywhere]) { $0[0].reversed(axis: 1) * $0[0] },
  Case("pad", [anywhere]) { $0[0].padded(axis: 0, before: 1, after: 2) },
  Case("concatenate", [anywhere, spread([3, 2], -1, 1)]) {
    Tensor.concatenate([$0[0], $0[1], $0[0]], axis: 1)
  },
  Case("gather", [anywhere]) { $0[0].gathered(Tensor([2, 0, 2, 2] as [Int32])) },
  Case("scatterAdd", [anywhere]) {
    $0[0].scatterAdded(Tensor([3, 1, 3] as [Int64]), count: 4)
  },
]

@Suite struct GradientTests {
  @Test(arguments: elementwise + structural)
  private func gradientsAgreeWithDifferences(_ c: Case) throws {
    try checkGradient(of: c.name, at: c.inputs, c.function)
  }

  /// The gradient is a graph, so it can be differentiated again.
  @Test(arguments: elementwise.filter { !["abs", "relu"].contains($0.name) })
  private func gradientsOfGradientsAgreeWithDifferences(_ c: Case) throws {
    try checkGradient(of: c.name + " twice", at: c.inputs, tolerance: 2e-5) { inputs in
      let value = c.function(inputs)
      let first = gradients(of: (value * value).sum(), withRespectTo: inputs)
      return Tensor.concatenate(first.map { $0.flattened() })
    }
  }

  @Test func halfAGradientGoesToEachOfEquals() throws {
    let x = Tensor([1, 2] as [Double])
    let y = Tensor([1, 3] as [Double])
    let found = gradients(of: x.maximum(y).sum(), withRespectTo: [x, y])
    #expect(try found[0].doubles() == [0.5, 0])
    #expect(try found[1].doubles() == [0.5, 1])
    let z = Tensor([4, 4, 1] as [Double])
    #expect(try gradient(of: z.max(), withRespectTo: z).doubles() == [0.5, 0.5, 0])
  }

  @Test func whatTheLossDoesNotDependOnGetsZeros() throws {
    let x = Tensor([1, 2] as [Float])
    let y = Tensor([3] as [Float])
    let found = gradients(of: (x * x).sum(), withRespectTo: [x, y])
    #expect(try found[0].doubles() == [2, 4])
    #expect(try found[1].doubles() == [0])
  }

  @Test func aLossMustBeOneNumber() {
    let x = Tensor([1, 2] as [Float])
    let found = gradient(of: x, withRespectTo: x)
    #expect(
      found.failure?.message
        == "[gradient] needs one floating-point number to differentiate: found float32[2]")
  }

  /// d³/dx³ of x⁴ is 24 x: three gradients deep.
  @Test func thirdDerivativesAreExact() throws {
    let x = Tensor([1.5, -2] as [Double])
    var value = x * x * x * x
    for _ in 0..<3 { value = gradient(of: value.sum(), withRespectTo: x) }
    expectClose(try value.doubles(), [36, -48], relative: 1e-14)
  }
}
