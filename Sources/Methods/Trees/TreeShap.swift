extension TreeEnsemble {
  /// How much each input moved the score of an event: exact Shapley values of the trees' conditional means.
  ///
  /// The value of a set of known inputs is the mean leaf of an event, where a cut of an unknown input sends the event both ways by
  /// the cover of the children (Σ|w| of the training events). φ_j is the Shapley value of that game; base value and all φ_j
  /// add up to the raw score. The polynomial algorithm of Lundberg, Erion and Lee (2018, arXiv:1802.03888). Cost: leaves × depth²
  /// for a tree and an event.
  /// - Parameter row: The inputs of one event; NaN is a missing value.
  /// - Returns: For each output one number an input and then the base value: `outputs × (columns + 1)` numbers.
  public func shapleyValues(_ row: [Float]) -> [Double] {
    precondition(row.count == columns, "\(columns) inputs an event, found \(row.count)")
    var explanation = [Double](repeating: 0, count: outputs * (columns + 1))
    for output in 0..<outputs { explanation[output * (columns + 1) + columns] = base[output] }
    for tree in roots.indices {
      var walk = ShapleyWalk(ensemble: self, row: row, tree: tree)
      walk.run(into: &explanation)
    }
    return explanation
  }

  /// Where an event goes at a node: its child.
  func next(_ node: Node, _ row: [Float]) -> Int {
    let x = row[node.column]
    if x.isNaN { return node.child + (node.missingRight ? 1 : 0) }
    if node.set >= 0 {
      return node.child + (sets[node.set].contains(x) == node.missingRight ? 0 : 1)
    }
    return node.child + (x > node.threshold ? 1 : 0)
  }
}

/// One walk over all leaves of a tree, with the share of each set size that goes every way.
private struct ShapleyWalk {
  let ensemble: TreeEnsemble
  let row: [Float]
  let tree: Int

  /// An input on the way down: the share of unknown and of known values that go on, and the weight of each set size.
  struct Step {
    var column: Int
    var unknown: Double
    var known: Double
    var weight: Double
  }

  mutating func run(into explanation: inout [Double]) {
    let root = ensemble.roots[tree]
    for output in outputsOfTree {
      explanation[output * (ensemble.columns + 1) + ensemble.columns] += mean(root, output)
    }
    descend(root, [], 1, 1, -1, &explanation)
  }

  private var outputsOfTree: Range<Int> {
    if ensemble.hasVectors { return 0..<ensemble.outputs }
    let output = tree % ensemble.outputs
    return output..<output + 1
  }

  private func value(_ node: Int, _ output: Int) -> Double {
    ensemble.hasVectors
      ? ensemble.values[node * ensemble.outputs + output] : ensemble.values[node]
  }

  /// The mean leaf below a node, by cover.
  private func mean(_ place: Int, _ output: Int) -> Double {
    let node = ensemble.nodes[place]
    if node.isLeaf { return value(place, output) }
    let (left, right) = shares(node)
    return left * mean(node.child, output) + right * mean(node.child + 1, output)
  }

  private func shares(_ node: TreeEnsemble.Node) -> (Double, Double) {
    let (left, right) = (ensemble.nodes[node.child].cover, ensemble.nodes[node.child + 1].cover)
    return left + right > 0 ? (left / (left + right), right / (left + right)) : (0.5, 0.5)
  }

  private func descend(
    _ place: Int, _ path: [Step], _ unknown: Double, _ known: Double, _ column: Int,
    _ explanation: inout [Double]
  ) {
    var path = path
    extend(&path, unknown, known, column)
    let node = ensemble.nodes[place]
    if node.isLeaf {
      for i in path.indices.dropFirst() {
        let weight = unwoundSum(path, i) * (path[i].known - path[i].unknown)
        for output in outputsOfTree {
          explanation[output * (ensemble.columns + 1) + path[i].column] +=
            weight * value(place, output)
        }
      }
      return
    }
    var (before, chosen) = (1.0, 1.0)
    if let earlier = path.indices.dropFirst().first(where: { path[$0].column == node.column }) {
      (before, chosen) = (path[earlier].unknown, path[earlier].known)
      unwind(&path, earlier)
    }
    let taken = ensemble.next(node, row)
    let (left, right) = shares(node)
    for child in [node.child, node.child + 1] {
      let share = child == node.child ? left : right
      descend(
        child, path, before * share, child == taken ? chosen : 0, node.column, &explanation)
    }
  }

  private func extend(_ path: inout [Step], _ unknown: Double, _ known: Double, _ column: Int) {
    let depth = path.count
    path.append(
      Step(column: column, unknown: unknown, known: known, weight: depth == 0 ? 1 : 0))
    for i in stride(from: depth - 1, through: 0, by: -1) {
      path[i + 1].weight += known * path[i].weight * Double(i + 1) / Double(depth + 1)
      path[i].weight = unknown * path[i].weight * Double(depth - i) / Double(depth + 1)
    }
  }

  private func unwind(_ path: inout [Step], _ place: Int) {
    let depth = path.count - 1
    let (unknown, known) = (path[place].unknown, path[place].known)
    var next = path[depth].weight
    for i in stride(from: depth - 1, through: 0, by: -1) {
      if known != 0 {
        let old = path[i].weight
        path[i].weight = next * Double(depth + 1) / (Double(i + 1) * known)
        next = old - path[i].weight * unknown * Double(depth - i) / Double(depth + 1)
      } else {
        path[i].weight = path[i].weight * Double(depth + 1) / (unknown * Double(depth - i))
      }
    }
    for i in place..<depth {
      (path[i].column, path[i].unknown, path[i].known) = (
        path[i + 1].column, path[i + 1].unknown, path[i + 1].known
      )
    }
    path.removeLast()
  }

  /// The sum of weights that unwinding would leave.
  private func unwoundSum(_ path: [Step], _ place: Int) -> Double {
    let depth = path.count - 1
    let (unknown, known) = (path[place].unknown, path[place].known)
    var (next, total) = (path[depth].weight, 0.0)
    for i in stride(from: depth - 1, through: 0, by: -1) {
      if known != 0 {
        let part = next * Double(depth + 1) / (Double(i + 1) * known)
        total += part
        next = path[i].weight - part * unknown * Double(depth - i) / Double(depth + 1)
      } else {
        total += path[i].weight * Double(depth + 1) / (unknown * Double(depth - i))
      }
    }
    return total
  }
}
