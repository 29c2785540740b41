import ApusEvents
import ApusKernels

/// How scores become predictions.
enum TreeLink: String, Sendable {
  case identity, sigmoid, softmax, exponential
  /// Shares of trees, kept within [0, 1]; of several classes normalised.
  case shares
  /// A sigmoid for each class, normalised.
  case sigmoids

  /// Turns scores into what a response returns, in place.
  func apply(_ scores: inout [Double], outputs: Int) {
    switch self {
    case .identity: return
    case .sigmoid: for i in scores.indices { scores[i] = ApusMethods.sigmoid(scores[i]) }
    case .exponential: for i in scores.indices { scores[i] = exponentialOf(scores[i]) }
    case .shares, .sigmoids: normalise(&scores, outputs)
    case .softmax:
      var row = [Double](repeating: 0, count: outputs)
      for start in stride(from: 0, to: scores.count, by: outputs) {
        for k in 0..<outputs { row[k] = scores[start + k] }
        ApusMethods.softmax(&row)
        for k in 0..<outputs { scores[start + k] = row[k] }
      }
    }
  }
}

extension TreeLink {
  /// The score behind an answer: log-odds of a probability, the logarithm of a mean.
  func score(_ answer: Double) -> Double {
    switch self {
    case .sigmoid: logarithm(answer / (1 - answer))
    case .exponential: logarithm(answer)
    default: answer
    }
  }

  private func normalise(_ scores: inout [Double], _ outputs: Int) {
    for i in scores.indices {
      scores[i] = self == .sigmoids ? ApusMethods.sigmoid(scores[i]) : min(max(scores[i], 0), 1)
    }
    guard outputs > 1 else { return }
    for start in stride(from: 0, to: scores.count, by: outputs) {
      let row = start..<start + outputs
      let sum = scores[row].reduce(0, +)
      for k in row { scores[k] = sum > 0 ? scores[k] / sum : 1 / Double(outputs) }
    }
  }
}

/// The loss of a fit with what goes with it.
struct TreeLoss: Sendable {
  var loss: BoostingLoss
  var link: TreeLink
  /// A loss that the user wrote.
  var formula: FormulaLoss?
  /// Leaf values are this quantile of what is left, not Newton steps.
  var renewal: Double?

  /// What other programs call these losses.
  static let otherNames = [
    "log_loss": "logistic", "binary": "logistic", "binary:logistic": "logistic",
    "multiclass": "softmax", "multi:softprob": "softmax", "multi:softmax": "softmax",
    "squared_error": "squared", "reg:squarederror": "squared", "regression": "squared",
    "l2": "squared", "mse": "squared", "absolute_error": "absolute",
    "reg:absoluteerror": "absolute", "regression_l1": "absolute", "l1": "absolute",
    "mae": "absolute", "count:poisson": "poisson", "reg:quantileerror": "quantile",
  ]

  /// The name of the loss that options ask for, in our words.
  static func name(_ options: OptionValues?) -> String {
    let given = options?.text("name") ?? "auto"
    return otherNames[given] ?? given
  }

  init(_ options: OptionValues?, task: Task, classes: Int) throws {
    let name = Self.name(options)
    if let text = options?.text("formula") {
      guard task != .multiclass else {
        throw OptionProblems([
          .init(path: "loss.formula", text: "needs two classes or numbers, which have one score.")
        ])
      }
      (loss, renewal, formula) = (.given, nil, try FormulaLoss(text))
      link = task == .binary ? .sigmoid : .identity
      return
    }
    let allowed: [String]
    switch task {
    case .binary: allowed = ["logistic"]
    case .multiclass: allowed = ["softmax"]
    case .regression: allowed = ["squared", "absolute", "huber", "quantile", "poisson"]
    }
    guard name == "auto" || allowed.contains(name) else {
      let list = allowed.map { "'\($0)'" }.joined(separator: ", ")
      throw OptionProblems([
        .init(
          path: "loss",
          text: "'\(name)' does not fit the task '\(task.rawValue)', which takes \(list).")
      ])
    }
    let level = options?.real("level") ?? 0.5
    (link, renewal, formula) = (.identity, nil, nil)
    switch name == "auto" ? allowed[0] : name {
    case "logistic": (loss, link) = (.logistic, .sigmoid)
    case "softmax": (loss, link) = (.softmax(classes), .softmax)
    case "absolute": (loss, renewal) = (.absolute, 0.5)
    case "huber": loss = .huber(options?.real("delta") ?? 1)
    case "quantile": (loss, renewal) = (.quantile(level), level)
    case "poisson": (loss, link) = (.poisson, .exponential)
    default: loss = .squared
    }
  }

  /// The largest sensible step: a score that is a logarithm never needs more than 10.
  var maxStep: Double { link == .identity ? .infinity : 10 }

  /// The best constant score: what the trees start from.
  func start(_ sample: Sample, targets: [Double]) throws -> [Double] {
    let total = sample.weights.reduce(0, +)
    if let formula { return [try formula.start(targets, sample.weights)] }
    switch loss {
    case .logistic, .softmax:
      var sums = [Double](repeating: 0, count: max(sample.classes.count, 2))
      for (target, weight) in zip(targets, sample.weights) { sums[Int(target)] += weight }
      let shares = sums.map { logarithm($0 / total) }
      return loss == .logistic ? [shares[1] - shares[0]] : shares
    case .absolute, .huber: return [weightedQuantile(targets, sample.weights, 0.5)]
    case .quantile(let level): return [weightedQuantile(targets, sample.weights, level)]
    case .poisson:
      if let place = targets.firstIndex(where: { $0 < 0 }) {
        throw FitError.unusable(
          method: BoostedTrees.name,
          reason:
            "the Poisson loss needs targets of at least 0, but that of training event \(place) is "
            + "\(targets[place]). Take loss 'squared', or mend the target.")
      }
      let mean = zip(targets, sample.weights).reduce(0) { $0 + $1.0 * $1.1 } / total
      guard mean > 0 else {
        throw FitError.unusable(
          method: BoostedTrees.name,
          reason: "the Poisson loss needs a positive weighted mean of the target, found \(mean).")
      }
      return [logarithm(mean)]
    default: return [zip(targets, sample.weights).reduce(0) { $0 + $1.0 * $1.1 } / total]
    }
  }
}

/// The smallest value below or at which at least this share of Σ|w| lies; 0 without events.
func weightedQuantile(_ values: [Double], _ weights: [Double], _ level: Double) -> Double {
  let order = values.indices.sorted { values[$0] < values[$1] }
  // The tolerance keeps rounding of sums from choosing the next value.
  let wanted = level * weights.reduce(0) { $0 + abs($1) } * (1 - 1e-12)
  var sum = 0.0
  for i in order {
    sum += abs(weights[i])
    if sum >= wanted { return values[i] }
  }
  return order.last.map { values[$0] } ?? 0
}
