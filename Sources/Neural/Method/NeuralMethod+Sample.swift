internal import ApusEngine
internal import ApusEvents

extension NeuralMethod {
  /// Refuses what can't be learned from, with the event and the column.
  func check(_ sample: Sample, _ part: String) throws {
    func unusable(_ reason: String) -> FitError { .unusable(method: Self.name, reason: reason) }
    guard sample.count > 0, !sample.features.isEmpty else {
      throw unusable("the \(part) sample needs events and inputs, found none.")
    }
    if let place = sample.inputs.firstIndex(where: { !$0.isFinite }) {
      let column = sample.features[place % sample.features.count]
      throw unusable(
        "input '\(column)' of \(part) event \(place / sample.features.count) is "
          + "\(sample.inputs[place]); every input must be a finite number. Select the events, or "
          + "replace the value.")
    }
    if let place = sample.weights.firstIndex(where: { !$0.isFinite }) {
      throw unusable(
        "the weight of \(part) event \(place) is \(sample.weights[place]); it must be finite.")
    }
    if let place = sample.targets.firstIndex(where: { !$0.isFinite }) {
      let count = sample.targetCount
      let name = count > 1 ? "target '\(sample.classes[place % count])'" : "target"
      throw unusable(
        "the \(name) of \(part) event \(place / count) is \(sample.targets[place]); it must be finite."
      )
    }
    let labels = 0..<Int32(max(2, sample.classes.count))
    if let place = sample.labels.firstIndex(where: { !labels.contains($0) }) {
      throw unusable(
        "the label of \(part) event \(place) is \(sample.labels[place]); it must be in [0, \(labels.count - 1)]."
      )
    }
    guard part == "training", sample.task != .regression else { return }
    for (label, name) in sample.classes.enumerated()
    where !sample.labels.contains(Int32(label)) {
      throw unusable("there are no training events of class '\(name)'; every class needs some.")
    }
  }

  /// The events that count, scaled and balanced.
  func prepared(
    _ sample: Sample, _ scale: InputScale, _ targets: [(mean: Double, spread: Double)]
  ) -> TrainingData {
    var chosen = sample
    let kept = sample.weights.indices.filter { sample.weights[$0] != 0 }
    if kept.count < sample.count {
      let columns = sample.features.count
      chosen.inputs = kept.flatMap { sample.inputs[($0 * columns)..<(($0 + 1) * columns)] }
      chosen.weights = kept.map { sample.weights[$0] }
      if !sample.labels.isEmpty { chosen.labels = kept.map { sample.labels[$0] } }
      if !sample.targets.isEmpty {
        chosen.targets = rows(kept, of: sample.targets, width: sample.targetCount)
      }
    }
    chosen.inputs = scale.apply(chosen.inputs)
    if sample.task == .regression { chosen.targets = chosen.scaledTargets(targets) }
    if values.flag("balance_classes"), sample.task != .regression {
      chosen.weights = balancedWeights(
        chosen.weights, labels: chosen.labels, classes: max(2, sample.classes.count))
    }
    return TrainingData(chosen)
  }

  /// The weighted mean and deviation of each target; 0 and 1 where it is constant.
  func targetScales(_ sample: Sample) -> [(mean: Double, spread: Double)] {
    guard sample.task == .regression else { return [] }
    let total = sample.weights.reduce(0, +)
    return (0..<sample.targetCount).map { k in
      let values = sample.withTarget(k).targets
      let mean = dot(sample.weights, values) / total
      let squares = zip(sample.weights, values).reduce(0) { sum, event in
        sum + event.0 * (event.1 - mean) * (event.1 - mean)
      }
      let deviation = (squares / total).squareRoot()
      return mean.isFinite && deviation.isFinite && deviation > 0 ? (mean, deviation) : (0, 1)
    }
  }
}
