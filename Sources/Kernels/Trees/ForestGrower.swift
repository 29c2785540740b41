internal import CKernels

/// Grows the trees of a forest on a table, each in one call, so that several can grow at the same time.
///
/// Trees go down without a limit of leaves. At each cut columns are drawn: as many as wanted, and more as long as none of them allows a
/// cut. Gradients are rounded to integers once for all trees, as in ``TreeWorkspace``. Cost of a tree: rows × columns looked at × depth.
@safe public final class ForestGrower: Sendable {
  /// A node of a grown tree.
  public struct Node: Sendable {
    /// The cut; nil for a leaf.
    public var cut: TreeCut?
    /// The left child; the right one follows.
    public var child: Int
    /// The sum of gradients.
    public var gradient: Double
    /// The sum of curvatures.
    public var curvature: Double
    /// The sum of |curvature|.
    public var cover: Double
  }

  /// The table.
  public let table: BinnedTable
  private let settings: TreeCutSettings
  private let depth: Int
  private let columnsPerLeaf: Int
  private let isRandom: Bool
  /// Never written after `init`.
  private let pairs: [Int32]
  private let countBits: Int
  private let gradientUnit: Double
  private let curvatureUnit: Double
  /// A row may be drawn so often; more would be a miracle.
  private static let most = 15

  /// Rounds gradients and curvatures.
  /// - Parameters:
  ///   - table: The rows.
  ///   - gradients: One a row, already weighted; for classes the weight of signal.
  ///   - curvatures: One a row, already weighted; for classes the weight.
  ///   - settings: What cuts are allowed; without monotone columns.
  ///   - columnsPerLeaf: How many columns a leaf looks at.
  ///   - depth: The most cuts between root and leaf.
  ///   - isRandom: Whether one cut a column is drawn, evenly in value (extremely randomised trees).
  public init(
    table: BinnedTable, gradients: [Double], curvatures: [Double], settings: TreeCutSettings,
    columnsPerLeaf: Int, depth: Int, isRandom: Bool
  ) {
    precondition(gradients.count == table.rows && curvatures.count == table.rows, "one a row")
    (self.table, self.settings, self.depth) = (table, settings, depth)
    (self.columnsPerLeaf, self.isRandom) = (columnsPerLeaf, isRandom)
    let bits = Int.bitWidth - max(table.rows, 1).leadingZeroBitCount
    let limit = Double(1 << 26)
    let room = 0x1p62 / Double(sign: .plus, exponent: bits, significand: 1)
    let most = gradients.reduce(0) { max($0, abs($1)) }
    let (highest, sum) = curvatures.reduce((0.0, 0.0)) { (max($0.0, abs($1)), $0.1 + abs($1)) }
    let unit = TreeWorkspace.unit(most, limit: limit)
    let curved = max(
      TreeWorkspace.unit(highest, limit: limit),
      TreeWorkspace.unit(sum, limit: room / Double(Self.most + 1)))
    var pairs = [Int32](repeating: 0, count: 2 * table.rows)
    for row in gradients.indices {
      pairs[2 * row] = Int32((gradients[row] / unit).rounded())
      pairs[2 * row + 1] = Int32((curvatures[row] / curved).rounded())
    }
    (self.pairs, countBits, gradientUnit, curvatureUnit) = (pairs, bits, unit, curved)
  }

  /// Grows a tree.
  /// - Parameters:
  ///   - times: How often each row counts; empty for once each. More than 15 counts as 15.
  ///   - key: Where all that is drawn comes from.
  /// - Returns: The nodes, children after their parents; nil where there is no memory.
  public func grow(times: [UInt8], key: UInt64) -> [Node]? {
    precondition(times.isEmpty || times.count == table.rows, "a number for each row")
    let times = times.map { min($0, UInt8(Self.most)) }
    let rules = ck_cut_settings(
      rule: settings.rule.kind, count_bits: Int32(countBits), gradient_unit: gradientUnit,
      curvature_unit: curvatureUnit, l1: settings.l1, l2: settings.l2,
      min_weight: settings.minWeight, min_gain: settings.minGain,
      category_smoothing: settings.categorySmoothing, min_rows: Int64(settings.minRows), random: 0)
    var tree = unsafe ck_forest_tree()
    let status = unsafe table.counts.withUnsafeBufferPointer { counts in
      unsafe table.edges.withUnsafeBufferPointer { edges in
        unsafe table.categorical.withUnsafeBufferPointer { categorical in
          unsafe pairs.withUnsafeBufferPointer { pairs in
            var forest = unsafe ck_forest(
              bins: table.columnBins, rows: Int64(table.rows), columns: Int32(table.columns),
              counts: counts.baseAddress, edges: edges.baseAddress,
              categorical: categorical.baseAddress, pairs: pairs.baseAddress, settings: rules,
              columns_per_leaf: Int32(columnsPerLeaf),
              depth: Int32(min(depth, Int(Int32.max))), is_random: isRandom ? 1 : 0)
            return unsafe times.withUnsafeBufferPointer { times in
              unsafe ck_forest_grow(
                &forest, times.isEmpty ? nil : times.baseAddress, key, &tree)
            }
          }
        }
      }
    }
    guard status == 0 else { return nil }
    defer { unsafe ck_forest_free(&tree) }
    return unsafe UnsafeBufferPointer(start: tree.nodes, count: Int(tree.count)).map { node in
      Node(
        cut: node.cut.gain > 0 ? TreeCut(node.cut) : nil, child: Int(node.child),
        gradient: Double(node.gradient) * gradientUnit,
        curvature: Double(node.curvature_count >> Int64(countBits)) * curvatureUnit,
        cover: Double(node.cover) * curvatureUnit)
    }
  }
}
