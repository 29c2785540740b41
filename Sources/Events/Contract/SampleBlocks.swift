/// A sample that is larger than memory: blocks of events, each a random part of all.
public protocol SampleBlocks: Sendable {
  /// The names of the inputs, in order.
  var features: [String] { get }
  /// The names of the classes, background first and signal second; for regression of several targets their names,
  /// and empty for one.
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
  /// Whether blocks give the same model as the whole sample, and only less memory is needed: then blocks are what it gets.
  var learnsAlikeFromBlocks: Bool { get }
  /// Bytes that stay in memory whatever the size of a block, for this many events of `width` inputs.
  func residentBytes(events: Int, width: Int) -> Int
  /// Learns from all events of a sample in blocks.
  /// - Parameters:
  ///   - training: The events to learn from; inputs and weights must be finite.
  ///   - validation: Events to watch, which must not be learned from; nil where there are none.
  ///   - context: Seed, threads, checkpoint, progress.
  func fit(_ training: any SampleBlocks, validation: (any SampleBlocks)?, context: FitContext)
    throws -> any Response
}

extension BlockMethod {
  /// Blocks give another order of events, and so another model.
  public var learnsAlikeFromBlocks: Bool { false }
  /// Nothing grows with the number of events.
  public func residentBytes(events: Int, width: Int) -> Int { 0 }
}

/// A sample in memory as one block.
public struct WholeSample: SampleBlocks {
  private let sample: Sample

  /// Takes a sample.
  public init(_ sample: Sample) { self.sample = sample }

  /// The names of the inputs, in order.
  public var features: [String] { sample.features }
  /// The names of the classes.
  public var classes: [String] { sample.classes }
  /// What is learned.
  public var task: Task { sample.task }
  /// One block.
  public var counts: [Int] { [sample.count] }
  /// Σw of each class.
  public var sums: [Double] {
    sample.positionsByClass.map { $0.reduce(0) { $0 + sample.weights[$1] } }
  }
  /// It makes no checkpoints.
  public var fingerprint: UInt64 { 0 }
  /// The sample.
  public func block(_ index: Int) -> Sample { sample }
}
