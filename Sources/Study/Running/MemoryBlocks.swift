internal import ApusEvents

/// Events of a study in memory, in blocks whose rows are copied and transformed when they are asked for.
struct MemoryBlocks: SampleBlocks {
  let events: StudyEvents
  private let chosen: [Int32]
  /// After policy and balance, in the order of `chosen`; empty where they are those of the events.
  private let weights: [Double]
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
    let isOwn = zip(chosen, weights).allSatisfy { events.weights[$0] == $1 }
    (self.events, self.weights) = (events, isOwn ? [] : weights)
    self.chosen = chosen.map { Int32($0) }
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
    var sums = [Double](repeating: 0, count: task == .regression ? 1 : classes.count)
    for (place, event) in chosen.enumerated() {
      let event = Int(event)
      sums[task == .regression ? 0 : Int(events.labels[event])] +=
        weights.isEmpty ? events.weights[event] : weights[place]
    }
    return sums
  }

  /// No method keeps checkpoints of events in memory by their blocks.
  var fingerprint: UInt64 { 0 }

  func block(_ index: Int) -> Sample {
    let range = ranges[index]
    var sample = events.sample(chosen[range].map { Int($0) }, classes: classes, task: task)
    if !weights.isEmpty { sample.weights = Array(weights[range]) }
    return transforms.apply(sample)
  }
}
