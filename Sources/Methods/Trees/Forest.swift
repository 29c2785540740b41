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
  /// What leaves estimate, output by output: 1 for the class and 0 for others, or the number.
  let targets: [[Double]]
  /// Numbers are taken from their mean, so that rounding to integers costs nothing.
  let centre: Double

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
    let numbers = training.treeTargets
    switch training.task {
    case .regression:
      let total = training.weights.reduce(0, +)
      let mean = zip(numbers, training.weights).reduce(0) { $0 + $1.0 * $1.1 } / total
      centre = mean
      targets = [numbers.map { $0 - mean }]
    case .binary: (centre, targets) = (0, [numbers])
    case .multiclass:
      centre = 0
      targets = training.classes.indices.map { k in numbers.map { $0 == Double(k) ? 1 : 0 } }
    }
  }

  var outputs: Int { targets.count }

  /// Grows one tree on weighted events.
  /// - Parameters:
  ///   - output: Which target.
  ///   - weights: The weight of each event; zero leaves it out.
  ///   - key: Where the tree's randomness comes from.
  func grow(output: Int, weights: [Double], key: UInt64) throws -> GrownTree {
    let target = targets[output]
    let sign = training.task == .regression ? -1.0 : 1.0
    workspace.setGradients(
      zip(weights, target).map { sign * $0 * $1 }, curvatures: weights)
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

  /// What a tree says of every training event, through its leaves.
  func answers(_ tree: GrownTree) -> [Double] {
    var single = TreeEnsemble(columns: training.features.count, base: [0])
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
