public import ApusEvents

/// How a model is trained: everything that is not the model, the data or the loss.
public struct TrainingSettings: Sendable {
  /// What errors call the method.
  public var name = "mlp"
  /// The rule of the steps.
  public var optimizer: any Optimizer = Adam()
  /// η before the schedule.
  public var learningRate = 1e-3
  /// How η changes.
  public var schedule = Schedule.constant
  /// Events at a step; nil takes all (batch learning), 1 one (online learning).
  ///
  /// The last batch of an epoch may be smaller.
  public var batch: Int? = 256
  /// The most passes over the events.
  public var epochs = 100
  /// Whether each epoch has an order of its own, drawn from the seed.
  public var shuffle = true
  /// What keeps weights small.
  ///
  /// It is not part of the reported loss.
  public var penalty = Penalty()
  /// The largest length of the weights into a unit; nil for no limit.
  public var maxNorm: Double?
  /// The largest length of the gradient of all parameters; nil for no limit.
  public var clipNorm: Double?
  /// The largest size of each number of the gradient; nil for no limit.
  public var clipValue: Double?
  /// When to stop before all epochs are done; nil for never.
  public var earlyStopping: EarlyStopping?
  /// Whether the model with the lowest watched loss is returned rather than the last one.
  public var restoresBest = true
  /// Which parameters stay as they are, by path.
  public var isFrozen: (@Sendable (String) -> Bool)?
  /// Where order and dropout come from.
  public var seed: UInt64 = 1
  /// The most threads to use.
  public var threads = 1
  /// Where the state is kept; nil for nowhere.
  public var checkpoint: String?
  /// Whether to go on from that state where it exists.
  public var resumes = false
  /// Seconds between two writings of the state.
  public var checkpointSeconds = 5.0
  /// Called after each epoch.
  public var report: @Sendable (FitContext.Progress) -> Void = { _ in }
  /// Asked in training: true ends it after the state was kept.
  public var shouldStop: @Sendable () -> Bool = { false }

  /// Adam with a rate of 10⁻³ and batches of 256.
  public init() {}

  /// Whether a parameter is a weight, on which penalties and decay act; biases, scales and shifts are not.
  public static func isWeight(_ path: String) -> Bool {
    path == "weight" || path.hasSuffix(".weight")
  }
}

/// Ends training when the watched loss stands still.
public struct EarlyStopping: Sendable, Hashable {
  /// Epochs without an improvement that are waited for.
  public var patience: Int
  /// How much lower a loss must be to count as an improvement.
  public var delta: Double

  /// Makes a rule.
  public init(patience: Int = 10, delta: Double = 0) {
    self.patience = patience
    self.delta = delta
  }

  /// What is remembered from epoch to epoch.
  public struct State: Sendable, Hashable {
    /// The loss that must be beaten.
    public var best = Double.infinity
    /// Epochs since it was.
    public var waited = 0
    /// Nothing seen yet.
    public init() {}
  }

  /// Takes note of a loss; true means stop.
  public func shouldStop(after loss: Double, _ state: inout State) -> Bool {
    if loss < state.best - delta {
      state.best = loss
      state.waited = 0
    } else {
      state.waited += 1
    }
    return state.waited >= patience
  }
}
