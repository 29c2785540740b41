public import ApusEngine

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Adam (Kingma, Ba, arXiv:1412.6980), and AdamW where weights decay apart from the gradient.
///
/// m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η·m̂/(√v̂ + ε) with m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ).
/// AdamW (Loshchilov, Hutter, arXiv:1711.05101) first shrinks the weights: w ← w(1 - ηλ).
public struct Adam: Optimizer {
  /// β₁ and β₂.
  public var beta1: Double, beta2: Double
  /// ε.
  public var epsilon: Double
  /// Whether the largest v so far is used (Reddi and others 2018).
  public var amsgrad: Bool
  /// λ of AdamW; 0 is Adam.
  public var weightDecay: Double
  /// Which parameters decay: 1 or 0 for each; nil means all.
  public var decayMask: Tensor?

  /// Makes the rule.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, amsgrad: Bool = false,
    weightDecay: Double = 0, decayMask: Tensor? = nil
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.amsgrad = amsgrad
    self.weightDecay = weightDecay
    self.decayMask = decayMask
  }

  /// "adam" or "adamw".
  public var name: String { weightDecay == 0 ? "adam" : "adamw" }

  /// m and v, and the largest v.
  public func initialState(parameters: Tensor) -> [Tensor] {
    (0..<(amsgrad ? 3 : 2)).map { _ in zeros(parameters) }
  }

  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    let mean = mixed(state[0], gradient, share: 1 - beta1)
    let square = mixed(state[1], gradient.squared(), share: 1 - beta2)
    var new = [mean, square]
    if amsgrad { new.append(state[2].maximum(square)) }
    let stepSize = learningRate / biasCorrection(beta1, step)
    let rootScale = biasCorrection(beta2, step).rsqrt()
    let move = mean * stepSize / (new[new.count - 1].sqrt() * rootScale + epsilon)
    guard weightDecay != 0 else { return (parameters - move, new) }
    let shrinking = learningRate * weightDecay
    let decay = decayMask.map { $0.cast(to: parameters.dtype) * shrinking } ?? shrinking
    return (parameters - parameters * decay - move, new)
  }
}

/// Nadam (Dozat 2016): Adam that looks ahead, with a momentum that grows as β₁(1 - ½·0.96^(tψ)).
public struct Nadam: Optimizer {
  /// β₁ and β₂.
  public var beta1: Double, beta2: Double
  /// ε.
  public var epsilon: Double
  /// ψ.
  public var momentumDecay: Double

  /// Makes the rule.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
    momentumDecay: Double = 0.004
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.momentumDecay = momentumDecay
  }

  /// "nadam".
  public var name: String { "nadam" }

  /// m, v and the product of all momenta.
  public func initialState(parameters: Tensor) -> [Tensor] {
    [zeros(parameters), zeros(parameters), Tensor(1, dtype: parameters.dtype)]
  }

  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    let mean = mixed(state[0], gradient, share: 1 - beta1)
    let square = mixed(state[1], gradient.squared(), share: 1 - beta2)
    let (now, next) = (momentum(step), momentum(step + 1))
    let product = state[2] * now
    let ahead =
      gradient * ((1 - now) / (1 - product)) + mean * (next / (1 - product * next))
    let root = square.sqrt() * biasCorrection(beta2, step).rsqrt() + epsilon
    return (parameters - ahead * learningRate / root, [mean, square, product])
  }

  private func momentum(_ step: Tensor) -> Tensor {
    (1 - (step * (momentumDecay * naturalLogarithm(0.96))).exp() * 0.5) * beta1
  }
}

/// The natural logarithm of a number.
func naturalLogarithm(_ x: Double) -> Double { log(x) }
