import ApusEvents
import ApusKernels

/// Tries boxes and keeps the best for each signal efficiency.
///
/// A point of the search space holds two numbers an input: the share of the signal below the lower cut, from −0.5, and
/// below the upper cut, up to 1.5; at and beyond 0 and 1 there is no cut, so that a search easily finds not to cut.
struct CutTrial {
  let count: Int
  let space: SearchSpace
  private let counter: BoxCounter
  private let totals: (signal: Double, background: Double)
  /// The signal's distribution of each input.
  private let orders: [WeightedOrder]
  private let signalRows: [[Float]]
  private let sides: String
  private var kept: [CutBox?]

  init(_ sample: Sample, sides: String, points: Int) {
    let width = sample.features.count
    let isSignal = sample.labels.map { $0 == 1 }
    let signal = CutTrial.scaled(
      sample.weights.indices.map { isSignal[$0] ? sample.weights[$0] : 0 })
    let background = CutTrial.scaled(
      sample.weights.indices.map { isSignal[$0] ? 0 : sample.weights[$0] })
    counter = BoxCounter(
      inputs: sample.inputs, width: width, signal: signal, background: background)
    totals = (signal.reduce(0, +), background.reduce(0, +))
    orders = (0..<width).map {
      WeightedOrder(sample.column($0).map { Double($0) }, weights: signal)
    }
    signalRows = sample.weights.indices.filter { isSignal[$0] }.map {
      Array(sample.inputs[$0 * width..<($0 + 1) * width])
    }
    self.sides = sides
    let lowest = (0..<2 * width).map { $0 < width ? -0.5 : sides == "lower" ? 1.5 : 0.0 }
    let highest = (0..<2 * width).map { $0 < width ? (sides == "upper" ? -0.5 : 1.0) : 1.5 }
    space = SearchSpace(low: lowest, high: highest)
    count = sample.count
    kept = [CutBox?](repeating: nil, count: points + 1)
    keep(CutBox.open(width: width))
  }

  private var width: Int { orders.count }

  /// Weights of one class with a mean of about one: only shares count, and single precision has no room for any scale.
  private static func scaled(_ weights: [Double]) -> [Double] {
    let unit = weightUnit(of: weights)
    return weights.map { $0 / unit }
  }

  /// The box of a point.
  private func box(_ point: [Double]) -> CutBox {
    var box = CutBox.open(width: width)
    for j in 0..<width {
      if point[j] > 0 { box.low[j] = Float(orders[j].quantile(point[j])) }
      if point[width + j] < 1 { box.high[j] = Float(orders[j].quantile(point[width + j])) }
    }
    return box
  }

  /// Counts a box and keeps it where it is the best for its efficiency.
  @discardableResult
  private mutating func measured(_ open: CutBox) -> CutBox {
    var box = open
    let used = (0..<width).filter { box.low[$0] > -.infinity || box.high[$0] < .infinity }
    let sums = counter.sums(
      columns: used.map { Int32($0) }, low: used.map { box.low[$0] },
      high: used.map { box.high[$0] })
    box.signalEfficiency = used.isEmpty ? 1 : sums.signal / totals.signal
    box.backgroundEfficiency = used.isEmpty ? 1 : max(sums.background, 0) / totals.background
    keep(box)
    return box
  }

  private mutating func keep(_ box: CutBox) {
    // With negative weights a sum of a class may be so small that shares have no bound.
    guard box.signalEfficiency.isFinite, box.backgroundEfficiency.isFinite else { return }
    let last = kept.count - 1
    let place = Int(min(max(box.signalEfficiency, 0), 1) * Double(last) + 1e-9)
    if box.backgroundEfficiency < kept[place]?.backgroundEfficiency ?? .infinity {
      kept[place] = box
    }
  }

  /// What a search for a signal efficiency lowers: the background, and much for signal that is missing.
  mutating func cost(_ point: [Double], goal: Double) -> Double {
    let box = measured(box(point))
    return box.backgroundEfficiency + 10 * max(goal - box.signalEfficiency, 0)
  }

  /// The best box of each efficiency, ascending: none is worse than one of higher efficiency.
  var bestBoxes: [CutBox] {
    var (best, boxes): (CutBox?, [CutBox]) = (nil, [])
    for box in kept.reversed() {
      if let box, box.backgroundEfficiency < best?.backgroundEfficiency ?? .infinity {
        best = box
        boxes.append(box)
      }
    }
    return boxes.reversed()
  }

  /// Boxes from all to almost nothing, each without the slice that costs most background for its signal.
  mutating func peel() -> [(point: [Double], efficiency: Double)] {
    var point = (0..<2 * width).map { $0 < width ? 0.0 : 1.0 }
    var now = measured(box(point))
    var found = [(point: point, efficiency: 1.0)]
    while now.signalEfficiency > 0.03, now.backgroundEfficiency > 0, found.count < 200 {
      var best: (gain: Double, point: [Double], box: CutBox)?
      for j in 0..<2 * width {
        var next = point
        next[j] += j < width ? 0.04 : -0.04
        if next[j] < space.low[j] || next[j] > space.high[j] { continue }
        let reached = measured(box(next))
        let lost = now.signalEfficiency - reached.signalEfficiency
        let gain =
          (now.backgroundEfficiency - reached.backgroundEfficiency) / now.backgroundEfficiency
          / max(lost / now.signalEfficiency, 1e-6)
        if reached.signalEfficiency > 0, gain > best?.gain ?? 0 { best = (gain, next, reached) }
      }
      guard let best, best.box.signalEfficiency < now.signalEfficiency || best.gain > 0 else {
        break
      }
      (point, now) = (best.point, best.box)
      found.append((point, now.signalEfficiency))
    }
    return found
  }

  /// Cut values that are those of signal events; every event in turn where there is one side and time enough.
  mutating func randomGrid(_ evaluations: Int, seed: UInt64, shouldStop: () -> Bool) throws {
    var generator = SplitMix64(seed: seed)
    let everyEvent = sides != "both" && evaluations >= signalRows.count
    for i in 0..<(everyEvent ? signalRows.count : evaluations) {
      var box = CutBox.open(width: width)
      let row = signalRows[everyEvent ? i : generator.below(signalRows.count)]
      let other = signalRows[generator.below(signalRows.count)]
      let chosen = everyEvent ? 1 : min(1, 3 / Double(width))
      for j in 0..<width where generator.uniform() < chosen {
        let side = sides == "both" ? ["lower", "upper", "both"][generator.below(3)] : sides
        if side == "both" {
          (box.low[j], box.high[j]) = (min(row[j], other[j]).nextDown, max(row[j], other[j]))
        } else if side == "lower" {
          box.low[j] = row[j].nextDown
        } else {
          box.high[j] = row[j]
        }
      }
      measured(box)
      if i % 1000 == 999, shouldStop() {
        throw FitError.interrupted(method: RectangularCuts.name, step: i)
      }
    }
  }
}
