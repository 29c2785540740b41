public import ApusEngine

/// What is added to the loss so that weights stay small: λ₁Σ|w| + λ₂Σw² + λₚΣ|w|^p over the weights that a mask names.
public struct Penalty: Sendable, Hashable {
  /// λ₁: drives weights to zero.
  public var l1: Double
  /// λ₂: shrinks weights in proportion (the gradient is 2λ₂w).
  public var l2: Double
  /// λₚ, and its power p > 0.
  public var lp: Double, power: Double

  /// Makes a penalty; nothing said is no penalty.
  public init(l1: Double = 0, l2: Double = 0, lp: Double = 0, power: Double = 1) {
    self.l1 = l1
    self.l2 = l2
    self.lp = lp
    self.power = power
  }

  /// Whether there is none.
  public var isEmpty: Bool { l1 == 0 && l2 == 0 && lp == 0 }

  /// The penalty of a flat vector of parameters; `mask` is 1 where a weight counts, 0 elsewhere.
  ///
  /// |w|^p is taken of √(w² + 10⁻¹²), which has a gradient at 0 for p below 1.
  public func callAsFunction(_ parameters: Tensor, mask: Tensor) -> Tensor {
    let w = parameters * mask
    var total = Tensor(0, dtype: parameters.dtype)
    if l1 != 0 { total = total + w.abs().sum() * l1 }
    if l2 != 0 { total = total + w.squared().sum() * l2 }
    if lp != 0 {
      total = total + ((w.squared() + 1e-12).power(power / 2) * mask).sum() * lp
    }
    return total
  }
}
