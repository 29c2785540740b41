public import ApusEngine

extension Formula {
  /// The formula in the engine's graph, so that it is fast, has gradients and travels inside a model.
  ///
  /// The meaning is that of ``evaluate(on:missing:)`` in the columns' own precision. Indices and reductions of lists are
  /// not part of the graph, whose shapes are the same for every event: they are evaluated where a table is
  /// read, and what they give is an input of the graph.
  /// - Parameter lookup: The tensor of a column: floating point, all of one shape and element type.
  /// - Throws: ``FormulaError`` for a formula that is not elementwise, see ``isElementwise``.
  public func tensor(columns lookup: (String) -> Tensor) throws(FormulaError) -> Tensor {
    let inputs = columns.map(lookup)
    guard let model = inputs.first else { return Tensor(try evaluate(columns: [], count: 1)[0]) }
    var values: [Tensor] = []
    for (i, node) in nodes.enumerated() {
      switch node {
      case .number(let value): values.append(Tensor(value, dtype: model.dtype))
      case .column(let c): values.append(inputs[c])
      case .unary(let function, let a): values.append(Formula.graph(function, values[a]))
      case .binary(let function, let a, let b):
        values.append(Formula.graph(function, values[a], values[b]))
      case .select(let c, let a, let b):
        values.append(Formula.truth(values[c]).select(values[a], values[b]))
      default:
        throw FormulaError(
          formula: places[i].text, position: places[i].range.lowerBound,
          reason:
            "elements and reductions of lists are evaluated when a table is read and are no part of "
            + "the graph.", cause: .values)
      }
    }
    let result = values[values.count - 1]
    return result.shape == model.shape ? result : result.broadcast(to: model.shape)
  }

  private static func truth(_ x: Tensor) -> Tensor { (x .!= 0) .& x.isNaN().logicalNot() }

  private static func graph(_ function: UnaryFunction, _ x: Tensor) -> Tensor {
    switch function {
    case .negate: -x
    case .not: truth(x).logicalNot().cast(to: x.dtype)
    case .abs: x.abs()
    case .sqrt: x.sqrt()
    case .exp: x.exp()
    case .log: x.log()
    case .sin: x.sin()
    case .cos: x.cos()
    case .tan: x.tan()
    case .asin: x.asin()
    case .acos: x.acos()
    case .atan: x.atan()
    case .sinh: x.sinh()
    case .cosh: x.cosh()
    case .tanh: x.tanh()
    case .asinh: asinh(x)
    case .erf: x.erf()
    case .log1p: x.log1p()
    case .expm1: x.expm1()
    case .floor: x.floor()
    case .ceil: x.ceil()
    case .round: x.rounded()
    case .sign: x.sign()
    case .isnan: x.isNaN().cast(to: x.dtype)
    case .isfinite: x.isFinite().cast(to: x.dtype)
    }
  }

  /// ±log(1 + a + a² / (1 + √(1 + a²))) of a = |x|, which keeps its digits for small x.
  static func asinh(_ x: Tensor) -> Tensor {
    let a = x.abs()
    let square = a.squared()
    return x.sign() * (a + square / ((square + 1).sqrt() + 1)).log1p()
  }

  private static func graph(_ function: BinaryFunction, _ x: Tensor, _ y: Tensor) -> Tensor {
    switch function {
    case .add: x + y
    case .subtract: x - y
    case .multiply: x * y
    case .divide: x / y
    case .modulo: x.modulo(y)
    case .power: x.power(y)
    case .min: x.minimum(y)
    case .max: x.maximum(y)
    case .atan2: x.atan2(y)
    case .less: (x .< y).cast(to: x.dtype)
    case .lessOrEqual: (x .<= y).cast(to: x.dtype)
    case .greater: (x .> y).cast(to: x.dtype)
    case .greaterOrEqual: (x .>= y).cast(to: x.dtype)
    case .equal: (x .== y).cast(to: x.dtype)
    case .notEqual: (x .!= y).cast(to: x.dtype)
    case .and: (truth(x) .& truth(y)).cast(to: x.dtype)
    case .or: (truth(x) .| truth(y)).cast(to: x.dtype)
    }
  }
}
