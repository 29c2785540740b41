import ApusEvents
import ApusKernels

/// Options that all trees of classes share.
enum ForestOptions {
  /// What a cut looks at: a share of the inputs, their number, or a word of scikit-learn.
  static let columnKind = OptionDescription.Kind.realOrChoice(0...1e6, ["sqrt", "log2", "all"])
  static let columnWords = ["None": "all", "auto": "sqrt"]

  static let criterion = OptionDescription(
    "criterion", aliases: ["SeparationType", "separation"],
    .choice([
      "gini", "entropy", "misclassification", "significance", "GiniIndex", "CrossEntropy",
      "MisClassificationError", "SDivSqrtSPlusB", "log_loss",
    ]),
    synonyms: [
      "squared_error": "gini", "friedman_mse": "gini", "mse": "gini", "RegressionVariance": "gini",
    ],
    default: .text("gini"),
    "What a cut lowers: Gini's index, cross entropy or wrong events of both sides; or raises: s/sqrt(s+b) of the better side. Numbers: always the variance."
  )
  static let bins = OptionDescription(
    "bins", aliases: ["nCuts", "max_bin", "max_bins"], .integer(2...255),
    synonyms: ["-1": "255"], default: .integer(255),
    "The most bins of an input, cut at its weighted quantiles; missing values have one more.")
  static let leaves = OptionDescription(
    "leaves", aliases: ["max_leaf_nodes", "num_leaves", "max_leaves"], .integer(2...10_000_000),
    synonyms: ["None": "off"],
    "The most leaves of a tree; when off: no limit.")
  static let minNodeSize = OptionDescription(
    "min_node_size", aliases: ["MinNodeSize"], .real(0...50), percent: true, default: .real(0),
    "The fewest events in a leaf in percent of the training events; the larger of both rules.")
  static let categorical = OptionDescription(
    "categorical", aliases: ["categorical_feature", "categorical_features"], .texts,
    "Inputs whose whole numbers stand for names without an order; a cut sends any set of them left. Texts are not read: number them."
  )

  static func depth(_ standard: Int) -> OptionDescription {
    OptionDescription(
      "depth", aliases: ["MaxDepth", "max_depth"], .integer(-1...1000),
      synonyms: ["None": "0"], default: .integer(standard),
      "The most cuts between root and leaf; 0 or -1 for no limit.")
  }

  static func minEvents(_ standard: Int) -> OptionDescription {
    OptionDescription(
      "min_events", aliases: ["min_samples_leaf", "nEventsMin"], .integer(1...1_000_000_000),
      default: .integer(standard), "The fewest events in a leaf, whatever their weights.")
  }

  static func trees(_ standard: Int) -> OptionDescription {
    OptionDescription(
      "trees", aliases: ["NTrees", "n_estimators"], .integer(1...100_000),
      default: .integer(standard), "The number of trees.")
  }
}

extension TreeCutRule {
  /// The rule that a word of an option stands for, also in TMVA's spelling.
  init(option word: String?) {
    switch word {
    case "entropy", "CrossEntropy", "log_loss": self = .entropy
    case "misclassification", "MisClassificationError": self = .misclassification
    case "significance", "SDivSqrtSPlusB": self = .significance
    default: self = .gini
    }
  }
}

extension OptionValues {
  /// The share of so many inputs that each cut looks at.
  /// - Parameter standard: The share where nothing is said.
  func columnShare(of width: Int, standard: Double) -> Double {
    let count = Double(max(width, 1))
    switch text("columns_per_leaf") {
    case "sqrt": return count.squareRoot() / count
    case "log2": return max(1, logarithm(count) / logarithm(2)) / count
    case "all": return 1
    default: break
    }
    guard let given = real("columns_per_leaf") else { return standard }
    return given > 1 ? min(given / count, 1) : given
  }
}

extension GrowthSettings {
  /// The settings of trees of classes or numbers that are grown one by one.
  init(forest options: OptionValues, task: Task, events: Int) {
    self.init()
    let depth = options.integer("depth") ?? 0
    self.depth = depth > 0 ? depth : .max
    leaves = options.integer("leaves") ?? .max
    // Without a limit of leaves their order does not matter, and this one needs least memory.
    order = options.integer("leaves") == nil ? .depthFirst : .bestFirst
    let share = Double(events) * (options.real("min_node_size") ?? 0) / 100
    cut.minRows = max(options.integer("min_events") ?? 1, Int(share.rounded(.up)))
    cut.rule = task == .regression ? .newton : TreeCutRule(option: options.text("criterion"))
  }
}
