internal import ApusEngine
internal import ApusKernels

/// The events of one step.
struct FedBatch {
  /// Their places in the tables of the step.
  var places: [Int32]
  /// What the tables must hold from now on; nil where they stay.
  var block: TrainingBlock?
}

/// Where the batches of an epoch come from, in an order that is a function of seed and epoch alone.
protocol EventFeed: AnyObject {
  /// The events of an epoch.
  var count: Int { get }
  /// Starts an epoch.
  func begin(epoch: Int) throws
  /// The next events: as many as a batch has, fewer only at the end of an epoch.
  func next() throws -> FedBatch
  /// The tables that the places of the last batch mean, for a diagnosis.
  var lastTables: TrainingData { get }
}

/// Events in memory.
final class ResidentFeed: EventFeed {
  private let data: TrainingData
  private let batch: Int, seed: UInt64, shuffled: Bool
  private var order: [Int32] = []
  private var position = 0

  init(_ data: TrainingData, batch: Int, seed: UInt64, shuffled: Bool) {
    (self.data, self.batch, self.seed, self.shuffled) = (data, batch, seed, shuffled)
  }

  var count: Int { data.count }
  var lastTables: TrainingData { data }

  func begin(epoch: Int) {
    order = epochOrder(count: count, epoch: epoch, seed: seed, shuffled: shuffled)
    position = 0
  }

  func next() -> FedBatch {
    let end = min(position + batch, order.count)
    defer { position = end }
    return FedBatch(places: Array(order[position..<end]))
  }
}

/// Events that are read block by block, the next block while the current one is learned from.
///
/// An epoch visits the blocks in an order of its own and shuffles inside each. Batches are always full but the last of
/// the epoch: what a block has over goes into the next one and is shuffled with it, so that no batch is smaller and
/// nothing is compiled for odd sizes. With one block the order is that of events in memory.
final class StreamFeed: EventFeed {
  private let blocks: any TrainingBlocks
  private let batch: Int, seed: UInt64, shuffled: Bool
  let count: Int
  /// The size of the tables: the largest block and what the one before may leave over.
  let shape: StreamShape
  private var epoch = 0
  private var queue: [Int32] = []
  private var taken = 0
  private var ahead: Background<TrainingBlock>?
  private var order: [Int32] = []
  private var position = 0
  private var carried = TrainingBlock()
  /// Whether blocks are kept after they were given, for a diagnosis.
  var keepsBlocks = false
  private var kept = TrainingBlock()

  init(_ blocks: any TrainingBlocks, batch: Int, seed: UInt64, shuffled: Bool) {
    (self.blocks, self.batch, self.seed, self.shuffled) = (blocks, batch, seed, shuffled)
    count = blocks.count
    let over = blocks.counts.count > 1 ? batch - 1 : 0
    shape = StreamShape(blocks, capacity: (blocks.counts.max() ?? 0) + over)
  }

  var lastTables: TrainingData {
    let targets =
      shape.hasClassTargets
      ? Tensor(kept.targets.map { Int32($0) })
      : Tensor(kept.targets, shape: shape.targetShape(kept.count))
    return TrainingData(
      inputs: [Tensor(kept.inputs, shape: [kept.count, shape.width])], targets: [targets],
      weights: kept.weights.map { Double($0) })
  }

  func begin(epoch: Int) {
    self.epoch = epoch
    queue = epochOrder(
      count: blocks.counts.count, epoch: epoch, seed: ~seed, shuffled: shuffled)
    (taken, order, position, carried) = (0, [], 0, TrainingBlock())
    readAhead()
  }

  private func readAhead() {
    ahead = nil
    guard taken < queue.count else { return }
    let (blocks, index) = (blocks, Int(queue[taken]))
    ahead = Background { try blocks.block(index) }
  }

  func next() throws -> FedBatch {
    if position < order.count { return FedBatch(places: take()) }
    while let reader = ahead {
      var block = try reader.wait()
      taken += 1
      readAhead()
      block.append(carried)
      order = epochOrder(
        count: block.count, epoch: epoch,
        seed: seed &+ UInt64(taken - 1) &* 0x9E37_79B9_7F4A_7C15, shuffled: shuffled)
      position = 0
      let whole = block.count - block.count % batch
      carried = block.rows(order[whole...], width: shape.width, targets: shape.targetCount)
      order.removeLast(order.count - whole)
      if whole == 0 { continue }
      block.pad(to: shape.capacity, width: shape.width, targets: shape.targetCount)
      return given(take(), block)
    }
    order = (0..<Int32(carried.count)).map { $0 }
    position = order.count
    return given(order, carried)
  }

  private func take() -> [Int32] {
    let end = min(position + batch, order.count)
    defer { position = end }
    return Array(order[position..<end])
  }

  private func given(_ places: [Int32], _ block: TrainingBlock) -> FedBatch {
    if keepsBlocks { kept = block }
    return FedBatch(places: places, block: block)
  }
}
