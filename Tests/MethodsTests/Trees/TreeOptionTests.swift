import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import TestSupport
import Testing

/// What each option of trees does, looked at in the trees themselves.
@Suite struct TreeOptionTests {
  static let all: [any Method.Type] = [
    BoostedTrees.self, DecisionTree.self, RandomForest.self, ExtraTrees.self, AdaBoost.self,
  ]

  /// The depth of each leaf of a tree.
  private func depths(_ e: TreeEnsemble, _ tree: Int = 0) -> [Int] {
    var depths: [Int] = []
    var waiting = [(node: e.roots[tree], depth: 0)]
    while let (place, depth) = waiting.popLast() {
      let node = e.nodes[place]
      if node.isLeaf {
        depths.append(depth)
      } else {
        waiting += [(node.child, depth + 1), (node.child + 1, depth + 1)]
      }
    }
    return depths
  }

  private func gain(_ e: TreeEnsemble) -> Double { e.nodes.reduce(0) { $0 + $1.gain } }

  @Test func growthIsByLevelsOrByGain() throws {
    let sample = treeSample(4000)
    let options: Given = [("trees", .integer(1)), ("leaves", .integer(12))]
    let byGain = try fitted(options, sample).ensemble
    let byLevel = try fitted(options + [("growth", .text("depth"))], sample).ensemble
    #expect(depths(byGain).count == 12 && depths(byLevel).count == 12)
    // Twelve leaves fill three levels and half of a fourth.
    #expect(Set(depths(byLevel)) == [3, 4])
    #expect((depths(byGain).max() ?? 0) > 4)
    #expect(gain(byGain) > gain(byLevel))
    let shallow = try fitted(options + [("depth", .integer(2))], sample).ensemble
    #expect(depths(shallow) == [2, 2, 2, 2])
    // Leaves that nobody limits: as many as the depth allows.
    let deep = try fitted(
      [("trees", .integer(1)), ("max_depth", .integer(4)), ("min_events", .integer(1))], sample)
    #expect(depths(deep.ensemble) == [Int](repeating: 4, count: 16))
  }

  @Test func leavesAreAsLargeAsAsked() throws {
    let sample = treeSample(2000, task: .regression)
    func leaves(_ option: String, _ value: ConfigurationValue.Content) throws -> TreeEnsemble {
      try fitted([("trees", .integer(3)), ("min_events", .integer(1)), (option, value)], sample)
        .ensemble
    }
    // For squares the curvature is the weight, and so is the cover.
    let heavy = try leaves("min_child_weight", .real(80))
    #expect(heavy.nodes.filter(\.isLeaf).allSatisfy { $0.cover >= 80 - 1e-6 })
    let even = sample.weights.reduce(0, +) / 2000
    let percent = try leaves("MinNodeSize", .real(10))
    #expect(percent.nodes.filter(\.isLeaf).allSatisfy { $0.cover > 200 * even * 0.8 })
    let gaining = try leaves("gamma", .real(60))
    #expect(gaining.nodes.filter { !$0.isLeaf }.allSatisfy { $0.gain >= 60 })
    #expect(gaining.nodes.count < (try leaves("gamma", .real(0))).nodes.count)
  }

  @Test func rowsAndColumnsAreSampled() throws {
    let sample = treeSample(3000, width: 8)
    func fit(_ more: Given) throws -> TreeEnsemble {
      try fitted([("trees", .integer(10))] + more, sample).ensemble
    }
    func columns(_ e: TreeEnsemble, _ tree: Int) -> Set<Int> {
      Set(e.nodes(of: tree).map { e.nodes[$0].column }).subtracting([-1])
    }
    let half = try fit([("colsample_bytree", .real(0.25))])
    #expect((0..<10).allSatisfy { columns(half, $0).count <= 2 })
    #expect(Set((0..<10).map { columns(half, $0) }).count > 3, "each tree draws its own")
    let byLeaf = try fit([("colsample_bynode", .real(0.25))])
    #expect((0..<10).contains { columns(byLeaf, $0).count > 2 })
    // Of a bagged tree the cover is still that of all events, of which each goes to its leaf.
    let bagged = try fit([("BaggedSampleFraction", .real(0.3))])
    let total = sample.weights.reduce(0, +) / weightUnit(of: sample.weights)
    for root in bagged.roots { expectClose(bagged.nodes[root].cover, total, relative: 1e-6) }
    #expect(bagged != (try fit([])))
  }

  /// Borders lie at quantiles of the weight, and a heavy value has a bin of its own.
  @Test func binsHoldEqualWeight() throws {
    let count = 1000
    let values = (0..<count).map { Float($0) }
    var weights = (0..<count).map { $0 < 900 ? 1.0 : 21.0 }
    let table = try #require(
      BinnedTable(
        inputs: values, columns: 1, weights: weights, bins: 10, categorical: [false], threads: 1))
    // 900 + 2100: three bins below 900, seven of about 14 heavy events.
    let borders = (0..<9).map { table.threshold(column: 0, bin: $0) }
    #expect(table.counts == [10])
    for (bin, border) in borders.enumerated() {
      let below = (0..<count).reduce(0.0) { $0 + (values[$1] < border ? weights[$1] : 0) }
      #expect(abs(below - 300 * Double(bin + 1)) <= 2 * 21, "\(bin): \(border)")
    }
    weights = weights.map { _ in 1 }
    weights[500] = 4000
    let heavy = try #require(
      BinnedTable(
        inputs: values, columns: 1, weights: weights, bins: 10, categorical: [false], threads: 1))
    let alone = heavy.bin(row: 500, column: 0)
    #expect(heavy.bin(row: 499, column: 0) < alone && heavy.bin(row: 501, column: 0) > alone)
  }

  @Test func lossesHaveTheNamesOfOthers() throws {
    let (events, numbers) = (treeSample(500), treeSample(500, task: .regression))
    let few: Given = [("trees", .integer(5))]
    for (ours, others, sample) in [
      ("logistic", ["binary:logistic", "binary", "log_loss"], events),
      ("squared", ["reg:squarederror", "squared_error", "regression", "l2"], numbers),
      ("absolute", ["reg:absoluteerror", "absolute_error", "l1", "mae"], numbers),
    ] {
      let expected = try fitted(few + [("loss", .text(ours))], sample).ensemble
      for name in others {
        #expect(try fitted(few + [("objective", .text(name))], sample).ensemble == expected)
      }
    }
  }

  /// TMVA's types of methods, as `Types::kBDT`.
  @Test func typesOfTMVAAreKnown() {
    let catalogue = MethodCatalogue(classicalMethods)
    for (name, ours) in [
      ("kBDT", "bdt"), ("kFisher", "fisher"), ("kLD", "fisher"), ("kDT", "tree"), ("kPDERS", "kde"),
      ("kLikelihood", "likelihood"), ("kKNN", "knn"), ("kSVM", "svm"), ("kCuts", "cuts"),
      ("kRuleFit", "rules"), ("kFDA", "function_discriminant"),
    ] { #expect(catalogue.find(name)?.name == ours, "\(name)") }
    #expect(catalogue.find("kbdt") == nil && catalogue.find("kNothing") == nil)
  }

  /// Above 1 it is the number of inputs that a cut of a forest looks at, as TMVA's UseNvars and scikit-learn's max_features.
  @Test func columnsCanBeCounted() throws {
    let sample = treeSample(400, width: 8)
    func forest(_ value: Double) throws -> [Double] {
      try fitted(RandomForest.self, [("trees", .integer(5)), ("UseNvars", .real(value))], sample)
    }
    #expect(try forest(2) == forest(0.25))
    #expect(try forest(50) == forest(1))
    #expect(try forest(2) != forest(3))
  }

  /// The names that users of other programs know lead to the same options.
  @Test(arguments: [
    (
      "bdt",
      [
        "NTrees", "MaxDepth", "nCuts", "Shrinkage", "BaggedSampleFraction", "MinNodeSize",
        "n_estimators", "max_depth", "learning_rate", "subsample", "max_leaf_nodes",
        "min_samples_leaf", "eta", "gamma", "reg_alpha", "reg_lambda", "colsample_bytree",
        "colsample_bynode", "max_bin", "max_leaves", "num_leaves", "num_iterations",
        "min_data_in_leaf", "feature_fraction", "bagging_fraction", "lambda_l1", "lambda_l2",
        "monotone_constraints", "categorical_feature", "max_delta_step", "grow_policy",
        "early_stopping_rounds", "objective",
      ]
    ),
    (
      "adaboost",
      [
        "NTrees", "MaxDepth", "nCuts", "AdaBoostBeta", "BoostType", "SeparationType",
        "MinNodeSize", "NegWeightTreatment", "n_estimators", "learning_rate",
      ]
    ),
    (
      "random_forest",
      [
        "NTrees", "MaxDepth", "nCuts", "UseNvars", "BaggedSampleFraction", "n_estimators",
        "max_features", "max_depth", "min_samples_leaf", "max_leaf_nodes", "criterion",
        "bootstrap", "max_samples",
      ]
    ),
    ("extra_trees", ["n_estimators", "max_features", "bootstrap"]),
    ("tree", ["ccp_alpha", "PruneStrength", "SeparationType", "max_depth", "min_samples_leaf"]),
  ]) func namesOfOthersAreKnown(method: String, names: [String]) throws {
    let type = try #require(Self.all.first { $0.name == method })
    for name in names {
      #expect(
        type.options.contains { ([$0.name] + $0.aliases).contains(name) }, "\(method): \(name)")
    }
  }

  /// What has no counterpart is answered with what to write, and not with a name that looks alike.
  @Test(arguments: [
    ("bdt", ["num_class"], "The classes are those of the events"),
    ("bdt", ["linear_tree", "path_smooth"], "Leaves hold one number"),
    ("bdt", ["tol"], "'early_stopping: {patience: 20, delta: 1e-7}'"),
    ("bdt", ["quantile", "RegressionLossFunctionBDTG", "HuberQuantile"], "'loss: {name: "),
    ("bdt", ["init", "boost_from_average"], "or 'start'"),
    ("bdt", ["interaction_cst"], "Which inputs may meet"),
    ("bdt", ["colsample_bylevel"], "('columns_per_leaf')"),
    ("bdt", ["num_parallel_tree", "extra_trees"], "the methods 'random_forest' and 'extra_trees'"),
    ("bdt", ["min_data_in_bin", "missing"], "missing values are NaN"),
    ("bdt", ["boosting", "drop_rate", "sampling_method"], "'subsample' draws events"),
    ("bdt", ["enable_categorical"], "stand in 'categorical'"),
    ("bdt", ["ccp_alpha"], "at least 'min_gain'"),
    ("bdt", ["NNodesMax"], "'leaves' and 'depth'"),
    ("bdt", ["tree_learner", "UseNTrainEvents", "DoPreselection", "warm_start"], "drop this"),
    ("adaboost", ["UseYesNoLeaf"], "vote yes or no"),
    ("adaboost", ["Css", "SigToBkgFraction"], "'balance: equal'"),
    ("random_forest", ["UseRandomisedTrees"], "'columns_per_leaf' (UseNvars, max_features)"),
    ("random_forest", ["monotonic_cst"], "'bdt' has"),
    ("random_forest", ["min_impurity_decrease", "ccp_alpha"], "'pruning'"),
    ("tree", ["min_impurity_decrease"], "says 'pruning'"),
  ]) func optionsWithoutACounterpartAreAnswered(method: String, names: [String], words: String)
    throws
  {
    let type = try #require(Self.all.first { $0.name == method })
    for name in names {
      let given = ConfigurationValue(.mapping([.init(name, ConfigurationValue(.integer(1)))]))
      let (_, problems) = resolve(given, against: type.options, path: "m")
      let text = problems.first?.text ?? "accepted"
      #expect(text.hasPrefix("there is no option '\(name)'. "), "\(text)")
      #expect(text.contains(words), "\(name): \(text)")
    }
  }

  /// Words for "no limit" of scikit-learn, XGBoost and LightGBM.
  @Test func noLimitHasManyWords() throws {
    func values(_ type: any Method.Type, _ name: String, _ value: ConfigurationValue.Content) throws
      -> OptionValues
    {
      let given = ConfigurationValue(.mapping([.init(name, ConfigurationValue(value))]))
      let (values, problems) = resolve(given, against: type.options, path: "m")
      #expect(problems == [], "\(name)")
      _ = try type.init(options: values)
      return values
    }
    #expect(try values(BoostedTrees.self, "max_leaves", .integer(0)).integer("leaves") == 0)
    #expect(try values(BoostedTrees.self, "max_depth", .null).integer("depth") == 0)
    #expect(try values(RandomForest.self, "max_depth", .integer(-1)).integer("depth") == -1)
    #expect(try values(RandomForest.self, "max_samples", .null).real("subsample") == 1)
    #expect(
      try values(BoostedTrees.self, "early_stopping", .text("auto")).group("early_stopping")?
        .integer("patience") == 20)
    let sample = treeSample(400, width: 3)
    func trees(_ given: Given) throws -> [Double] {
      try fitted(BoostedTrees.self, [("trees", .integer(5))] + given, sample)
    }
    #expect(
      try trees([("max_leaves", .integer(0)), ("depth", .integer(3))])
        == trees([("depth", .integer(3))]))
    #expect(throws: OptionProblems.self) { try trees([("leaves", .integer(1))]) }
  }
}
