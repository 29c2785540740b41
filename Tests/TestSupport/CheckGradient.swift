public import ApusEngine
public import Testing

/// Checks gradients against central differences in double precision, element by element.
///
/// The function's result is turned into a scalar by fixed, uneven weights, so that every element counts.
/// - Parameters:
///   - inputs: Values in float64, away from kinks by more than `step`.
///   - tolerance: Absolute and relative; differences of step 1e-6 are good to about 1e-9 of the scale.
public func checkGradient(
  of name: String, at inputs: [Tensor], step: Double = 1e-6, tolerance: Double = 2e-7,
  location: SourceLocation = #_sourceLocation, _ function: ([Tensor]) -> Tensor
) throws {
  func scalar(_ values: [Tensor]) -> Tensor {
    let result = function(values)
    let weights = (Tensor.iota([result.count], dtype: .float64) * 0.7 + 0.3).sin() + 1.5
    return (result.flattened() * weights).sum()
  }
  let found = gradients(of: scalar(inputs), withRespectTo: inputs)
  for (number, input) in inputs.enumerated() {
    let values = try input.scalars(as: Double.self)
    var expected: [Double] = []
    for index in values.indices {
      var sides: [Double] = []
      for sign in [1.0, -1.0] {
        var moved = values
        moved[index] += sign * step
        var arguments = inputs
        arguments[number] = Tensor(moved, shape: input.shape)
        sides.append(try scalar(arguments).scalar())
      }
      expected.append((sides[0] - sides[1]) / (2 * step))
    }
    expectClose(
      try found[number].scalars(as: Double.self), expected, absolute: tolerance,
      relative: tolerance, "\(name), gradient of input \(number)", sourceLocation: location)
  }
}
