internal import CKernels

/// Grows trees of several classes or targets on a table: one tree for all, each leaf with a share or mean of each.
///
/// A cut of targets lowers Σ w Σ_k (t_k − t̄_k)², so they should be on one scale and centred.
/// Weights are rounded to integers, so the tree depends on neither the order of rows nor the number of threads. Cost of a tree: rows × columns
/// looked at × depth, and 256 bins × classes a column of a large leaf.
public struct ClassTreeGrower: Sendable {
  /// A node of a grown tree.
  public struct Node: Sendable {
    /// The cut, without its sums; nil for a leaf.
    public var cut: TreeCut?
    /// The left child; the right one follows.
    public var child: Int
    /// Σ|w| of its rows.
    public var cover: Double
  }

  /// A grown tree: children after their parents.
  public struct Tree: Sendable {
    /// The nodes, the root first.
    public var nodes: [Node]
    /// Node by node: Σw of each class; of targets Σwt of each, then Σw.
    public var sums: [Double]
  }

  /// The table.
  public let table: BinnedTable
  /// The number of classes or targets.
  public let classes: Int
  private let labels: [Int32]
  /// A row of targets a row; empty for classes.
  private let targets: [Double]
  private let settings: TreeCutSettings
  private let leaves: Int
  private let depth: Int
  private let columnsPerLeaf: Int
  private let isRandom: Bool
  /// A row may be drawn so often; more would be a miracle.
  private static let most = 15

  /// Describes the trees.
  /// - Parameters:
  ///   - table: The rows.
  ///   - labels: The class of each row, 0 ..< classes.
  ///   - classes: The number of classes.
  ///   - settings: What cuts are chosen by (any rule but Newton's), how few rows they leave; no other limit counts.
  ///   - leaves: The most leaves; with a limit the leaf that gains most is cut next.
  ///   - depth: The most cuts between root and leaf.
  ///   - columnsPerLeaf: How many columns, drawn anew, a leaf looks at.
  ///   - isRandom: Whether one cut a column is drawn, evenly in value (extremely randomised trees).
  public init(
    table: BinnedTable, labels: [Int32], classes: Int, settings: TreeCutSettings, leaves: Int,
    depth: Int, columnsPerLeaf: Int, isRandom: Bool
  ) {
    precondition(labels.count == table.rows, "a class a row")
    precondition(labels.allSatisfy { 0 <= $0 && $0 < classes }, "a class that there is")
    precondition(settings.rule != .newton && columnsPerLeaf > 0, "a rule of classes")
    (self.table, self.labels, self.classes, self.settings) = (table, labels, classes, settings)
    targets = []
    (self.leaves, self.depth) = (leaves, depth)
    (self.columnsPerLeaf, self.isRandom) = (min(columnsPerLeaf, table.columns), isRandom)
  }

  /// Describes trees of several targets.
  /// - Parameters:
  ///   - table: The rows.
  ///   - targets: The targets of each row, centred and on one scale, row-major.
  ///   - count: The number of targets.
  ///   - settings: How few rows cuts leave; no other limit counts.
  ///   - leaves: The most leaves; with a limit the leaf that gains most is cut next.
  ///   - depth: The most cuts between root and leaf.
  ///   - columnsPerLeaf: How many columns, drawn anew, a leaf looks at.
  ///   - isRandom: Whether one cut a column is drawn, evenly in value (extremely randomised trees).
  public init(
    table: BinnedTable, targets: [Double], count: Int, settings: TreeCutSettings, leaves: Int,
    depth: Int, columnsPerLeaf: Int, isRandom: Bool
  ) {
    precondition(targets.count == table.rows * count && count > 0, "a row of targets a row")
    precondition(columnsPerLeaf > 0, "a column to look at")
    (self.table, labels, classes, self.settings) = (table, [], count, settings)
    self.targets = targets
    (self.leaves, self.depth) = (leaves, depth)
    (self.columnsPerLeaf, self.isRandom) = (min(columnsPerLeaf, table.columns), isRandom)
  }

  /// How many sums a node has.
  private var width: Int { targets.isEmpty ? classes : classes + 1 }

  /// Numbers as integers, and their unit.
  private func whole(_ numbers: [Double]) -> ([Int32], unit: Double) {
    let (highest, sum) = numbers.reduce((0.0, 0.0)) { (max($0.0, abs($1)), $0.1 + abs($1)) }
    let unit = max(
      TreeWorkspace.unit(highest, limit: 0x1p30),
      TreeWorkspace.unit(sum, limit: 0x1p62 / Double(Self.most + 1)))
    return (numbers.map { Int32(($0 / unit).rounded()) }, unit)
  }

  /// Rows of weight times target, and last the weight, as integers; of classes none.
  private func rows(_ weights: [Double], _ wholeWeights: [Int32]) -> ([Int32], unit: Double) {
    if targets.isEmpty { return ([], 1) }
    let (products, unit) = whole(targets.indices.map { weights[$0 / classes] * targets[$0] })
    var rows: [Int32] = []
    rows.reserveCapacity(products.count + wholeWeights.count)
    for (row, weight) in wholeWeights.enumerated() {
      rows.append(contentsOf: products[row * classes..<(row + 1) * classes])
      rows.append(weight)
    }
    return (rows, unit)
  }

  /// Grows a tree.
  /// - Parameters:
  ///   - weights: The weight of each row; zero leaves it out.
  ///   - times: How often each row counts; empty for once each. More than 15 counts as 15.
  ///   - key: Where all that is drawn comes from.
  ///   - threads: The most threads to use; 1 within another parallel loop.
  /// - Returns: The tree; nil where there is no memory.
  public func grow(weights: [Double], times: [UInt8] = [], key: UInt64, threads: Int) -> Tree? {
    precondition(weights.count == table.rows, "a weight a row")
    precondition(times.isEmpty || times.count == table.rows, "a number for each row")
    let times = times.map { min($0, UInt8(Self.most)) }
    let (whole, unit) = whole(weights)
    let (numbers, numberUnit) = rows(weights, whole)
    var tree = unsafe ck_class_tree()
    let status = unsafe described(whole, unit, numbers, numberUnit) { forest in
      unsafe times.withUnsafeBufferPointer { times in
        unsafe ck_class_grow(
          &forest, times.isEmpty ? nil : times.baseAddress, key, Int32(threads), &tree)
      }
    }
    guard status == 0 else { return nil }
    defer { unsafe ck_class_free(&tree) }
    let count = unsafe Int(tree.count)
    let nodes = unsafe UnsafeBufferPointer(start: tree.nodes, count: count)
    let covers = unsafe UnsafeBufferPointer(start: tree.covers, count: count)
    let sums = unsafe UnsafeBufferPointer(start: tree.sums, count: count * width)
    let isNumber = { (place: Int) in !targets.isEmpty && place % width < classes }
    return unsafe Tree(
      nodes: zip(nodes, covers).map { node, cover in
        Node(
          cut: node.gain > 0 ? TreeCut(node) : nil, child: Int(node.child),
          cover: Double(cover) * unit)
      },
      sums: sums.enumerated().map { Double($1) * (isNumber($0) ? numberUnit : unit) })
  }

  private func described(
    _ weights: [Int32], _ unit: Double, _ numbers: [Int32], _ numberUnit: Double,
    _ body: (inout ck_class_forest) -> Int32
  ) -> Int32 {
    unsafe table.counts.withUnsafeBufferPointer { counts in
      unsafe table.edges.withUnsafeBufferPointer { edges in
        unsafe table.categorical.withUnsafeBufferPointer { categorical in
          unsafe labels.withUnsafeBufferPointer { labels in
            unsafe numbers.withUnsafeBufferPointer { numbers in
              unsafe weights.withUnsafeBufferPointer { weights in
                var forest = unsafe ck_class_forest(
                  bins: table.columnBins, rows: Int64(table.rows), columns: Int32(table.columns),
                  classes: Int32(width), counts: counts.baseAddress, edges: edges.baseAddress,
                  categorical: categorical.baseAddress,
                  labels: targets.isEmpty ? labels.baseAddress : nil,
                  numbers: targets.isEmpty ? nil : numbers.baseAddress, number_unit: numberUnit,
                  weights: weights.baseAddress, weight_unit: unit,
                  rule: targets.isEmpty ? settings.rule.kind : TreeCutRule.gini.kind,
                  category_smoothing: settings.categorySmoothing,
                  min_rows: Int64(settings.minRows), leaves: Int64(leaves),
                  depth: Int32(min(depth, Int(Int32.max))),
                  columns_per_leaf: Int32(columnsPerLeaf), is_random: isRandom ? 1 : 0)
                return unsafe body(&forest)
              }
            }
          }
        }
      }
    }
  }
}
