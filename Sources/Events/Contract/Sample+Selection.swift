extension Sample {
  /// The events at these positions, in this order; a position may come more than once.
  public func selecting(_ positions: [Int]) -> Sample {
    let width = features.count
    var chosen: [Float] = []
    chosen.reserveCapacity(positions.count * width)
    for i in positions { chosen.append(contentsOf: inputs[i * width..<(i + 1) * width]) }
    var sample = Sample(
      inputs: chosen, features: features,
      labels: labels.isEmpty ? [] : positions.map { labels[$0] },
      targets: targets.isEmpty ? [] : positions.map { targets[$0] },
      weights: positions.map { weights[$0] }, classes: classes, task: task,
      constituents: constituents)
    sample.spectators = spectators.map { column in
      (column.name, positions.map { column.values[$0] })
    }
    return sample
  }

  /// One column of the inputs.
  public func column(_ j: Int) -> [Float] {
    stride(from: j, to: inputs.count, by: max(features.count, 1)).map { inputs[$0] }
  }

  /// The positions of the events of each class; for regression one list of all events.
  public var positionsByClass: [[Int]] {
    if task == .regression { return [Array(0..<count)] }
    var lists = [[Int]](repeating: [], count: classes.count)
    for i in 0..<count where lists.indices.contains(Int(labels[i])) {
      lists[Int(labels[i])].append(i)
    }
    return lists
  }

  /// The names that go with ``positionsByClass``.
  public var groupNames: [String] { task == .regression ? ["all events"] : classes }
}
