import ApusEvents
import ApusKernels

extension Forest {
  /// Grows the trees of a forest, as many at a time as there are threads, and hands them on in order.
  ///
  /// The trees depend on the seed and their number only. Their values are divided by `steps`, so that they add up to a mean.
  func growSideBySide(_ steps: Int, _ take: (GrownTree) -> Void) throws {
    let (seed, count, width) = (context.seed, training.count, training.features.count)
    let (bagging, make) = (bagging, maker(share: 1 / Double(steps)))
    let batch = max(1, context.threads) * 2
    for first in stride(from: 1, through: steps, by: batch) {
      let last = min(first + batch - 1, steps)
      let grown = Parallel.map(last - first + 1, threads: context.threads) {
        place -> GrownTree? in
        let step = UInt64(first + place)
        let times = bagging.times(count, key: mixedBits(seed, step, 5))
        return make(times, mixedBits(seed, step, 6))
      }
      for tree in grown {
        guard let tree else { throw noMemory(method, count, width) }
        take(tree)
      }
      _ = try tell(last, of: steps)
    }
  }

  /// Grows the tree of a bagging and a key on one thread; nil where there is no memory.
  private func maker(share: Double) -> @Sendable (_ times: [UInt8], _ key: UInt64) -> GrownTree? {
    let (table, weights) = (workspace.table, training.weights)
    if let classGrower {
      return { [outputs, spreads] times, key in
        classGrower.grow(weights: weights, times: times, key: key, threads: 1).map {
          GrownTree($0, table: table, classes: outputs, spreads: spreads, share: share)
        }
      }
    }
    let sign = training.task == .regression ? -1.0 : 1.0
    let rule = settings.cut.rule
    let grower = ForestGrower(
      table: table, gradients: zip(weights, targets).map { sign * $0 * $1 }, curvatures: weights,
      settings: settings.cut, columnsPerLeaf: settings.columns(of: table), depth: settings.depth,
      isRandom: settings.cut.random != 0)
    return { times, key in
      grower.grow(times: times, key: key).map {
        GrownTree($0, table: table, rule: rule, share: share)
      }
    }
  }
}

extension Forest {
  private var bagging: Bagging {
    Bagging(isBootstrap: options.flag("bootstrap"), share: options.real("subsample") ?? 1)
  }

  /// How often each event counts in a tree; empty where each counts once.
  func times(_ step: Int) -> [UInt8] {
    bagging.times(training.count, key: mixedBits(context.seed, UInt64(step), 5))
  }
}

/// Which events a tree of a forest sees.
private struct Bagging: Sendable {
  let isBootstrap: Bool
  let share: Double

  /// How often each event counts; empty where each counts once.
  func times(_ count: Int, key: UInt64) -> [UInt8] {
    if !isBootstrap, share >= 1 { return [] }
    var generator = SplitMix64(seed: key)
    if !isBootstrap {
      return (0..<count).map { _ in generator.uniform() < share ? 1 : 0 }
    }
    var times = [UInt8](repeating: 0, count: count)
    for _ in 0..<max(1, Int((share * Double(count)).rounded())) {
      let place = generator.below(count)
      if times[place] < 255 { times[place] += 1 }
    }
    return times
  }
}

extension GrownTree {
  /// A tree of a forest; its values are multiplied by `share`.
  fileprivate init(
    _ grown: [ForestGrower.Node], table: BinnedTable, rule: TreeCutRule, share: Double
  ) {
    nodes = [TreeEnsemble.Node](repeating: TreeEnsemble.Node(), count: grown.count)
    values = grown.map { node in
      let (g, h) = (node.gradient, node.curvature)
      if rule == .newton { return h > 0 ? -g / h * share : 0 }
      return (h > 0 ? min(max(g / h, 0), 1) : 0.5) * share
    }
    for (place, node) in grown.enumerated() {
      nodes[place].cover = node.cover
      if let cut = node.cut { describe(cut, node: place, child: node.child, table: table) }
    }
  }
}
