/// What a method answered for a sample, with the truth: all that a metric needs.
public struct Predictions: Sendable {
  /// What was learned.
  public var task: Task
  /// As ``Response/scores(for:count:threads:)`` gives them.
  public var scores: [Double]
  /// The class of each event; empty for regression.
  public var labels: [Int32]
  /// The target of each event, or a row of them; empty for classification.
  public var targets: [Double]
  /// The weight of each event.
  public var weights: [Double]
  /// The names of the classes; of several targets their names, and empty for one.
  public var classes: [String]
  /// The standard deviations that a regression estimates, as many as scores; empty where it estimates none.
  public var deviations: [Double]

  /// Makes a record of answers.
  public init(
    task: Task, scores: [Double], labels: [Int32] = [], targets: [Double] = [],
    weights: [Double], classes: [String] = [], deviations: [Double] = []
  ) {
    self.task = task
    self.deviations = deviations
    self.scores = scores
    self.labels = labels
    self.targets = targets
    self.weights = weights
    self.classes = classes
  }

  /// The answers of a method for a sample.
  public init(_ scores: [Double], for sample: Sample) {
    self.init(
      task: sample.task, scores: scores, labels: sample.labels, targets: sample.targets,
      weights: sample.weights, classes: sample.classes)
  }

  func multiclass() throws(MetricError) -> MulticlassScores {
    try MulticlassScores(
      probabilities: scores, labels: labels, weights: weights, classes: classes)
  }

  /// The comparison of each target.
  func regression() throws(MetricError) -> [RegressionScores] {
    let width = task.targetCount(classes)
    if width == 1 {
      return [
        try RegressionScores(
          estimates: scores, targets: targets, weights: weights, deviations: deviations)
      ]
    }
    let name = "regression metrics"
    try requireEqual(scores.count, weights.count * width, "weights times targets", for: name)
    try requireEqual(targets.count, scores.count, "targets", for: name)
    var all: [RegressionScores] = []
    for k in 0..<width {
      func column(_ rows: [Double]) -> [Double] {
        stride(from: k, to: rows.count, by: width).map { rows[$0] }
      }
      all.append(
        try RegressionScores(
          estimates: column(scores), targets: column(targets), weights: weights,
          deviations: column(deviations)))
    }
    return all
  }
}

/// A number that says how good answers are; event weights, also negative ones, always enter.
public struct Metric: Sendable {
  /// Which way is better.
  public enum Direction: String, Sendable {
    /// More is better: an area, an accuracy.
    case larger
    /// Less is better: a loss, an error.
    case smaller
  }

  /// The name in `metrics.json` and in options.
  public let name: String
  /// Which way is better.
  public let better: Direction
  /// The tasks it is defined for.
  public let tasks: [Task]
  /// What it is.
  public let summary: String
  /// Computes it.
  public let value: @Sendable (Predictions) throws(MetricError) -> Double

  /// All metrics.
  public static let all: [Metric] = [
    Metric(
      name: "auc", better: .larger, tasks: [.binary, .multiclass],
      summary: "area under the ROC curve; for several classes the mean of each against the rest"
    ) { p throws(MetricError) in
      p.task == .binary
        ? try RocCurve(scores: p.scores, labels: p.labels, weights: p.weights).area
        : try p.multiclass().macroArea()
    },
    Metric(
      name: "accuracy", better: .larger, tasks: [.binary, .multiclass],
      summary: "weighted share of events in the right class (binary: cut at 0.5)"
    ) { p throws(MetricError) in
      p.task == .binary
        ? try binaryAccuracy(p) : try p.multiclass().accuracy
    },
    Metric(
      name: "loss", better: .smaller, tasks: [.binary, .multiclass, .regression],
      summary: "weighted mean of −ln p(true class); for regression the mean squared error"
    ) { p throws(MetricError) in
      switch p.task {
      case .binary: try logLoss(scores: p.scores, labels: p.labels, weights: p.weights)
      case .multiclass: try p.multiclass().logLoss
      case .regression: mean(try p.regression(), \.meanSquaredError)
      }
    },
    efficiency(at: 0.01), efficiency(at: 0.10), efficiency(at: 0.30),
    regression("mse", .smaller, "mean squared error") { $0.meanSquaredError },
    regression("rmse", .smaller, "root of the mean squared error") { $0.rootMeanSquaredError },
    regression("mae", .smaller, "mean absolute error") { $0.meanAbsoluteError },
    regression("r2", .larger, "share of the targets' variance that is explained") { $0.r2 },
    regression("resolution", .smaller, "standard deviation of estimate − target") { $0.resolution },
  ]

  /// The metric of a name; nil where there is none.
  public static func named(_ name: String) -> Metric? { all.first { $0.name == name } }

  private static func efficiency(at background: Double) -> Metric {
    Metric(
      name: "signal_efficiency_at_background_\(twoDigits(background))", better: .larger,
      tasks: [.binary], summary: "signal efficiency where that share of background is kept"
    ) { p throws(MetricError) in
      try RocCurve(scores: p.scores, labels: p.labels, weights: p.weights)
        .signalEfficiency(atBackground: background)
    }
  }

  private static func regression(
    _ name: String, _ better: Direction, _ summary: String,
    _ value: @escaping @Sendable (RegressionScores) -> Double
  ) -> Metric {
    Metric(name: name, better: better, tasks: [.regression], summary: summary) {
      p throws(MetricError) in mean(try p.regression(), value)
    }
  }
}

/// The mean of a number over targets.
private func mean(_ targets: [RegressionScores], _ value: (RegressionScores) -> Double) -> Double {
  targets.reduce(0) { $0 + value($1) } / Double(targets.count)
}

private func binaryAccuracy(_ p: Predictions) throws(MetricError) -> Double {
  try accuracy(scores: p.scores, labels: p.labels, weights: p.weights)
}

/// A share as `metrics.json` writes it: 0.01, 0.10, 0.30.
func twoDigits(_ value: Double) -> String {
  let hundredths = Int((value * 100).rounded())
  return "\(hundredths / 100)." + (hundredths % 100 < 10 ? "0" : "") + "\(hundredths % 100)"
}
