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
  // Why it is `@unchecked Sendable`: nothing changes after `init`, not what these point to either, and only `deinit` frees it.
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
  public convenience init?(
    inputs: [Float], columns: Int, weights: [Double], bins: Int, categorical: [Bool], threads: Int
  ) {
    precondition(inputs.count == weights.count * columns, "the table's shape")
    self.init(
      weights: weights, bins: bins, categorical: categorical, threads: threads
    ) { wanted in
      precondition(wanted.count == columns, "no budget, so all columns at once")
      return (inputs, isByRow: true)
    }
  }

  /// Bins a table that is not in memory at once: some columns after the others are asked for, and let go once they are binned.
  /// - Parameters:
  ///   - weights: The weight of each row; its absolute value counts for the borders.
  ///   - bins: The most bins of a column, 2 to 255.
  ///   - categorical: Which columns hold categories, a word on each.
  ///   - threads: The most threads to use; the bins do not depend on it.
  ///   - budget: How many bytes of values are asked for at once, if more than one column; nil for no limit.
  ///   - read: Gives the values of these columns: row by row, or column after column.
  /// - Returns: nil where there is not enough memory.
  public init?(
    weights: [Double], bins: Int, categorical: [Bool], threads: Int, budget: Int? = nil,
    read: (Range<Int>) throws -> (values: [Float], isByRow: Bool)
  ) rethrows {
    let (rows, columns) = (weights.count, categorical.count)
    precondition(columns > 0 && rows < Int(UInt32.max) && (2...255).contains(bins), "rows or bins")
    let marks = categorical.map { UInt8($0 ? 1 : 0) }
    var edges = [Float](repeating: 0, count: 256 * columns)
    var counts = [Int32](repeating: 0, count: columns)
    var missing = [UInt8](repeating: 0, count: columns)
    guard let columnBins = unsafe allocate(UInt8.self, rows * columns) else { return nil }
    var isDone = false
    defer { if !isDone { unsafe ck_free(columnBins) } }
    let step = min(columns, max(1, (budget ?? .max) / max(4 * rows, 1)))
    for first in stride(from: 0, to: columns, by: step) {
      let chosen = first..<min(first + step, columns)
      let (values, isByRow) = try read(chosen)
      precondition(values.count == rows * chosen.count, "values of \(chosen.count) columns")
      let status = unsafe edges.withUnsafeMutableBufferPointer { edges in
        unsafe counts.withUnsafeMutableBufferPointer { counts in
          unsafe missing.withUnsafeMutableBufferPointer { missing in
            unsafe marks.withUnsafeBufferPointer { marks in
              unsafe ck_bin_columns(
                values, Int64(rows), Int32(chosen.count), isByRow ? Int64(chosen.count) : 1,
                isByRow ? 1 : Int64(rows), weights, Int32(bins),
                marks.baseAddress.map { unsafe $0 + first },
                columnBins + first * rows, edges.baseAddress.map { unsafe $0 + 256 * first },
                counts.baseAddress.map { unsafe $0 + first },
                missing.baseAddress.map { unsafe $0 + first }, Int32(threads))
            }
          }
        }
      }
      guard status == 0 else { return nil }
    }
    let places = Int(counts.max() ?? 0) + 1
    var layout = ck_bin_layout_of(Int64(rows), Int32(columns), Int32(places))
    let size = rows * Int(layout.blocks) * Int(layout.stride)
    guard let rowBins = unsafe allocate(UInt8.self, size) else { return nil }
    unsafe ck_bin_rows(&layout, columnBins, rowBins, Int32(threads))
    isDone = true
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

/// Copies some columns of row-major values behind each other, from row `start` on.
/// - Parameters:
///   - columns: Which columns.
///   - rows: The values, `width` numbers a row.
///   - width: The number of columns of the rows.
///   - values: Column after column, `count` numbers each.
///   - start: The place of the first row in each column.
///   - count: The number of rows of a column.
public func gather(
  columns: Range<Int>, of rows: [Float], width: Int, into values: inout [Float], at start: Int,
  count: Int
) {
  let given = rows.count / max(width, 1)
  precondition(columns.upperBound <= width && start + given <= count, "shapes")
  precondition(values.count == columns.count * count, "room for the columns")
  unsafe rows.withUnsafeBufferPointer { rows in
    unsafe values.withUnsafeMutableBufferPointer { values in
      for row in 0..<given {
        for (place, column) in columns.enumerated() {
          unsafe values[place * count + start + row] = rows[row * width + column]
        }
      }
    }
  }
}

/// Aligned memory that the caller frees with `ck_free`; nil where there is none.
func allocate<T>(_: T.Type, _ count: Int) -> UnsafeMutablePointer<T>? {
  unsafe ck_allocate(max(count, 1) * MemoryLayout<T>.stride)?.bindMemory(
    to: T.self, capacity: max(count, 1))
}
