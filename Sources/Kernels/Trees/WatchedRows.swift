internal import CKernels

/// Rows that trees do not learn from, kept as bins of a table: a byte a value, and a tree is scored without its thresholds.
///
/// A value lies on the same side of every border of the table as its bin does, so the scores are those of the values themselves.
public struct WatchedRows: Sendable {
  /// A node of a tree on bins.
  public struct Node: Sendable {
    /// The column; nil for a leaf.
    public var column: Int?
    /// The left child; the right one follows it.
    public var child: Int
    /// Which bins go left.
    public var lefts: [UInt8]
    /// What a leaf adds.
    public var value: Double

    /// Makes a node; `lefts` has 256 words, of which a leaf needs none.
    public init(column: Int?, child: Int, lefts: [UInt8], value: Double) {
      (self.column, self.child, self.lefts, self.value) = (column, child, lefts, value)
    }
  }

  /// The number of rows.
  public private(set) var count = 0
  private let table: BinnedTable
  private var bins: [UInt8] = []

  /// Makes room for rows that are binned by the borders of a table.
  public init(of table: BinnedTable, capacity: Int) {
    self.table = table
    bins.reserveCapacity(capacity * table.columns)
  }

  /// Appends row-major values.
  public mutating func append(_ inputs: [Float], threads: Int) {
    let rows = inputs.count / table.columns
    precondition(rows * table.columns == inputs.count, "whole rows")
    let start = bins.count
    bins += [UInt8](repeating: 0, count: inputs.count)
    unsafe bins.withUnsafeMutableBufferPointer { bins in
      unsafe ck_bin_with_edges(
        inputs, Int64(rows), Int32(table.columns), table.categorical, table.edges, table.counts,
        bins.baseAddress.map { unsafe $0 + start }, Int32(threads))
    }
    count += rows
  }

  /// Adds the leaf that each row ends in to its score.
  /// - Parameters:
  ///   - nodes: The nodes of one tree; children come after their parents.
  ///   - scores: `outputs` numbers a row.
  ///   - output: The one that grows.
  ///   - outputs: How many numbers a row has.
  ///   - threads: The most threads to use.
  public func add(
    _ nodes: [Node], to scores: inout [Double], output: Int, outputs: Int, threads: Int
  ) {
    precondition(scores.count == count * outputs && (0..<outputs).contains(output), "shapes")
    for (place, node) in nodes.enumerated() where node.column != nil {
      precondition(node.child > place && node.child + 1 < nodes.count, "a node")
      precondition(node.lefts.count == 256 && (node.column ?? 0) < table.columns, "a cut")
    }
    let none = [UInt8](repeating: 0, count: 256)
    let columns = nodes.map { Int32($0.column ?? 0) }
    let children = nodes.map { $0.column == nil ? 0 : Int32($0.child) }
    let lefts = nodes.flatMap { $0.column == nil ? none : $0.lefts }
    let values = nodes.map(\.value)
    unsafe columns.withUnsafeBufferPointer { columns in
      unsafe children.withUnsafeBufferPointer { children in
        unsafe lefts.withUnsafeBufferPointer { lefts in
          unsafe values.withUnsafeBufferPointer { values in
            unsafe scores.withUnsafeMutableBufferPointer { scores in
              var tree = unsafe ck_bin_tree(
                column: columns.baseAddress, child: children.baseAddress, lefts: lefts.baseAddress,
                values: values.baseAddress)
              unsafe ck_bin_tree_add(
                &tree, bins, Int64(count), Int32(table.columns),
                scores.baseAddress.map { unsafe $0 + output }, Int32(outputs), Int32(threads))
            }
          }
        }
      }
    }
  }
}
