public import ApusEngine

/// A function that is applied to each number of a layer's output (softmax: to each row).
public enum Activation: Sendable, Hashable {
  /// f(x) = x.
  case linear
  /// 0 below 0, 1 from 0 on; its gradient is 0, so only the perceptron rule can train it.
  case step
  /// 1/(1 + e^-x), in (0, 1).
  case sigmoid
  /// The hyperbolic tangent, in (-1, 1).
  case tanh
  /// tan⁻¹ x.
  case arctan
  /// max(0, x).
  case relu
  /// x above 0, `slope`·x below.
  case leakyReLU(slope: Double)
  /// x above 0, `alpha`(e^x - 1) below (Clevert and others, arXiv:1511.07289).
  case elu(alpha: Double)
  /// A scaled ELU that keeps mean 0 and variance 1 (Klambauer and others, arXiv:1706.02515).
  case selu
  /// max(-1, x).
  case shiftedReLU
  /// log(1 + e^x): positive, a smooth ReLU.
  case softplus
  /// x/(1 + |x|).
  case softsign
  /// x·Φ(x) with the normal distribution's Φ (Hendrycks, Gimpel, arXiv:1606.08415).
  case gelu
  /// x·σ(x), also called swish.
  case silu
  /// e^xⱼ/Σₖe^xₖ along the last axis: class probabilities.
  case softmax
  /// The logarithm of softmax, without overflow.
  case logSoftmax

  /// λ and α of SELU.
  static let seluScale = 1.0507009873554804934193349852946
  static let seluAlpha = 1.6732632423543772848170429916717

  /// The names that a configuration knows.
  public static let named: [(name: String, value: Activation)] = [
    ("linear", .linear), ("step", .step), ("sigmoid", .sigmoid), ("tanh", .tanh),
    ("arctan", .arctan), ("relu", .relu), ("leaky_relu", .leakyReLU(slope: 0.01)),
    ("elu", .elu(alpha: 1)), ("selu", .selu), ("shifted_relu", .shiftedReLU),
    ("softplus", .softplus), ("softsign", .softsign), ("gelu", .gelu), ("silu", .silu),
    ("softmax", .softmax), ("log_softmax", .logSoftmax),
  ]

  /// Applies the function.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    switch self {
    case .linear: x
    case .step: (x .>= 0).cast(to: x.dtype)
    case .sigmoid: x.sigmoid()
    case .tanh: x.tanh()
    case .arctan: x.atan()
    case .relu: x.relu()
    case .leakyReLU(let slope): (x .> 0).select(x, x * slope)
    case .elu(let alpha): exponentialBelowZero(x, alpha)
    case .selu: exponentialBelowZero(x, Activation.seluAlpha) * Activation.seluScale
    case .shiftedReLU: x.maximum(-1)
    case .softplus: x.softplus()
    case .softsign: x / (x.abs() + 1)
    case .gelu: x * ((x * 0.5.squareRoot()).erf() + 1) * 0.5
    case .silu: x * x.sigmoid()
    case .softmax: x.softmax()
    case .logSoftmax: x.logSoftmax()
    }
  }

  /// The initialiser that keeps the size of activations for this function.
  public var initialiser: Initialiser {
    switch self {
    case .relu, .leakyReLU, .elu, .gelu, .silu, .shiftedReLU, .softplus: .heNormal
    case .selu: .lecunNormal
    default: .glorotUniform
    }
  }

  /// x above 0, α(e^x - 1) below; the exponential only ever sees what is not positive.
  private func exponentialBelowZero(_ x: Tensor, _ alpha: Double) -> Tensor {
    let positive = x .> 0
    let rest = positive.select(.zeros(x.shape, dtype: x.dtype), x)
    return positive.select(x, rest.expm1() * alpha)
  }
}
