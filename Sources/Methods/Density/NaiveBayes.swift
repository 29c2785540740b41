public import ApusEvents

/// Naive Bayes: the inputs of a class taken as independent, each with a density of its own.
///
/// Score of class k: ln π_k + Σ_j ln p_j(x_j | k), made a probability by a softmax (Hastie et al., section 6.6.3).
/// `gaussian`: p_j is a normal density with the weighted mean and variance; `histogram`: bins of about equal
/// |w| over all classes, content max(Σw, 0) mixed with a share `floor` of an even distribution. Outside the range
/// of the training events the outermost bin holds. Constant inputs say nothing.
///
/// Weights enter as they are. A negative variance, which negative weights can make, ends the fit with a message; bins whose
/// sum is not positive have the floor. Cost: n d.
public struct NaiveBayes: Method {
  /// The name in YAML.
  public static let name = "naive_bayes"
  /// Other names that are accepted.
  public static let aliases = ["bayes", "nb", "GaussianNB", "NaiveBayes"]
  /// One sentence on what it does.
  public static let summary =
    "Naive Bayes: a product of one Gaussian or histogram an input, right where inputs are independent."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "density", aliases: ["pdf"], .choice(["gaussian", "histogram"]), default: .text("gaussian"),
      "The density of an input in a class."),
    OptionDescription(
      "variance_floor", aliases: ["var_smoothing"], .real(0...1), default: .real(1e-9),
      "gaussian: what is added to each variance, as a share of the input's variance over all classes."
    ),
    OptionDescription(
      "bins", .integer(2...100_000), default: .integer(50),
      "histogram: the most bins of an input."),
    OptionDescription(
      "floor", aliases: ["smoothing"], .real(0...1, open: true), default: .real(0.001),
      "histogram: the share of an even distribution that is mixed in, so that no bin is empty."),
    priorsOption,
  ]

  private let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Learns from a sample.
  /// - Throws: `FitError.unusable`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: NaiveBayes.name)
    let sums = training.positionsByClass.map { $0.reduce(0) { $0 + training.weights[$1] } }
    let marginals = try training.features.indices.map { j in
      let column = training.column(j).map { Double($0) }
      return values.text("density") == "histogram"
        ? histogram(column, training) : try gaussian(column, training, j, sums)
    }
    return ProjectiveResponse(
      method: NaiveBayes.name, task: training.task, logPriors: logPriors(values, sums: sums),
      marginals: marginals)
  }

  private func gaussian(_ x: [Double], _ sample: Sample, _ j: Int, _ sums: [Double]) throws
    -> Marginal
  {
    let pooled = spread(x, sample.weights.map { abs($0) }, Array(x.indices))
    let unit = pooled.variance > 1e-12 * pooled.mean * pooled.mean ? pooled.variance : 1
    let least = max(values.real("variance_floor") ?? 1e-9, 1e-12) * unit
    let rows = try sample.positionsByClass.enumerated().map { k, positions in
      let found = spread(x, sample.weights, positions)
      guard found.variance >= -1e-9 * unit else {
        throw FitError.unusable(
          method: NaiveBayes.name,
          reason:
            "the weighted variance of '\(sample.features[j])' in class '\(sample.classes[k])' "
            + "must not be negative, found \(found.variance): events with negative weights outweigh "
            + "others. Set 'negative_weights: pair' (or 'ignore', 'absolute'), or take "
            + "'density: histogram'.")
      }
      return [found.mean, max(found.variance, 0) + least]
    }
    return Marginal(shape: .gaussian, nodes: [], values: rows)
  }

  private func spread(_ x: [Double], _ w: [Double], _ positions: [Int]) -> (
    mean: Double, variance: Double
  ) {
    let total = positions.reduce(0) { $0 + w[$1] }
    let mean = positions.reduce(0) { $0 + w[$1] * x[$1] } / total
    let variance = positions.reduce(0) { $0 + w[$1] * (x[$1] - mean) * (x[$1] - mean) } / total
    return (mean, variance)
  }

  private func histogram(_ x: [Double], _ sample: Sample) -> Marginal {
    let edges = WeightedOrder(x, weights: sample.weights).edges(bins: values.integer("bins") ?? 50)
    let rows = sample.positionsByClass.map { positions -> [Double] in
      var histogram = Histogram(edges: edges)
      for i in positions {
        histogram.fill(min(x[i], edges[edges.count - 1].nextDown), weight: sample.weights[i])
      }
      return logDensity(histogram.sums, edges: edges, floor: values.real("floor") ?? 0.001)
    }
    return Marginal(shape: .step, nodes: edges, values: rows)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try ProjectiveResponse(record, method: name)
  }
}

/// ln of the density of bins: max(content, 0) normalised, with a share `floor` spread evenly over the bins.
func logDensity(_ contents: [Double], edges: [Double], floor: Double) -> [Double] {
  let total = contents.reduce(0) { $0 + max($1, 0) }
  let even = 1 / Double(contents.count)
  return contents.indices.map { b in
    let share = total > 0 ? max(contents[b], 0) / total : even
    return logarithm(((1 - floor) * share + floor * even) / (edges[b + 1] - edges[b]))
  }
}
