internal import CKernels

/// A table of numbers with each column cut into at most 255 bins of about equal weight, as tree methods learn from it.
///
/// Two copies of the bins are kept: column by column, to divide rows at a cut, and row by row, to fill
/// histograms with one cache miss a row. NaN is a missing value and has a bin of its own. The values
/// themselves are not kept. Cost: one sort of each column.
@safe public final class BinnedTable: @unchecked Sendable {
  /// The number of rows.
  public let rows: Int
  /// The number of columns.
  public let columns: Int
  /// The number of bins of each column, without the one for missing values.
  public let counts: [Int32]
  /// Whether a value of each column is missing.
  public let missing: [Bool]
  /// Which columns hold categories.
  public let categorical: [UInt8]
  /// Borders (or category values) of column c from `256 * c`.
  let edges: [Float]
  let layout: ck_bin_layout
  /// Never written after `init`.
  let columnBins: UnsafeMutablePointer<UInt8>
  let rowBins: UnsafeMutablePointer<UInt8>

  /// Bins a table.
  /// - Parameters:
  ///   - inputs: Row-major values; NaN where a value is missing.
  ///   - columns: The number of columns, at least one.
  ///   - weights: The weight of each row; its absolute value counts for the borders.
  ///   - bins: The most bins of a column, 2 to 255.
  ///   - categorical: Which columns hold categories: their distinct values are the bins, without an order.
  ///   - threads: The most threads to use; the bins do not depend on it.
  /// - Returns: nil where there is not enough memory.
  public init?(
    inputs: [Float], columns: Int, weights: [Double], bins: Int, categorical: [Bool], threads: Int
  ) {
    precondition(columns > 0 && inputs.count == weights.count * columns, "the table's shape")
    precondition(weights.count < Int(UInt32.max) && (2...255).contains(bins), "rows or bins")
    precondition(categorical.count == columns, "a word on each column")
    let rows = weights.count
    let marks = categorical.map { UInt8($0 ? 1 : 0) }
    var edges = [Float](repeating: 0, count: 256 * columns)
    var counts = [Int32](repeating: 0, count: columns)
    var missing = [UInt8](repeating: 0, count: columns)
    guard let columnBins = unsafe allocate(UInt8.self, rows * columns) else { return nil }
    let status = unsafe ck_bin_columns(
      inputs, Int64(rows), Int32(columns), weights, Int32(bins), marks, columnBins, &edges, &counts,
      &missing, Int32(threads))
    let places = Int(counts.max() ?? 0) + 1
    var layout = ck_bin_layout_of(Int64(rows), Int32(columns), Int32(places))
    let size = rows * Int(layout.blocks) * Int(layout.stride)
    guard status == 0, let rowBins = unsafe allocate(UInt8.self, size) else {
      unsafe ck_free(columnBins)
      return nil
    }
    unsafe ck_bin_rows(&layout, columnBins, rowBins, Int32(threads))
    (self.rows, self.columns, self.counts, self.edges) = (rows, columns, counts, edges)
    (self.missing, self.categorical, self.layout) = (missing.map { $0 != 0 }, marks, layout)
    unsafe (self.columnBins, self.rowBins) = unsafe (columnBins, rowBins)
  }

  deinit {
    unsafe ck_free(columnBins)
    unsafe ck_free(rowBins)
  }

  /// The border above a bin of a column of numbers; the largest number above the last.
  public func threshold(column: Int, bin: Int) -> Float {
    bin < Int(counts[column]) - 1 ? edges[256 * column + bin] : .greatestFiniteMagnitude
  }

  /// The values of a category column, ascending: bin b holds value b.
  public func categories(column: Int) -> [Float] {
    Array(edges[256 * column..<256 * column + Int(counts[column])])
  }

  /// The bin of one value, `counts[column]` where it is missing.
  public func bin(row: Int, column: Int) -> Int { unsafe Int(columnBins[column * rows + row]) }
}

/// Aligned memory that the caller frees with `ck_free`; nil where there is none.
func allocate<T>(_: T.Type, _ count: Int) -> UnsafeMutablePointer<T>? {
  unsafe ck_allocate(max(count, 1) * MemoryLayout<T>.stride)?.bindMemory(
    to: T.self, capacity: max(count, 1))
}
