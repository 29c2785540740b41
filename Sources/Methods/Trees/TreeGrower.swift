import ApusEvents
import ApusKernels

/// How trees grow.
struct GrowthSettings: Sendable {
  /// Which leaf is cut next.
  enum Order: Sendable {
    /// The one that gains most.
    case bestFirst
    /// Level by level.
    case breadthFirst
    /// The newest: the same tree as level by level where leaves are not limited, with the least memory.
    case depthFirst
  }

  var cut = TreeCutSettings()
  var order = Order.bestFirst
  /// The most leaves.
  var leaves = 31
  /// The most cuts between root and leaf.
  var depth = Int.max
  /// The share of columns that each tree may cut.
  var columnsPerTree = 1.0
  /// The share of those that each leaf may cut.
  var columnsPerLeaf = 1.0
  /// Before shrinkage, leaf values lie within this.
  var maxStep = Double.infinity
}

/// Grows one tree after the other in a workspace.
struct TreeGrower {
  let workspace: TreeWorkspace
  let settings: GrowthSettings
  /// Where randomness of the current tree comes from.
  var key: UInt64 = 0
  private var treeColumns: [UInt8] = []
  private var open: [Candidate] = []
  private var tree = GrownTree()
  /// Leaves keep their histograms only up to this many bytes; others are filled again.
  private static let memory = 1 << 30

  private struct Candidate {
    var node: Int
    var depth: Int
    var rows: Range<Int>
    var others: Range<Int>
    var sums: LeafSums
    var bounds: ClosedRange<Double>
    var slot: Int?
    var cut: TreeCut?
  }

  init(workspace: TreeWorkspace, settings: GrowthSettings) {
    (self.workspace, self.settings) = (workspace, settings)
  }

  /// Grows a tree on the rows that the workspace has taken.
  /// - Parameters:
  ///   - rows: How many rows it learns from; the first ones of the workspace.
  ///   - total: How many rows are only sent along, up to this one.
  ///   - key: Where its randomness comes from.
  mutating func grow(rows: Int, total: Int, isWholeTable: Bool, key: UInt64) throws(TreeMemoryError)
    -> GrownTree
  {
    self.key = key
    tree = GrownTree()
    open = []
    treeColumns = columns(share: settings.columnsPerTree, of: [], id: 0)
    let most = settings.maxStep
    var root = Candidate(
      node: 0, depth: 0, rows: 0..<rows, others: rows..<total, sums: workspace.sums(of: 0..<rows),
      bounds: -most...most)
    addNode(root)
    if settings.leaves > 1, settings.depth > 0 {
      root.slot = try lend()
      search(&root, isWholeTable: isWholeTable)
    }
    enter(root)
    while let next = takeNext() { try divide(next) }
    return tree
  }

  private mutating func addNode(_ leaf: Candidate) {
    tree.nodes.append(TreeEnsemble.Node())
    tree.values.append(value(leaf.sums, leaf.bounds))
  }

  private func value(_ sums: LeafSums, _ bounds: ClosedRange<Double>) -> Double {
    let (g, h) = (workspace.gradient(sums), workspace.curvature(sums))
    if settings.cut.rule != .newton { return h > 0 ? min(max(g / h, 0), 1) : 0.5 }
    return treeLeafValue(
      gradient: g, curvature: h, l1: settings.cut.l1, l2: settings.cut.l2, bounds: bounds)
  }

  /// Keeps a leaf that can be cut among the open ones; any other is done.
  private mutating func enter(_ leaf: Candidate) {
    if leaf.cut == nil {
      if let slot = leaf.slot { workspace.giveBack(slot) }
      tree.leaves.append((leaf.node, leaf.rows, leaf.others))
      return
    }
    var leaf = leaf
    if let slot = leaf.slot,
      workspace.lentSlots > max(4, Self.memory / max(workspace.histogramBytes, 1))
    {
      workspace.giveBack(slot)
      leaf.slot = nil
    }
    open.append(leaf)
  }

  private mutating func takeNext() -> Candidate? {
    guard !open.isEmpty else { return nil }
    if tree.leaves.count + open.count >= settings.leaves {
      for leaf in open {
        if let slot = leaf.slot { workspace.giveBack(slot) }
        tree.leaves.append((leaf.node, leaf.rows, leaf.others))
      }
      open = []
      return nil
    }
    switch settings.order {
    case .depthFirst: return open.removeLast()
    case .breadthFirst: return open.removeFirst()
    case .bestFirst:
      var best = 0
      // Open leaves stand in the order of their nodes.
      for place in open.indices.dropFirst()
      where (open[place].cut?.gain ?? 0) > (open[best].cut?.gain ?? 0) * (1 + treeTie) {
        best = place
      }
      return open.remove(at: best)
    }
  }

  /// Cuts a leaf in two and looks for the cuts of both.
  private mutating func divide(_ leaf: Candidate) throws(TreeMemoryError) {
    guard let cut = leaf.cut else { return }
    let child = tree.nodes.count
    tree.describe(cut, node: leaf.node, child: child, table: workspace.table)
    var left = leaf, right = leaf
    let middle = leaf.rows.lowerBound + workspace.divide(leaf.rows, at: cut)
    let middleOfOthers =
      leaf.others.lowerBound
      + (leaf.others.isEmpty ? 0 : workspace.divide(leaf.others, at: cut))
    (left.rows, right.rows) = (leaf.rows.lowerBound..<middle, middle..<leaf.rows.upperBound)
    left.others = leaf.others.lowerBound..<middleOfOthers
    right.others = middleOfOthers..<leaf.others.upperBound
    (left.sums, right.sums) = (cut.left, leaf.sums - cut.left)
    (left.node, right.node) = (child, child + 1)
    (left.depth, right.depth) = (leaf.depth + 1, leaf.depth + 1)
    (left.cut, right.cut, left.slot, right.slot) = (nil, nil, nil, nil)
    keepOrder(cut, &left, &right)
    addNode(left)
    addNode(right)
    try lookFurther(leaf, &left, &right)
    // The left leaf is taken first where order decides.
    if settings.order == .depthFirst {
      enter(right)
      enter(left)
    } else {
      enter(left)
      enter(right)
    }
  }

  /// Monotone columns: the values below both children must not pass the middle of theirs.
  private func keepOrder(_ cut: TreeCut, _ left: inout Candidate, _ right: inout Candidate) {
    guard !settings.cut.monotone.isEmpty, settings.cut.monotone[cut.column] != 0 else { return }
    let middle = (value(left.sums, left.bounds) + value(right.sums, right.bounds)) / 2
    let (below, above) = (left.bounds.lowerBound...middle, middle...left.bounds.upperBound)
    let isRising = settings.cut.monotone[cut.column] > 0
    (left.bounds, right.bounds) = isRising ? (below, above) : (above, below)
  }

  private func canBeCut(_ leaf: Candidate) -> Bool {
    leaf.depth < settings.depth && leaf.rows.count >= 2 * max(settings.cut.minRows, 1)
  }

  private mutating func lookFurther(
    _ parent: Candidate, _ left: inout Candidate, _ right: inout Candidate
  ) throws(TreeMemoryError) {
    let isLast = tree.leaves.count + open.count + 2 >= settings.leaves
    let (l, r) = (!isLast && canBeCut(left), !isLast && canBeCut(right))
    guard l || r else {
      if let slot = parent.slot { workspace.giveBack(slot) }
      return
    }
    guard let slot = parent.slot, settings.columnsPerLeaf == 1 else {
      if let slot = parent.slot { workspace.giveBack(slot) }
      if l { try searchAlone(&left) }
      if r { try searchAlone(&right) }
      return
    }
    // Only the smaller child is summed; the larger is what is left of the parent.
    let new = try lend()
    if left.rows.count <= right.rows.count {
      (left.slot, right.slot) = (new, slot)
      searchBoth(&left, &right, l, r)
    } else {
      (left.slot, right.slot) = (slot, new)
      searchBoth(&right, &left, r, l)
    }
  }

  /// Looks for the cuts of a leaf without keeping its histogram for its children.
  private func searchAlone(_ leaf: inout Candidate) throws(TreeMemoryError) {
    let slot = try lend()
    let described = described(leaf, slot, true)
    if settings.columnsPerLeaf < 1 {
      // Where leaves look at different columns, a parent's histogram is of no use.
      workspace.fill(slot, rows: leaf.rows, columns: described.allowed)
    } else {
      workspace.fill(slot, rows: leaf.rows, isWholeTable: false)
    }
    leaf.cut = workspace.findCuts(described, sibling: nil, settings: settings.cut).leaf
    workspace.giveBack(slot)
  }

  private func searchBoth(
    _ small: inout Candidate, _ large: inout Candidate, _ isSmallOpen: Bool, _ isLargeOpen: Bool
  ) {
    guard let slot = small.slot, let other = large.slot else { return }
    workspace.fill(slot, rows: small.rows, isWholeTable: false)
    let found = workspace.findCuts(
      described(small, slot, isSmallOpen),
      sibling: isLargeOpen ? described(large, other, true) : nil, settings: settings.cut)
    (small.cut, large.cut) = (found.leaf, found.sibling)
  }

  private func search(_ leaf: inout Candidate, isWholeTable: Bool = false) {
    guard let slot = leaf.slot else { return }
    workspace.fill(slot, rows: leaf.rows, isWholeTable: isWholeTable)
    leaf.cut =
      workspace.findCuts(described(leaf, slot, true), sibling: nil, settings: settings.cut).leaf
  }

  private func described(_ leaf: Candidate, _ slot: Int, _ isSearched: Bool) -> OpenLeaf {
    OpenLeaf(
      slot: slot, sums: leaf.sums, bounds: leaf.bounds, id: UInt64(leaf.node),
      isSearched: isSearched,
      allowed: settings.columnsPerLeaf < 1
        ? columns(share: settings.columnsPerLeaf, of: treeColumns, id: UInt64(leaf.node) + 1)
        : treeColumns)
  }

  private func lend() throws(TreeMemoryError) -> Int {
    guard let slot = workspace.lendSlot() else {
      throw TreeMemoryError(bytes: workspace.histogramBytes)
    }
    return slot
  }

  /// A share of columns (at least one), drawn by the tree's key and an id; empty stands for all.
  private func columns(share: Double, of chosen: [UInt8], id: UInt64) -> [UInt8] {
    guard share < 1 else { return chosen }
    let all = (0..<workspace.table.columns).filter { chosen.isEmpty || chosen[$0] == 1 }
    let wanted = max(1, Int((share * Double(all.count)).rounded()))
    let ranked = all.sorted {
      (mixedBits(key, id, UInt64($0)), $0) < (mixedBits(key, id, UInt64($1)), $1)
    }
    var result = [UInt8](repeating: 0, count: workspace.table.columns)
    for column in ranked.prefix(wanted) { result[column] = 1 }
    return result
  }
}

/// There is not enough memory for histograms.
struct TreeMemoryError: Error {
  var bytes: Int
}

/// A hash of three numbers.
func mixedBits(_ a: UInt64, _ b: UInt64, _ c: UInt64) -> UInt64 {
  SplitMix64.mix(
    a ^ SplitMix64.mix(b &+ 0x9E37_79B9_7F4A_7C15 &+ SplitMix64.mix(c &+ 0x632B_E59B_D9B4_E019)))
}
