public import ApusEvents

// What fits of the classical methods take, for `apus check`. The constants were fitted to Examples/canon.yaml (24,000 events of 7 inputs, two
// cores of an AMD EPYC); a factor of two either way is what such estimates are good for.

extension GaussianProcessMethod {
  /// A decomposition of an n × n matrix and its slopes in each step.
  public func workload(_ size: FitSize) -> Workload {
    let count = Double(min(size.events, values.integer("events") ?? 800))
    let steps = values.flag("optimise") ? Double(values.integer("iterations") ?? 40) : 1
    let processes = size.classes > 2 ? Double(size.classes) : 1
    return Workload(
      bytes: 40 * count * count, operations: 0.15 * count * count * count * steps * processes)
  }
}

extension SupportVectorMachine {
  /// Between n² and n³: rows of the kernel, each some times.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    let cache = Double(values.integer("cache") ?? 200) * 1e6
    return Workload(
      bytes: min(cache, 4 * events * events) + 12 * events * inputs,
      operations: events * events * inputs * Double(max(1, size.classes - 1)))
  }
}

extension GaussianMixture {
  /// Steps of EM from several starts.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    let components = Double(values.integer("components") ?? 4)
    let steps =
      Double(values.integer("iterations") ?? 200)
      * Double(values.integer("starts") ?? 3)
    return Workload(
      bytes: 8 * events * (inputs + components),
      operations: steps * events * components * inputs * inputs / 5)
  }
}

extension FunctionDiscriminant {
  /// The formula of all events, once an evaluation.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    return Workload(
      bytes: 8 * events * (inputs + 2),
      operations: 1.5 * Double(values.integer("evaluations") ?? 6000) * events * inputs)
  }
}

extension RectangularCuts {
  /// Boxes that are counted; most events are left out after a few inputs.
  public func workload(_ size: FitSize) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    return Workload(
      bytes: 12 * events * inputs,
      operations: Double(values.integer("evaluations") ?? 20_000) * events)
  }
}

extension BoostedTrees {
  /// Sums by bin of all inputs, once a level of each tree.
  public func workload(_ size: FitSize) -> Workload {
    values.trees(size, standard: 400, perValue: 0.5)
  }
}

extension AdaBoost {
  /// As boosted trees, and new weights after each.
  public func workload(_ size: FitSize) -> Workload {
    values.trees(size, standard: 400, perValue: 2)
  }
}

extension RandomForest {
  /// Deep trees that look at the root of the number of inputs.
  public func workload(_ size: FitSize) -> Workload {
    values.trees(size, standard: 100, perValue: 10 / Double(size.inputs).squareRoot())
  }
}

extension ExtraTrees {
  /// As a random forest; its trees are larger.
  public func workload(_ size: FitSize) -> Workload {
    values.trees(size, standard: 100, perValue: 15 / Double(size.inputs).squareRoot())
  }
}

extension Committee {
  /// Those of its members.
  public func workload(_ size: FitSize) -> Workload {
    (values.methods("methods") ?? []).map { $0.method.workload(size) }.sum ?? .passes(size)
  }
}

extension Stack {
  /// Each member is fitted once for each fold and once for all.
  public func workload(_ size: FitSize) -> Workload {
    let members = (values.methods("methods") ?? []).map { $0.method.workload(size) }
    guard var all = members.sum else { return .passes(size) }
    all.operations *= Double((values.integer("folds") ?? 5) + 1)
    return all
  }
}

extension [Workload] {
  /// One after the other: operations add up, memory is that of the largest.
  fileprivate var sum: Workload? {
    guard var all = first else { return nil }
    for one in dropFirst() {
      all.bytes = Swift.max(all.bytes, one.bytes)
      all.operations += one.operations
      all.isParallel = all.isParallel && one.isParallel
    }
    return all
  }
}

extension OptionValues {
  /// Trees over bins: every level of a tree sees all events once, and a tree costs something of its own.
  fileprivate func trees(_ size: FitSize, standard: Int, perValue: Double) -> Workload {
    let (events, inputs) = (Double(size.events), Double(size.inputs))
    let count = Double(integer("trees") ?? standard) * (size.classes > 2 ? Double(size.classes) : 1)
    let depth = integer("depth") ?? 0
    let full = max(2, size.events / max(1, integer("min_events") ?? 1))
    let leaves =
      integer("leaves").flatMap { $0 > 0 ? $0 : nil }
      ?? (depth > 0 && depth < 40 ? min(full, 1 << depth) : full)
    let levels = Double(Int.bitWidth - leaves.leadingZeroBitCount)
    return Workload(
      bytes: events * (inputs + 24) + count * 24 * Double(min(leaves, full)),
      operations: count * (perValue * events * inputs * levels + 1.5e6), isParallel: true)
  }
}
