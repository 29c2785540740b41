import ApusEngine
public import ApusEvents

/// Gaussian mixtures: the density of each class as a sum of Gaussians, found by expectation and maximisation.
///
/// p(x | class) = Σ_k π_k N(x; m_k, C_k), fitted by ``MixtureModel`` in standardised inputs; the score is the posterior
/// π_c p_c/Σ π p. With one component it is the quadratic discriminant.
///
/// Weights enter as they are. A component whose Σ w r is not positive is dropped; where negative weights give a covariance a
/// negative direction, the fit ends with a message. Constant inputs have the variance `floor` and say little. Cost: n k d²
/// a step.
public struct GaussianMixture: Method {
  /// The name in YAML.
  public static let name = "gaussian_mixture"
  /// Other names that are accepted.
  public static let aliases = ["gmm", "mixture", "GaussianMixture"]
  /// One sentence on what it does.
  public static let summary =
    "Gaussian mixtures by EM: the density of each class as a sum of Gaussians."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "components", aliases: ["n_components", "k"], .integer(1...1000), default: .integer(4),
      "Gaussians a class."),
    OptionDescription(
      "covariance", aliases: ["covariance_type"],
      .choice(MixtureSettings.Form.allCases.map(\.rawValue)), synonyms: ["diag": "diagonal"],
      default: .text("full"),
      "The form of the covariances: one each, variances only, one variance each, one for all."),
    OptionDescription(
      "iterations", aliases: ["max_iter"], .integer(1...100_000), default: .integer(200),
      "The most steps of EM."),
    OptionDescription(
      "tolerance", aliases: ["tol"], .real(0...1), default: .real(1e-5),
      "Ends when the mean log-likelihood gains less than this in a step."),
    OptionDescription(
      "floor", aliases: ["reg_covar"], .real(0...1), default: .real(1e-6),
      "What is added to variances of standardised inputs, so that none collapses onto an event."),
    OptionDescription(
      "starts", aliases: ["n_init"], .integer(1...1000), default: .integer(3),
      "How many random starts are tried; the most likely is kept."),
    priorsOption,
  ]

  let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  private var settings: MixtureSettings {
    var settings = MixtureSettings(components: values.integer("components") ?? 4)
    settings.form = .init(rawValue: values.text("covariance") ?? "") ?? .full
    settings.iterations = values.integer("iterations") ?? 200
    settings.tolerance = values.real("tolerance") ?? 1e-5
    settings.floor = max(values.real("floor") ?? 1e-6, 1e-12)
    settings.starts = values.integer("starts") ?? 3
    return settings
  }

  /// Learns from a sample, class by class.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let sample = try training.usable(for: GaussianMixture.name).merged()
    let scaler = Standardizer(sample)
    let (width, positions) = (sample.features.count, sample.positionsByClass)
    var models: [MixtureModel] = []
    for (k, rows) in positions.enumerated() {
      if context.shouldStop() {
        throw FitError.interrupted(method: GaussianMixture.name, step: k)
      }
      let points = rows.flatMap { i in
        (0..<width).map {
          (Double(sample.inputs[i * width + $0]) - scaler.means[$0]) / scaler.spreads[$0]
        }
      }
      let found = MixtureModel.fit(
        points: points, weights: rows.map { sample.weights[$0] }, width: width,
        settings: settings, seed: context.seed &+ UInt64(k), threads: context.threads)
      guard let found else {
        throw indefinite(GaussianMixture.name, remedy: "take fewer 'components'")
      }
      models.append(found.model)
    }
    let sums = positions.map { $0.reduce(0) { $0 + sample.weights[$1] } }
    return MixtureResponse(
      task: sample.task, scaler: scaler, models: models, logPriors: logPriors(values, sums: sums))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try MixtureResponse(record)
  }
}

/// The mixtures of all classes.
struct MixtureResponse: Response {
  let task: Task
  let scaler: Standardizer
  let models: [MixtureModel]
  let logPriors: [Double]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int {
    let width = scaler.means.count
    return models.reduce(logPriors.count) {
      $0 + $1.shares.count * (1 + width + width * (width + 1) / 2)
    }
  }

  init(task: Task, scaler: Standardizer, models: [MixtureModel], logPriors: [Double]) {
    (self.task, self.scaler, self.models, self.logPriors) = (task, scaler, models, logPriors)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = scaler.means.count
    try checkInputs(inputs, count: count, width: width, method: GaussianMixture.name)
    return inEventPieces(count, threads: threads) { range in
      var scores: [Double] = []
      var row = [Double](repeating: 0, count: width)
      for i in range {
        for j in 0..<width {
          row[j] = (Double(inputs[i * width + j]) - scaler.means[j]) / scaler.spreads[j]
        }
        var logs = models.indices.map { models[$0].logDensity(row) + logPriors[$0] }
        appendProbabilities(&logs, fallback: logPriors, task, to: &scores)
      }
      return scores
    }
  }

  func record() throws -> ModelRecord {
    let width = scaler.means.count
    let description: JSONValue = [
      "method": .string(GaussianMixture.name), "task": .string(task.rawValue),
      "inputs": .int(width), "classes": .int(models.count),
      "components": .array(models.map { .int($0.shares.count) }),
    ]
    func tensor(_ values: [Double]) -> Tensor { Tensor(values, shape: [values.count]) }
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("shift", tensor(scaler.means)), ("scale", tensor(scaler.spreads)),
        ("priors", tensor(logPriors)), ("shares", tensor(models.flatMap(\.shares))),
        ("means", tensor(models.flatMap { $0.means.flatMap { $0 } })),
        ("covariances", tensor(models.flatMap { $0.covariances.flatMap { $0 } })),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: GaussianMixture.name)
    task = try reader.task()
    let (width, count) = (try reader.count("inputs"), try reader.classes(task))
    let sizes = reader.json["components"]?.items?.compactMap(\.integer) ?? []
    let total = sizes.reduce(0) { $0 + max(min($1, 1_000_000), 0) }
    guard width > 0, sizes.count == count, sizes.allSatisfy({ $0 > 0 && $0 <= 1_000_000 }) else {
      throw reader.fail("'components' does not fit its classes.")
    }
    var scaler = Standardizer(width: width)
    scaler.means = try reader.numbers("shift", count: width)
    scaler.spreads = try reader.numbers("scale", count: width)
    self.scaler = scaler
    logPriors = try reader.numbers("priors", count: count)
    let shares = try reader.numbers("shares", count: total)
    let means = try reader.numbers("means", count: total * width)
    let covariances = try reader.numbers("covariances", count: total * width * width)
    var (models, start) = ([MixtureModel](), 0)
    for size in sizes {
      let places = start..<start + size
      let model = MixtureModel(
        shares: Array(shares[places]),
        means: places.map { Array(means[$0 * width..<($0 + 1) * width]) },
        covariances: places.map {
          Array(covariances[$0 * width * width..<($0 + 1) * width * width])
        }
      )
      guard let model else { throw reader.fail("a covariance is not positive definite.") }
      models.append(model)
      start += size
    }
    self.models = models
  }
}
