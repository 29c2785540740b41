public import ApusEvents
import ApusKernels

/// Adaptive boosting: small trees on events that are weighted up where the trees before were wrong.
///
/// AdaBoost.M1 (Freund and Schapire 1997, doi:10.1006/jcss.1997.1504): tree t answers with the class of most weight in its leaf, its weighted share of wrong
/// events is ε, its vote α = β (ln((1−ε)/ε) + ln(K−1)) for K classes, and the weights of wrong events are multiplied by e^α. RealAdaBoost (Friedman et al. 2000,
/// doi:10.1214/aos/1016218223): a leaf adds β ln p_k to class k, p_k its share of the class, and weights are multiplied by
/// exp(−β (K−1)/K (ln p_y − mean of the other ln p)). With K > 2 these are SAMME and SAMME.R (Zhu et al. 2009, doi:10.4310/SII.2009.v2.n3.a8),
/// whose trees are shared by all classes. Probabilities are the softmax of the sums over trees; with two classes the sigmoid of Σα·(±1), or of
/// Σβ ln(p/(1−p)). p is kept within 10⁻⁴ of 0 and 1.
///
/// Negative weights (that the study's policy has left): `inverse_boost` divides by a factor above one where others are multiplied, as TMVA
/// does; `keep` multiplies; `ignore` and `pair` act before the fit. ε counts signed weights and is kept within (0, 1). Cost: columns × events ×
/// depth a tree.
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
      "min_node_size", aliases: ["MinNodeSize"], .real(0...50), percent: true, default: .real(5),
      "The fewest events in a leaf in percent of the training events; the larger of both rules."),
    ForestOptions.bins,
    OptionDescription(
      "subsample", aliases: ["BaggedSampleFraction", "bagging_fraction"],
      .real(0...1), default: .real(1),
      "The share of events that each tree is grown on, drawn anew for each; votes and weights are those of all."
    ),
    OptionDescription(
      "negative_weight_treatment", aliases: ["NegWeightTreatment"],
      .choice([
        "inverse_boost", "ignore", "pair", "keep", "InverseBoostNegWeights",
        "IgnoreNegWeightsInTraining", "NoNegWeightsInTraining", "PairNegWeightsGlobal", "Pray",
      ]), default: .text("inverse_boost"),
      "What happens to negative weights: divided where others are multiplied, left out, paired with their neighbours, or treated as others."
    ), ForestOptions.categorical,
  ]

  /// TMVA's `BoostType` may say another method.
  public static func meant(by given: ConfigurationValue) -> (
    type: any Method.Type, options: ConfigurationValue
  ) { methodOfBoosting(given, of: Self.self) }

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` for kinds of boosting that are methods of their own.
  public init(options: OptionValues) throws {
    values = options
    try checkShare(options)
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

  /// Refuses names that are no inputs.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try TreeColumns.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`, `WeightError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: Self.name, missing: true)
    let policy: WeightPolicy =
      treatment == "ignore" ? .ignore : treatment == "pair" ? .pair : .keep
    let forest = try Forest(
      method: Self.name, options: values, training: try policy.applied(to: training),
      context: context)
    let steps = values.integer("trees") ?? 400
    var ensemble = forest.ensemble()
    var history: [FitContext.Progress] = []
    var weights = forest.training.weights
    for step in 1...steps {
      let drawn = zip(weights, forest.times(step)).map { $0 * Double($1) }
      var tree = try forest.grow(
        weights: drawn.isEmpty ? weights : drawn, key: mixedBits(context.seed, UInt64(step), 9))
      let round = AdaBoostRound(
        forest, tree, weights, beta: values.real("beta") ?? 0.5, isReal: isReal)
      let isUsable = round.weigh(&weights, isInverse: treatment == "inverse_boost")
      round.vote(&tree)
      ensemble.append(tree)
      history.append(try forest.tell(step, of: steps, [("wrong", round.error)]))
      if round.isLast || !isUsable { break }
    }
    return TreesResponse(
      method: Self.name, task: training.task, ensemble: ensemble,
      link: training.task == .binary ? .sigmoid : .softmax, history: history)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}
