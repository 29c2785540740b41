public import ApusEngine

/// What is minimised: one number ℓ an event, averaged with the events' weights as Σwℓ/Σw.
///
/// Predictions and targets have the batch along axis 0; over further axes the mean is taken (reconstruction: the sum).
/// A target of shape [batch] fits a prediction of shape [batch, 1].
public enum Loss: Sendable, Hashable {
  /// |ŷ - y|: its minimum is the median.
  case absolute
  /// (ŷ - y)²: its minimum is the mean; maximum likelihood for normal errors of one size.
  case squared
  /// (ŷ - y)²/σ²; the target holds y and σ in its last axis.
  case inverseVariance
  /// Σ(x' - x)² over all features of an event.
  case reconstruction
  /// -[y ln p + (1-y) ln(1-p)] of a probability p, which is kept 10⁻¹⁵ (float32: 10⁻⁷) away from 0 and 1.
  case binaryCrossEntropy
  /// The same of a logit z with p = σ(z), stable for every z.
  case binaryCrossEntropyFromLogits
  /// -ln softmax(z)_y of class logits; the target is a class number an event, or a row of class shares.
  case crossEntropyFromLogits
  /// Squared within δ of the truth, linear beyond: δ(|r| - δ/2).
  case huber(delta: Double)
  /// 100·|ŷ - y|/|y|, with |y| of at least 10⁻⁷: a deviation in percent.
  case absolutePercentage
  /// max(0, 1 - tŷ) with t = -1 for background and 1 for signal; the target is 0 or 1.
  case hinge
  /// max(τr, (τ-1)r) with r = y - ŷ: its minimum is the τ-quantile.
  case quantile(Double)
  /// ½[s + (y - μ)²/e^s] for a prediction of the mean μ and the logarithm s of the variance.
  case gaussian
  /// Binary cross-entropy of a logit times (1 - p_t)^γ, which takes weight from easy events
  /// (Lin and others, arXiv:1708.02002).
  case focal(gamma: Double)

  /// The names that a configuration knows.
  public static let named: [(name: String, value: Loss)] = [
    ("mae", .absolute), ("mse", .squared), ("binary_cross_entropy", .binaryCrossEntropyFromLogits),
    ("cross_entropy", .crossEntropyFromLogits), ("huber", .huber(delta: 1)),
    ("mape", .absolutePercentage), ("hinge", .hinge), ("quantile", .quantile(0.5)),
    ("focal", .focal(gamma: 2)), ("gaussian", .gaussian),
  ]

  /// Σwℓ/Σw.
  /// - Parameters:
  ///   - prediction: What the network gives, in the shape that the loss wants.
  ///   - target: What it should give.
  ///   - weights: One number an event, possibly negative; nil counts every event once.
  public func callAsFunction(_ prediction: Tensor, _ target: Tensor, weights: Tensor? = nil)
    -> Tensor
  {
    let values = perEvent(prediction, target)
    guard let weights else { return values.mean() }
    return (values * weights).sum() / weights.sum()
  }

  /// ℓ of each event, of shape [batch].
  public func perEvent(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    switch self {
    case .crossEntropyFromLogits: return crossEntropy(prediction, target)
    case .inverseVariance:
      return overEvents(prediction, target, width: 2) { estimate, part in
        ((estimate - part(0)) / part(1)).squared()
      }
    case .gaussian where target.failure == nil && target.rank == 2 && target.shape[1] > 1:
      return gaussians(prediction, target)
    case .gaussian:
      return overEvents(target, prediction, width: 2) { truth, part in
        (part(1) + (truth - part(0)).squared() * (-part(1)).exp()) * 0.5
      }
    case .reconstruction:
      let squares = elementwise(prediction, fitted(target, to: prediction))
      return squares.rank <= 1 ? squares : squares.flattened(from: 1).sum(axes: [1])
    default:
      let values = elementwise(prediction, fitted(target, to: prediction))
      return values.rank <= 1 ? values : values.flattened(from: 1).mean(axes: [1])
    }
  }

  /// The mean over several targets; the prediction holds all μ, then all s.
  private func gaussians(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    let count = target.shape[1]
    guard prediction.failure == nil, prediction.rank == 2, prediction.shape[1] == 2 * count else {
      return .failed("loss", "needs \(2 * count) numbers an event, found \(prediction.shape)")
    }
    let (mean, s) = (
      prediction.sliced(axis: 1, 0..<count), prediction.sliced(axis: 1, count..<2 * count)
    )
    let rest = target.cast(to: prediction.dtype) - mean
    return ((s + rest.squared() * (-s).exp()) * 0.5).mean(axes: [1])
  }

  /// The numbers that a network must give for one estimate: the Gaussian needs μ and s.
  public var outputsPerEstimate: Int { self == .gaussian ? 2 : 1 }

  private func elementwise(_ prediction: Tensor, _ target: Tensor) -> Tensor {
    switch self {
    case .absolute: return (prediction - target).abs()
    case .binaryCrossEntropy:
      let edge = prediction.dtype == .float64 ? 1e-15 : 1e-7
      let p = prediction.maximum(edge).minimum(1 - edge)
      return -(target * p.log() + (1 - target) * (1 - p).log())
    case .binaryCrossEntropyFromLogits: return prediction.softplus() - target * prediction
    case .huber(let delta):
      let size = (prediction - target).abs()
      return (size .<= delta).select(size.squared() * 0.5, size * delta - 0.5 * delta * delta)
    case .absolutePercentage:
      return (prediction - target).abs() / target.abs().maximum(1e-7) * 100
    case .hinge: return (1 - (target * 2 - 1) * prediction).relu()
    case .quantile(let tau):
      let rest = target - prediction
      return (rest * tau).maximum(rest * (tau - 1))
    case .focal(let gamma):
      // z with the sign of the true class: p_t = σ(z), and ln(1 - p_t) = -softplus(z).
      let z = prediction * (target * 2 - 1)
      return (-z).softplus() * (z.softplus() * -gamma).exp()
    default: return (prediction - target).squared()
    }
  }

  /// The target in the prediction's type and, where the numbers agree, in its shape.
  private func fitted(_ target: Tensor, to prediction: Tensor) -> Tensor {
    let same = target.cast(to: prediction.dtype)
    return same.count == prediction.count ? same.reshaped(prediction.shape) : same
  }

  private func crossEntropy(_ logits: Tensor, _ target: Tensor) -> Tensor {
    guard logits.failure == nil, logits.rank == 2 else {
      return .failed(
        "cross-entropy", "needs logits of shape [batch, classes], found \(logits.shape)")
    }
    if target.rank == 1 {
      // The place of each event's own logit: a gather costs less than a row of zeros and a one.
      let row = Tensor.iota([logits.shape[0]], dtype: .int32) * Double(logits.shape[1])
      let chosen = logits.flattened().gathered(row + target.cast(to: .int32))
      return logits.logSumExp(axes: [1]) - chosen
    }
    let shares = target.cast(to: logits.dtype)
    let chosen = (shares * logits).sum(axes: [1])
    return logits.logSumExp(axes: [1]) * shares.sum(axes: [1]) - chosen
  }

  /// ℓ from a tensor of one number an event and one of `width`.
  private func overEvents(
    _ single: Tensor, _ wide: Tensor, width: Int, _ rule: (Tensor, (Int) -> Tensor) -> Tensor
  ) -> Tensor {
    guard wide.failure == nil, single.failure == nil, wide.rank == 2, wide.shape[1] == width else {
      return .failed("loss", "needs \(width) numbers an event, found \(wide.shape)")
    }
    let dtype = single.dtype.isFloating ? single.dtype : wide.dtype
    let columns = wide.cast(to: dtype)
    return rule(single.cast(to: dtype).reshaped([wide.shape[0]])) { column in
      columns.sliced(axis: 1, column..<(column + 1)).reshaped([wide.shape[0]])
    }
  }
}
