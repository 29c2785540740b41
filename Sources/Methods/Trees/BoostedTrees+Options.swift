import ApusEvents

extension BoostedTrees {
  static let growthOptions: [OptionDescription] = [
    OptionDescription(
      "leaves", aliases: ["num_leaves", "num_leaf", "max_leaves", "max_leaf_nodes"],
      .integer(0...131_072),
      "The most leaves of a tree, at least 2. When off or 0: 2 to the power of 'depth' if that is given, else 31."
    ),
    OptionDescription(
      "depth", aliases: ["MaxDepth", "max_depth"], .integer(-1...1000),
      synonyms: ["None": "0"], default: .integer(0),
      "The most cuts between root and leaf; 0 or -1 for no limit."),
    OptionDescription(
      "growth", aliases: ["grow_policy"], .choice(["leaf", "depth", "lossguide", "depthwise"]),
      default: .text("leaf"),
      "Which leaf is cut next: the one that gains most (leaf, lossguide), or level by level (depth, depthwise)."
    ),
    OptionDescription(
      "bins", aliases: ["nCuts", "max_bin", "max_bins", "n_bins"], .integer(2...255),
      synonyms: ["-1": "255"], default: .integer(255),
      "The most bins of an input, cut at its weighted quantiles; missing values have one more."),
    OptionDescription(
      "min_events",
      aliases: [
        "min_data_in_leaf", "min_data", "min_samples_leaf", "min_child_samples", "nEventsMin",
      ], .integer(1...1_000_000_000), default: .integer(20),
      "The fewest events in a leaf, whatever their weights."),
    OptionDescription(
      "min_node_size", aliases: ["MinNodeSize"], .real(0...50), percent: true, default: .real(0),
      "The fewest events in a leaf in percent of the training events; the larger of both rules."),
    OptionDescription(
      "min_weight",
      aliases: ["min_child_weight", "min_sum_hessian_in_leaf", "min_sum_hessian", "min_hessian"],
      .real(0...Double.infinity), default: .real(0),
      "The least sum of weight times curvature of the loss in a leaf; it must be positive in any case."
    ),
    OptionDescription(
      "min_gain", aliases: ["gamma", "min_split_gain", "min_split_loss", "min_gain_to_split"],
      .real(0...Double.infinity), default: .real(0),
      "The least gain of a cut as XGBoost and LightGBM count it, G²/(H + l2) of both sides minus that of the parent: twice what the loss falls by, in units of weight times loss."
    ),
  ]

  static let strengthOptions: [OptionDescription] = [
    OptionDescription(
      "l1", aliases: ["reg_alpha", "lambda_l1", "alpha"], .real(0...Double.infinity),
      default: .real(0), "Strength of the penalty l1 |value| of leaves."),
    OptionDescription(
      "l2", aliases: ["reg_lambda", "lambda_l2", "lambda", "l2_regularization"],
      .real(0...Double.infinity), default: .real(0),
      "Strength of the penalty l2 value²/2 of leaves."),
    OptionDescription(
      "max_step", aliases: ["max_delta_step"], .real(0...Double.infinity),
      "The largest value of a leaf before shrinkage, 0 for no limit; when off: 10 for scores that are logarithms, else no limit."
    ),
    OptionDescription(
      "subsample",
      aliases: ["bagging_fraction", "BaggedSampleFraction", "GradBaggingFraction", "sub_row"],
      .real(0...1),
      default: .real(1), "The share of events that each tree learns from, drawn anew for each."),
    OptionDescription(
      "columns_per_tree", aliases: ["colsample_bytree", "feature_fraction", "sub_feature"],
      .real(0...1),
      default: .real(1), "The share of inputs that each tree may cut."),
    OptionDescription(
      "columns_per_leaf",
      aliases: ["colsample_bynode", "feature_fraction_bynode", "max_features", "UseNvars"],
      ForestOptions.columnKind, synonyms: ForestOptions.columnWords, default: .real(1),
      "The share of those that each leaf may cut, or above 1 their number; 'sqrt' and 'log2' of their number."
    ),
    OptionDescription(
      "monotone", aliases: ["monotone_constraints", "monotonic_cst"], .texts,
      "Inputs that the score must rise or fall with: '+m_bb' or '-delta_r'."),
    OptionDescription(
      "categorical", aliases: ["categorical_feature", "categorical_features"], .texts,
      "Inputs whose whole numbers stand for names without an order; a cut sends any set of them left. Texts are not read: number them."
    ),
    OptionDescription(
      "category_smoothing", aliases: ["cat_smooth"], .real(0...Double.infinity), default: .real(10),
      "Added to the curvature of each category where categories are ranked by their gradients."),
  ]

  static let lossOption = OptionDescription(
    "loss", aliases: ["objective"],
    .group(
      [
        OptionDescription(
          "name",
          .choice(
            ["auto", "logistic", "softmax", "squared", "absolute", "huber", "quantile", "poisson"]
              + TreeLoss.otherNames.keys.sorted()), default: .text("auto"),
          "What is minimised: logistic for two classes, softmax for several, squared for numbers. The others are names that scikit-learn, XGBoost and LightGBM give these."
        ),
        OptionDescription(
          "delta", aliases: ["huber_slope"], .real(0...Double.infinity, open: true),
          default: .real(1), "Where Huber's loss becomes linear, in units of the target."),
        OptionDescription(
          "level", aliases: ["quantile", "alpha"], .real(0...1, open: true), default: .real(0.5),
          "Which quantile the quantile loss estimates."),
        OptionDescription(
          "formula", .text,
          "A loss of your own: a formula of 'score' and 'target' (0 or 1 for two classes), such as '(score - target)^4'."
        ),
      ], shorthand: "name"), default: .flag(true), "The loss.")

  static let allOptions: [OptionDescription] =
    [
      OptionDescription(
        "trees",
        aliases: [
          "NTrees", "n_estimators", "num_iterations", "num_boost_round", "num_round", "max_iter",
          "iterations", "num_trees", "num_tree", "n_iter", "nrounds",
        ], .integer(1...100_000), default: .integer(400),
        "The most trees (for several classes: this many for each)."),
      OptionDescription(
        "learning_rate", aliases: ["Shrinkage", "eta", "shrinkage_rate"],
        .real(0...10, open: true), default: .real(0.1),
        "Each tree's values are multiplied by this."),
      OptionDescription(
        "start", aliases: ["init_score"], .real(-1e30...1e30),
        "The score before the first tree (log-odds for two classes); when off: the best constant."),
      OptionDescription(
        "base_score", .real(-1e30...1e30),
        "XGBoost's word for 'start', in units of the answer: a probability for two classes, a mean for numbers."
      ),
    ] + growthOptions + strengthOptions + [
      lossOption,
      OptionDescription(
        "early_stopping",
        aliases: [
          "early_stopping_rounds", "early_stopping_round", "stopping_rounds", "n_iter_no_change",
        ],
        .group(
          [
            OptionDescription(
              "patience", .integer(1...100_000), synonyms: ["auto": "20"], default: .integer(20),
              "Stops after this many trees without a smaller weighted validation loss."),
            OptionDescription(
              "delta", aliases: ["min_delta", "tol"], .real(0...Double.infinity), default: .real(0),
              "A validation loss must be smaller than the best by more than this to count."),
          ], shorthand: "patience"), default: .flag(true),
        "Watches the validation events, if there are any, and keeps the best number of trees; false for all trees."
      ),
      OptionDescription(
        "flat", aliases: ["flat_in", "uniform_features"],
        .group(
          [
            OptionDescription(
              "in", .texts, "Spectators that the score must not depend on, such as a mass."),
            OptionDescription(
              "class", .choice(["background", "signal"]), default: .text("background"),
              "The class whose scores are made alike everywhere."),
            OptionDescription(
              "strength", aliases: ["fl_coefficient"], .real(0...Double.infinity),
              default: .real(3), "Strength beside the logistic loss."),
            OptionDescription(
              "bins", aliases: ["n_bins"], .integer(2...1000), default: .integer(10),
              "Bins of each spectator, of equal weight."),
          ], shorthand: "in"),
        "Flatness boosting: the score is made equally distributed in spectators (two classes)."),
      OptionDescription(
        "boost", aliases: ["BoostType"],
        .choice(["gradient", "Grad", "AdaBoost", "RealAdaBoost", "Bagging"]),
        default: .text("gradient"),
        "Kind of boosting; AdaBoost and RealAdaBoost train the method 'adaboost', Bagging 'random_forest' with all inputs at each cut, and their options are those of these."
      ),
    ]
}
