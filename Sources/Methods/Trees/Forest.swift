import ApusEvents
import ApusKernels

/// What trees that are grown side by side share: bins, gradients of classes or numbers, leaf values.
struct Forest {
  let method: String
  let options: OptionValues
  let training: Sample
  let context: FitContext
  let workspace: TreeWorkspace
  let settings: GrowthSettings
  /// What leaves estimate: 1 for signal and 0 for background, or the number; empty for several classes or targets.
  let targets: [Double]
  /// Grows the trees of several classes or targets; nil for two classes and for one target.
  let classGrower: ClassTreeGrower?
  /// How many numbers a prediction has.
  let outputs: Int
  /// Numbers are taken from their mean, so that rounding to integers costs nothing.
  let centres: [Double]
  /// Several targets are in units of their deviations, so that each counts for cuts as much as the others.
  let spreads: [Double]

  init(
    method: String, options: OptionValues, training sample: Sample, context: FitContext,
    adjust: (inout GrowthSettings, Sample) -> Void = { _, _ in }
  ) throws {
    let training = sample.withoutZeroWeights
    let columns = try TreeColumns(options, features: training.features)
    let table = BinnedTable(
      inputs: training.inputs, columns: training.features.count, weights: training.weights,
      bins: options.integer("bins") ?? 255, categorical: columns.categorical,
      threads: context.threads)
    guard let table, let workspace = TreeWorkspace(table: table, threads: context.threads) else {
      throw noMemory(method, training.count, training.features.count)
    }
    var settings = GrowthSettings(forest: options, task: training.task, events: training.count)
    adjust(&settings, training)
    (self.method, self.options, self.training) = (method, options, training)
    (self.context, self.workspace, self.settings) = (context, workspace, settings)
    outputs = training.task.scoreCount(training.classes)
    if training.task == .regression, outputs > 1 {
      let scales = training.targetScales
      (centres, spreads, targets) = (scales.map(\.mean), scales.map(\.spread), [])
      classGrower = ClassTreeGrower(
        table: table, targets: training.scaledTargets(scales), count: outputs,
        settings: settings.cut,
        leaves: settings.leaves, depth: settings.depth,
        columnsPerLeaf: settings.columns(of: table), isRandom: settings.cut.random != 0)
      return
    }
    spreads = []
    let numbers = training.treeTargets
    switch training.task {
    case .regression:
      let total = training.weights.reduce(0, +)
      let mean = zip(numbers, training.weights).reduce(0) { $0 + $1.0 * $1.1 } / total
      (centres, targets) = ([mean], numbers.map { $0 - mean })
    case .binary: (centres, targets) = ([0], numbers)
    case .multiclass: (centres, targets) = ([Double](repeating: 0, count: outputs), [])
    }
    guard training.task == .multiclass else {
      classGrower = nil
      return
    }
    classGrower = ClassTreeGrower(
      table: table, labels: training.labels, classes: outputs, settings: settings.cut,
      leaves: settings.leaves, depth: settings.depth, columnsPerLeaf: settings.columns(of: table),
      isRandom: settings.cut.random != 0)
  }

  /// An ensemble without trees.
  func ensemble() -> TreeEnsemble {
    TreeEnsemble(
      columns: training.features.count, base: centres,
      hasVectors: classGrower != nil)
  }

  /// Grows one tree on weighted events.
  /// - Parameters:
  ///   - weights: The weight of each event; zero leaves it out.
  ///   - key: Where the tree's randomness comes from.
  func grow(weights: [Double], key: UInt64) throws -> GrownTree {
    if let classGrower {
      guard let grown = classGrower.grow(weights: weights, key: key, threads: context.threads)
      else { throw noMemory(method, training.count, training.features.count) }
      return GrownTree(grown, table: workspace.table, classes: outputs, spreads: spreads)
    }
    let sign = training.task == .regression ? -1.0 : 1.0
    workspace.setGradients(
      zip(weights, targets).map { sign * $0 * $1 }, curvatures: weights)
    let isWhole = !weights.contains(0)
    let rows =
      isWhole
      ? workspace.takeAllRows()
      : workspace.take(rows: weights.indices.filter { weights[$0] != 0 }.map { Int32($0) })
    var random = settings
    if settings.cut.random != 0 { random.cut.random = key | 1 }
    var grower = TreeGrower(workspace: workspace, settings: random)
    do throws(TreeMemoryError) {
      var tree = try grower.grow(rows: rows, total: rows, isWholeTable: isWhole, key: key)
      cover(&tree, weights)
      return tree
    } catch { throw noMemory(method, training.count, training.features.count) }
  }

  private func cover(_ tree: inout GrownTree, _ weights: [Double]) {
    for leaf in tree.leaves {
      tree.nodes[leaf.node].cover = workspace.rows(leaf.rows).reduce(0) {
        $0 + abs(weights[Int($1)])
      }
    }
    tree.sumCovers()
  }

  /// What a tree says of every training event, through its leaves: `outputs` numbers an event.
  func answers(_ tree: GrownTree) -> [Double] {
    var single = ensemble()
    single.base = single.base.map { _ in 0 }
    single.append(tree)
    return single.flat.scores(
      of: training.inputs, count: training.count, threads: context.threads)
  }

  /// Tells that a tree is done; throws where the user asked to stop.
  func tell(_ step: Int, of steps: Int, _ values: [(name: String, value: Double)] = []) throws
    -> FitContext.Progress
  {
    let line = FitContext.Progress(
      step: step, steps: steps, unit: "tree", events: training.count, values: values)
    context.report(line)
    if context.shouldStop() { throw FitError.interrupted(method: method, step: step) }
    return line
  }
}

extension GrowthSettings {
  /// How many columns of a table a leaf looks at.
  func columns(of table: BinnedTable) -> Int {
    max(1, Int((columnsPerLeaf * Double(table.columns)).rounded()))
  }
}

extension GrownTree {
  /// A tree of several classes or targets: each node has the share of each class, or the mean of each target in its unit of `spreads`, multiplied
  /// by `share`.
  ///
  /// Classes of negative weight have none.
  init(
    _ grown: ClassTreeGrower.Tree, table: BinnedTable, classes: Int, spreads: [Double],
    share: Double = 1
  ) {
    nodes = [TreeEnsemble.Node](repeating: TreeEnsemble.Node(), count: grown.nodes.count)
    values = []
    values.reserveCapacity(grown.nodes.count * classes)
    let width = spreads.isEmpty ? classes : classes + 1
    for (place, node) in grown.nodes.enumerated() {
      let own = grown.sums[place * width..<(place + 1) * width]
      if spreads.isEmpty {
        let sums = own.map { max($0, 0) }
        let total = sums.reduce(0, +)
        values += sums.map { (total > 0 ? $0 / total : 1 / Double(classes)) * share }
      } else {
        let total = own[own.endIndex - 1]
        values += zip(own, spreads).map { total > 0 ? $0 / total * $1 * share : 0 }
      }
      nodes[place].cover = node.cover
      if let cut = node.cut { describe(cut, node: place, child: node.child, table: table) }
    }
  }
}
