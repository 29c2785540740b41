import ApusEvents
import ApusKernels

/// The loop of gradient boosting.
struct Booster {
  let options: OptionValues
  let loss: TreeLoss
  /// Weights and answers; the inputs are binned.
  let training: Sample
  let watched: WatchedEvents?
  let context: FitContext
  let targets: BoostingTargets
  let workspace: TreeWorkspace
  var grower: TreeGrower
  var ensemble: TreeEnsemble
  var scores: [Double]
  var watchedScores: [Double] = []
  var history: [FitContext.Progress] = []
  let flatness: Flatness?

  init(
    method: BoostedTrees, loss: TreeLoss, training events: TreeEvents,
    validation: (any SampleBlocks)?, context: FitContext
  ) throws {
    let (training, features) = (events.facts, events.features)
    (options, self.loss, self.training, self.context) = (method.values, loss, training, context)
    let constraints = try TreeColumns(method.values, features: features)
    let table = try events.table(
      bins: method.values.integer("bins") ?? 255, categorical: constraints.categorical,
      threads: context.threads)
    guard let table, let workspace = TreeWorkspace(table: table, threads: context.threads) else {
      throw noMemory(BoostedTrees.name, training.count, features.count)
    }
    watched = try WatchedEvents(validation, of: table, threads: context.threads)
    self.workspace = workspace
    var settings = GrowthSettings(
      method.values, events: training.count, columns: features.count,
      weightUnit: training.weightUnit)
    settings.cut.monotone = constraints.monotone
    let maxStep = method.values.real("max_step") ?? loss.maxStep
    settings.maxStep = maxStep == 0 ? .infinity : maxStep
    grower = TreeGrower(workspace: workspace, settings: settings)
    targets = events.targets
    flatness = try Flatness(method.values, training, method: BoostedTrees.name)
    var base = try loss.start(training, targets: targets.doubles)
    if let start = options.real("start") ?? options.real("base_score").map(loss.link.score) {
      base = base.map { _ in start }
    }
    ensemble = TreeEnsemble(columns: features.count, base: base)
    scores = repeated(base, count: training.count)
    watchedScores = repeated(base, count: watched?.count ?? 0)
  }

  mutating func run() throws -> TreesResponse {
    let steps = options.integer("trees") ?? 400
    let stopping = watched == nil ? nil : options.group("early_stopping")
    let patience = stopping?.integer("patience") ?? 0, delta = stopping?.real("delta") ?? 0
    var best = (loss: Double.infinity, steps: 0)
    for step in 1...steps {
      let grew = try boost(step)
      let (own, watched) = (
        try meanLoss(training.weights, targets, scores), try watchedLoss
      )
      guard own.isFinite, watched?.isFinite ?? true else {
        throw FitError.diverged(
          method: BoostedTrees.name,
          detail:
            "the loss became \(own) at tree \(step). Lower 'learning_rate', or set 'max_step'.")
      }
      tell(step, steps, own, watched)
      if let watched, watched < best.loss - delta { best = (watched, step) }
      if stopping != nil, step - best.steps >= patience { break }
      // Without a cut nothing changes any more, unless the next tree sees other events or columns.
      if !grew, isDeterministic { break }
      if context.shouldStop() { throw FitError.interrupted(method: BoostedTrees.name, step: step) }
    }
    if stopping != nil, best.steps > 0 { ensemble.keep(trees: best.steps * ensemble.outputs) }
    return TreesResponse(
      method: BoostedTrees.name, task: training.task, ensemble: ensemble, link: loss.link,
      history: history)
  }

  private var isDeterministic: Bool {
    ["subsample", "columns_per_tree", "columns_per_leaf"].allSatisfy {
      options.text($0) == nil && options.real($0) ?? 1 == 1
    }
  }

  /// Grows one tree for each output; says whether any was cut.
  private mutating func boost(_ step: Int) throws -> Bool {
    // All trees of a step go down from where it began; one tree needs no copy for that.
    let before = ensemble.outputs > 1 ? scores : []
    var grew = false
    for output in 0..<ensemble.outputs {
      try setGradients(before, output)
      let key = mixedBits(context.seed, UInt64(step), 1)
      let fraction = options.real("subsample") ?? 1
      let rows =
        fraction < 1 ? workspace.drawRows(key: key, fraction: fraction) : workspace.takeAllRows()
      guard rows > 0 else { continue }
      var tree: GrownTree
      do throws(TreeMemoryError) {
        tree = try grower.grow(
          rows: rows, total: training.count, isWholeTable: fraction >= 1,
          key: mixedBits(context.seed, UInt64(step), UInt64(output) + 2))
      } catch { throw noMemory(BoostedTrees.name, training.count, ensemble.columns) }
      grew = grew || tree.nodes.count > 1
      finish(&tree, output: output)
    }
    return grew
  }

  /// - Parameter before: The scores before the step; empty where there is one output.
  private func setGradients(_ before: [Double], _ output: Int) throws {
    if let formula = loss.formula {
      let slopes = try formula.slopes(scores, targets.doubles)
      workspace.setGradients(
        zip(slopes.gradients, training.weights).map { $0 * $1 },
        curvatures: zip(slopes.curvatures, training.weights).map { $0 * $1 })
      return
    }
    guard let flatness else {
      workspace.setGradients(
        of: loss.loss, scores: ensemble.outputs > 1 ? before : scores, targets: targets,
        weights: training.weights, output: output)
      return
    }
    let shares = scores.map { sigmoid($0) }
    let (w, n) = (training.weights, training.count)
    var gradients = (0..<n).map { w[$0] * (shares[$0] - targets[$0]) }
    var curvatures = (0..<n).map { w[$0] * shares[$0] * (1 - shares[$0]) }
    flatness.add(
      gradients: &gradients, curvatures: &curvatures, scores: scores, weights: w,
      rate: options.real("learning_rate") ?? 0.1)
    workspace.setGradients(gradients, curvatures: curvatures)
  }

  /// Shrinks a tree's values, adds them to the scores, and appends it.
  private mutating func finish(_ tree: inout GrownTree, output: Int) {
    tree.leaves.sort { $0.rows.lowerBound < $1.rows.lowerBound }
    if let level = loss.renewal { renew(&tree, level) }
    let rate = options.real("learning_rate") ?? 0.1
    for place in tree.values.indices { tree.values[place] *= rate }
    let values = tree.leaves.map { tree.values[$0.node] }
    var covers = add(tree.leaves.map(\.rows), values, output)
    if tree.leaves.contains(where: { !$0.others.isEmpty }) {
      let more = add(tree.leaves.map(\.others), values, output)
      for place in covers.indices { covers[place] += more[place] }
    }
    for (leaf, cover) in zip(tree.leaves, covers) { tree.nodes[leaf.node].cover = cover }
    tree.sumCovers()
    ensemble.append(tree)
    watched?.add(
      tree, to: &watchedScores, output: output, outputs: ensemble.outputs, threads: context.threads)
  }

  private mutating func add(_ ranges: [Range<Int>], _ values: [Double], _ output: Int) -> [Double] {
    workspace.addLeaves(
      to: &scores, output: output, outputs: ensemble.outputs,
      begins: ranges.map(\.lowerBound) + [ranges.last?.upperBound ?? 0], values: values,
      weights: training.weights)
  }

  /// Leaf values that minimise an absolute or quantile loss: quantiles of what is left.
  private func renew(_ tree: inout GrownTree, _ level: Double) {
    for leaf in tree.leaves {
      let rows = workspace.rows(leaf.rows).map { Int($0) }
      tree.values[leaf.node] = weightedQuantile(
        rows.map { targets[$0] - scores[$0] }, rows.map { training.weights[$0] }, level)
    }
  }

  private func meanLoss(_ weights: [Double], _ targets: BoostingTargets, _ scores: [Double]) throws
    -> Double
  {
    if let formula = loss.formula {
      let losses = try formula.slopes(scores, targets.doubles).losses
      var (sum, total) = (0.0, 0.0)
      for i in losses.indices {
        sum += weights[i] * losses[i]
        total += weights[i]
      }
      return sum / total
    }
    return loss.loss.sum(
      scores: scores, targets: targets, weights: weights, threads: context.threads)
      / weights.reduce(0, +)
  }

  private var watchedLoss: Double? {
    get throws { try watched.map { try meanLoss($0.weights, $0.targets, watchedScores) } }
  }

  private mutating func tell(_ step: Int, _ steps: Int, _ own: Double, _ watched: Double?) {
    var line = FitContext.Progress(
      step: step, steps: steps, unit: "tree", events: training.count, values: [("loss", own)])
    if let watched { line.values.append(("validation_loss", watched)) }
    history.append(line)
    context.report(line)
  }
}

/// The same numbers for each event.
private func repeated(_ base: [Double], count: Int) -> [Double] {
  if base.count == 1 { return [Double](repeating: base[0], count: count) }
  return (0..<count).flatMap { _ in base }
}

/// Says that a table is too large for this machine.
func noMemory(_ method: String, _ events: Int, _ inputs: Int) -> FitError {
  .unusable(
    method: method,
    reason:
      "there is not enough memory for \(events) events of \(inputs) inputs. Take "
      + "fewer events or 'leaves', or a larger machine.")
}

/// Says that a sample is too large for this machine.
func noMemory(_ method: String, _ sample: Sample) -> FitError {
  noMemory(method, sample.count, sample.features.count)
}

extension GrowthSettings {
  /// The settings that options stand for; sums of weights in the options become those of weights in units of `weightUnit`.
  init(_ options: OptionValues, events: Int, columns: Int, weightUnit: Double) {
    self.init()
    let depth = options.integer("depth") ?? 0
    self.depth = depth > 0 ? depth : .max
    leaves =
      options.integer("leaves").flatMap { $0 > 0 ? $0 : nil }
      ?? (depth > 0 ? 1 << min(depth, 17) : 31)
    order = ["depth", "depthwise"].contains(options.text("growth")) ? .breadthFirst : .bestFirst
    let share = Double(events) * (options.real("min_node_size") ?? 0) / 100
    cut.minRows = max(options.integer("min_events") ?? 20, Int(share.rounded(.up)))
    cut.minWeight = (options.real("min_weight") ?? 0) / weightUnit
    // Gains are counted as what the loss falls by, half of the option's.
    cut.minGain = (options.real("min_gain") ?? 0) / 2 / weightUnit
    cut.l1 = (options.real("l1") ?? 0) / weightUnit
    cut.l2 = (options.real("l2") ?? 0) / weightUnit
    cut.categorySmoothing = (options.real("category_smoothing") ?? 10) / weightUnit
    columnsPerTree = options.real("columns_per_tree") ?? 1
    columnsPerLeaf = options.columnShare(of: columns, standard: 1)
  }
}
