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
    guard sample.task == .binary, !names.isEmpty else {
      throw OptionProblems([
        .init(
          path: "flat",
          text: "needs two classes and the names of spectators: flat: {in: [m_bb]}; found the task "
            + "'\(sample.task.rawValue)' and \(names.count) names.")
      ])
    }
    let label: Int32 = group.text("class") == "signal" ? 1 : 0
    let events = sample.labels.indices.filter { sample.labels[$0] == label }
    let count = group.integer("bins") ?? 10
    var bins = [Int](repeating: 0, count: events.count)
    for name in names {
      guard let column = sample.spectators.first(where: { $0.name == name }) else {
        let known = sample.spectators.map(\.name)
        throw OptionProblems([
          .init(
            path: "flat.in",
            text: "there is no spectator '\(name)' of numbers. Add it to 'spectators'."
              + didYouMean(name, among: known))
        ])
      }
      let values = events.map { column.values[$0] }
      let places = quantileBins(values, events.map { abs(sample.weights[$0]) }, count)
      for i in bins.indices { bins[i] = bins[i] * count + places[i] }
    }
    (self.events, self.bins) = (events, bins)
    binCount = (bins.max() ?? 0) + 1
    strength = group.real("strength") ?? 3
  }

  /// Adds the slopes of the loss.
  func add(to gradients: inout [Double], scores: [Double], weights: [Double]) {
    let order = sortedOrder(events.map { scores[$0] }).map { Int($0) }
    var totals = [Double](repeating: 0, count: binCount)
    for i in events.indices { totals[bins[i]] += abs(weights[events[i]]) }
    let total = totals.reduce(0, +)
    var (below, all) = ([Double](repeating: 0, count: binCount), 0.0)
    for i in order {
      let (event, bin) = (events[i], bins[i])
      let own = abs(weights[event])
      // Each event stands at the middle of its own weight.
      let (inBin, inAll) = ((below[bin] + own / 2) / totals[bin], (all + own / 2) / total)
      gradients[event] += strength * weights[event] * (inAll - inBin)
      below[bin] += own
      all += own
    }
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
