public import ApusEngine

/// A rule that moves all parameters of a model by one step, written as algebra on one flat vector.
///
/// In a compiled training step the whole rule becomes one loop over memory.
public protocol Optimizer: Sendable {
  /// What a configuration calls it.
  var name: String { get }
  /// The vectors that the rule remembers, before the first step.
  func initialState(parameters: Tensor) -> [Tensor]
  /// One step.
  /// - Parameters:
  ///   - parameters: All parameters, [n].
  ///   - gradient: The loss's gradient there, [n].
  ///   - state: What the rule remembers.
  ///   - step: A scalar: the number of this step, from 1.
  ///   - learningRate: A scalar.
  /// - Returns: The new parameters and the new state.
  func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor])
}

/// Gradient descent, with all events, some, or one at a step: w ← w - ηg.
///
/// With momentum μ, v ← μv + g and w ← w - ηv (Polyak 1964); Nesterov's form looks ahead: w ← w - η(g + μv).
public struct SGD: Optimizer {
  /// μ, in [0, 1).
  public var momentum: Double
  /// Whether the step looks ahead (Sutskever and others 2013).
  public var nesterov: Bool

  /// Makes the rule.
  public init(momentum: Double = 0, nesterov: Bool = false) {
    self.momentum = momentum
    self.nesterov = nesterov
  }

  /// "sgd", "momentum" or "nesterov".
  public var name: String { momentum == 0 ? "sgd" : nesterov ? "nesterov" : "momentum" }

  /// v = 0, where there is momentum.
  public func initialState(parameters: Tensor) -> [Tensor] {
    momentum == 0 ? [] : [zeros(parameters)]
  }

  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    guard momentum != 0 else { return (parameters - gradient * learningRate, []) }
    let velocity = state[0] * momentum + gradient
    let direction = nesterov ? gradient + velocity * momentum : velocity
    return (parameters - direction * learningRate, [velocity])
  }
}

func zeros(_ x: Tensor) -> Tensor { .zeros(x.shape, dtype: x.dtype) }

/// a + (b - a)·share: a running average.
func mixed(_ a: Tensor, _ b: Tensor, share: Double) -> Tensor { a + (b - a) * share }

/// 1 - β^t for a scalar t, exact also where β^t is nearly 1.
func biasCorrection(_ beta: Double, _ step: Tensor) -> Tensor {
  beta <= 0 ? Tensor(1, dtype: step.dtype) : -(step * naturalLogarithm(beta)).expm1()
}
