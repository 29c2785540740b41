public import ApusEvents

/// The projective likelihood of TMVA: smooth one-dimensional densities of each input, multiplied.
///
/// y = π_S Π p_S(x_j) / Σ_k π_k Π p_k(x_j) (TMVA Users Guide, arXiv:physics/0703039, section 8.2). `spline`: a histogram
/// of `bins` bins, `smooth` passes of the 1-2-1 filter, joined by straight lines (`order: 1`) or by a natural cubic
/// spline; `kde`: Gaussian kernels (`SmoothDensity`). Densities run over the central 99.9 % of |w|; what
/// lies outside counts in, and gets the density of, the end. Differences to TMVA: a cubic spline is natural, and
/// kernels are summed on a grid.
///
/// Weights enter as they are; where a density is not positive the floor holds. Cost: n d, for `kde` 500² d more.
public struct ProjectiveLikelihood: Method {
  /// The name in YAML.
  public static let name = "likelihood"
  /// Other names that are accepted.
  public static let aliases = [
    "Likelihood", "kLikelihood", "projective_likelihood", "LikelihoodKDE",
  ]
  /// One sentence on what it does.
  public static let summary =
    "TMVA's projective likelihood: the product of smooth densities of the single inputs."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "density", aliases: ["PDFInterpol"], .choice(["spline", "kde"]),
      synonyms: [
        "Spline0": "spline", "Spline1": "spline", "Spline2": "spline", "Spline3": "spline",
      ],
      default: .text("spline"),
      "How the density of an input is made smooth."),
    OptionDescription(
      "bins", aliases: ["Nbins"], .integer(2...10_000), default: .integer(50),
      "spline: the bins of the histogram."),
    OptionDescription(
      "smooth", aliases: ["NSmooth"], .integer(0...1000), default: .integer(1),
      "spline: passes of the 1-2-1 filter."),
    OptionDescription(
      "order", aliases: ["spline_order"], .choice(["0", "1", "3"]), default: .text("3"),
      "spline: 0 a histogram, 1 straight lines, 3 a cubic spline."),
    OptionDescription(
      "bandwidth", aliases: ["KDEFineFactor"], .real(0...1000, open: true), default: .real(1),
      "kde: the width of kernels in units of Silverman's 1.06 σ n^(-1/5)."),
    OptionDescription(
      "adaptive", aliases: ["KDEiter"], .flag,
      synonyms: ["Adaptive": "true", "Nonadaptive": "false"], default: .flag(true),
      "kde: whether kernels are wider where events are rare."),
    OptionDescription(
      "floor", .real(0...1, open: true), default: .real(0.001),
      "The share of an even distribution that is mixed in, so that no density is zero."),
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
    let sample = try training.usable(for: ProjectiveLikelihood.name).merged()
    let positions = sample.positionsByClass
    let sums = positions.map { $0.reduce(0) { $0 + sample.weights[$1] } }
    let marginals = sample.features.indices.map { j in
      marginal(sample.column(j).map { Double($0) }, sample, positions)
    }
    return ProjectiveResponse(
      method: ProjectiveLikelihood.name, task: sample.task,
      logPriors: logPriors(values, sums: sums), marginals: marginals)
  }

  private func marginal(_ x: [Double], _ sample: Sample, _ positions: [[Int]]) -> Marginal {
    let order = WeightedOrder(x, weights: sample.weights)
    var (low, high) = (order.quantile(0.0005), order.quantile(0.9995))
    if !(low < high) { (low, high) = (order.values[0], order.values[order.values.count - 1]) }
    if !(low < high) { (low, high) = Histogram.range(around: low) }
    let builder = SmoothDensity(low: low, high: high, floor: values.real("floor") ?? 0.001)
    if values.text("density") == "kde" {
      let (factor, adaptive) = (values.real("bandwidth") ?? 1, values.flag("adaptive"))
      let rows = positions.map { builder.kernels(x, sample.weights, $0, factor, adaptive) }
      return Marginal(shape: .line, nodes: builder.grid, values: rows)
    }
    let (bins, passes) = (values.integer("bins") ?? 50, values.integer("smooth") ?? 1)
    let contents = positions.map { builder.histogram(x, sample.weights, $0, bins, passes) }
    switch values.text("order") {
    case "0":
      let edges = builder.edges(bins)
      return Marginal(
        shape: .step, nodes: edges,
        values: contents.map { logDensity($0, edges: edges, floor: builder.floor) })
    case "1":
      return Marginal(
        shape: .line, nodes: builder.grid, values: contents.map { builder.lines($0) })
    default:
      return Marginal(
        shape: .line, nodes: builder.grid, values: contents.map { builder.cubic($0) })
    }
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try ProjectiveResponse(record, method: name)
  }
}
