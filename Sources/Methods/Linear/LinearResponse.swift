import ApusEngine
public import ApusEvents

/// A learned linear model: a linear form of the inputs for each output, and a link to probabilities.
public struct LinearResponse: Response, Equatable {
  /// The method that learned it.
  public let method: String
  /// What was learned.
  public let task: Task
  /// A row of coefficients, one an input, for each output (binary: one output, the log-odds of signal).
  public let coefficients: [[Double]]
  /// The intercept of each output.
  public let intercepts: [Double]
  /// The steps of the fit.
  public let history: [FitContext.Progress]

  /// The number of learned parameters.
  public var parameterCount: Int { coefficients.reduce(intercepts.count) { $0 + $1.count } }

  /// Whether two models are the same; how they were found does not matter.
  public static func == (a: LinearResponse, b: LinearResponse) -> Bool {
    a.method == b.method && a.task == b.task && a.coefficients == b.coefficients
      && a.intercepts == b.intercepts
  }

  /// Binary: the probability of signal; multiclass: a row of probabilities; regression: the estimate.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = coefficients.first?.count ?? 0
    try checkInputs(inputs, count: count, width: width, method: method)
    var scores: [Double] = []
    scores.reserveCapacity(count * intercepts.count)
    var outputs = intercepts
    for i in 0..<count {
      for (k, row) in coefficients.enumerated() {
        var sum = intercepts[k]
        for j in 0..<width { sum += row[j] * Double(inputs[i * width + j]) }
        outputs[k] = sum
      }
      switch task {
      case .binary: scores.append(sigmoid(outputs[0]))
      case .multiclass:
        softmax(&outputs)
        scores += outputs
      case .regression: scores.append(outputs[0])
      }
    }
    return scores
  }

  /// The coefficients, those of greatest effect first where inputs are standardised.
  public func tables(features: [String]) -> [ResponseTable] {
    let width = coefficients.first?.count ?? 0
    guard features.count == width else { return [] }
    let size = (0..<width).map { j in coefficients.reduce(0) { max($0, abs($1[j])) } }
    let order = size.indices.sorted { (size[$1], $0) < (size[$0], $1) }.prefix(30)
    let titles =
      coefficients.count == 1
      ? ["Coefficient"] : coefficients.indices.map { "Class \($0 + 1)" }
    return [
      ResponseTable(
        title: "Coefficients", columns: ["Input"] + titles,
        rows: [[.text("intercept")] + intercepts.map { .number($0) }]
          + order.map { j in [.text(features[j])] + coefficients.map { .number($0[j]) } },
        note: "Of the inputs as the method sees them, after the preprocessing."
          + (width > order.count ? " The \(order.count) largest of \(width)." : ""))
    ]
  }

  /// The model in plain data: two tensors of double precision.
  public func record() throws -> ModelRecord {
    let width = coefficients.first?.count ?? 0
    let description: JSONValue = [
      "method": .string(method), "task": .string(task.rawValue), "inputs": .int(width),
      "outputs": .int(intercepts.count),
    ]
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("coefficients", Tensor(coefficients.flatMap { $0 }, shape: [intercepts.count, width])),
        ("intercepts", Tensor(intercepts, shape: [intercepts.count])),
      ])
  }

  /// Brings back a recorded model.
  init(_ record: ModelRecord, method: String) throws {
    let reader = try RecordReader(record, method: method)
    let width = try reader.count("inputs")
    let outputs = try reader.count("outputs")
    let flat = try reader.numbers("coefficients", count: width * outputs)
    self.init(
      method: method, task: try reader.task(),
      coefficients: (0..<outputs).map { Array(flat[$0 * width..<($0 + 1) * width]) },
      intercepts: try reader.numbers("intercepts", count: outputs), history: [])
  }

  init(
    method: String, task: Task, coefficients: [[Double]], intercepts: [Double],
    history: [FitContext.Progress]
  ) {
    (self.method, self.task, self.history) = (method, task, history)
    (self.coefficients, self.intercepts) = (coefficients, intercepts)
  }
}
