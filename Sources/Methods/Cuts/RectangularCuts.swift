public import ApusEvents
import ApusKernels

/// Rectangular cuts: for each signal efficiency the box of cuts that leaves the least background.
///
/// A box is low_j < x_j ≤ high_j in every input. `grid` is the random grid search: cut values are those of signal events, so
/// that they are where the signal is (Amos, Prosper et al., FERMILAB-CONF-95-288); with a side for all inputs and enough
/// evaluations every signal event is tried. `genetic`, `annealing` and `simplex` search in quantiles of the signal for ten efficiencies, starting
/// from boxes that were peeled off slice by slice (Friedman and Fisher 1999, doi:10.1023/A:1008894516817). Whatever
/// they try counts for every efficiency. TMVA calls them MC, GA, SA and MINUIT.
///
/// The score of an event is one minus the least signal efficiency of a box that holds it: a cut on the score at 1 − ε takes the
/// events of all boxes up to ε. Efficiencies are shares of Σw with their signs; a box whose background is negative counts
/// as free of background. Cost: evaluations × n × the inputs that are cut on.
public struct RectangularCuts: Method {
  /// The name in YAML.
  public static let name = "cuts"
  /// Other names that are accepted.
  public static let aliases = ["Cuts", "kCuts", "rectangular_cuts"]
  /// One sentence on what it does.
  public static let summary =
    "Rectangular cuts with the least background at each signal efficiency, found by a search."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "search", aliases: ["FitMethod"],
      .choice(["genetic", "annealing", "simplex", "random", "grid"]),
      synonyms: ["GA": "genetic", "SA": "annealing", "MC": "random", "MINUIT": "simplex"],
      default: .text("genetic"), "How cuts are looked for."),
    OptionDescription(
      "evaluations", aliases: ["SampleSize"], .integer(10...1_000_000_000),
      default: .integer(20_000), "How many boxes are tried."),
    OptionDescription(
      "sides", aliases: ["VarProp"], .choice(["both", "lower", "upper"]),
      synonyms: ["NotEnforced": "both", "FSmart": "both", "FMax": "lower", "FMin": "upper"],
      default: .text("both"),
      "Whether an input is cut from below (FMax), from above (FMin), or both."),
    OptionDescription(
      "points", .integer(2...10_000), default: .integer(100),
      "Signal efficiencies at which a box is kept."),
  ]

  let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let sample = try training.usable(for: RectangularCuts.name).merged()
    var trial = CutTrial(
      sample, sides: values.text("sides") ?? "both", points: values.integer("points") ?? 100)
    let evaluations = values.integer("evaluations") ?? 20_000
    if let name = SearchName(rawValue: values.text("search") ?? "") {
      try search(&trial, name.search, evaluations, context)
    } else {
      try trial.randomGrid(evaluations, seed: context.seed, shouldStop: context.shouldStop)
    }
    return CutsResponse(features: sample.features, boxes: trial.bestBoxes)
  }

  private func search(
    _ trial: inout CutTrial, _ search: any Search, _ evaluations: Int, _ context: FitContext
  ) throws {
    var starts = trial.peel()
    let goals = (0..<10).map { 0.95 - 0.1 * Double($0) }
    for (step, goal) in goals.enumerated() {
      // The boxes nearest to the goal are worth most.
      starts.sort { abs($0.efficiency - goal) < abs($1.efficiency - goal) }
      let near = starts.prefix(5).map(\.point)
      var copy = trial
      let found = search.minimise(
        in: trial.space, from: near, seed: context.seed &+ UInt64(step),
        evaluations: max(evaluations / goals.count, 1)
      ) { copy.cost($0, goal: goal) }
      trial = copy
      starts.append((found.point, goal))
      let progress = FitContext.Progress(
        step: step + 1, steps: goals.count, unit: "efficiency", events: trial.count,
        values: [("signal_efficiency", goal), ("cost", found.value)])
      context.report(progress)
      if context.shouldStop() {
        throw FitError.interrupted(method: RectangularCuts.name, step: step + 1)
      }
    }
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try CutsResponse(record)
  }
}
