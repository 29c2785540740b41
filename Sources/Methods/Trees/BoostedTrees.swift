public import ApusEvents
import ApusKernels

/// Gradient-boosted decision trees on histograms.
///
/// Each tree is a step down the loss: with the gradients g and curvatures h of the loss of each event at the scores so far, times
/// its weight, a leaf gets −T(G)/(H + l2) for G = Σg, H = Σh and T the soft threshold at l1, and a cut is chosen by
/// what it gains, ½ T(G)²/(H + l2) summed over both sides minus that of the parent (Friedman 2001, doi:10.1214/aos/1013203451; Chen and
/// Guestrin 2016, arXiv:1603.02754). Inputs are first cut into at most 255 bins at weighted quantiles, so a leaf's best
/// cut is found from sums by bin (Ke et al. 2017, LightGBM). NaN is a missing value: each cut learns where it goes.
///
/// Weights enter every sum as they are, also negative ones (quantiles for bins and leaves use |w|); a cut whose side would not have a
/// positive Σwh is not made. Sums are of integers of 31 bits a gradient, so that the same seed gives the same trees on any number of
/// threads. Only `min_events` counts events without their weights. Cost: columns × events × depth a tree.
public struct BoostedTrees: Method {
  /// The name in YAML.
  public static let name = "bdt"
  /// Other names that are accepted.
  public static let aliases = [
    "BDT", "BDTG", "gradient_boosting", "boosted_trees", "xgboost", "lightgbm",
    "HistGradientBoostingClassifier", "HistGradientBoostingRegressor", "XGBClassifier",
    "LGBMClassifier",
  ]
  /// One sentence on what it does.
  public static let summary =
    "Gradient-boosted decision trees on histograms (Friedman 2001): takes missing values, any weights, and no preparation."
  /// All tasks.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options = allOptions
  /// NaN stands for a missing value.
  public static let acceptsMissing = true

  /// TMVA's `BoostType` may say another method.
  public static func meant(by given: ConfigurationValue) -> (
    type: any Method.Type, options: ConfigurationValue
  ) { methodOfBoosting(given, of: Self.self) }

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where options contradict each other.
  public init(options: OptionValues) throws {
    values = options
    var problems: [OptionProblems.Problem] = []
    if let boost = options.text("boost"), !["gradient", "Grad"].contains(boost) {
      let method = boost == "Bagging" ? "random_forest" : "adaboost"
      problems.append(
        .init(
          path: "boost",
          text:
            "'bdt' boosts by gradients; for \(boost) take the method '\(method)' (type: \(method))."
        )
      )
    }
    for name in ["subsample", "columns_per_tree", "columns_per_leaf"]
    where options.real(name) == 0 {
      problems.append(.init(path: name, text: "must be a share above 0, got 0."))
    }
    if options.integer("leaves") == 1 {
      problems.append(
        .init(path: "leaves", text: "must be at least 2, or 0 for no limit of its own, got 1."))
    }
    if options.group("loss")?.text("formula") != nil, options.group("flat") != nil {
      problems.append(
        .init(path: "flat", text: "goes with the logistic loss only, not with 'loss.formula'."))
    }
    if options.real("start") != nil, options.real("base_score") != nil {
      problems.append(
        .init(path: "base_score", text: "says the same as 'start' in other units; keep one."))
    }
    let loss = TreeLoss.name(options.group("loss"))
    if ["absolute", "quantile"].contains(loss), options.texts("monotone") != nil {
      problems.append(
        .init(
          path: "monotone",
          text: "can't be kept with loss '\(loss)', whose leaf values are quantiles; take 'huber'.")
      )
    }
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Refuses names that are no inputs or spectators, and losses that do not fit the task.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws {
    var found = ProblemList()
    try found.collect {
      try checkStart(
        TreeLoss(values.group("loss"), task: facts.task, classes: facts.classes).link)
    }
    try found.collect { try TreeColumns.check(values, facts) }
    try found.collect {
      try Flatness.check(values, task: facts.task, spectators: facts.spectators)
    }
    if facts.task == .multiclass, values.texts("monotone") != nil {
      found.report(
        "monotone",
        "needs two classes or numbers: the probabilities of several classes add up to one, so not all can rise, and "
          + "what their trees keep to says nothing of them. Leave it out.")
    }
    if facts.classes > 1 << 16 {
      found.report("", "learns at most 65536 classes, found \(facts.classes).")
    }
    try found.finish()
  }

  private func checkStart(_ link: TreeLink) throws {
    guard let answer = values.real("base_score"), !link.score(answer).isFinite else { return }
    var found = ProblemList()
    found.report(
      "base_score",
      link == .sigmoid
        ? "must be a probability between 0 and 1, as in XGBoost, got \(answer); log-odds are 'start'."
        : "must be a mean above 0, got \(answer).")
    try found.finish()
  }

  /// Learns from a sample.
  /// - Throws: `FitError`; `OptionProblems` where an option names an input that there is not.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: Self.name, missing: true)
    return try fit(
      try TreeEvents(WholeSample(training), checkingFor: nil, keepsLabels: isFlat),
      validation: validation.map { WholeSample($0) }, context: context)
  }

  private var isFlat: Bool { values.group("flat") != nil }

  private func fit(
    _ events: TreeEvents, validation: (any SampleBlocks)?, context: FitContext
  ) throws -> any Response {
    let facts = events.facts
    try check(
      StudyFacts(
        task: facts.task, inputs: events.features, classes: facts.classes.count,
        spectators: facts.spectators.map(\.name)))
    let loss = try TreeLoss(
      values.group("loss"), task: facts.task, classes: facts.classes.count)
    var booster = try Booster(
      method: self, loss: loss, training: events, validation: validation, context: context)
    return try booster.run()
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}

extension BoostedTrees: BlockMethod {
  /// Spectators do not stand in blocks.
  public var needsAllEvents: Bool { isFlat }
  /// Inputs are only needed until they are binned, so blocks give the same trees as the whole sample.
  public var learnsAlikeFromBlocks: Bool { true }

  /// A byte a value while columns are sorted, two while trees grow, and what both take an event.
  public func residentBytes(events: Int, width: Int) -> Int {
    events * max(width + 76, 2 * width + 52)
  }

  /// Learns from blocks: they are read once for weights and answers, and again for each group of columns that is binned.
  /// - Throws: As ``fit(_:validation:context:)-(Sample,_,_)``.
  public func fit(
    _ training: any SampleBlocks, validation: (any SampleBlocks)?, context: FitContext
  ) throws -> any Response {
    guard training.count > 0, !training.features.isEmpty else {
      throw FitError.unusable(
        method: Self.name, reason: "the training sample needs events and inputs, found none.")
    }
    return try fit(
      try TreeEvents(training, checkingFor: Self.name, keepsLabels: isFlat),
      validation: validation, context: context)
  }
}

extension Sample {
  /// The events that count.
  var withoutZeroWeights: Sample {
    guard weights.contains(0) else { return self }
    return selecting(weights.indices.filter { weights[$0] != 0 })
  }

  /// What boosting aims at.
  var boostingTargets: BoostingTargets {
    task == .regression
      ? .numbers(targets) : .classes(labels.map { UInt16(truncatingIfNeeded: $0) })
  }

  /// What trees aim at: the class or the target as a number.
  var treeTargets: [Double] { task == .regression ? targets : labels.map { Double($0) } }
}
