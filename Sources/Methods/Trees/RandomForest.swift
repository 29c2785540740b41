public import ApusEvents
import ApusKernels

/// The mean of many trees, each grown on a bootstrap of the events with a random choice of inputs at every cut.
///
/// Each tree sees the events drawn with replacement (its weight times how often an event was drawn), and looks at a random
/// share of the inputs at each cut (Breiman 2001, doi:10.1023/A:1010933404324). The answer is the mean of the trees' weighted shares of signal, or means
/// of numbers. Trees of several classes or targets are shared by all, with targets in units of their deviations. All draws come from the seed, the same on any
/// number of threads. Negative weights enter as they are; a side whose weight would not be positive is not made.
public struct RandomForest: Method {
  /// The name in YAML.
  public static let name = "random_forest"
  /// Other names that are accepted.
  public static let aliases = ["forest", "RandomForestClassifier", "RandomForestRegressor", "rf"]
  /// One sentence on what it does.
  public static let summary =
    "Random forest (Breiman 2001): the mean of deep trees on bootstraps with random inputs at each cut."
  /// All tasks.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// NaN stands for a missing value.
  public static let acceptsMissing = true
  /// Trees of several targets are shared by all.
  public static let takesSeveralTargets = true
  /// Its options.
  public static let options = forestOptions(bootstrap: true)

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where trees would see no event.
  public init(options: OptionValues) throws {
    values = options
    try checkShare(options)
  }

  /// Refuses names that are no inputs.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try TreeColumns.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try fitForest(
      Self.name, values, training, validation: validation, context: context, isRandom: false)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}

/// Extremely randomised trees: as a random forest, but each input's cut is drawn, evenly in value (Geurts et al.
///
/// 2006,
/// doi:10.1007/s10994-006-6226-1), and every tree sees all events unless `bootstrap` says otherwise.
public struct ExtraTrees: Method {
  /// The name in YAML.
  public static let name = "extra_trees"
  /// Other names that are accepted.
  public static let aliases = [
    "ExtraTreesClassifier", "ExtraTreesRegressor", "extremely_randomized_trees",
  ]
  /// One sentence on what it does.
  public static let summary =
    "Extremely randomised trees (Geurts et al. 2006): the mean of deep trees whose cuts are drawn."
  /// All tasks.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// NaN stands for a missing value.
  public static let acceptsMissing = true
  /// Trees of several targets are shared by all.
  public static let takesSeveralTargets = true
  /// Its options.
  public static let options = forestOptions(bootstrap: false)

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where trees would see no event.
  public init(options: OptionValues) throws {
    values = options
    try checkShare(options)
  }

  /// Refuses names that are no inputs.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws { try TreeColumns.check(values, facts) }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try fitForest(
      Self.name, values, training, validation: validation, context: context, isRandom: true)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try TreesResponse(record, method: name)
  }
}

/// The options of both kinds of forest.
func forestOptions(bootstrap: Bool) -> [OptionDescription] {
  [
    ForestOptions.trees(100), ForestOptions.criterion, ForestOptions.depth(0),
    ForestOptions.leaves, ForestOptions.minEvents(1), ForestOptions.minNodeSize,
    ForestOptions.bins,
    OptionDescription(
      "columns_per_leaf", aliases: ["max_features", "colsample_bynode", "UseNvars"],
      ForestOptions.columnKind, synonyms: ForestOptions.columnWords,
      "The share of inputs that each cut looks at, or above 1 their number; 'sqrt' and 'log2' of their number. When off: sqrt (all, for numbers)."
    ),
    OptionDescription(
      "bootstrap", .flag, default: .flag(bootstrap),
      "Whether each tree sees events drawn with replacement."),
    OptionDescription(
      "subsample", aliases: ["max_samples", "BaggedSampleFraction"], .real(0...1),
      synonyms: ["None": "1"],
      default: .real(1),
      "How many events each tree sees, as a share of all: drawn with replacement, or each once where 'bootstrap' is off."
    ), ForestOptions.categorical,
  ]
}

/// Trees that see no event learn nothing.
func checkShare(_ options: OptionValues) throws {
  if options.real("subsample") == 0 {
    throw OptionProblems([.init(path: "subsample", text: "must be a share above 0, got 0.")])
  }
}

private func fitForest(
  _ method: String, _ options: OptionValues, _ training: Sample, validation: Sample?,
  context: FitContext, isRandom: Bool
) throws -> TreesResponse {
  let training = try training.usable(for: method, missing: true)
  let forest = try Forest(
    method: method, options: options, training: training, context: context
  ) { settings, sample in
    let width = Double(sample.features.count)
    let standard = sample.task == .regression ? 1 : width.squareRoot() / width
    settings.columnsPerLeaf = options.columnShare(of: sample.features.count, standard: standard)
    settings.cut.random = isRandom ? 1 : 0
  }
  let steps = options.integer("trees") ?? 100
  var ensemble = forest.ensemble()
  if options.integer("leaves") == nil || forest.classGrower != nil {
    try forest.growSideBySide(steps) { tree in
      // The other trees will be about as large; to grow arrays would take twice their memory.
      if ensemble.count == 0 { ensemble.reserve(nodes: tree.nodes.count * steps / 16 * 17) }
      ensemble.append(tree)
    }
    return TreesResponse(forest, ensemble)
  }
  for step in 1...steps {
    let times = forest.times(step)
    let weights =
      times.isEmpty
      ? forest.training.weights
      : zip(forest.training.weights, times).map { $0 * Double($1) }
    var tree = try forest.grow(weights: weights, key: mixedBits(context.seed, UInt64(step), 6))
    for place in tree.values.indices { tree.values[place] /= Double(steps) }
    ensemble.append(tree)
    _ = try forest.tell(step, of: steps)
  }
  return TreesResponse(forest, ensemble)
}

extension TreesResponse {
  fileprivate init(_ forest: Forest, _ ensemble: TreeEnsemble) {
    let task = forest.training.task
    self.init(
      method: forest.method, task: task, ensemble: ensemble,
      link: task == .regression ? .identity : .shares, history: [])
  }
}
