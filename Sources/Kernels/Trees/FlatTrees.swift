internal import CKernels

/// Trees as flat arrays that score events fast.
///
/// A node sends x ≤ threshold to `child` and the rest to `child + 1`; a leaf is its own child with threshold +∞.
public final class FlatTrees: Sendable {
  /// A node before flattening.
  public struct Node: Sendable {
    /// The column that is cut; nil for a leaf.
    public var column: Int?
    /// The border: values up to it go left.
    public var threshold: Float
    /// The left child; the right one follows it.
    public var child: Int
    /// Whether missing values go right.
    public var missingRight: Bool
    /// A category cut: the number of the set of values that go the other way than missing (and unknown) ones.
    public var set: Int?

    /// Makes a node.
    public init(column: Int?, threshold: Float, child: Int, missingRight: Bool, set: Int?) {
      (self.column, self.threshold, self.child) = (column, threshold, child)
      (self.missingRight, self.set) = (missingRight, set)
    }
  }

  /// The number of inputs of an event.
  public let columns: Int
  /// The number of scores of an event.
  public let outputs: Int
  private let nodes: [ck_node]
  private let roots: [Int32]
  private let values: [Double]
  private let base: [Double]
  private let setValues: [Float]
  private let setBegins: [Int32]
  private let valuesPerNode: Int
  private let bits: BitTrees?

  /// Flattens trees.
  ///
  /// Nodes and roots must be right: children come after their parents.
  /// - Parameters:
  ///   - columns: The number of inputs.
  ///   - count: The number of cuts and leaves of all trees.
  ///   - node: Gives each of them.
  ///   - roots: Where each tree starts.
  ///   - values: One number a node, or `outputs` numbers a node.
  ///   - base: What each output starts from.
  ///   - sets: The values of each set, ascending.
  public init(
    count: Int, roots: [Int], values: [Double], base: [Double], columns: Int, sets: [[Float]],
    node: (Int) -> Node
  ) {
    precondition(!base.isEmpty && values.count % max(count, 1) == 0, "values of nodes")
    nodes = (0..<count).map { place in
      let node = node(place)
      guard let column = node.column else {
        return ck_node(threshold: .infinity, feature: 0, child: Int32(place), set: -1)
      }
      precondition(column < columns && node.child > place && node.child + 1 < count, "a node")
      var feature = UInt32(column)
      if node.missingRight { feature |= CK_NODE_MISSING_RIGHT }
      if node.set != nil { feature |= CK_NODE_CATEGORY }
      return ck_node(
        threshold: node.threshold, feature: feature, child: Int32(node.child),
        set: Int32(node.set ?? -1))
    }
    self.roots = roots.map { Int32($0) }
    (self.values, self.base, self.columns, self.outputs) = (values, base, columns, base.count)
    valuesPerNode = count == 0 ? 1 : values.count / count
    bits =
      sets.isEmpty && values.count == count
      ? BitTrees(roots: roots, values: values, base: base, columns: columns, node: node) : nil
    setValues = sets.flatMap { $0 }
    setBegins = sets.reduce(into: [0]) { $0.append($0[$0.count - 1] + Int32($1.count)) }
  }

  /// Scores events: base plus the sum of the leaves that an event ends in, added in the order of the trees.
  /// - Parameters:
  ///   - inputs: Row-major, `columns` numbers an event; NaN is a missing value.
  ///   - count: The number of events.
  ///   - trees: Which trees; all by default.
  ///   - threads: The most threads to use.
  public func scores(
    of inputs: [Float], count: Int, trees: Range<Int>? = nil, threads: Int
  ) -> [Double] {
    var out = [Double](repeating: 0, count: count * outputs)
    score(inputs, count: count, trees: trees, into: &out, isAdded: false, threads: threads)
    return out
  }

  /// Adds what some trees say to scores.
  public func add(
    to scores: inout [Double], inputs: [Float], count: Int, trees: Range<Int>? = nil, threads: Int
  ) {
    score(inputs, count: count, trees: trees, into: &scores, isAdded: true, threads: threads)
  }

  private func score(
    _ inputs: [Float], count: Int, trees: Range<Int>?, into out: inout [Double], isAdded: Bool,
    threads: Int
  ) {
    precondition(inputs.count == count * columns && out.count == count * outputs, "shapes")
    let range = trees ?? 0..<roots.count
    if range == 0..<roots.count, let bits {
      bits.score(inputs, count: count, into: &out, isAdded: isAdded, threads: threads)
      return
    }
    unsafe described { trees in
      unsafe ck_trees_score(
        &trees, Int32(range.lowerBound), Int32(range.upperBound), inputs, Int64(count), &out,
        isAdded ? 1 : 0, Int32(threads))
    }
  }

  /// The node that each event ends in, for one tree.
  public func leaves(of inputs: [Float], count: Int, tree: Int, threads: Int) -> [Int32] {
    precondition(inputs.count == count * columns && roots.indices.contains(tree), "shapes")
    var out = [Int32](repeating: 0, count: count)
    unsafe described { trees in
      unsafe ck_trees_leaves(&trees, Int32(tree), inputs, Int64(count), &out, Int32(threads))
    }
    return out
  }

  private func described(_ body: (inout ck_trees) -> Void) {
    unsafe nodes.withUnsafeBufferPointer { nodes in
      unsafe roots.withUnsafeBufferPointer { roots in
        unsafe values.withUnsafeBufferPointer { values in
          unsafe base.withUnsafeBufferPointer { base in
            unsafe setValues.withUnsafeBufferPointer { setValues in
              unsafe setBegins.withUnsafeBufferPointer { setBegins in
                var trees = unsafe ck_trees(
                  nodes: nodes.baseAddress, roots: roots.baseAddress, trees: Int32(roots.count),
                  columns: Int32(columns), outputs: Int32(outputs),
                  values_per_node: Int32(valuesPerNode), values: values.baseAddress,
                  base: base.baseAddress, set_values: setValues.baseAddress,
                  set_begins: setBegins.baseAddress, has_sets: setBegins.count > 1 ? 1 : 0,
                  count: Int64(nodes.count))
                unsafe body(&trees)
              }
            }
          }
        }
      }
    }
  }
}
