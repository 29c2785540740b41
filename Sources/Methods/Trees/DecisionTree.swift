public import ApusEvents
import ApusKernels

/// A single decision tree, pruned by cost and complexity where asked.
///
/// The tree is cut until leaves are pure or as small as allowed; a leaf answers with its weighted share of signal (or mean). Pruning
/// takes away, one after the other, the inner node whose cuts gain least per leaf, as long as that is at most `pruning` times the sum
/// of weights (Breiman et al. 1984). Several classes or targets share one tree, whose leaves answer with the share or mean of each (targets count in units of their deviations); s/√(s+b) is then that of the
/// class for which it is largest. Weights enter as they are, also negative ones; a side whose weight would not be positive is not made, and shares
/// stay within [0, 1]. Cost: columns × events × depth.
public struct DecisionTree: Method {
  /// The name in YAML.
  public static let name = "tree"
  /// Other names that are accepted.
  public static let aliases = [
    "decision_tree", "DecisionTreeClassifier", "DecisionTreeRegressor", "DT", "cart",
  ]
  /// One sentence on what it does.
  public static let summary =
    "Single decision tree (Breiman et al. 1984): Gini, entropy, errors or significance, with pruning."
  /// All tasks.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// NaN stands for a missing value.
  public static let acceptsMissing = true
  /// Several targets share one tree.
  public static let takesSeveralTargets = true
  /// Its options.
  public static let options: [OptionDescription] = [
    ForestOptions.criterion, ForestOptions.depth(0), ForestOptions.leaves,
    ForestOptions.minEvents(20), ForestOptions.minNodeSize, ForestOptions.bins,
    OptionDescription(
      "pruning", aliases: ["ccp_alpha", "PruneStrength"], .real(0...Double.infinity),
      default: .real(0),
      "Cost of a leaf, in units of the criterion times the share of weight; nodes that gain less are taken away."
    ), ForestOptions.categorical,
  ]

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Refuses names that are no inputs.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try TreeColumns.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: Self.name, missing: true)
    let forest = try Forest(
      method: Self.name, options: values, training: training, context: context)
    var ensemble = forest.ensemble()
    let total = forest.training.weights.reduce(0) { $0 + abs($1) }
    var tree = try forest.grow(
      weights: forest.training.weights, key: mixedBits(context.seed, 0, 4))
    if let strength = values.real("pruning"), strength > 0 {
      // Gains of one target are half of what the squares fall by; of several the cost is that of their mean variance.
      let scale =
        training.task != .regression ? 1 : forest.outputs > 1 ? Double(forest.outputs) : 0.5
      tree.prune(
        cost: strength * total * scale, width: forest.classGrower == nil ? 1 : forest.outputs)
    }
    ensemble.append(tree)
    _ = try forest.tell(1, of: 1)
    return TreesResponse(
      method: Self.name, task: training.task, ensemble: ensemble,
      link: training.task == .regression ? .identity : .shares, history: [])
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}

extension GrownTree {
  /// Takes away what gains at most `cost` for each leaf that goes: what is left is the smallest tree for which no cut less and no
  /// cut more would lower the loss plus `cost` times the number of leaves.
  ///
  /// Children come after their parents, so one pass from the back knows what everything below a node gains at best, which is what
  /// taking away the weakest node again and again ends at.
  /// - Parameters:
  ///   - cost: What a leaf costs, in units of gains.
  ///   - width: How many values a node has.
  mutating func prune(cost: Double, width: Int = 1) {
    var gains = [Double](repeating: 0, count: nodes.count)
    for place in nodes.indices.reversed() where !nodes[place].isLeaf {
      let child = nodes[place].child
      gains[place] = nodes[place].gain - cost + gains[child] + gains[child + 1]
      if gains[place] > 0 { continue }
      gains[place] = 0
      var leaf = TreeEnsemble.Node()
      leaf.cover = nodes[place].cover
      nodes[place] = leaf
    }
    dropUnreachable(width)
  }

  /// Renumbers the nodes so that only those that the root leads to are left.
  private mutating func dropUnreachable(_ width: Int) {
    var (kept, keptValues, keptSets) = ([TreeEnsemble.Node](), [Double](), [[Float]]())
    var waiting = [(old: 0, new: 0)]
    kept.append(nodes[0])
    keptValues += values[..<width]
    while let (old, new) = waiting.popLast() {
      guard !nodes[old].isLeaf else { continue }
      kept[new].child = kept.count
      if kept[new].set >= 0 {
        keptSets.append(sets[kept[new].set])
        kept[new].set = keptSets.count - 1
      }
      for side in 0..<2 {
        waiting.append((nodes[old].child + side, kept.count))
        kept.append(nodes[nodes[old].child + side])
        let from = (nodes[old].child + side) * width
        keptValues += values[from..<from + width]
      }
    }
    (nodes, values, sets, self.leaves) = (kept, keptValues, keptSets, [])
  }
}
