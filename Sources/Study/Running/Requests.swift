/// What `apus train` and `apus check` are asked.
public struct TrainRequest: Sendable {
  /// The path of the configuration.
  public var configuration: String
  /// The run folder; nil for `runs/<name of the configuration>`.
  public var folder: String?
  /// Whether to go on with a run that was stopped.
  public var resume = false
  /// Whether to replace a finished run.
  public var force = false
  /// Values that replace those of the configuration: `methods.dnn.epochs=20`.
  public var overrides: [String] = []
  /// The seed; nil for that of the configuration.
  public var seed: Int?
  /// The most threads; nil for all cores.
  public var threads: Int?
  /// What the run may take of the memory, such as "2GB"; nil for what the configuration says.
  public var memory: String?

  /// Asks for the training of a configuration.
  public init(configuration: String) { self.configuration = configuration }
}

/// What `apus apply` is asked.
public struct ApplyRequest: Sendable {
  /// The path of the model.
  public var model: String
  /// The path of the events.
  public var data: String
  /// Tables that stand beside the data, entry by entry: `other.root:tree` or `name=other.root:tree`.
  public var friends: [String] = []
  /// Columns with one value for all events, beside or instead of the data's own: `m_X=500`.
  public var constants: [String] = []
  /// Where to write; nil for the data's name with `_scores.h5`.
  public var output: String?
  /// The tree or dataset of the data.
  public var tree: String?
  /// The most threads; nil for all cores.
  public var threads: Int?
  /// Whether to write beside the scores how much each input moved them: exact Shapley values, of sums of trees.
  public var explained = false

  /// Asks for the scores of events.
  public init(model: String, data: String) {
    self.model = model
    self.data = data
  }
}

/// What `apus evaluate` is asked.
public struct EvaluateRequest: Sendable {
  /// The run folder.
  public var folder: String
  /// New labelled data; nil for the run's own test part.
  public var data: String?
  /// Tables that stand beside the new data, entry by entry.
  public var friends: [String] = []
  /// The tree or dataset of the new data.
  public var tree: String?
  /// The most threads; nil for all cores.
  public var threads: Int?
  /// What it may take of the memory, such as `2GB`; nil for half of the machine's.
  public var memory: String?

  /// Asks for the metrics of a run.
  public init(folder: String) { self.folder = folder }
}

/// What `apus convert` is asked.
public struct ConvertRequest: Sendable {
  /// The table to read.
  public var input: String
  /// The file to write; its name says the format.
  public var output: String
  /// The columns to keep, with `*` and `?` as wildcards; nil for all.
  public var columns: [String]?
  /// The tree or dataset of the input.
  public var tree: String?
  /// Whether to replace the output.
  public var force = false

  /// Asks for a conversion.
  public init(input: String, output: String) {
    self.input = input
    self.output = output
  }
}
