extension ReportData {
  /// A method's results, as a report shows them.
  public struct MethodResult: Sendable, Codable, Equatable {
    /// The name in the run: "deep".
    public var name: String
    /// The name of the method: "mlp".
    public var type: String
    /// What it is, in one line: "28-300-300-1, tanh, adam".
    public var summary: String
    /// The number of learned parameters.
    public var parameters: Int
    /// Seconds of training.
    public var trainSeconds: Double
    /// Seconds of scoring all test events.
    public var applySeconds: Double
    /// How many events were scored in that time.
    public var appliedEvents: Int
    /// Metrics on each part; parts that were not computed are missing.
    public var metrics: [PartMetrics]
    /// ROC curves of the test part and, if wanted, of others.
    ///
    /// For several classes: each class against the rest.
    public var curves: [RocCurve]
    /// ε_S at fixed ε_B, test against train.
    public var workingPoints: [WorkingPoint]
    /// Score distributions, for each class and part on common edges; sums may be normalised or not.
    public var scores: [ScoreHistogram]
    /// Whether train and test scores agree, for each class.
    public var compatibilities: [Compatibility]
    /// How training went; nil for methods without steps.
    public var history: History?
    /// Several classes: Σw of events of class i (row) that were assigned to class j (column), test part.
    public var confusion: [[Double]]
    /// Regression: how the estimate compares with the truth, test part.
    public var regression: RegressionResult?
    /// The same for the targets after the first; nil where there is one.
    public var furtherTargets: [RegressionResult]?
    /// One comparison a target.
    public var targets: [RegressionResult] {
      regression.map { [$0] + (furtherTargets ?? []) } ?? []
    }
    /// The yields above each cut on the score, test part, ascending; binary only, may be empty.
    public var cuts: [CutYield]
    /// The importance of each input, most important first; may be empty.
    public var importances: [Importance]
    /// What the importances are; nil where there are none.
    public var importanceKind: ImportanceKind?
    /// The events among which inputs were shuffled; 0 or nil for a measure of the model's own.
    public var importanceEvents: Int?
    /// What the model tells about itself: cuts, rules, coefficients.
    public var tables: [ModelTable]?
    /// Options and their values, as used.
    public var options: [Option]

    /// Makes a method's results; what is left out stays empty.
    public init(
      name: String, type: String, summary: String = "", parameters: Int = 0,
      trainSeconds: Double = 0, applySeconds: Double = 0, appliedEvents: Int = 0,
      metrics: [PartMetrics] = [], curves: [RocCurve] = [], workingPoints: [WorkingPoint] = [],
      scores: [ScoreHistogram] = [], compatibilities: [Compatibility] = [],
      history: History? = nil, confusion: [[Double]] = [], regression: RegressionResult? = nil,
      cuts: [CutYield] = [], importances: [Importance] = [], options: [Option] = []
    ) {
      self.name = name
      self.type = type
      self.summary = summary
      self.parameters = parameters
      self.trainSeconds = trainSeconds
      self.applySeconds = applySeconds
      self.appliedEvents = appliedEvents
      self.metrics = metrics
      self.curves = curves
      self.workingPoints = workingPoints
      self.scores = scores
      self.compatibilities = compatibilities
      self.history = history
      self.confusion = confusion
      self.regression = regression
      self.cuts = cuts
      self.importances = importances
      self.options = options
    }

    /// The metrics of one part.
    public func metrics(of part: Part) -> PartMetrics? { metrics.first { $0.part == part } }
  }

  /// The metrics of a method on one part; what the task does not have is nil.
  public struct PartMetrics: Sendable, Codable, Equatable {
    /// The part.
    public var part: Part
    /// The area under the ROC curve; several classes: the mean of each class against the rest.
    public var auc: Double?
    /// Its error.
    public var aucError: Double?
    /// The weighted share of rightly assigned events.
    public var accuracy: Double?
    /// The loss: cross-entropy, or mean squared error for regression.
    public var loss: Double?
    /// Regression: √(Σw(ŷ−y)²/Σw).
    public var rmse: Double?
    /// Regression: Σw|ŷ−y|/Σw.
    public var mae: Double?
    /// Regression: Σw(ŷ−y)/Σw.
    public var bias: Double?
    /// Regression: 1 − Σw(ŷ−y)²/Σw(y−ȳ)².
    public var r2: Double?

    /// Makes a set of metrics.
    public init(
      part: Part, auc: Double? = nil, aucError: Double? = nil, accuracy: Double? = nil,
      loss: Double? = nil, rmse: Double? = nil, mae: Double? = nil, bias: Double? = nil,
      r2: Double? = nil
    ) {
      self.part = part
      self.auc = auc
      self.aucError = aucError
      self.accuracy = accuracy
      self.loss = loss
      self.rmse = rmse
      self.mae = mae
      self.bias = bias
      self.r2 = r2
    }
  }

  /// A ROC curve as points of falling threshold.
  public struct RocCurve: Sendable, Codable, Equatable {
    /// The part it was measured on.
    public var part: Part
    /// Several classes: the class that counts as signal; nil for two classes.
    public var positive: String?
    /// ε_S at each threshold.
    public var signalEfficiency: [Double]
    /// ε_B at each threshold.
    public var backgroundEfficiency: [Double]
    /// Makes a curve; a few hundred points are enough.
    public init(
      part: Part, positive: String? = nil, signalEfficiency: [Double],
      backgroundEfficiency: [Double]
    ) {
      self.part = part
      self.positive = positive
      self.signalEfficiency = signalEfficiency
      self.backgroundEfficiency = backgroundEfficiency
    }
  }

  /// ε_S at a fixed ε_B, on test and train.
  public struct WorkingPoint: Sendable, Codable, Equatable {
    /// ε_B: 0.01, 0.10, 0.30.
    public var backgroundEfficiency: Double
    /// The cut on the score that gives it on the test part.
    public var threshold: Double?
    /// ε_S of the test part.
    public var test: Double
    /// Its error.
    public var testError: Double?
    /// ε_S of the training part.
    public var train: Double
    /// Makes a working point.
    public init(
      backgroundEfficiency: Double, threshold: Double? = nil, test: Double,
      testError: Double? = nil, train: Double
    ) {
      self.backgroundEfficiency = backgroundEfficiency
      self.threshold = threshold
      self.test = test
      self.testError = testError
      self.train = train
    }
  }

  /// The score distribution of one class in one part.
  public struct ScoreHistogram: Sendable, Codable, Equatable {
    /// Which class: an index into `classes`.
    public var classIndex: Int
    /// Which part.
    public var part: Part
    /// Several classes: which score (an index into `classes`); 0 for two classes.
    public var score: Int
    /// The distribution.
    public var histogram: Histogram
    /// Makes a distribution.
    public init(classIndex: Int, part: Part, score: Int = 0, histogram: Histogram) {
      self.classIndex = classIndex
      self.part = part
      self.score = score
      self.histogram = histogram
    }
  }

  /// How well train and test scores of one class agree.
  public struct Compatibility: Sendable, Codable, Equatable {
    /// Which class: an index into `classes`.
    public var classIndex: Int
    /// The p-value of the Kolmogorov-Smirnov test; below 0.01 is suspicious.
    public var ksProbability: Double
    /// Makes a result.
    public init(classIndex: Int, ksProbability: Double) {
      self.classIndex = classIndex
      self.ksProbability = ksProbability
    }
  }

  /// How training went, a number a step.
  public struct History: Sendable, Codable, Equatable {
    /// A named sequence: "loss", "validation_loss", "validation_auc", "learning_rate".
    public struct Series: Sendable, Codable, Equatable {
      /// Its name.
      public var name: String
      /// One value a step.
      public var values: [Double]
      /// Makes a sequence.
      public init(name: String, values: [Double]) {
        self.name = name
        self.values = values
      }
    }
    /// What a step is: "epoch", "iteration".
    public var unit: String
    /// The steps, ascending from 1.
    public var steps: [Double]
    /// The sequences; each as long as `steps`.
    public var series: [Series]
    /// The step whose state was kept; nil for the last.
    public var bestStep: Double?
    /// Whether early stopping ended it.
    public var stoppedEarly: Bool
    /// Makes a history.
    public init(
      unit: String = "epoch", steps: [Double], series: [Series], bestStep: Double? = nil,
      stoppedEarly: Bool = false
    ) {
      self.unit = unit
      self.steps = steps
      self.series = series
      self.bestStep = bestStep
      self.stoppedEarly = stoppedEarly
    }

    /// The values of a name; nil where there is none.
    public func values(_ name: String) -> [Double]? { series.first { $0.name == name }?.values }
  }

  /// The yields above a cut on the score.
  public struct CutYield: Sendable, Codable, Equatable {
    /// The cut.
    public var cut: Double
    /// Σw of signal above it.
    public var signal: Double
    /// Σw of background above it.
    public var background: Double
    /// Makes a point.
    public init(cut: Double, signal: Double, background: Double) {
      self.cut = cut
      self.signal = signal
      self.background = background
    }
  }

  /// How much a method needs an input.
  public struct Importance: Sendable, Codable, Equatable {
    /// The input.
    public var input: String
    /// The importance, in the method's unit.
    public var value: Double
    /// Its error, if known.
    public var error: Double?
    /// Makes an importance.
    public init(input: String, value: Double, error: Double? = nil) {
      self.input = input
      self.value = value
      self.error = error
    }
  }

  /// What importances mean.
  public enum ImportanceKind: String, Sendable, Codable {
    /// Shares of one, by a measure of the model's own.
    case share
    /// How much worse the model does where the input is shuffled: the rise of 1 − AUC, of the loss (several classes) or of the RMSE.
    case permutation
  }

  /// A table that a model tells about itself, in words.
  public struct ModelTable: Sendable, Codable, Equatable {
    /// What it shows.
    public var title: String
    /// The titles of its columns.
    public var columns: [String]
    /// Its rows, a text a column.
    public var rows: [[String]]
    /// What a reader should know.
    public var note: String
    /// Makes a table.
    public init(title: String, columns: [String], rows: [[String]], note: String = "") {
      (self.title, self.columns, self.rows, self.note) = (title, columns, rows, note)
    }
  }

  /// An option as it was used.
  public struct Option: Sendable, Codable, Equatable {
    /// Its name: "optimizer.learning_rate".
    public var name: String
    /// Its value as YAML.
    public var value: String
    /// Makes an option.
    public init(name: String, value: String) {
      self.name = name
      self.value = value
    }
  }
}
