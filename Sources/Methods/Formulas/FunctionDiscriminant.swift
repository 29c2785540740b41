import ApusEngine
public import ApusEvents

/// The function discriminant of TMVA: a formula whose parameters are fitted.
///
/// Names in the formula that are no inputs are parameters, searched within `low` and `high`. Classes: the least Σ_c Σ w (f − t)²/Σ_c w over
/// both classes, with t = 1 for signal and 0 for background (TMVA Users Guide, arXiv:physics/0703039, section 8.9); numbers: the least
/// Σ w (t − f)²/Σ w. A search of the whole range finds the valley, the simplex its bottom. The score of numbers is f; that of classes is
/// 1/(1 + exp(A f + B)), the most likely probability that keeps the order of f, or with `probability: false` f itself, as in TMVA.
/// Without a formula f is linear in all inputs.
///
/// Weights enter as they are; with negative weights the sum may be least at a bound. Values that are no numbers count as infinitely bad.
/// Cost: evaluations × n.
public struct FunctionDiscriminant: Method {
  /// The name in YAML.
  public static let name = "function_discriminant"
  /// Other names that are accepted.
  public static let aliases = ["fda", "FDA", "kFDA"]
  /// One sentence on what it does.
  public static let summary =
    "TMVA's function discriminant: a formula of the inputs with parameters that are fitted."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "formula", aliases: ["Formula"], .text,
      "The function, for example 'a + b*x + c*x*y'; names that are no inputs are parameters."),
    OptionDescription(
      "low", .reals(-1e300...1e300), default: .list([ConfigurationValue(.real(-10))]),
      "The least value of each parameter, in the order of the formula; one number for all."),
    OptionDescription(
      "high", .reals(-1e300...1e300), default: .list([ConfigurationValue(.real(10))]),
      "The greatest value of each parameter; one number for all."),
    OptionDescription(
      "search", aliases: ["FitMethod"], .choice(SearchName.allCases.map(\.rawValue)),
      synonyms: ["GA": "genetic", "SA": "annealing", "MC": "random", "MINUIT": "simplex"],
      default: .text("genetic"), "How the range is searched first."),
    OptionDescription(
      "evaluations", .integer(10...1_000_000_000), default: .integer(6000),
      "How often the function is computed for all events; half of it by the simplex."),
    OptionDescription(
      "probability", .flag, default: .flag(true),
      "Two classes: scores are probabilities in the order of the function; otherwise its values."),
  ]

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where the formula can't be read or a range is empty.
  public init(options: OptionValues) throws {
    values = options
    if let text = options.text("formula") {
      do { _ = try Formula(text) } catch {
        throw OptionProblems([.init(path: "formula", text: error.message)])
      }
    }
    let (low, high) = (options.reals("low") ?? [], options.reals("high") ?? [])
    if low.isEmpty || high.isEmpty
      || (low.count == high.count && zip(low, high).contains { $0 > $1 })
    {
      throw OptionProblems([
        .init(path: "low", text: "must lie below 'high', parameter by parameter.")
      ])
    }
  }

  /// Refuses a formula without a parameter, and ranges that are not as many as its parameters.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws {
    guard let inputs = facts.inputs else { return }
    var names = inputs.indices.map { "p\($0)" } + ["p\(inputs.count)"]
    if let text = values.text("formula") {
      names = try Formula(text).columns.filter { !inputs.contains($0) }
    }
    _ = try space(names)
  }

  /// Learns from a sample.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    let name = FunctionDiscriminant.name
    let sample = try training.usable(for: name).merged()
    let usual =
      "p0" + sample.features.indices.map { " + p\($0 + 1)*`\(sample.features[$0])`" }.joined()
    let formula = try InputFormula(
      values.text("formula") ?? usual, features: sample.features, method: name, free: true)
    let space = try space(formula.parameters)
    let columns = formula.inputColumns(sample.inputs, count: sample.count)
    let targets = sample.task == .binary ? sample.labels.map { $0 == 1 ? 1.0 : 0 } : sample.targets
    let sums = sample.positionsByClass.map { $0.reduce(0) { $0 + sample.weights[$1] } }
    let shares = sample.weights.indices.map {
      sample.weights[$0] / sums[sample.task == .binary ? Int(sample.labels[$0]) : 0]
    }
    func loss(_ point: [Double]) throws -> Double {
      let found = try formula.values(columns: columns, count: sample.count, parameters: point)
      var sum = 0.0
      for i in found.indices {
        sum += shares[i] * (found[i] - targets[i]) * (found[i] - targets[i])
      }
      if context.shouldStop() { throw FitError.interrupted(method: name, step: 0) }
      return sum
    }
    let half = max((values.integer("evaluations") ?? 6000) / 2, 1)
    let search = SearchName(rawValue: values.text("search") ?? "") ?? .genetic
    let middle = zip(space.low, space.high).map { ($0 + $1) / 2 }
    let wide = try search.search.minimise(
      in: space, from: [middle], seed: context.seed, evaluations: half, loss)
    let best = try SimplexSearch(edge: 0.05).minimise(
      in: space, from: [wide.point], seed: context.seed, evaluations: half, loss)
    guard best.value.isFinite else {
      throw FitError.unusable(
        method: name,
        reason:
          "'\(formula.text)' gives numbers for all events at none of \(2 * half) points of the "
          + "parameters' range. Check logarithms, roots and divisions, or the range.")
    }
    let found = try formula.values(columns: columns, count: sample.count, parameters: best.point)
    return FunctionResponse(
      task: sample.task, features: sample.features, formula: formula, parameters: best.point,
      sigmoid: sample.task == .binary && values.flag("probability")
        ? probability(found, sample) : nil)
  }

  /// The sigmoid of most likely probabilities; with |w| where signed weights give none.
  private func probability(_ found: [Double], _ sample: Sample) -> (slope: Double, offset: Double) {
    let isSignal = sample.labels.map { $0 == 1 }
    let signed = plattSigmoid(found, positive: isSignal, weights: sample.weights)
    if signed.slope.isFinite, signed.offset.isFinite, signed.slope != 0 { return signed }
    return plattSigmoid(found, positive: isSignal, weights: sample.weights.map { abs($0) })
  }

  private func space(_ parameters: [String]) throws(OptionProblems) -> SearchSpace {
    var found = ProblemList()
    if parameters.isEmpty {
      found.report("formula", "has no parameter: every name in it is an input.")
    }
    func bounds(_ option: String) -> [Double] {
      let given = values.reals(option) ?? []
      if given.count == 1 { return parameters.map { _ in given[0] } }
      if given.count != parameters.count {
        found.report(
          option,
          "has \(given.count) numbers for the \(parameters.count) parameters "
            + "\(parameters.joined(separator: ", ")); give one each, or one for all.")
      }
      return given
    }
    let (low, high) = (bounds("low"), bounds("high"))
    if found.problems.isEmpty, zip(low, high).contains(where: { $0 > $1 }) {
      found.report("low", "must lie below 'high' for every parameter.")
    }
    try found.finish()
    return SearchSpace(low: low, high: high)
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    let reader = try RecordReader(record, method: name)
    let features = reader.json["features"]?.strings ?? []
    let formula = try InputFormula(
      reader.json["formula"]?.text ?? "", features: features, method: name, free: true)
    let sigmoid =
      reader.json["probability"]?.flag == true ? try reader.numbers("sigmoid", count: 2) : []
    return FunctionResponse(
      task: try reader.task(), features: features, formula: formula,
      parameters: try reader.numbers("parameters", count: formula.parameters.count),
      sigmoid: sigmoid.isEmpty ? nil : (sigmoid[0], sigmoid[1]))
  }
}

/// A formula with its parameters.
private struct FunctionResponse: Response {
  let task: Task
  let features: [String]
  let formula: InputFormula
  let parameters: [Double]
  /// A and B of 1/(1 + exp(A f + B)); nil where f itself is the score.
  let sigmoid: (slope: Double, offset: Double)?
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { parameters.count }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: features.count, method: FunctionDiscriminant.name)
    if count == 0 { return [] }
    let found = try formula.values(inputs, count: count, parameters: parameters)
    guard let sigmoid else { return found }
    return found.map { ApusMethods.sigmoid(-(sigmoid.slope * $0 + sigmoid.offset)) }
  }

  /// The parameters by their names.
  func tables(features: [String]) -> [ResponseTable] {
    [
      ResponseTable(
        title: "Parameters of \(formula.text.replacing("`", with: ""))",
        columns: ["Parameter", "Value"],
        rows: zip(formula.parameters, parameters).map { [.text($0), .number($1)] })
    ]
  }

  func record() throws -> ModelRecord {
    let description: JSONValue = [
      "method": .string(FunctionDiscriminant.name), "task": .string(task.rawValue),
      "features": JSONValue(features), "formula": .string(formula.text),
      "names": JSONValue(formula.parameters), "probability": .bool(sigmoid != nil),
    ]
    var tensors = [(name: "parameters", tensor: Tensor(parameters, shape: [parameters.count]))]
    if let sigmoid {
      tensors.append(("sigmoid", Tensor([sigmoid.slope, sigmoid.offset], shape: [2])))
    }
    return ModelRecord(description: description.text(), tensors: tensors)
  }
}
