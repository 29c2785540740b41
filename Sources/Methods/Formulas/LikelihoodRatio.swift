import ApusEngine
public import ApusEvents
import ApusKernels

/// The likelihood ratio of known densities: the best that any method can do (Neyman and Pearson 1933).
///
/// `signal` and `background` are formulas of the inputs as the method sees them (say `preprocess: []` where inputs are meant as they
/// are), densities up to one common factor; the score is π_S s/(π_S s + π_B b). Nothing is learned but the priors. For toys
/// whose densities are known, it is the upper bound that others are compared with. Where both densities are 0 the prior
/// holds; negative or missing values count as 0.
public struct LikelihoodRatio: Method {
  /// The name in YAML.
  public static let name = "likelihood_ratio"
  /// Other names that are accepted.
  public static let aliases = ["oracle", "neyman_pearson"]
  /// One sentence on what it does.
  public static let summary =
    "The likelihood ratio of densities given as formulas: the upper bound for all other methods."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription("signal", .text, "The density of signal, a formula of the inputs."),
    OptionDescription("background", .text, "The density of background, a formula of the inputs."),
    priorsOption,
  ]

  private let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where a formula can't be read.
  public init(options: OptionValues) throws {
    values = options
    var problems: [OptionProblems.Problem] = []
    for name in ["signal", "background"] {
      guard let text = options.text(name) else { continue }
      do { _ = try Formula(text) } catch {
        problems.append(.init(path: name, text: error.message))
      }
    }
    if !problems.isEmpty { throw OptionProblems(problems) }
  }

  /// Refuses densities that are missing, or of names that are no inputs.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws {
    var found = ProblemList()
    for name in ["signal", "background"] {
      guard let text = values.text(name) else {
        found.report(
          name, "is missing: the density of \(name), a formula of the inputs such as 'exp(-x^2/2)'."
        )
        continue
      }
      guard let inputs = facts.inputs, let formula = try? Formula(text) else { continue }
      for column in formula.columns where !inputs.contains(column) {
        found.report(
          name,
          "the formula '\(text)' needs '\(column)', which is no input."
            + didYouMean(column, among: inputs))
      }
    }
    try found.finish()
  }

  /// Takes the priors from a sample.
  /// - Throws: `FitError.unusable` where a formula is missing or needs what is no input.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let training = try training.usable(for: LikelihoodRatio.name)
    guard let signal = values.text("signal"), let background = values.text("background") else {
      throw FitError.unusable(
        method: LikelihoodRatio.name,
        reason:
          "it needs the densities 'signal' and 'background' as formulas of the inputs, such as "
          + "'exp(-x^2/2)'.")
    }
    let sums = training.positionsByClass.map { $0.reduce(0) { $0 + training.weights[$1] } }
    return try RatioResponse(
      features: training.features, formulas: [background, signal],
      logPriors: logPriors(values, sums: sums))
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    let reader = try RecordReader(record, method: name)
    let formulas = reader.json["formulas"]?.strings ?? []
    guard formulas.count == 2 else { throw reader.fail("it needs two formulas.") }
    return try RatioResponse(
      features: reader.json["features"]?.strings ?? [], formulas: formulas,
      logPriors: try reader.numbers("priors", count: 2))
  }
}

/// Two densities and their priors.
private struct RatioResponse: Response {
  let features: [String]
  let formulas: [InputFormula]
  let logPriors: [Double]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { 2 }

  init(features: [String], formulas: [String], logPriors: [Double]) throws {
    self.features = features
    self.logPriors = logPriors
    self.formulas = try formulas.map {
      try InputFormula($0, features: features, method: LikelihoodRatio.name)
    }
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: features.count, method: LikelihoodRatio.name)
    if count == 0 { return [] }
    let densities = try formulas.map { try $0.values(inputs, count: count) }
    var scores: [Double] = []
    for i in 0..<count {
      var logs = densities.indices.map { k -> Double in
        let density = densities[k][i]
        return density > 0 ? logarithm(density) + logPriors[k] : -.infinity
      }
      appendProbabilities(&logs, fallback: logPriors, .binary, to: &scores)
    }
    return scores
  }

  func record() throws -> ModelRecord {
    let description: JSONValue = [
      "method": .string(LikelihoodRatio.name), "task": .string(Task.binary.rawValue),
      "features": JSONValue(features), "formulas": JSONValue(formulas.map(\.text)),
    ]
    return ModelRecord(
      description: description.text(), tensors: [("priors", Tensor(logPriors, shape: [2]))])
  }
}
