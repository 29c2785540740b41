public import ApusEvents
import ApusKernels

/// The k nearest neighbours: an event is scored by the training events around it.
///
/// p_k = Σ w_i v_i [label k] / Σ w_i v_i over the k nearest training events by Euclidean distance in standardised inputs
/// (Fix and Hodges 1951); a regression is the mean of their targets with the same weights. v_i is 1 (`uniform`), 1/distance
/// (`distance`: coincident events alone decide), or (1 − (d/D)³)³ with the distance D of the k-th (`tricube`, near to TMVA's
/// polynomial kernel). A kd-tree finds them, or above 15 inputs a look at all events, with the same result.
///
/// Coincident events (same inputs and label) count as one neighbour of the summed weight, so that an event of weight two
/// and the event twice are the same. Sums of classes that negative weights make negative count as 0; where nothing
/// positive is left, the prior of the class (the mean target) holds. Cost of a score: from log n to n.
public struct NearestNeighbours: Method {
  /// The name in YAML.
  public static let name = "knn"
  /// Other names that are accepted.
  public static let aliases = [
    "KNN", "kKNN", "nearest_neighbours", "KNeighborsClassifier", "KNeighborsRegressor",
  ]
  /// One sentence on what it does.
  public static let summary =
    "The k nearest neighbours: the classes or targets of the training events around an event."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "neighbours", aliases: ["k", "n_neighbors", "nkNN", "neighbors"], .integer(1...1_000_000),
      default: .integer(20), "How many training events are looked at."),
    OptionDescription(
      "weighting", aliases: ["weights", "kernel"], .choice(["uniform", "distance", "tricube"]),
      synonyms: ["Poln": "tricube"], default: .text("uniform"),
      "How their influence falls with distance."),
    OptionDescription(
      "scale", .flag, default: .flag(true),
      "Whether distances are in units of the spread of each input."),
    OptionDescription(
      "algorithm", .choice(["auto", "kd_tree", "brute"]), synonyms: ["ball_tree": "kd_tree"],
      default: .text("auto"),
      "How they are found; auto takes kd_tree for up to 15 inputs. The scores are the same."),
  ]

  /// One look-up serves all targets.
  public static let takesSeveralTargets = true

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample: keeps it in a tree.
  /// - Throws: `FitError.unusable`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let sample = try training.usable(for: NearestNeighbours.name).merged()
    let width = sample.features.count
    let scaler = values.flag("scale") ? Standardizer(sample) : Standardizer(width: width)
    let algorithm = values.text("algorithm") ?? "auto"
    return NeighboursResponse(
      task: sample.task, classes: max(sample.classes.count, 1),
      neighbours: values.integer("neighbours") ?? 20,
      weighting: .init(rawValue: values.text("weighting") ?? "") ?? .uniform,
      brute: algorithm == "auto" ? width > 15 : algorithm == "brute", scaler: scaler,
      points: scaler.scaled(sample.inputs),
      values: sample.task == .regression ? sample.targets : sample.labels.map { Double($0) },
      weights: sample.weights)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try NeighboursResponse(record)
  }
}
