import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import Foundation
import TestSupport
import Testing

func area(_ model: any Response, _ sample: Sample) throws -> Double {
  try RocCurve(
    scores: try scores(model, sample), labels: sample.labels, weights: sample.weights
  ).area
}

@Suite struct ForestTests {
  /// Deep trees are pure whatever the weights, and bootstraps draw events and not weights.
  static let whole: Given = [
    ("bootstrap", .flag(false)), ("trees", .integer(5)), ("depth", .integer(3)),
  ]

  func fit<M: Method>(_ type: M.Type, _ options: Given, _ sample: Sample, threads: Int = 2) throws
    -> TreesResponse
  {
    let model = try made(type, options).fit(
      sample, validation: nil, context: FitContext(seed: 7, threads: threads))
    return try #require(model as? TreesResponse)
  }

  /// scikit-learn's words for how many inputs a cut looks at; of five inputs √5 are 2.
  @Test func wordsSayHowManyInputsACutLooksAt() throws {
    let five = toySample(.binary, events: 400)
    var sample = five
    sample.features = ["a", "b", "c", "d", "e"]
    sample.inputs = (0..<400).flatMap { i in
      let (x, y) = (five.inputs[2 * i], five.inputs[2 * i + 1])
      return [x, y, x * y, x - y, x + 2 * y]
    }
    func trees(_ value: ConfigurationValue.Content?) throws -> TreeEnsemble {
      let given: Given = value.map { [("max_features", $0)] } ?? []
      return try fit(RandomForest.self, [("trees", .integer(4))] + given, sample).ensemble
    }
    let root = try trees(nil)
    #expect(try trees(.text("sqrt")) == root && trees(.text("auto")) == root)
    #expect(try trees(.text("log2")) == trees(.integer(2)) && trees(.integer(2)) == root)
    #expect(try trees(.text("None")) == trees(.real(1)) && trees(.text("all")) != root)
    #expect(try trees(.real(0.6)) == trees(.integer(3)))
    let boosted: Given = [("trees", .integer(4)), ("max_features", .text("sqrt"))]
    let two: Given = [("trees", .integer(4)), ("columns_per_leaf", .integer(2))]
    #expect(
      try fit(BoostedTrees.self, boosted, sample).ensemble
        == fit(BoostedTrees.self, two, sample).ensemble)
    let (_, problems) = resolve(
      ConfigurationValue(.mapping([.init("max_features", ConfigurationValue(.text("square")))])),
      against: RandomForest.options, path: "")
    #expect(
      problems.first?.text
        == "must be a number in [0, 1000000] or one of 'sqrt', 'log2', 'all', got 'square'.")
    let (values, none) = resolve(
      ConfigurationValue(
        .mapping([
          .init("max_depth", ConfigurationValue(.null)),
          .init("max_leaf_nodes", ConfigurationValue(.text("None"))),
        ])), against: RandomForest.options, path: "")
    #expect(none.isEmpty && values.integer("depth") == 0 && values.integer("leaves") == nil)
  }

  /// Tests/Golden/trees.json is made by Tools/reference/trees.py (scikit-learn, at most 3 cuts deep, 10 events a leaf).
  @Test(arguments: ["gini", "entropy", "pruned"]) func aTreeIsThatOfScikitLearn(name: String) throws
  {
    let golden = try TreeGolden()
    let sample = golden.sample(.binary)
    var options: Given = [("depth", .integer(3)), ("min_samples_leaf", .integer(10))]
    if name == "pruned" {
      options = [("min_samples_leaf", .integer(10)), ("ccp_alpha", .real(0.01))]
    } else {
      options.append(("criterion", .text(name)))
    }
    let model = try fit(DecisionTree.self, options, sample)
    expectClose(try scores(model, sample), golden.golden.at("tree_" + name).flat, absolute: 1e-6)
  }

  @Test func aTreeOfNumbersIsThatOfScikitLearn() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.regression)
    let model = try fit(
      DecisionTree.self, [("depth", .integer(4)), ("min_samples_leaf", .integer(10))], sample)
    expectClose(
      try scores(model, sample), golden.golden.at("tree_squared").flat, absolute: 1e-6)
  }

  @Test func pruningEndsAtTheRoot() throws {
    let sample = treeSample(1000)
    var last = Int.max
    for strength in [0, 0.0005, 0.002, 0.01, 0.1, 10] {
      let model = try fit(
        DecisionTree.self, [("pruning", .real(strength)), ("min_events", .integer(1))], sample)
      let leaves = model.ensemble.nodes.count { $0.isLeaf }
      #expect(leaves <= last)
      last = leaves
    }
    #expect(last == 1)
  }

  /// One cut an input; misclassification and significance by hand.
  @Test func rulesChooseTheirCut() throws {
    // Sides of the cuts in a: (s, b) = (4, 0) and (6, 10); in b: (9, 4) and (1, 6).
    func event(_ a: Float, _ b: Float, _ label: Int32, _ weight: Double) -> (
      [Float], Int32, Double
    ) { ([a, b], label, weight) }
    let events = [
      event(0, 0, 1, 4), event(1, 0, 1, 5), event(1, 1, 1, 1), event(1, 0, 0, 4),
      event(1, 1, 0, 6),
    ]
    let sample = Sample(
      inputs: events.flatMap(\.0), features: ["a", "b"], labels: events.map(\.1),
      weights: events.map(\.2), classes: ["b", "s"], task: .binary)
    func chosen(_ rule: String) throws -> Int {
      try fit(
        DecisionTree.self,
        [("criterion", .text(rule)), ("depth", .integer(1)), ("min_events", .integer(1))], sample
      ).ensemble.nodes[0].column
    }
    // Gini 2 s b / (s+b): 7.5 against 7.25; errors 6 against 5; significance of the better side 2 against 9/√13 = 2.5.
    #expect(try chosen("gini") == 1)
    #expect(try chosen("misclassification") == 1)
    #expect(try chosen("significance") == 1)
    // Entropy loves the pure side: 10.6 against 10.9.
    #expect(try chosen("entropy") == 0)
  }

  @Test(arguments: [("random_forest", 0.9), ("extra_trees", 0.88)])
  func forestsBeatTheirTrees(name: String, least: Double) throws {
    let (training, test) = (treeSample(3000), treeSample(3000, seed: 77))
    let method = try #require(classicalMethods.first { $0.name == name })
    func fit(_ trees: Int, threads: Int) throws -> any Response {
      let options = ConfigurationValue(
        .mapping([.init("trees", ConfigurationValue(.integer(trees)))]))
      let (values, _) = resolve(options, against: method.options, path: name)
      return try method.init(options: values).fit(
        training, validation: nil, context: FitContext(seed: 5, threads: threads))
    }
    let (one, many) = (try fit(1, threads: 1), try fit(60, threads: 1))
    #expect(try area(many, test) > area(one, test) + 0.05)
    #expect(try area(many, test) > least)
    #expect(try scores(many, test) == scores(fit(60, threads: 3), test))
  }

  @Test func forestsOfTreesPassTheBattery() throws {
    try checkMethod(
      DecisionTree.self, options: [("min_events", .integer(1)), ("depth", .integer(3))],
      tolerance: 1e-6)
    try checkMethod(RandomForest.self, options: Self.whole, tolerance: 1e-6)
    try checkMethod(ExtraTrees.self, options: Self.whole, tolerance: 1e-6)
    for boost in ["AdaBoost", "RealAdaBoost"] {
      try checkMethod(
        AdaBoost.self,
        options: [
          ("boost", .text(boost)), ("trees", .integer(10)), ("min_node_size", .real(0)),
        ],
        tolerance: 1e-6)
    }
  }

  /// Five events in a row, one of them on the wrong side: votes and weights of the first three stumps by hand.
  @Test func adaBoostByHand() throws {
    let sample = Sample(
      inputs: [1, 2, 3, 4, 5], features: ["x"], labels: [0, 0, 1, 0, 1],
      weights: [1, 1, 1, 1, 1], classes: ["b", "s"], task: .binary)
    let model = try fit(
      AdaBoost.self,
      [
        ("trees", .integer(2)), ("beta", .real(1)), ("depth", .integer(1)),
        ("min_node_size", .real(0)),
      ], sample)
    // Gini cuts between 2 and 3: (0, 2) and (2, 1) give 4/3; below 5: (1, 3) and (1, 0) give 3/2.
    let first = log((1 - 0.2) / 0.2)
    #expect(model.ensemble.nodes[0].threshold == 2.5)
    expectClose(model.history[0].values[0].value, 0.2, absolute: 1e-9)
    // The fourth event now weighs 4 of 8: below 4.5 there are (1, 6), above (1, 0), Gini 12/7;
    // between 2 and 3: (0, 2), (2, 4) give 8/3.
    #expect(model.ensemble.nodes[3].threshold == 4.5)
    expectClose(model.history[1].values[0].value, 1.0 / 8, absolute: 1e-9)
    let second = log((1 - 0.125) / 0.125)
    let expected = [
      -first - second, -first - second, first - second, first - second, first + second,
    ]
    expectClose(
      try model.rawScores(for: sample.inputs, count: 5, threads: 1), expected, absolute: 1e-7)
  }

  @Test func adaBoostVotesAsThatOfScikitLearn() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.binary)
    let model = try fit(
      AdaBoost.self,
      [
        ("n_estimators", .integer(12)), ("learning_rate", .real(1)), ("max_depth", .integer(1)),
        ("algorithm", .text("SAMME")), ("min_node_size", .real(0)),
      ], sample)
    expectClose(
      try model.rawScores(for: sample.inputs, count: sample.count, threads: 1),
      golden.golden.at("sklearn_adaboost").flat.map { $0 / 2 }, absolute: 1e-6, relative: 1e-6)
  }

  /// Bagged boosting draws other events for each tree, the same for the same seed, and learns as well.
  @Test func adaBoostCanBeBagged() throws {
    let (sample, test) = (treeSample(2000), treeSample(2000, seed: 5))
    let options: Given = [("trees", .integer(60)), ("BaggedSampleFraction", .real(0.5))]
    let bagged = try fit(AdaBoost.self, options, sample)
    #expect(try bagged.ensemble == fit(AdaBoost.self, options, sample).ensemble)
    #expect(try bagged.ensemble != fit(AdaBoost.self, [options[0]], sample).ensemble)
    #expect(try area(bagged, test) > 0.85)
    #expect(throws: OptionProblems.self) {
      try made(AdaBoost.self, [("subsample", .real(0))])
    }
  }

  /// SAMME: the summed votes for each class are those of scikit-learn, and so are the probabilities.
  @Test func adaBoostOfSeveralClassesIsThatOfScikitLearn() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.multiclass, labels: "classes")
    let options: Given = [
      ("n_estimators", .integer(12)), ("learning_rate", .real(0.7)), ("max_depth", .integer(2)),
      ("min_node_size", .real(0)),
    ]
    let model = try fit(AdaBoost.self, options, sample)
    #expect(model.ensemble.count == 12, "one tree a step, shared by all classes")
    let votes = golden.golden.at("sklearn_samme").flat
    expectClose(
      try model.rawScores(for: sample.inputs, count: sample.count, threads: 1), votes,
      absolute: 1e-6, relative: 1e-6)
    let real = try fit(
      AdaBoost.self,
      [
        ("n_estimators", .integer(8)), ("learning_rate", .real(0.7)), ("max_depth", .integer(2)),
        ("min_samples_leaf", .integer(20)), ("min_node_size", .real(0)),
        ("algorithm", .text("SAMME.R")),
      ], sample)
    expectClose(
      try real.rawScores(for: sample.inputs, count: sample.count, threads: 1),
      golden.golden.at("samme_real").flat, absolute: 1e-6, relative: 1e-6)
  }

  /// One tree for all classes, by depth, by the most gaining leaf, and pruned.
  @Test(arguments: ["gini", "entropy", "pruned"]) func aTreeOfSeveralClassesIsThatOfScikitLearn(
    name: String
  ) throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.multiclass, labels: "classes")
    var options: Given = [("min_samples_leaf", .integer(10))]
    switch name {
    case "gini": options.append(("depth", .integer(3)))
    case "entropy": options += [("max_leaf_nodes", .integer(6)), ("criterion", .text("entropy"))]
    default: options.append(("ccp_alpha", .real(0.01)))
    }
    let model = try fit(DecisionTree.self, options, sample)
    #expect(model.ensemble.count == 1)
    expectClose(try scores(model, sample), golden.golden.at("classes_" + name).flat, absolute: 1e-6)
  }

  /// Forests of several classes on any number of threads; significance and errors choose sensible cuts, too.
  @Test(arguments: [("gini", 0.85), ("misclassification", 0.65), ("significance", 0.42)])
  func forestsOfSeveralClasses(rule: String, least: Double) throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.multiclass, labels: "classes")
    for type in [RandomForest.self, ExtraTrees.self] as [any Method.Type] {
      let method = try made(
        type, [("trees", .integer(30)), ("criterion", .text(rule)), ("min_events", .integer(3))])
      let models = try [1, 3].map {
        try method.fit(sample, validation: nil, context: FitContext(seed: 4, threads: $0))
      }
      let found = try scores(models[0], sample)
      #expect(try found == scores(models[1], sample))
      var right = 0.0
      for i in 0..<sample.count {
        let row = found[3 * i..<3 * i + 3]
        expectClose(row.reduce(0, +), 1, absolute: 1e-9)
        if row.firstIndex(of: row.max() ?? 0) == 3 * i + Int(sample.labels[i]) { right += 1 }
      }
      #expect(right > least * Double(sample.count), "\(type.name): \(right)")
    }
  }

  @Test func realAdaBoostByHand() throws {
    let sample = Sample(
      inputs: [1, 1, 1, 1, 2, 2], features: ["x"], labels: [0, 0, 0, 1, 1, 0],
      weights: [1, 1, 1, 1, 2, 1], classes: ["b", "s"], task: .binary)
    let model = try fit(
      AdaBoost.self,
      [
        ("BoostType", .text("RealAdaBoost")), ("trees", .integer(1)), ("beta", .real(1)),
        ("min_node_size", .real(0)),
      ], sample)
    // 2 · ½ ln(p/(1−p)) with p = 1/4 and 2/3: after one round the score is the share itself.
    expectClose(
      try scores(model, sample), [0.25, 0.25, 0.25, 0.25, 2.0 / 3, 2.0 / 3], absolute: 1e-7)
  }

  @Test func treatmentsOfNegativeWeights() throws {
    var sample = treeSample(2000)
    for i in stride(from: 0, to: 2000, by: 6) { sample.weights[i] *= -0.5 }
    let test = treeSample(2000, seed: 9)
    for word in ["InverseBoostNegWeights", "ignore", "PairNegWeightsGlobal", "keep"] {
      let model = try fit(
        AdaBoost.self, [("NegWeightTreatment", .text(word)), ("trees", .integer(60))], sample)
      #expect(try scores(model, test).allSatisfy { $0.isFinite })
      #expect(try area(model, test) > 0.8, "\(word)")
    }
    let kept = sample.weights.indices.filter { sample.weights[$0] > 0 }
    let options: Given = [("NegWeightTreatment", .text("ignore")), ("trees", .integer(5))]
    #expect(
      try scores(try fit(AdaBoost.self, options, sample), test)
        == scores(try fit(AdaBoost.self, options, sample.selecting(kept)), test))
  }

  @Test func badInputHasAnswers() throws {
    let one = Sample(
      inputs: [1, 2], features: ["x"], labels: [0, 1], weights: [1, 1], classes: ["b", "s"],
      task: .binary)
    for method in [DecisionTree.self, RandomForest.self, ExtraTrees.self, AdaBoost.self]
      as [any Method.Type]
    {
      let (values, _) = resolve(
        ConfigurationValue(.mapping([])), against: method.options, path: method.name)
      let made = try method.init(options: values)
      let context = FitContext(seed: 1, threads: 1)
      let found = try scores(try made.fit(one, validation: nil, context: context), one)
      #expect(found.allSatisfy { $0 >= 0 && $0 <= 1 }, "\(method.name)")
      var flat = treeSample(200, width: 2)
      for i in 0..<200 { (flat.inputs[2 * i], flat.inputs[2 * i + 1]) = (.nan, 3) }
      let constant = try scores(try made.fit(flat, validation: nil, context: context), flat)
      #expect(Set(constant).count == 1, "\(method.name)")
      flat.weights = flat.weights.map { -$0 }
      #expect(throws: FitError.self) { try made.fit(flat, validation: nil, context: context) }
      #expect(throws: FitError.self) {
        try made.fit(
          treeSample(50), validation: nil,
          context: FitContext(seed: 1, threads: 1, shouldStop: { true }))
      }
    }
  }

  /// Dividing by factors below one let negative weights of right events grow with every tree: areas fell by a tenth at 2 %.
  @Test(arguments: ["AdaBoost", "RealAdaBoost"], [50, 10])
  func fewNegativeWeightsDoNotSpoilBoosting(boost: String, every: Int) throws {
    var sample = treeSample(3000, seed: 12)
    sample.weights = sample.weights.indices.map { $0 % every == 3 ? -1 : 1 }
    let test = treeSample(4000, seed: 13)
    func area(_ treatment: String) throws -> Double {
      let method = try made(
        AdaBoost.self,
        [
          ("boost", .text(boost)), ("trees", .integer(60)),
          ("negative_weight_treatment", .text(treatment)),
        ])
      let scores = try method.fit(sample, validation: nil, context: silent())
        .scores(for: test.inputs, count: test.count, threads: 2)
      return try RocCurve(scores: scores, labels: test.labels, weights: test.weights).area
    }
    let (inverse, ignored) = (try area("inverse_boost"), try area("ignore"))
    #expect(inverse > ignored - 0.015, "\(inverse) after \(ignored)")
  }
}
