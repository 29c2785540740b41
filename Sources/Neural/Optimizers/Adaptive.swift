public import ApusEngine

/// RMSProp (Hinton, lecture 6e, 2012): s ← βs + (1-β)g², w ← w - ηg/(√s + ε).
public struct RMSProp: Optimizer {
  /// β: how long squares are remembered.
  public var decay: Double
  /// ε.
  public var epsilon: Double
  /// Momentum on the scaled gradient.
  public var momentum: Double
  /// Whether s - m² is used, with the running mean m of g.
  public var centered: Bool

  /// Makes the rule.
  public init(
    decay: Double = 0.9, epsilon: Double = 1e-7, momentum: Double = 0, centered: Bool = false
  ) {
    self.decay = decay
    self.epsilon = epsilon
    self.momentum = momentum
    self.centered = centered
  }

  /// "rmsprop".
  public var name: String { "rmsprop" }

  /// s, and where they are used v and m.
  public func initialState(parameters: Tensor) -> [Tensor] {
    let count = 1 + (momentum != 0 ? 1 : 0) + (centered ? 1 : 0)
    return (0..<count).map { _ in zeros(parameters) }
  }

  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    var new = [mixed(state[0], gradient.squared(), share: 1 - decay)]
    var spread = new[0]
    if centered {
      let mean = mixed(state[state.count - 1], gradient, share: 1 - decay)
      spread = spread - mean.squared()
      new.append(mean)
    }
    var direction = gradient / (spread.sqrt() + epsilon)
    if momentum != 0 {
      direction = state[1] * momentum + direction
      new.insert(direction, at: 1)
    }
    return (parameters - direction * learningRate, new)
  }
}

/// Adagrad (Duchi and others 2011): s ← s + g², w ← w - ηg/(√s + ε).
public struct Adagrad: Optimizer {
  /// ε.
  public var epsilon: Double
  /// s before the first step.
  public var initial: Double
  /// Makes the rule.
  public init(epsilon: Double = 1e-10, initial: Double = 0) {
    self.epsilon = epsilon
    self.initial = initial
  }
  /// "adagrad".
  public var name: String { "adagrad" }
  /// s.
  public func initialState(parameters: Tensor) -> [Tensor] {
    [.full(initial, shape: parameters.shape, dtype: parameters.dtype)]
  }
  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    let sum = state[0] + gradient.squared()
    return (parameters - gradient / (sum.sqrt() + epsilon) * learningRate, [sum])
  }
}

/// Adadelta (Zeiler, arXiv:1212.5701): steps have the unit of the parameters; η is usually 1.
///
/// s ← ρs + (1-ρ)g², d = g√(u+ε)/√(s+ε), u ← ρu + (1-ρ)d², w ← w - ηd.
public struct Adadelta: Optimizer {
  /// ρ.
  public var decay: Double
  /// ε.
  public var epsilon: Double
  /// Makes the rule.
  public init(decay: Double = 0.9, epsilon: Double = 1e-6) {
    self.decay = decay
    self.epsilon = epsilon
  }
  /// "adadelta".
  public var name: String { "adadelta" }
  /// s and u.
  public func initialState(parameters: Tensor) -> [Tensor] {
    [zeros(parameters), zeros(parameters)]
  }
  /// One step.
  public func update(
    parameters: Tensor, gradient: Tensor, state: [Tensor], step: Tensor, learningRate: Tensor
  ) -> (parameters: Tensor, state: [Tensor]) {
    let squares = mixed(state[0], gradient.squared(), share: 1 - decay)
    let move = gradient * ((state[1] + epsilon) / (squares + epsilon)).sqrt()
    let moves = mixed(state[1], move.squared(), share: 1 - decay)
    return (parameters - move * learningRate, [squares, moves])
  }
}
