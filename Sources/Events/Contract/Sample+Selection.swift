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
      targets: targets.isEmpty ? [] : rows(positions, of: targets, width: targetCount),
      weights: positions.map { weights[$0] }, classes: classes, task: task,
      constituents: constituents)
    sample.spectators = spectators.map { column in
      (column.name, positions.map { column.values[$0] })
    }
    sample.weightUnit = weightUnit
    return sample
  }

  /// The sample with one of its targets.
  public func withTarget(_ k: Int) -> Sample {
    var sample = self
    let width = targetCount
    if width > 1 {
      sample.targets = stride(from: k, to: targets.count, by: width).map { targets[$0] }
    }
    sample.classes = []
    return sample
  }

  /// The weighted mean of each target and its standard deviation, which is 1 where the target is constant to rounding.
  public var targetScales: [(mean: Double, spread: Double)] {
    let (width, total) = (targetCount, weights.reduce(0, +))
    return (0..<width).map { k in
      var (sum, squares) = (0.0, 0.0)
      for i in weights.indices { sum += weights[i] * targets[i * width + k] }
      let mean = sum / total
      for i in weights.indices {
        let rest = targets[i * width + k] - mean
        squares += weights[i] * rest * rest
      }
      let spread = (squares / total).squareRoot()
      return (mean, spread > 1e-12 * abs(mean) && spread > 0 ? spread : 1)
    }
  }

  /// The targets less their means, in units of their deviations.
  public func scaledTargets(_ scales: [(mean: Double, spread: Double)]) -> [Double] {
    targets.indices.map { place in
      let scale = scales[place % scales.count]
      return (targets[place] - scale.mean) / scale.spread
    }
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

/// Some rows of a row-major table.
public func rows<Number>(_ chosen: [Int], of table: [Number], width: Int) -> [Number] {
  if width == 1 { return chosen.map { table[$0] } }
  var result: [Number] = []
  result.reserveCapacity(chosen.count * width)
  for i in chosen { result.append(contentsOf: table[i * width..<(i + 1) * width]) }
  return result
}
