import ApusEvents
import ApusKernels

/// Grows the trees whose nodes become rules: boosted a little, each on a part of the events, with numbers of leaves
/// 2 + ⌊e⌋, e drawn from the exponential distribution of mean `leaves` − 2.
struct RuleForest {
  let sample: Sample
  let values: OptionValues
  let context: FitContext

  func grow() throws -> TreeEnsemble {
    let loss = try TreeLoss(nil, task: sample.task, classes: sample.classes.count)
    let table = BinnedTable(
      inputs: sample.inputs, columns: sample.features.count, weights: sample.weights, bins: 255,
      categorical: sample.features.map { _ in false }, threads: context.threads)
    guard let table, let workspace = TreeWorkspace(table: table, threads: context.threads) else {
      throw noMemory(RuleEnsemble.name, sample)
    }
    let targets = sample.boostingTargets
    let base = try loss.start(sample, targets: sample.treeTargets)
    var ensemble = TreeEnsemble(columns: sample.features.count, base: base)
    var scores = (0..<sample.count).flatMap { _ in base }
    var generator = SplitMix64(seed: context.seed, stream: 11)
    let steps = values.integer("trees") ?? 100
    for step in 1...steps {
      let size = leaves(&generator)
      let before = scores
      for output in base.indices {
        workspace.setGradients(
          of: loss.loss, scores: before, targets: targets, weights: sample.weights,
          output: output)
        let key = mixedBits(context.seed, UInt64(step), UInt64(output) + 20)
        guard var tree = try grow(workspace, size, loss.maxStep, key) else { continue }
        for place in tree.values.indices { tree.values[place] *= values.real("memory") ?? 0.1 }
        ensemble.append(tree)
        add(tree, to: &scores, output, base.count)
      }
      context.report(
        .init(step: step, steps: steps, unit: "tree", events: sample.count, values: []))
      if context.shouldStop() {
        throw FitError.interrupted(method: RuleEnsemble.name, step: step)
      }
    }
    return ensemble
  }

  private func leaves(_ generator: inout SplitMix64) -> Int {
    let mean = (values.real("leaves") ?? 4) - 2
    return 2 + Int(min(-mean * logarithm(1 - generator.uniform()), 10_000))
  }

  private func grow(_ workspace: TreeWorkspace, _ leaves: Int, _ maxStep: Double, _ key: UInt64)
    throws -> GrownTree?
  {
    var settings = GrowthSettings()
    settings.leaves = leaves
    settings.cut.minRows = values.integer("min_events") ?? 10
    settings.maxStep = maxStep
    let n = Double(sample.count)
    let share = values.real("subsample") ?? min(0.5, (100 + 6 * n.squareRoot()) / n)
    let rows =
      share < 1 ? workspace.drawRows(key: key, fraction: share) : workspace.takeAllRows()
    guard rows > 0 else { return nil }
    var grower = TreeGrower(workspace: workspace, settings: settings)
    do throws(TreeMemoryError) {
      return try grower.grow(rows: rows, total: sample.count, isWholeTable: share >= 1, key: key)
    } catch { throw noMemory(RuleEnsemble.name, sample) }
  }

  private func add(_ tree: GrownTree, to scores: inout [Double], _ output: Int, _ outputs: Int) {
    var single = TreeEnsemble(columns: sample.features.count, base: [0])
    single.append(tree)
    let change = single.flat.scores(
      of: sample.inputs, count: sample.count, threads: context.threads)
    for i in change.indices { scores[i * outputs + output] += change[i] }
  }
}
