public import ApusEvents
import ApusKernels

/// Adaptive boosting: small trees on events that are weighted up where the trees before were wrong.
///
/// AdaBoost.M1 (Freund and Schapire 1997, doi:10.1006/jcss.1997.1504): tree t answers ±1 by the majority of its leaf, its weighted share of wrong
/// events is ε, its vote α = β ln((1−ε)/ε), and the weights of wrong events are multiplied by e^α. RealAdaBoost (Friedman et al. 2000,
/// doi:10.1214/aos/1016218223): a leaf of signal share p answers f = β ½ ln(p/(1−p)), and weights are multiplied by e^(−y f), y = ±1. The score is the sigmoid of
/// Σα·(±1), or of 2 Σf, which estimate the log-odds. For several classes one ensemble each against the rest, normalised.
///
/// Negative weights (that the study's policy has left): `inverse_boost` divides by the factor where others are multiplied, as TMVA
/// does; `keep` multiplies; `ignore` and `pair` act before the fit. ε counts signed weights and is kept within (0, 1).
public struct AdaBoost: Method {
  /// The name in YAML.
  public static let name = "adaboost"
  /// Other names that are accepted.
  public static let aliases = ["ada_boost", "AdaBoostClassifier", "BDTA"]
  /// One sentence on what it does.
  public static let summary =
    "AdaBoost and RealAdaBoost of small trees (Freund and Schapire 1997), as TMVA's BDT."
  /// Two classes and several.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// NaN stands for a missing value.
  public static let acceptsMissing = true
  /// Its options.
  public static let options: [OptionDescription] = [
    ForestOptions.trees(400),
    OptionDescription(
      "boost", aliases: ["BoostType", "algorithm"],
      .choice(["AdaBoost", "RealAdaBoost", "SAMME", "SAMME.R", "Grad", "Bagging"]),
      default: .text("AdaBoost"),
      "AdaBoost (SAMME): votes of ±1; RealAdaBoost (SAMME.R): votes by the purity of leaves."),
    OptionDescription(
      "beta", aliases: ["AdaBoostBeta", "learning_rate"], .real(0...10, open: true),
      default: .real(0.5), "Each vote is multiplied by this."),
    ForestOptions.criterion, ForestOptions.depth(3), ForestOptions.leaves,
    ForestOptions.minEvents(1),
    OptionDescription(
      "min_node_size", aliases: ["MinNodeSize"], .real(0...50), default: .real(5),
      "The fewest events in a leaf in percent of the training events; the larger of both rules."),
    ForestOptions.bins,
    OptionDescription(
      "negative_weight_treatment", aliases: ["NegWeightTreatment"],
      .choice([
        "inverse_boost", "ignore", "pair", "keep", "InverseBoostNegWeights",
        "IgnoreNegWeightsInTraining", "NoNegWeightsInTraining", "PairNegWeightsGlobal", "Pray",
      ]), default: .text("inverse_boost"),
      "What happens to negative weights: divided where others are multiplied, left out, paired with their neighbours, or treated as others."
    ), ForestOptions.categorical,
  ]

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` for kinds of boosting that are methods of their own.
  public init(options: OptionValues) throws {
    values = options
    let kind = options.text("boost") ?? "AdaBoost"
    if let other = ["Grad": "bdt", "Bagging": "random_forest"][kind] {
      throw OptionProblems([
        .init(
          path: "boost",
          text:
            "'adaboost' re-weights events; for \(kind) take the method '\(other)' (type: \(other))."
        )
      ])
    }
  }

  private var isReal: Bool {
    ["RealAdaBoost", "SAMME.R"].contains(values.text("boost") ?? "AdaBoost")
  }

  private var treatment: String {
    switch values.text("negative_weight_treatment") {
    case "ignore", "IgnoreNegWeightsInTraining", "NoNegWeightsInTraining": "ignore"
    case "pair", "PairNegWeightsGlobal": "pair"
    case "keep", "Pray": "keep"
    default: "inverse_boost"
    }
  }

  /// Learns from a sample.
  /// - Throws: `FitError`, `WeightError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: Self.name, missing: true)
    let policy: WeightPolicy =
      treatment == "ignore" ? .ignore : treatment == "pair" ? .pair : .keep
    let forest = try Forest(
      method: Self.name, options: values, training: try policy.applied(to: training),
      context: context)
    let steps = values.integer("trees") ?? 400
    var ensemble = TreeEnsemble(
      columns: training.features.count, base: [Double](repeating: 0, count: forest.outputs))
    var history: [FitContext.Progress] = []
    var weights = [[Double]](repeating: forest.training.weights, count: forest.outputs)
    for step in 1...steps {
      var (wrong, isDone) = (0.0, true)
      for output in 0..<forest.outputs {
        let round = try boost(forest, output, step, &weights[output])
        ensemble.append(round.tree)
        wrong += round.error / Double(forest.outputs)
        isDone = isDone && round.isLast
      }
      history.append(try forest.tell(step, of: steps, [("wrong", wrong)]))
      if isDone { break }
    }
    return TreesResponse(
      method: Self.name, task: training.task, ensemble: ensemble,
      link: training.task == .binary ? .sigmoid : .sigmoids, history: history)
  }

  /// Grows a tree, gives it its vote, and weighs the events anew.
  private func boost(_ forest: Forest, _ output: Int, _ step: Int, _ weights: inout [Double]) throws
    -> (tree: GrownTree, error: Double, isLast: Bool)
  {
    var tree = try forest.grow(
      output: output, weights: weights,
      key: mixedBits(forest.context.seed, UInt64(step), UInt64(output) + 9))
    let shares = forest.answers(tree)
    let truth = forest.targets[output]
    let beta = values.real("beta") ?? 0.5
    var (total, wrong) = (0.0, 0.0)
    for i in weights.indices {
      total += weights[i]
      if (shares[i] > 0.5) != (truth[i] > 0.5) { wrong += weights[i] }
    }
    let error = wrong / total
    let kept = min(max(error, 1e-9), 1 - 1e-9)
    let vote = beta * logarithm((1 - kept) / kept)
    if isReal {
      for place in tree.values.indices {
        tree.values[place] = beta * halfLogOdds(tree.values[place])
      }
    } else {
      for place in tree.values.indices { tree.values[place] = tree.values[place] > 0.5 ? 1 : -1 }
    }
    let isLast = isReal ? error <= 0 : error <= 0 || error >= 0.5
    let isInverse = treatment == "inverse_boost"
    let (punished, halved) = (exponentialOf(vote), beta / 2)
    var sum = 0.0
    for i in weights.indices {
      let isRight = (shares[i] > 0.5) == (truth[i] > 0.5)
      var factor = isRight ? 1 : punished
      if isReal {
        // e^(−y f) for f = β ½ ln(p/(1−p)).
        let p = min(max(shares[i], 1e-4), 1 - 1e-4)
        factor = exponentialOf((truth[i] > 0.5 ? -1 : 1) * halved * logarithm(p / (1 - p)))
      }
      weights[i] *= weights[i] < 0 && isInverse ? 1 / factor : factor
      sum += weights[i]
    }
    let scale = sum > 0 ? total / sum : 1
    for i in weights.indices { weights[i] *= scale }
    for place in tree.values.indices { tree.values[place] *= isReal ? 2 : vote }
    return (tree, error, isLast || !(sum > 0))
  }

  /// ½ ln(p/(1−p)), p kept off 0 and 1.
  private func halfLogOdds(_ p: Double) -> Double {
    let kept = min(max(p, 1e-4), 1 - 1e-4)
    return 0.5 * logarithm(kept / (1 - kept))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}
