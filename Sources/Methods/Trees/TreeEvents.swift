import ApusEvents
import ApusKernels

/// The events that trees grow on: weights and answers in memory, inputs in blocks that are let go once they are binned.
///
/// Events of weight zero are left out.
struct TreeEvents {
  let blocks: any SampleBlocks
  /// Weights, labels, targets and spectators of all events; no inputs.
  let facts: Sample
  /// What trees aim at.
  let targets: BoostingTargets

  /// Reads the blocks for all but the inputs.
  /// - Parameters:
  ///   - method: Whose name errors bear; nil where the inputs were checked.
  ///   - keepsLabels: Whether `facts` keep the labels, which are in `targets` already.
  init(_ blocks: any SampleBlocks, checkingFor method: String?, keepsLabels: Bool) throws {
    self.blocks = blocks
    var facts = Sample(
      inputs: [], features: [], labels: [], targets: [], weights: [], classes: blocks.classes,
      task: blocks.task)
    facts.weights.reserveCapacity(blocks.count)
    facts.labels.reserveCapacity(blocks.task == .regression ? 0 : blocks.count)
    for index in blocks.counts.indices {
      let whole = try blocks.block(index)
      if let method { try whole.checkInputs(for: method, missing: true, from: facts.count) }
      let block = whole.withoutZeroWeights
      facts.weights += block.weights
      facts.labels += block.labels
      facts.targets += block.targets
      if index == 0 {
        facts.weightUnit = block.weightUnit
        facts.spectators = block.spectators
      } else {
        for place in facts.spectators.indices {
          facts.spectators[place].values += block.spectators[place].values
        }
      }
    }
    if let method {
      try facts.checkAnswers(for: method)
      facts = facts.weighed(inUnitsOf: weightUnit(of: facts.weights))
    }
    targets = facts.boostingTargets
    if !keepsLabels { (facts.labels, facts.targets) = ([], []) }
    self.facts = facts
  }

  var count: Int { facts.count }
  var features: [String] { blocks.features }

  /// Bins the inputs, some columns after the others where there are several blocks.
  /// - Returns: nil where there is not enough memory.
  func table(bins: Int, categorical: [Bool], threads: Int) throws -> BinnedTable? {
    if blocks.counts.count == 1 {
      let block = try blocks.block(0).withoutZeroWeights
      return BinnedTable(
        inputs: block.inputs, columns: features.count, weights: facts.weights, bins: bins,
        categorical: categorical, threads: threads)
    }
    return try BinnedTable(
      weights: facts.weights, bins: bins, categorical: categorical, threads: threads,
      // Some columns at once, so that blocks on a disk are not read once for each.
      budget: max(32 << 20, 16 * count)
    ) { (try columns($0), isByRow: false) }
  }

  private func columns(_ chosen: Range<Int>) throws -> [Float] {
    var values = [Float](repeating: 0, count: chosen.count * count)
    var start = 0
    for index in blocks.counts.indices {
      let block = try blocks.block(index).withoutZeroWeights
      gather(
        columns: chosen, of: block.inputs, width: features.count, into: &values, at: start,
        count: count)
      start += block.count
    }
    return values
  }
}

/// The events that early stopping watches, as bins of the training table.
struct WatchedEvents {
  let weights: [Double]
  let targets: BoostingTargets
  private let rows: WatchedRows
  private let table: BinnedTable

  /// - Returns: nil where there are no events.
  init?(_ blocks: (any SampleBlocks)?, of table: BinnedTable, threads: Int) throws {
    guard let blocks, blocks.count > 0 else { return nil }
    var rows = WatchedRows(of: table, capacity: blocks.count)
    var facts = Sample(
      inputs: [], features: [], labels: [], targets: [], weights: [], classes: blocks.classes,
      task: blocks.task)
    for index in blocks.counts.indices {
      let block = try blocks.block(index)
      rows.append(block.inputs, threads: threads)
      facts.weights += block.weights
      facts.labels += block.labels
      facts.targets += block.targets
    }
    (self.rows, weights, targets, self.table) = (rows, facts.weights, facts.boostingTargets, table)
  }

  var count: Int { weights.count }

  /// Adds what a tree says to the scores of an output.
  func add(_ tree: GrownTree, to scores: inout [Double], output: Int, outputs: Int, threads: Int) {
    let nodes = tree.nodes.indices.map { place in
      let node = tree.nodes[place]
      return WatchedRows.Node(
        column: node.isLeaf ? nil : node.column, child: node.child,
        lefts: node.isLeaf ? [] : lefts(node, tree.sets), value: tree.values[place])
    }
    rows.add(nodes, to: &scores, output: output, outputs: outputs, threads: threads)
  }

  /// Which bins go left at a node.
  private func lefts(_ node: TreeEnsemble.Node, _ sets: [[Float]]) -> [UInt8] {
    let bins = Int(table.counts[node.column])
    var lefts = [UInt8](repeating: 0, count: 256)
    lefts[bins] = node.missingRight ? 0 : 1
    if node.set >= 0 {
      for (bin, value) in table.categories(column: node.column).enumerated() {
        lefts[bin] = sets[node.set].contains(value) == node.missingRight ? 1 : 0
      }
    } else {
      for bin in 0..<bins {
        lefts[bin] = table.threshold(column: node.column, bin: bin) <= node.threshold ? 1 : 0
      }
    }
    return lefts
  }
}
