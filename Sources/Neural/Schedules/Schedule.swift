#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Darwin)
  internal import Darwin
#endif

/// How the learning rate changes in the course of training: a factor on the rate that the user gave.
public indirect enum Schedule: Sendable, Hashable {
  /// Always 1.
  case constant
  /// Times `factor` after every `every` epochs.
  case step(every: Int, factor: Double)
  /// Times `factor` after each epoch.
  case exponential(factor: Double)
  /// Half a cosine from 1 to `floor` over the whole training (Loshchilov, Hutter, arXiv:1608.03983).
  case cosine(floor: Double)
  /// Up from `start` to 1 in a share `rise` of the training, then down to `end`, both as half cosines
  /// (Smith, Topin, arXiv:1708.07120).
  case oneCycle(rise: Double, start: Double, end: Double)
  /// A straight line from `start` to 1 in `epochs` epochs, then another schedule, which counts from there.
  case warmUp(epochs: Double, start: Double, then: Schedule)
  /// Times `factor` when the watched loss has not improved by a share `threshold` for more than `patience`
  /// epochs, but not below `floor`.
  case plateau(factor: Double, patience: Int, threshold: Double, floor: Double)

  /// The factor at a moment of training.
  /// - Parameters:
  ///   - epoch: Epochs done, with fractions within an epoch: 0 at the first step.
  ///   - epochs: Epochs in all.
  ///   - plateau: What was seen of the watched loss.
  public func factor(epoch: Double, epochs: Double, plateau: Plateau = Plateau()) -> Double {
    switch self {
    case .constant: return 1
    case .step(let every, let factor):
      return pow(factor, (epoch / Double(max(1, every))).rounded(.down))
    case .exponential(let factor): return pow(factor, epoch.rounded(.down))
    case .cosine(let floor): return slide(from: 1, to: floor, epoch / max(epochs, 1e-9))
    case .oneCycle(let rise, let start, let end):
      let place = epoch / max(epochs, 1e-9)
      return place < rise
        ? slide(from: start, to: 1, place / rise)
        : slide(from: 1, to: end, (place - rise) / max(1 - rise, 1e-9))
    case .warmUp(let length, let start, let then):
      return epoch < length
        ? start + (1 - start) * epoch / length
        : then.factor(epoch: epoch - length, epochs: epochs - length, plateau: plateau)
    case .plateau: return plateau.factor
    }
  }

  /// What the schedule remembers of the watched loss; changed once an epoch.
  public struct Plateau: Sendable, Hashable {
    /// The factor so far.
    public var factor = 1.0
    /// The best loss so far.
    public var best = Double.infinity
    /// Epochs since then.
    public var waited = 0
    /// Nothing seen yet.
    public init() {}
  }

  /// Takes note of the watched loss of an epoch.
  public func watch(_ loss: Double, _ state: inout Plateau) {
    switch self {
    case .warmUp(_, _, let then): then.watch(loss, &state)
    case .plateau(let factor, let patience, let threshold, let floor):
      if loss < state.best - threshold * Swift.abs(state.best.isFinite ? state.best : 0) {
        state.best = loss
        state.waited = 0
        return
      }
      state.waited += 1
      if state.waited > patience {
        state.factor = max(floor, state.factor * factor)
        state.waited = 0
      }
    default: return
    }
  }
}

/// Half a cosine between two values; `place` in [0, 1].
private func slide(from: Double, to: Double, _ place: Double) -> Double {
  to + (from - to) * (1 + cos(.pi * min(max(place, 0), 1))) / 2
}
