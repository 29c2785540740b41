/// Some of the events of a sample that is larger than memory, ready for a training loop.
public struct TrainingBlock: Sendable {
  /// The inputs, row-major.
  public var inputs: [Float]
  /// The target of each event, or a row of them; for several classes the number of its class.
  public var targets: [Float]
  /// The weight of each event times N/Σw over all blocks, so that their mean is 1.
  public var weights: [Float]

  /// The number of events.
  public var count: Int { weights.count }

  /// Makes a block.
  public init(inputs: [Float] = [], targets: [Float] = [], weights: [Float] = []) {
    (self.inputs, self.targets, self.weights) = (inputs, targets, weights)
  }

  /// The events at some places, in their order.
  func rows(_ places: ArraySlice<Int32>, width: Int, targets count: Int) -> TrainingBlock {
    var chosen = TrainingBlock()
    for place in places.map(Int.init) {
      chosen.inputs += inputs[place * width..<(place + 1) * width]
      chosen.targets += targets[place * count..<(place + 1) * count]
      chosen.weights.append(weights[place])
    }
    return chosen
  }

  mutating func append(_ other: TrainingBlock) {
    inputs += other.inputs
    targets += other.targets
    weights += other.weights
  }

  /// Fills up to a number of events with zeros, which no batch asks for.
  mutating func pad(to capacity: Int, width: Int, targets count: Int) {
    let missing = capacity - self.count
    inputs += repeatElement(0, count: missing * width)
    targets += repeatElement(0, count: missing * count)
    weights += repeatElement(0, count: missing)
  }
}

/// A sample that is read block by block, each block small against memory.
///
/// For good training each block should be a random part of all events: then shuffling inside blocks, and of the
/// blocks, mixes as well as shuffling all events.
public protocol TrainingBlocks: Sendable {
  /// The numbers in a row of inputs.
  var width: Int { get }
  /// Whether targets are numbers of classes rather than values.
  var hasClassTargets: Bool { get }
  /// The targets of an event.
  var targetCount: Int { get }
  /// The events of each block.
  var counts: [Int] { get }
  /// A number that differs where the events differ: for checkpoints.
  var fingerprint: UInt64 { get }
  /// Reads a block; called from several threads.
  func block(_ index: Int) throws -> TrainingBlock
}

extension TrainingBlocks {
  /// The number of all events.
  public var count: Int { counts.reduce(0, +) }
  /// One.
  public var targetCount: Int { 1 }
}

/// The size of tables that blocks are copied into.
struct StreamShape {
  /// The numbers in a row.
  var width: Int
  /// The most events.
  var capacity: Int
  /// Whether targets are numbers of classes.
  var hasClassTargets: Bool
  /// The targets of an event.
  var targetCount: Int

  init(_ blocks: any TrainingBlocks, capacity: Int) {
    (width, hasClassTargets) = (blocks.width, blocks.hasClassTargets)
    (self.capacity, targetCount) = (capacity, blocks.targetCount)
  }

  /// The shape of a table of targets for so many events.
  func targetShape(_ events: Int) -> [Int] { targetCount == 1 ? [events] : [events, targetCount] }
}
