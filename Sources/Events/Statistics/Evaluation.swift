/// All standard numbers about one method on one part of the split, as `metrics.json` writes them.
public struct Evaluation: Sendable {
  /// The numbers in order; groups such as `signal_efficiency_at_background` are objects.
  public var json: JSONValue
  /// The points of the curve (binary only); it keeps no events, so its errors are in `json` only.
  public var roc: RocCurve?
  /// Weighted counts by true and predicted class (binary: cut at 0.5); nil for regression.
  public var confusion: ConfusionMatrix?

  /// The background efficiencies at which signal efficiencies are quoted.
  public static let backgrounds = [0.01, 0.10, 0.30]

  /// Computes the numbers of a task, sorting the scores once.
  ///
  /// Binary: `auc`, `auc_error` (DeLong), `accuracy`, `loss`, `sensitivity`, `specificity`,
  /// `precision`, `signal_efficiency_at_background`, `inverse_background_efficiency_at_signal`.
  /// Multiclass: `accuracy`, `loss`, `auc` (mean over classes) and `auc_error`, `auc_by_class` (each against the
  /// rest) and `auc_error_by_class`, `auc_by_pair` (one against one). Regression: `loss` and `mse`, `rmse`,
  /// `rmse_error`, `mae`, `bias`, `r2`, `resolution`, and where errors are estimated `pull_mean` and `pull_width`; of several targets the means over them, and each
  /// in `by_target`. A `loss` of scores that are no probabilities is null.
  public init(_ predictions: Predictions) throws(MetricError) {
    switch predictions.task {
    case .binary: try self.init(binary: predictions)
    case .multiclass: try self.init(multiclass: try predictions.multiclass())
    case .regression:
      self.init(regression: try predictions.regression(), targets: predictions.classes)
    }
  }

  private init(regression all: [RegressionScores], targets: [String]) {
    guard all.count > 1 else {
      json = all.first?.json ?? .null
      return
    }
    let each = all.map(\.json)
    let means = (each.first?.members ?? []).map { member in
      let sum = each.reduce(0) { $0 + ($1[member.key]?.double ?? .nan) }
      return JSONValue.Member(member.key, .number(sum / Double(each.count)))
    }
    json = .object(
      means + [.init("by_target", .object(zip(targets, each).map { .init($0, $1) }))])
  }

  private init(binary p: Predictions) throws(MetricError) {
    let curve = try RocCurve(scores: p.scores, labels: p.labels, weights: p.weights)
    let counts = try BinaryCounts(scores: p.scores, labels: p.labels, weights: p.weights)
    let isProbability = p.scores.allSatisfy { $0 >= 0 && $0 <= 1 }
    let loss =
      isProbability ? try logLoss(scores: p.scores, labels: p.labels, weights: p.weights) : .nan
    let efficiencies = Evaluation.backgrounds.map {
      JSONValue.Member(twoDigits($0), .number(curve.signalEfficiency(atBackground: $0)))
    }
    let rejections = [0.5, 0.8].map {
      JSONValue.Member(twoDigits($0), .number(curve.inverseBackgroundEfficiency(atSignal: $0)))
    }
    json = [
      "auc": .number(curve.area), "auc_error": .number(curve.areaError),
      "accuracy": .number(counts.accuracy), "loss": .number(loss),
      "sensitivity": .number(counts.sensitivity), "specificity": .number(counts.specificity),
      "precision": .number(counts.precision),
      "signal_efficiency_at_background": .object(efficiencies),
      "inverse_background_efficiency_at_signal": .object(rejections),
    ]
    // A run keeps the curves of all its methods.
    roc = curve.withoutEvents
    let classes = p.classes.count == 2 ? p.classes : ["background", "signal"]
    confusion = try ConfusionMatrix(
      labels: p.labels, predictions: p.scores.map { $0 > 0.5 ? 1 : 0 }, weights: p.weights,
      classes: classes)
  }

  private init(multiclass m: MulticlassScores) throws(MetricError) {
    let mean = try m.macroAreaWithError()
    var (areas, errors): ([JSONValue.Member], [JSONValue.Member]) = ([], [])
    for (c, name) in m.classes.enumerated() {
      let curve = try m.oneAgainstRest(c)
      areas.append(JSONValue.Member(name, .number(curve.area)))
      errors.append(JSONValue.Member(name, .number(curve.areaError)))
    }
    var pairs: [JSONValue.Member] = []
    for i in m.classes.indices {
      for j in m.classes.indices where j > i {
        let area = try m.oneAgainstOne(i, j).area
        pairs.append(JSONValue.Member("\(m.classes[i])/\(m.classes[j])", .number(area)))
      }
    }
    json = [
      "accuracy": .number(m.accuracy), "loss": .number(m.logLoss),
      "auc": .number(mean.value), "auc_error": .number(mean.error),
      "auc_by_class": .object(areas), "auc_error_by_class": .object(errors),
      "auc_by_pair": .object(pairs),
    ]
    confusion = try ConfusionMatrix(
      labels: m.labels, predictions: m.predictions, weights: m.weights, classes: m.classes)
  }

  /// A number of the evaluation by its name; nil where there is none.
  public subscript(name: String) -> Double? { json[name]?.double }
}

extension RegressionScores {
  /// The numbers as `metrics.json` writes them.
  fileprivate var json: JSONValue {
    let all: JSONValue = [
      "loss": .number(meanSquaredError), "mse": .number(meanSquaredError),
      "rmse": .number(rootMeanSquaredError), "rmse_error": .number(rootMeanSquareUncertainty),
      "mae": .number(meanAbsoluteError),
      "bias": .number(bias), "r2": .number(r2), "resolution": .number(resolution),
    ]
    guard let pulls else { return all }
    return .object(
      all.members + [
        .init("pull_mean", .number(pulls.mean)), .init("pull_width", .number(pulls.width)),
      ])
  }
}
