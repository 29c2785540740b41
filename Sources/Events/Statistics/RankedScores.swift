/// The scores of a two-class sample, sorted once: what every rank statistic starts from.
///
/// Events of weight zero are left out, events of equal score form one group. A group's sums are made when it is asked for: there may be as many
/// groups as events.
struct RankedScores: Sendable {
  /// One group of equal scores.
  struct Group: Sendable {
    var score: Double
    /// The places of its events in the order of scores.
    var events: Range<Int>
    /// Σw and Σw² of signal.
    var signal = 0.0
    var signalSquares = 0.0
    /// Σw and Σw² of background.
    var background = 0.0
    var backgroundSquares = 0.0
  }

  /// The score of each group, from the largest to the smallest.
  private(set) var scores: [Double] = []
  /// Where each group ends in the order of scores.
  private var ends: [Int32] = []
  /// The weight of each event in the order of scores.
  private(set) var weights: [Double] = []
  /// Whether each event in that order is signal.
  private(set) var isSignal: [Bool] = []
  private(set) var signal = 0.0
  private(set) var signalSquares = 0.0
  private(set) var background = 0.0
  private(set) var backgroundSquares = 0.0

  init(
    scores: [Double], labels: [Int32], weights given: [Double], signal signalLabel: Int32,
    metric: String, names: (signal: String, background: String) = ("signal", "background")
  ) throws(MetricError) {
    try requireEqual(scores.count, labels.count, "labels", for: metric)
    try requireEqual(scores.count, given.count, "weights", for: metric)
    try requireFinite(scores, "scores", for: metric)
    try requireFinite(given, "weights", for: metric)
    weights.reserveCapacity(scores.count)
    isSignal.reserveCapacity(scores.count)
    let order = sortedOrder(scores)
    // Counted first: to grow an array would take twice its memory.
    let count = order.indices.dropFirst().reduce(order.isEmpty ? 0 : 1) {
      scores[Int(order[$1])] == scores[Int(order[$1 - 1])] ? $0 : $0 + 1
    }
    self.scores.reserveCapacity(count)
    ends.reserveCapacity(count)
    for index in order.reversed() {
      let i = Int(index)
      if given[i] == 0 { continue }
      if self.scores.last != scores[i] {
        self.scores.append(scores[i])
        ends.append(0)
      }
      weights.append(given[i])
      isSignal.append(labels[i] == signalLabel)
      ends[ends.count - 1] = Int32(weights.count)
    }
    for place in self.scores.indices {
      let group = group(place)
      signal += group.signal
      signalSquares += group.signalSquares
      background += group.background
      backgroundSquares += group.backgroundSquares
    }
    guard signal > 0 else {
      throw MetricError.noWeight(metric: metric, of: names.signal, sum: signal)
    }
    guard background > 0 else {
      throw MetricError.noWeight(metric: metric, of: names.background, sum: background)
    }
  }

  /// The groups, from the largest score to the smallest.
  var groups: some BidirectionalCollection<Group> { scores.indices.lazy.map { group($0) } }

  private func group(_ place: Int) -> Group {
    let first = place == 0 ? 0 : Int(ends[place - 1])
    var group = Group(score: scores[place], events: first..<Int(ends[place]))
    for event in group.events {
      let w = weights[event]
      if isSignal[event] {
        group.signal += w
        group.signalSquares += w * w
      } else {
        group.background += w
        group.backgroundSquares += w * w
      }
    }
    return group
  }
}
