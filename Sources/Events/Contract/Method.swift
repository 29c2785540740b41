public import ApusEngine
public import ApusKernels

/// What is learned.
public enum Task: String, Sendable, Codable {
  /// Two classes; label 1 is signal.
  case binary
  /// More than two classes, labelled 0, 1, 2 and so on.
  case multiclass
  /// A number, or several.
  case regression

  /// The number of targets of an event whose targets have these names; 1 for classes.
  public func targetCount(_ names: [String]) -> Int {
    self == .regression ? max(names.count, 1) : 1
  }

  /// The number of scores of an event: one, or one a class or target.
  public func scoreCount(_ names: [String]) -> Int {
    self == .multiclass ? names.count : targetCount(names)
  }
}

/// Events as a method sees them: a matrix of inputs, with labels and weights.
public struct Sample: Sendable {
  /// The inputs, row-major: `count` rows of `features.count` numbers.
  public var inputs: [Float]
  /// The names of the inputs, in order.
  public var features: [String]
  /// The class of each event (binary and multiclass); empty for regression.
  public var labels: [Int32]
  /// The target of each event (regression), or a row of ``targetCount`` of them; empty otherwise.
  public var targets: [Double]
  /// The weight of each event, possibly negative.
  public var weights: [Double]
  /// The names of the classes, background first and signal second; for regression of several targets their names,
  /// and empty for one.
  public var classes: [String]
  /// What is learned.
  public var task: Task
  /// Columns of numbers that are no inputs but that some methods look at, such as the mass that a score must not sculpt.
  public var spectators: [(name: String, values: [Double])] = []
  /// The padded lists among the inputs; nil where there are none.
  public var constituents: ConstituentBlock?
  /// What a weight of one stands for, see ``usable(for:missing:)``.
  public var weightUnit = 1.0

  /// The number of events.
  public var count: Int { weights.count }
  /// The number of targets of an event; 1 for classes, so that a sum over targets is one over all events.
  public var targetCount: Int { task.targetCount(classes) }

  /// Makes a sample; the lengths must fit together.
  public init(
    inputs: [Float], features: [String], labels: [Int32] = [], targets: [Double] = [],
    weights: [Double], classes: [String] = [], task: Task, constituents: ConstituentBlock? = nil
  ) {
    precondition(
      inputs.count == weights.count * features.count,
      "inputs: \(inputs.count) numbers for \(weights.count) events of \(features.count) features")
    precondition(
      (task == .regression ? targets.count : labels.count)
        == weights.count * task.targetCount(classes),
      "a label or row of targets an event: \(labels.count), \(targets.count), \(weights.count)")
    self.inputs = inputs
    self.features = features
    self.labels = labels
    self.targets = targets
    self.weights = weights
    self.classes = classes
    self.task = task
    self.constituents = constituents
  }
}

/// What a method may use and must report to while it learns.
public struct FitContext: Sendable {
  /// One line of progress.
  public struct Progress: Sendable {
    /// The step that was finished, from 1 (an epoch, a tree, an iteration).
    public var step: Int
    /// How many there are at most.
    public var steps: Int
    /// What a step is called: "epoch", "tree".
    public var unit: String
    /// Events seen in this step, for the rate.
    public var events: Int
    /// Named numbers of this step: "loss", "validation_loss", "learning_rate".
    public var values: [(name: String, value: Double)]
    /// Makes a line of progress.
    public init(
      step: Int, steps: Int, unit: String, events: Int, values: [(name: String, value: Double)]
    ) {
      self.step = step
      self.steps = steps
      self.unit = unit
      self.events = events
      self.values = values
    }
  }

  /// Where all randomness of the fit comes from.
  public var seed: UInt64
  /// The most threads to use.
  public var threads: Int
  /// Where a method that can be resumed keeps its checkpoint; nil for none.
  public var checkpoint: String?
  /// Whether to go on from that checkpoint when it exists.
  public var resume: Bool
  /// Called after each step.
  public var report: @Sendable (Progress) -> Void
  /// Asked after each step: true ends the fit early with ``FitError/interrupted(method:step:)`` after a checkpoint.
  public var shouldStop: @Sendable () -> Bool

  /// Makes a context; by default silent, on all threads, without a checkpoint.
  public init(
    seed: UInt64, threads: Int, checkpoint: String? = nil, resume: Bool = false,
    report: @escaping @Sendable (Progress) -> Void = { _ in },
    shouldStop: @escaping @Sendable () -> Bool = { false }
  ) {
    self.seed = seed
    self.threads = threads
    self.checkpoint = checkpoint
    self.resume = resume
    self.report = report
    self.shouldStop = shouldStop
  }
}

/// A learned model in plain data: what a model file holds.
public struct ModelRecord: Sendable {
  /// The description, JSON text of an object: architecture, options, all that is not an array.
  public var description: String
  /// The named arrays.
  public var tensors: [(name: String, tensor: Tensor)]
  /// The methods whose models may be parts of this one; no part of what is written.
  public var catalogue: MethodCatalogue
  /// Makes a record.
  public init(
    description: String, tensors: [(name: String, tensor: Tensor)],
    catalogue: MethodCatalogue = MethodCatalogue()
  ) {
    self.description = description
    self.tensors = tensors
    self.catalogue = catalogue
  }
}

/// A method of learning: it stores its options, and fitting returns a new value.
public protocol Method: Sendable {
  /// The name in YAML: "fisher", "mlp".
  static var name: String { get }
  /// Other names that are accepted.
  static var aliases: [String] { get }
  /// One sentence on what it does, and its source.
  static var summary: String { get }
  /// Which tasks it can learn.
  static var tasks: [Task] { get }
  /// Its options.
  static var options: [OptionDescription] { get }
  /// Whether NaN in an input stands for a missing value; a method that does not say so refuses it.
  static var acceptsMissing: Bool { get }
  /// Whether one fit can learn several targets; ``learn(_:validation:context:)-(Sample,_,_)`` gives any other method one
  /// target after the other.
  static var takesSeveralTargets: Bool { get }

  /// The method that options mean, where a word among them says another one, such as `BoostType: AdaBoost` of `bdt`.
  /// - Parameter given: The options as they were written.
  /// - Returns: The method, and its options.
  static func meant(by given: ConfigurationValue) -> (
    type: any Method.Type, options: ConfigurationValue
  )

  /// Makes the method from checked options.
  /// - Throws: ``OptionProblems`` where options contradict each other.
  init(options: OptionValues) throws

  /// Says what keeps the method from learning such a sample, before anything is learned.
  /// - Parameters:
  ///   - task: What is to be learned.
  ///   - inputs: The number of inputs.
  ///   - classes: The number of classes; for regression that of targets where they are several, else 0.
  /// - Throws: ``OptionProblems`` where options do not fit.
  func check(task: Task, inputs: Int, classes: Int) throws

  /// Says what keeps the method from learning in a study, before any event is read: options that name inputs or spectators that there
  /// are not, or that do not fit the task.
  /// - Throws: ``OptionProblems``, with paths from the method's options on.
  func check(_ facts: StudyFacts) throws

  /// What a fit to that many events takes, roughly.
  func workload(_ size: FitSize) -> Workload

  /// Learns from a sample.
  /// - Parameters:
  ///   - training: The events to learn from.
  ///   - validation: Events to watch, which must not be learned from; nil where there are none.
  ///   - context: Seed, threads, checkpoint, progress.
  func fit(_ training: Sample, validation: Sample?, context: FitContext) throws -> any Response

  /// Brings back a learned model.
  static func restore(_ record: ModelRecord) throws -> any Response
}

extension Method {
  /// NaN is refused unless a method says otherwise.
  public static var acceptsMissing: Bool { false }
  /// One model a target unless a method says otherwise.
  public static var takesSeveralTargets: Bool { false }
  /// This one unless a method says otherwise.
  public static func meant(by given: ConfigurationValue) -> (
    type: any Method.Type, options: ConfigurationValue
  ) { (Self.self, given) }
  /// Nothing unless a method says otherwise.
  public func check(task: Task, inputs: Int, classes: Int) throws {}
  /// The numbers of inputs and classes, where they are known, unless a method says otherwise.
  public func check(_ facts: StudyFacts) throws {
    guard let inputs = facts.inputs else { return }
    try check(task: facts.task, inputs: inputs.count, classes: facts.classes)
  }
}

/// A learned model: it scores events and can be written down.
public protocol Response: Sendable {
  /// The number of learned parameters.
  var parameterCount: Int { get }
  /// The history of the fit, a row a step; empty where there is none.
  var history: [FitContext.Progress] { get }
  /// How much the model needs each input, as shares of one; empty where the model does not know.
  var importances: [Double] { get }
  /// The share of Σ|w| that cuts of each input divide; empty for models without cuts.
  var coverShares: [Double] { get }
  /// How much each input moved the score of each event, as exact Shapley values; nil where the model has none.
  ///
  /// A row an event: for each output one number an input and then the base value; they add up to the score before
  /// its link (log-odds, estimates).
  func shapleyValues(for inputs: [Float], count: Int, threads: Int) throws -> [Double]?
  /// What the model tells about itself, for its report; the inputs are `features` as it saw them.
  func tables(features: [String]) -> [ResponseTable]
  /// Scores events.
  /// - Parameters:
  ///   - inputs: Row-major, `count` rows of as many numbers as the method was fitted with.
  ///   - count: The number of events.
  ///   - threads: The most threads to use.
  /// - Returns: Binary: one number an event, larger is more signal-like, in [0, 1] where the method
  ///   gives a probability. Multiclass: a row of class probabilities an event. Regression: the estimate, or a row of
  ///   them where there are several targets.
  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double]
  /// The standard deviation that a regression estimates for the target, or each target, of an event; nil where it
  /// estimates none.
  func deviations(for inputs: [Float], count: Int, threads: Int) throws -> [Double]?
  /// The model in plain data.
  func record() throws -> ModelRecord
}

extension Response {
  /// Unknown unless a model says otherwise.
  public var importances: [Double] { [] }
  /// None unless a model says otherwise.
  public var coverShares: [Double] { [] }
  /// None unless a model says otherwise.
  public func shapleyValues(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    nil
  }
  /// Nothing unless a model says otherwise.
  public func tables(features: [String]) -> [ResponseTable] { [] }
  /// None unless a model says otherwise.
  public func deviations(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? { nil }
}

/// Why a fit ended without a model.
public enum FitError: ApusError {
  /// The user asked to stop; the checkpoint, if there is one, is kept.
  case interrupted(method: String, step: Int)
  /// The sample can't be learned from: what was asked, what must hold, what was found.
  case unusable(method: String, reason: String)
  /// A loss or parameter became NaN or infinite.
  case diverged(method: String, detail: String)

  /// All of these are failures of the work.
  public var kind: ErrorKind { .failure }

  /// What happened and what to try.
  public var message: String {
    switch self {
    case .interrupted(let method, let step): "\(method): stopped by request after step \(step)."
    case .unusable(let method, let reason): "\(method): \(reason)"
    case .diverged(let method, let detail): "\(method): \(detail)"
    }
  }
}
