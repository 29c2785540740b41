import ApusEvents
import ApusKernels

/// A loss that makes the score of one class equally distributed everywhere in a spectator, such as a mass.
///
/// L = ½ Σ_b ∫ (F_b(s) − F(s))² ds over bins b of the spectators, each holding about the same Σ|w|, with the cumulative distributions
/// F_b of the scores of the class in the bin and F of all of it; its slope at event i of bin b is w_i (F(s_i) − F_b(s_i)) (Rogozhnikov,
/// Bukva, Gligorov, Ustyuzhanin, Williams 2015, doi:10.1088/1748-0221/10/03/T03002). It is added to the logistic loss, `strength`
/// times. Distributions count |w|. Cost: sorting the class's events each tree.
struct Flatness {
  /// The events of the class.
  private let events: [Int]
  /// The bin of each.
  private let bins: [Int]
  private let binCount: Int
  private let strength: Double

  init?(_ options: OptionValues, _ sample: Sample, method: String) throws {
    guard let group = options.group("flat") else { return nil }
    let names = group.texts("in") ?? []
    try Flatness.check(options, task: sample.task, spectators: sample.spectators.map(\.name))
    let label: Int32 = group.text("class") == "signal" ? 1 : 0
    let events = sample.labels.indices.filter { sample.labels[$0] == label }
    let count = group.integer("bins") ?? 10
    var bins = [Int](repeating: 0, count: events.count)
    for name in names {
      guard let column = sample.spectators.first(where: { $0.name == name }) else { continue }
      let values = events.map { column.values[$0] }
      let places = quantileBins(values, events.map { abs(sample.weights[$0]) }, count)
      for i in bins.indices { bins[i] = bins[i] * count + places[i] }
    }
    (self.events, self.bins) = (events, bins)
    binCount = (bins.max() ?? 0) + 1
    strength = group.real("strength") ?? 3
  }

  /// Refuses what the loss can't look at.
  /// - Throws: `OptionProblems`.
  static func check(_ options: OptionValues, task: Task, spectators: [String]) throws {
    guard let group = options.group("flat") else { return }
    let names = group.texts("in") ?? []
    var found = ProblemList()
    if task != .binary || names.isEmpty {
      found.report(
        "flat",
        "needs two classes and the names of spectators: flat: {in: [m_bb]}; found the task "
          + "'\(task.rawValue)' and \(names.count) names.")
    }
    for name in names where !spectators.contains(name) {
      found.report(
        "flat.in",
        "there is no spectator '\(name)' of numbers. Add it to 'spectators'."
          + didYouMean(name, among: spectators))
    }
    try found.finish()
  }

  /// Adds the slopes of the loss, and as much curvature as keeps steps of a learning rate from overshooting.
  ///
  /// Shifting all events of a bin by δ changes F − F_b by −f_b δ, with the density f_b of scores in the bin, so the loss curves by
  /// strength · w · f_b. Steps of `rate` times the slope over the curvature converge evenly where half of `rate` times that
  /// is added. f_b is taken over a tenth of the events of the bin, and at most 2.
  func add(
    gradients: inout [Double], curvatures: inout [Double], scores: [Double], weights: [Double],
    rate: Double
  ) {
    let order = sortedOrder(events.map { scores[$0] }).map { Int($0) }
    var totals = [Double](repeating: 0, count: binCount)
    for i in events.indices { totals[bins[i]] += abs(weights[events[i]]) }
    let total = totals.reduce(0, +)
    var (below, all, first) = ([Double](repeating: 0, count: binCount), 0.0, 0)
    while first < order.count {
      // Events of equal score stand at the middle of their weight.
      let score = scores[events[order[first]]]
      if first + 1 == order.count || scores[events[order[first + 1]]] != score {
        let (event, bin) = (events[order[first]], bins[order[first]])
        let own = abs(weights[event])
        let inBin = (below[bin] + own / 2) / totals[bin]
        gradients[event] += strength * weights[event] * ((all + own / 2) / total - inBin)
        below[bin] += own
        all += own
        first += 1
        continue
      }
      let end = order[first...].firstIndex { scores[events[$0]] != score } ?? order.count
      var (inGroup, group) = ([Int: Double](), 0.0)
      for i in order[first..<end] {
        let own = abs(weights[events[i]])
        inGroup[bins[i], default: 0] += own
        group += own
      }
      for i in order[first..<end] {
        let (event, bin) = (events[i], bins[i])
        let inBin = (below[bin] + (inGroup[bin] ?? 0) / 2) / totals[bin]
        gradients[event] += strength * weights[event] * ((all + group / 2) / total - inBin)
      }
      for (bin, own) in inGroup { below[bin] += own }
      all += group
      first = end
    }
    for (i, density) in zip(events.indices, densities(order, scores)) {
      curvatures[events[i]] += 0.5 * rate * strength * weights[events[i]] * density
    }
  }

  /// The density of scores at each event within its bin.
  private func densities(_ order: [Int], _ scores: [Double]) -> [Double] {
    var members = [[Int]](repeating: [], count: binCount)
    for i in order { members[bins[i]].append(i) }
    var result = [Double](repeating: 0, count: events.count)
    for own in members {
      let reach = max(1, own.count / 20)
      for (place, i) in own.enumerated() {
        let (low, high) = (max(0, place - reach), min(own.count - 1, place + reach))
        let width = scores[events[own[high]]] - scores[events[own[low]]]
        let share = Double(high - low) / Double(own.count)
        result[i] = share < 2 * width ? share / width : 2
      }
    }
    return result
  }
}

/// The bin of each value among `count` bins of about equal weight; NaN goes to the first.
func quantileBins(_ values: [Double], _ weights: [Double], _ count: Int) -> [Int] {
  let total = weights.reduce(0, +)
  var (bins, sum) = ([Int](repeating: 0, count: values.count), 0.0)
  var last = (value: -Double.infinity, bin: 0)
  for index in sortedOrder(values) {
    let i = Int(index)
    if values[i].isNaN { continue }
    // Equal values share a bin.
    if values[i] != last.value {
      last = (values[i], total > 0 ? min(count - 1, Int(sum / total * Double(count))) : 0)
    }
    bins[i] = last.bin
    sum += weights[i]
  }
  return bins
}
