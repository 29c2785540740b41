public import ApusEngine
internal import Synchronization

/// How a model is being run: the mode, the source of randomness, and where in the model we are.
///
/// Mode and randomness are arguments, never hidden state, so a call's result depends on what is seen at the call.
public struct Context: Sendable {
  /// Whether this is a training pass: dropout drops, batch normalisation uses the batch's own statistics.
  public var training: Bool
  /// The path of the layer that is called, such as "2" or "body.0".
  public private(set) var path: String
  private let root: RandomKey
  private let notes: Notes?

  /// The context for using a model: nothing is random, running statistics are used and not changed.
  public static let inference = Context(training: false, key: RandomKey(seed: 0))

  /// Makes a context for the outermost model.
  /// - Parameters:
  ///   - training: Whether this is a training pass.
  ///   - key: Where layers draw random numbers from; a training loop gives another one each step.
  ///   - notes: Collects new values of buffers, and outputs for a diagnosis.
  public init(training: Bool, key: RandomKey, notes: Notes? = nil) {
    self.training = training
    root = key
    path = ""
    self.notes = notes
  }

  /// The key of this layer: unlike that of every other path.
  public var key: RandomKey { root.fold(path) }

  /// The context for a layer inside this one.
  public func entering(_ name: String) -> Context {
    var inner = self
    inner.path = joined(path, name)
    return inner
  }

  /// Gives a buffer of this layer a new value, which the training step stores after the pass.
  public func update(_ buffer: String, to value: Tensor) {
    notes?.update(joined(path, buffer), to: value)
  }

  /// Notes the output of the layer at this path, for the search for the first value that is not finite.
  public func observe(_ output: Tensor) { notes?.observe(path, output) }

  /// What a pass wrote down beside its result.
  public final class Notes: Sendable {
    private let updates = Mutex<[String: Tensor]>([:])
    private let outputs = Mutex<[(path: String, tensor: Tensor)]>([])

    /// Starts with nothing.
    public init() {}

    /// The new value of a buffer, or nil where it stays.
    public func newValue(of path: String) -> Tensor? { updates.withLock { $0[path] } }

    /// The outputs of all layers in the order in which they were called.
    public var observed: [(path: String, tensor: Tensor)] { outputs.withLock { $0 } }

    func update(_ path: String, to value: Tensor) { updates.withLock { $0[path] = value } }
    func observe(_ path: String, _ tensor: Tensor) {
      outputs.withLock { $0.append((path, tensor)) }
    }
  }
}
