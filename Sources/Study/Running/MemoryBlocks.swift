internal import ApusEvents

/// Events of a study in memory, in blocks whose rows are copied and transformed when they are asked for.
struct MemoryBlocks: SampleBlocks {
  let events: StudyEvents
  let chosen: [Int]
  /// After policy and balance, in the order of `chosen`.
  let weights: [Double]
  let transforms: Preprocessing
  let classes: [String]
  let task: Task

  init(
    events: StudyEvents, chosen: [Int], weights: [Double], transforms: Preprocessing,
    classes: [String], task: Task
  ) {
    var events = events
    // Converted once, not for each block.
    events.spectators = events.spectators.compactMap { column in
      column.doubles.map { Column(column.name, .float64($0)) }
    }
    (self.events, self.chosen, self.weights) = (events, chosen, weights)
    (self.transforms, self.classes, self.task) = (transforms, classes, task)
  }

  /// Events of a block: their rows should stay in the cache.
  private static let size = 1 << 14

  var features: [String] { transforms.outputs }

  private var ranges: [Range<Int>] {
    stride(from: 0, to: chosen.count, by: Self.size).map {
      $0..<min($0 + Self.size, chosen.count)
    }
  }

  var counts: [Int] { ranges.map(\.count) }

  var sums: [Double] {
    var sums = [Double](repeating: 0, count: max(1, classes.count))
    for (event, weight) in zip(chosen, weights) {
      sums[task == .regression ? 0 : Int(events.labels[event])] += weight
    }
    return sums
  }

  /// No method keeps checkpoints of events in memory by their blocks.
  var fingerprint: UInt64 { 0 }

  func block(_ index: Int) -> Sample {
    let range = ranges[index]
    var sample = events.sample(Array(chosen[range]), classes: classes, task: task)
    sample.weights = Array(weights[range])
    return transforms.apply(sample)
  }
}
