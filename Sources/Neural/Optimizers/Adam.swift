public import ApusEngine

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// Adam (Kingma, Ba, arXiv:1412.6980).
///
/// m ← β₁m + (1-β₁)g, v ← β₂v + (1-β₂)g², w ← w - η·m̂/(√v̂ + ε) with m̂ = m/(1-β₁ᵗ), v̂ = v/(1-β₂ᵗ).
public struct Adam: Optimizer {
  /// β₁ and β₂.
  public var beta1: Double, beta2: Double
  /// ε.
  public var epsilon: Double
  /// Whether the largest v so far is used (Reddi and others 2018).
  public var amsgrad: Bool

  /// Makes the rule.
  public init(
    beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, amsgrad: Bool = false
  ) {
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.amsgrad = amsgrad
  }

  /// "adam".
  public var name: String { "adam" }

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
    return (parameters - move, new)
  }
}

/// Any rule, after weights were shrunk apart from the gradient: w ← w(1 - ηλ), then the rule.
///
/// With Adam this is AdamW (Loshchilov, Hutter, arXiv:1711.05101).
public struct WeightDecay: Optimizer {
  /// The rule.
  public var base: any Optimizer
  /// λ.
  public var strength: Double
  /// Which parameters decay: 1 or 0 for each; nil means all.
  public var mask: Tensor?

  /// Makes the rule.
  public init(_ base: any Optimizer, _ strength: Double, mask: Tensor? = nil) {
    self.base = base
    self.strength = strength
    self.mask = mask
  }

  /// "adamw" for Adam, else the rule's own name.
  public var name: String { base.name == "adam" ? "adamw" : base.name + " with weight decay" }

  /// What the rule remembers.
  public func initialState(parameters: Tensor) -> [Tensor] {
    base.initialState(parameters: parameters)
  }

  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    let share = learningRate * strength
    let decay = mask.map { $0.cast(to: parameters.dtype) * share } ?? share
    return base.update(
      parameters: parameters - parameters * decay, gradient: gradient, state: state, step: step,
      learningRate: learningRate)
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
