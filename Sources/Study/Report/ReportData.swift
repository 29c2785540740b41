public import ApusEvents

/// All that a report says, as plain numbers and words: written by a run, read by the page and the plots.
///
/// It is `Codable`, so a run keeps it and `apus report` writes the page again without any event.
/// Numbers that do not exist are nil; a number that is not finite is shown as a dash and never drawn.
public struct ReportData: Sendable, Codable, Equatable {
  /// The headline of the page.
  public var title: String
  /// The secondary text of every plot, in italics: "Private work".
  public var label: String
  /// The text above the right end of every plot: "13 TeV, 36 fb^{-1}".
  public var rightLabel: String?
  /// What is learned.
  public var task: Task
  /// The class names, background first and signal second; empty for regression.
  public var classes: [String]
  /// How, when and with what the run was made.
  public var run: RunInfo
  /// The sample table: a row for each class and part.
  public var samples: [SampleRow]
  /// What was done with the event weights.
  public var weights: WeightSummary
  /// How the events were divided, in words: "60 % train, 20 % validation, 20 % test, seed 1".
  public var split: String
  /// The preprocessing steps in order, in words.
  public var preprocessing: [String]
  /// The selection, if there is one.
  public var selection: String?
  /// What was found in the events that a reader must know.
  public var warnings: [Warning]
  /// The inputs, the most separating first; all of them, with histograms for at least the first ten.
  public var inputs: [InputSummary]
  /// The linear correlations of the inputs, a matrix a class.
  public var correlations: [CorrelationMatrix]
  /// The methods in the order of the configuration.
  public var methods: [MethodResult]
  /// Differences between methods on the same test events, where they were computed.
  public var differences: [Difference]

  /// Makes a report's data; what is left out stays empty.
  public init(
    title: String, label: String = "Private work", rightLabel: String? = nil, task: Task,
    classes: [String], run: RunInfo, samples: [SampleRow] = [],
    weights: WeightSummary = WeightSummary(), split: String = "", preprocessing: [String] = [],
    selection: String? = nil, warnings: [Warning] = [], inputs: [InputSummary] = [],
    correlations: [CorrelationMatrix] = [], methods: [MethodResult] = [],
    differences: [Difference] = []
  ) {
    self.title = title
    self.label = label
    self.rightLabel = rightLabel
    self.task = task
    self.classes = classes
    self.run = run
    self.samples = samples
    self.weights = weights
    self.split = split
    self.preprocessing = preprocessing
    self.selection = selection
    self.warnings = warnings
    self.inputs = inputs
    self.correlations = correlations
    self.methods = methods
    self.differences = differences
  }
}

extension ReportData {
  /// A part of the events.
  public enum Part: String, Sendable, Codable, CaseIterable {
    /// Methods learn from these.
    case train
    /// Methods watch these while they learn.
    case validation
    /// No method saw these.
    case test
  }

  /// How, when and with what a run was made.
  public struct RunInfo: Sendable, Codable, Equatable {
    /// The version of Apus: "0.1.0".
    public var version: String
    /// The commit it was built from, if known.
    public var commit: String?
    /// The command line.
    public var command: String
    /// When it started, ISO 8601.
    public var started: String
    /// How long it took, in seconds.
    public var seconds: Double
    /// The seed of all randomness.
    public var seed: UInt64
    /// The number of threads.
    public var threads: Int
    /// The machine in words: processor, operating system.
    public var machine: String?
    /// The merged configuration, YAML.
    public var configuration: String
    /// The files that were read.
    public var files: [InputFile]

    /// Makes a description of a run.
    public init(
      version: String, commit: String? = nil, command: String = "", started: String = "",
      seconds: Double = 0, seed: UInt64 = 0, threads: Int = 1, machine: String? = nil,
      configuration: String = "", files: [InputFile] = []
    ) {
      self.version = version
      self.commit = commit
      self.command = command
      self.started = started
      self.seconds = seconds
      self.seed = seed
      self.threads = threads
      self.machine = machine
      self.configuration = configuration
      self.files = files
    }
  }

  /// A file that was read.
  public struct InputFile: Sendable, Codable, Equatable {
    /// Its name as given.
    public var name: String
    /// Its size in bytes.
    public var bytes: Int
    /// Its checksum with the algorithm: "sha256:...".
    public var checksum: String
    /// How many events were read from it.
    public var events: Int?
    /// Makes a line of the file table.
    public init(name: String, bytes: Int, checksum: String, events: Int? = nil) {
      self.name = name
      self.bytes = bytes
      self.checksum = checksum
      self.events = events
    }
  }

  /// The events of one class in one part.
  public struct SampleRow: Sendable, Codable, Equatable {
    /// The class, or "all" for regression.
    public var name: String
    /// The part.
    public var part: Part
    /// The number of events.
    public var events: Int
    /// Σw, signed.
    public var sumOfWeights: Double
    /// Σw², for the uncertainty of the yield.
    public var sumOfSquaredWeights: Double
    /// How many events have a negative weight.
    public var negativeEvents: Int

    /// (Σw)²/Σw²: as many unweighted events would have the same relative uncertainty; 0 for none.
    public var effectiveEvents: Double {
      sumOfSquaredWeights > 0 ? sumOfWeights * sumOfWeights / sumOfSquaredWeights : 0
    }

    /// Makes a row of the sample table.
    public init(
      name: String, part: Part, events: Int, sumOfWeights: Double, sumOfSquaredWeights: Double,
      negativeEvents: Int = 0
    ) {
      self.name = name
      self.part = part
      self.events = events
      self.sumOfWeights = sumOfWeights
      self.sumOfSquaredWeights = sumOfSquaredWeights
      self.negativeEvents = negativeEvents
    }
  }

  /// What training did with event weights.
  public struct WeightSummary: Sendable, Codable, Equatable {
    /// The weights of one class before and after balancing.
    public struct Balance: Sendable, Codable, Equatable {
      /// The class.
      public var name: String
      /// Σw of its training events as read.
      public var before: Double
      /// Σw of its training events as the methods saw them.
      public var after: Double
      /// Makes a line.
      public init(name: String, before: Double, after: Double) {
        self.name = name
        self.before = before
        self.after = after
      }
    }
    /// The policy for negative weights: keep, ignore, absolute, pair.
    public var policy: String
    /// What that policy does, in words.
    public var text: String
    /// The sums per class before and after balancing; empty where nothing was balanced.
    public var balances: [Balance]
    /// The distribution of the event weights, one histogram a class, in the order of the classes.
    public var histograms: [Histogram]
    /// Makes a summary.
    public init(
      policy: String = "keep", text: String = "", balances: [Balance] = [],
      histograms: [Histogram] = []
    ) {
      self.policy = policy
      self.text = text
      self.balances = balances
      self.histograms = histograms
    }
  }

  /// Something a reader must know.
  public struct Warning: Sendable, Codable, Equatable {
    /// What was found, where.
    public var text: String
    /// What to do about it, if anything.
    public var remedy: String?
    /// Makes a warning.
    public init(_ text: String, remedy: String? = nil) {
      self.text = text
      self.remedy = remedy
    }
  }

  /// A weighted histogram without its overflows.
  public struct Histogram: Sendable, Codable, Equatable {
    /// The bin edges, ascending, one more than bins.
    public var edges: [Double]
    /// Σw in each bin.
    public var sums: [Double]
    /// Σw² in each bin.
    public var variances: [Double]
    /// Makes a histogram.
    public init(edges: [Double], sums: [Double], variances: [Double]) {
      self.edges = edges
      self.sums = sums
      self.variances = variances
    }
  }

  /// One input: how it separates and how it is distributed.
  public struct InputSummary: Sendable, Codable, Equatable {
    /// The name or formula.
    public var name: String
    /// The title of its axis, with `_{}` and `^{}`; nil for the name.
    public var title: String?
    /// The unit, if known: "GeV".
    public var unit: String?
    /// ⟨S²⟩ = ½∫(ŝ−b̂)²/(ŝ+b̂)dx in [0, 1], on training events; for several classes the largest
    /// of one class against the rest; nil for regression.
    public var separation: Double?
    /// The weighted mean per class (one entry for regression).
    public var means: [Double]
    /// The weighted standard deviation per class.
    public var deviations: [Double]
    /// The distribution per class, on common edges; may be empty beyond the first ten inputs.
    public var histograms: [Histogram]
    /// Makes a summary.
    public init(
      name: String, title: String? = nil, unit: String? = nil, separation: Double? = nil,
      means: [Double] = [],
      deviations: [Double] = [], histograms: [Histogram] = []
    ) {
      self.name = name
      self.title = title
      self.unit = unit
      self.separation = separation
      self.means = means
      self.deviations = deviations
      self.histograms = histograms
    }
  }

  /// The linear correlations of the inputs within one class.
  public struct CorrelationMatrix: Sendable, Codable, Equatable {
    /// The class.
    public var name: String
    /// The inputs, in order.
    public var inputs: [String]
    /// The coefficients in [−1, 1], row by row.
    public var values: [[Double]]
    /// Makes a matrix.
    public init(name: String, inputs: [String], values: [[Double]]) {
      self.name = name
      self.inputs = inputs
      self.values = values
    }
  }

  /// The difference of two methods' AUC on the same test events.
  public struct Difference: Sendable, Codable, Equatable {
    /// The method that is subtracted from.
    public var first: String
    /// The method that is subtracted.
    public var second: String
    /// AUC(first) − AUC(second).
    public var value: Double
    /// Its error, with the correlation of the two accounted for (DeLong or a paired bootstrap).
    public var error: Double
    /// Makes a difference.
    public init(first: String, second: String, value: Double, error: Double) {
      self.first = first
      self.second = second
      self.value = value
      self.error = error
    }
  }
}
