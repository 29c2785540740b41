/// A sample that is larger than memory: blocks of events, each a random part of all.
public protocol SampleBlocks: Sendable {
  /// The names of the inputs, in order.
  var features: [String] { get }
  /// The names of the classes, background first and signal second; empty for regression.
  var classes: [String] { get }
  /// What is learned.
  var task: Task { get }
  /// The events of each block, none of them 0.
  var counts: [Int] { get }
  /// Σw of each class, of all events for regression, over all blocks.
  var sums: [Double] { get }
  /// A number that differs where the events or their blocks differ: for checkpoints.
  var fingerprint: UInt64 { get }
  /// Reads a block; called from several threads.
  func block(_ index: Int) throws -> Sample
}

extension SampleBlocks {
  /// The number of all events.
  public var count: Int { counts.reduce(0, +) }
}

/// A method that can learn from a sample block by block, in memory bounded by the largest block.
public protocol BlockMethod: Method {
  /// Whether these options look at all events at once, so that ``fit(_:validation:context:)-(SampleBlocks,_,_)`` can't be used.
  var needsAllEvents: Bool { get }
  /// Learns from all events of a sample in blocks.
  /// - Parameters:
  ///   - training: The events to learn from; inputs and weights must be finite.
  ///   - validation: Events to watch, which must not be learned from; nil where there are none.
  ///   - context: Seed, threads, checkpoint, progress.
  func fit(_ training: any SampleBlocks, validation: (any SampleBlocks)?, context: FitContext)
    throws -> any Response
}
