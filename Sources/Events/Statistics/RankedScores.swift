/// The scores of a two-class sample, sorted once: what every rank statistic starts from.
///
/// Events of weight zero are left out, events of equal score form one group.
struct RankedScores: Sendable {
  /// One group of equal scores, from the largest score to the smallest.
  struct Group: Sendable {
    var score: Double
    /// Where the group ends in `order`.
    var end: Int
    /// Σw and Σw² of signal.
    var signal = 0.0
    var signalSquares = 0.0
    /// Σw and Σw² of background.
    var background = 0.0
    var backgroundSquares = 0.0
  }

  var groups: [Group] = []
  /// Weight of each event in the order of scores, negative index meaning none.
  var weights: [Double] = []
  var isSignal: [Bool] = []
  var signal = 0.0
  var signalSquares = 0.0
  var background = 0.0
  var backgroundSquares = 0.0

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
    // Counted first: to grow an array of groups would take twice its memory.
    groups.reserveCapacity(
      order.indices.dropFirst().reduce(order.isEmpty ? 0 : 1) {
        scores[Int(order[$1])] == scores[Int(order[$1 - 1])] ? $0 : $0 + 1
      })
    for index in order.reversed() {
      let i = Int(index)
      let w = given[i]
      if w == 0 { continue }
      if groups.last?.score != scores[i] { groups.append(Group(score: scores[i], end: 0)) }
      add(w, labels[i] == signalLabel)
    }
    (signal, background) = (
      groups.reduce(0) { $0 + $1.signal }, groups.reduce(0) { $0 + $1.background }
    )
    signalSquares = groups.reduce(0) { $0 + $1.signalSquares }
    backgroundSquares = groups.reduce(0) { $0 + $1.backgroundSquares }
    guard signal > 0 else {
      throw MetricError.noWeight(metric: metric, of: names.signal, sum: signal)
    }
    guard background > 0 else {
      throw MetricError.noWeight(metric: metric, of: names.background, sum: background)
    }
  }

  private mutating func add(_ w: Double, _ fromSignal: Bool) {
    weights.append(w)
    isSignal.append(fromSignal)
    let last = groups.count - 1
    groups[last].end = weights.count
    if fromSignal {
      groups[last].signal += w
      groups[last].signalSquares += w * w
    } else {
      groups[last].background += w
      groups[last].backgroundSquares += w * w
    }
  }
}
