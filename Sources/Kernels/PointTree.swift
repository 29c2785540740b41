internal import CKernels

/// Points in a kd-tree, for nearest neighbours (Bentley 1975, doi:10.1145/361002.361007).
///
/// Each node is halved at the median of its widest coordinate; leaves have at most 32 points. The tree is the same
/// on every machine. Points must be finite, fewer than 2³¹, and there must be one at least. Cost: n log n.
public struct PointTree: Sendable {
  /// The number of points.
  public let count: Int
  /// The number of coordinates.
  public let width: Int
  private let order: [Int32]
  private let blocks: [Float]
  private let boxes: [Float]

  /// Builds the tree of `points.count / width` points, row-major.
  public init(_ points: [Float], width: Int) {
    precondition(
      width > 0 && !points.isEmpty && points.count % width == 0, "rows of \(width) numbers")
    count = points.count / width
    self.width = width
    let leaves = 1 << Int(ck_tree_levels(Int64(count)))
    var order = [Int32](repeating: 0, count: count)
    var blocks = [Float](repeating: 0, count: leaves * width * Int(CK_LANES))
    var boxes = [Float](repeating: 0, count: leaves * 4 * width)
    unsafe ck_tree_build(points, Int64(count), Int64(width), &order, &blocks, &boxes)
    (self.order, self.blocks, self.boxes) = (order, blocks, boxes)
  }

  func withTree<R>(_ body: (UnsafePointer<ck_tree>) -> R) -> R {
    unsafe order.withUnsafeBufferPointer { order in
      unsafe blocks.withUnsafeBufferPointer { blocks in
        unsafe boxes.withUnsafeBufferPointer { boxes in
          var tree = unsafe ck_tree(
            n: Int64(count), d: Int64(width), order: order.baseAddress, blocks: blocks.baseAddress,
            boxes: boxes.baseAddress)
          return unsafe body(&tree)
        }
      }
    }
  }

  /// The k points nearest to each query by Euclidean distance, nearest first, equals by their index.
  /// - Parameters:
  ///   - k: How many, in 1...count.
  ///   - queries: Row-major, rows of `width` finite numbers.
  ///   - bruteForce: Whether to look at every point, which is faster above some 15 coordinates. Both
  ///     ways give the same bits.
  ///   - threads: The most threads to use; the result does not depend on it.
  /// - Returns: Squared distances and indices of points, k a query.
  public func nearest(_ k: Int, to queries: [Float], bruteForce: Bool, threads: Int) -> (
    squaredDistances: [Float], indices: [Int32]
  ) {
    precondition(k >= 1 && k <= count, "\(k) neighbours among \(count) points")
    precondition(queries.count % width == 0, "rows of \(width) numbers")
    let rows = queries.count / width
    var distances = [Float](repeating: 0, count: rows * k)
    var indices = [Int32](repeating: 0, count: rows * k)
    unsafe withTree {
      unsafe ck_tree_nearest(
        $0, queries, Int64(rows), Int64(k), bruteForce ? 1 : 0, &distances, &indices,
        Int32(threads))
    }
    return (distances, indices)
  }
}

/// Sums of kernels around points, to a stated accuracy: the work of a kernel density estimate.
///
/// A node of the tree whose kernel values differ little is taken as a whole (Gray and Moore 2003,
/// doi:10.1137/1.9781611972733.19). In single precision relative to the nearest point, so that also the far tails of
/// many dimensions keep their ratios.
public struct DensityTree: Sendable {
  /// The shapes of a kernel as functions of the squared scaled distance u.
  public enum Kernel: String, Sendable, CaseIterable {
    /// exp(−u/2).
    case gaussian
    /// max(0, 1 − u).
    case epanechnikov
    /// 1 where u ≤ 1.
    case tophat
  }

  private let tree: PointTree
  private let kernel: Kernel
  private let leafValues: [Float]
  private let nodes: [Double]

  /// Prepares sums over points.
  /// - Parameters:
  ///   - tree: The tree of the points.
  ///   - amplitudes: The factor of each point, of any sign.
  ///   - inverseSquares: One over the squared width of the kernel at each point.
  ///   - kernel: The shape.
  public init(_ tree: PointTree, amplitudes: [Float], inverseSquares: [Float], kernel: Kernel) {
    precondition(
      amplitudes.count == tree.count && inverseSquares.count == tree.count,
      "one amplitude and width a point")
    (self.tree, self.kernel) = (tree, kernel)
    let leaves = 1 << Int(ck_tree_levels(Int64(tree.count)))
    var values = [Float](repeating: 0, count: leaves * 2 * Int(CK_LANES))
    var nodes = [Double](repeating: 0, count: leaves * 8)
    unsafe tree.withTree {
      unsafe ck_density_prepare($0, amplitudes, inverseSquares, &values, &nodes)
    }
    (leafValues, self.nodes) = (values, nodes)
  }

  /// ln Σ a_i K(|x − x_i|² s_i) for each query x; −∞ where the sum is not positive.
  /// - Parameters:
  ///   - queries: Row-major, rows of as many finite numbers as the points have.
  ///   - tolerance: The share of Σ |a_i| K by which a sum may be wrong; 0 looks at all points.
  ///   - threads: The most threads to use; the result does not depend on it.
  public func logSums(at queries: [Float], tolerance: Double, threads: Int) -> [Double] {
    let rows = queries.count / tree.width
    var logs = [Double](repeating: 0, count: rows)
    let shape =
      switch kernel {
      case .gaussian: CK_GAUSSIAN
      case .epanechnikov: CK_EPANECHNIKOV
      case .tophat: CK_TOPHAT
      }
    unsafe tree.withTree {
      unsafe ck_density_sums(
        $0, leafValues, nodes, shape, tolerance, queries, Int64(rows), &logs, Int32(threads))
    }
    return logs
  }
}
