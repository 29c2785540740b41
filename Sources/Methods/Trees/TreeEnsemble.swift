import ApusKernels

/// Trees as plain data: what methods of trees learn, save and explain.
///
/// A node sends x ≤ threshold to `child` and everything else to `child + 1`; NaN goes where `missingRight` says. A cut of categories sends
/// the values of its set one way and all others, also NaN and names that were never seen, where `missingRight` says. Children come after their parents. The score of output k is base[k] plus the values of the leaves that an event ends in:
/// of trees k, k + outputs, and so on, or of all trees where each node has a value an output.
public struct TreeEnsemble: Sendable, Equatable {
  /// A node.
  public struct Node: Sendable, Equatable {
    // Packed into 24 bytes: forests have millions of nodes.
    private var packedColumn: Int32 = -1
    private var packedChild: Int32 = 0
    private var packedSet: Int32 = -1
    /// The border: values up to it go left.
    public var threshold: Float = .infinity
    private static let most = Double(Float.greatestFiniteMagnitude)
    private var packedGain: Float = 0
    private var packedCover: Float = 0
    /// Makes a leaf.
    public init() {}

    /// The bit of the column that sends missing values right.
    private static let missing: Int32 = 1 << 30
    /// The column that is cut; −1 for a leaf.
    public var column: Int {
      get { packedColumn < 0 ? -1 : Int(packedColumn & ~Self.missing) }
      set {
        let flag = packedColumn < 0 ? 0 : packedColumn & Self.missing
        packedColumn =
          newValue < 0 ? -1 : Int32(truncatingIfNeeded: newValue) & ~Self.missing | flag
      }
    }
    /// The left child; the right one follows it.
    public var child: Int {
      get { Int(packedChild) }
      set { packedChild = Int32(truncatingIfNeeded: newValue) }
    }
    /// Whether missing values go right; of a cut only, so set the column first.
    public var missingRight: Bool {
      get { packedColumn >= 0 && packedColumn & Self.missing != 0 }
      set {
        guard packedColumn >= 0 else { return }
        packedColumn = packedColumn & ~Self.missing | (newValue ? Self.missing : 0)
      }
    }
    /// A cut of categories: which set of values goes the other way than missing ones; −1 for a cut of numbers.
    public var set: Int {
      get { Int(packedSet) }
      set { packedSet = Int32(truncatingIfNeeded: newValue) }
    }
    /// How much the cut gained, in single precision and the same units as ``cover``.
    public var gain: Double {
      get { Double(packedGain) }
      set { packedGain = Float(min(newValue, Self.most)) }
    }
    /// Σ|w| of the training events that came here, in units of `weightUnit(of:)` of their weights and in single precision.
    public var cover: Double {
      get { Double(packedCover) }
      set { packedCover = Float(min(newValue, Self.most)) }
    }
    /// Whether it is a leaf.
    public var isLeaf: Bool { column < 0 }
  }

  /// The number of inputs.
  public var columns: Int
  /// What each output starts from.
  public var base: [Double]
  /// All nodes, tree by tree.
  public var nodes: [Node] = []
  /// The first node of each tree.
  public var roots: [Int] = []
  /// The value of each node (for inner nodes the one that it would have as a leaf), or one an output.
  public var values: [Double] = []
  /// Whether each node has a value an output.
  public var hasVectors = false
  /// The values of each set, ascending.
  public var sets: [[Float]] = []

  /// Makes an ensemble without trees.
  public init(columns: Int, base: [Double], hasVectors: Bool = false) {
    (self.columns, self.base, self.hasVectors) = (columns, base, hasVectors)
  }

  /// The number of outputs.
  public var outputs: Int { base.count }
  /// The number of trees.
  public var count: Int { roots.count }
  /// How many numbers a node has.
  var width: Int { hasVectors ? outputs : 1 }

  /// The nodes of one tree.
  public func nodes(of tree: Int) -> Range<Int> {
    roots[tree]..<(tree + 1 < roots.count ? roots[tree + 1] : nodes.count)
  }

  /// Makes room for so many nodes.
  mutating func reserve(nodes count: Int) {
    nodes.reserveCapacity(count)
    values.reserveCapacity(count * width)
  }

  /// Appends a tree whose nodes count from 0, and whose sets too.
  public mutating func append(_ tree: GrownTree) {
    let (first, firstSet) = (nodes.count, sets.count)
    roots.append(first)
    for var node in tree.nodes {
      if !node.isLeaf { node.child += first }
      if node.set >= 0 { node.set += firstSet }
      nodes.append(node)
    }
    values += tree.values
    sets += tree.sets
  }

  /// Drops all trees but the first ones.
  public mutating func keep(trees: Int) {
    guard trees < roots.count else { return }
    let end = roots[trees]
    roots.removeSubrange(trees...)
    let used = nodes[..<end].lazy.map(\.set).max() ?? -1
    nodes.removeSubrange(end...)
    values.removeSubrange((end * width)...)
    sets.removeSubrange((used + 1)...)
  }

  /// The gain of each column's cuts as a share of all; zeros where nothing was cut.
  public var gainShares: [Double] {
    var gains = [Double](repeating: 0, count: columns)
    for node in nodes where !node.isLeaf { gains[node.column] += max(node.gain, 0) }
    return shares(gains)
  }

  /// The Σ|w| that each column's cuts divide, as a share of all.
  public var coverShares: [Double] {
    var covers = [Double](repeating: 0, count: columns)
    for node in nodes where !node.isLeaf { covers[node.column] += node.cover }
    return shares(covers)
  }

  private func shares(_ values: [Double]) -> [Double] {
    let sum = values.reduce(0, +)
    return sum > 0 ? values.map { $0 / sum } : values
  }
}

/// One tree that was just grown: nodes from 0, the root first.
public struct GrownTree: Sendable {
  /// The nodes.
  public var nodes: [TreeEnsemble.Node] = []
  /// The value of each node.
  public var values: [Double] = []
  /// The sets of its cuts of categories.
  public var sets: [[Float]] = []
  /// Its leaves: nodes and where their rows lie.
  var leaves: [(node: Int, rows: Range<Int>, others: Range<Int>)] = []

  /// Makes a tree without nodes.
  public init() {}

  /// Writes a cut to a node.
  mutating func describe(_ cut: TreeCut, node: Int, child: Int, table: BinnedTable) {
    nodes[node].column = cut.column
    nodes[node].child = child
    nodes[node].gain = cut.gain
    nodes[node].missingRight = !cut.missingLeft
    if cut.isCategorical {
      nodes[node].set = sets.count
      sets.append(
        table.categories(column: cut.column).enumerated().filter {
          cut.takesLeft($0.offset) != cut.missingLeft
        }
        .map(\.element))
    } else {
      nodes[node].threshold = table.threshold(column: cut.column, bin: cut.bin)
    }
  }

  /// Sums the covers of leaves up to the root.
  mutating func sumCovers() {
    for place in nodes.indices.reversed() where !nodes[place].isLeaf {
      nodes[place].cover = nodes[nodes[place].child].cover + nodes[nodes[place].child + 1].cover
    }
  }
}
