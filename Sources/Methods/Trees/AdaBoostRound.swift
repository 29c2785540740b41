import ApusEvents
import ApusKernels

/// One tree of adaptive boosting: how wrong it is, what its leaves vote for, and what events weigh after it.
struct AdaBoostRound {
  /// The weighted share of wrong events.
  let error: Double
  private let classes: Int
  /// Whether each event has a share a class, not one of signal.
  private let isVector: Bool
  private let beta: Double
  private let isReal: Bool
  /// The share of signal (two classes) or of each class in the leaf of each event.
  private let shares: [Double]
  private let labels: [Int32]

  init(_ forest: Forest, _ tree: GrownTree, _ weights: [Double], beta: Double, isReal: Bool) {
    (self.beta, self.isReal, labels) = (beta, isReal, forest.training.labels)
    (classes, shares) = (max(forest.outputs, 2), forest.answers(tree))
    isVector = forest.classGrower != nil
    var (total, wrong) = (0.0, 0.0)
    for i in weights.indices {
      total += weights[i]
      if !AdaBoostRound.isRight(shares, i, labels[i], classes, isVector) { wrong += weights[i] }
    }
    error = wrong / total
  }

  /// Whether no tree after this one would help.
  var isLast: Bool { error <= 0 || (!isReal && error >= 1 - 1 / Double(classes)) }

  private var strength: Double {
    let kept = min(max(error, 1e-9), 1 - 1e-9)
    return beta * (logarithm((1 - kept) / kept) + logarithm(Double(classes - 1)))
  }

  /// Weighs the events anew; the sum of weights stays.
  /// - Returns: false where the new weights have no positive sum.
  func weigh(_ weights: inout [Double], isInverse: Bool) -> Bool {
    let total = weights.reduce(0, +), punished = exponentialOf(strength)
    var sum = 0.0
    for i in weights.indices {
      let factor = isReal ? realFactor(i) : isRight(i) ? 1 : punished
      // Of negative weights neither wrong nor right events grow: real boosting has factors below one for right ones, whose inverse
      // would let them outweigh their surroundings in a few trees.
      weights[i] *= weights[i] < 0 && isInverse ? min(factor, 1 / factor) : factor
      sum += weights[i]
    }
    let scale = sum > 0 ? total / sum : 1
    for i in weights.indices { weights[i] *= scale }
    return sum > 0
  }

  /// exp(−β (K−1)/K (ln p_y − mean of the other ln p)).
  private func realFactor(_ event: Int) -> Double {
    if !isVector {
      let sign = labels[event] == 1 ? -0.5 : 0.5
      return exponentialOf(sign * beta * AdaBoostRound.logOdds(shares[event]))
    }
    var (own, others) = (0.0, 0.0)
    for k in 0..<classes {
      let log = AdaBoostRound.keptLogarithm(shares[event * classes + k])
      if k == Int(labels[event]) { own = log } else { others += log }
    }
    let rest = Double(classes - 1)
    return exponentialOf(-beta * (rest / Double(classes)) * (own - others / rest))
  }

  /// Turns shares of leaves into votes, which sum to zero over several classes.
  func vote(_ tree: inout GrownTree) {
    let (strength, width) = (strength, Double(classes))
    if !isVector {
      for place in tree.values.indices {
        let p = tree.values[place]
        tree.values[place] =
          isReal ? beta * AdaBoostRound.logOdds(p) : p > 0.5 ? strength : -strength
      }
      return
    }
    for start in stride(from: 0, to: tree.values.count, by: classes) {
      let own = Array(tree.values[start..<start + classes])
      let best = AdaBoostRound.largest(own, from: 0, classes)
      let logs = own.map { AdaBoostRound.keptLogarithm($0) }
      let mean = logs.reduce(0, +) / width
      for k in own.indices {
        tree.values[start + k] =
          isReal ? beta * (logs[k] - mean) : strength * ((k == best ? 1 : 0) - 1 / width)
      }
    }
  }

  private func isRight(_ event: Int) -> Bool {
    AdaBoostRound.isRight(shares, event, labels[event], classes, isVector)
  }

  private static func isRight(
    _ shares: [Double], _ event: Int, _ label: Int32, _ classes: Int, _ isVector: Bool
  ) -> Bool {
    if !isVector { return (shares[event] > 0.5) == (label == 1) }
    return largest(shares, from: event * classes, classes) == Int(label)
  }

  /// The first class of the largest share.
  private static func largest(_ shares: [Double], from start: Int, _ classes: Int) -> Int {
    var best = 0
    for k in 1..<classes where shares[start + k] > shares[start + best] { best = k }
    return best
  }

  private static func keptLogarithm(_ p: Double) -> Double {
    logarithm(min(max(p, 1e-4), 1 - 1e-4))
  }

  /// ln(p/(1−p)), p kept off 0 and 1.
  private static func logOdds(_ p: Double) -> Double {
    let kept = min(max(p, 1e-4), 1 - 1e-4)
    return logarithm(kept / (1 - kept))
  }
}
