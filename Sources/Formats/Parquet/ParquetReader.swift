public import ApusEvents

/// Reads a table from a Parquet file.
///
/// - Columns of structures are named with dots (`jet.pt`); lists become jagged columns, lists of lists too.
///   Maps, BSON, intervals and columns compressed by LZO or Brotli can't be read; the others of the file can.
/// - Whole numbers keep their width, truth values are `bool`, half-precision numbers become float32,
///   decimals the nearest float64. Times and dates stay the whole numbers that the file has; the column's
///   title (``ParquetTable/schema``) says in which unit and from when.
/// - A missing value is NaN. A column of whole numbers or truth values where one is missing becomes float64
///   for that: a flat one where the file's statistics count any missing value, so that all row groups agree;
///   a list, or a flat column without statistics, where one is missing in what was read. A missing text is
///   empty, and so is a missing list.
/// - Memory: the columns and a few pages a thread. Row groups and columns are decoded in parallel.
///
/// Format: https://parquet.apache.org/docs/file-format/
/// - Parameters:
///   - path: The file.
///   - columns: The columns to read, in this order; nil for all that can be read.
/// - Throws: ``FormatError`` with the column, row group and offset of what is damaged; `TableError` for a
///   missing column.
public func readParquet(_ path: String, columns: [String]? = nil) throws -> EventTable {
  let table = try ParquetTable(path)
  let names = columns ?? table.schema.filter { $0.obstacle == nil }.map(\.name)
  return try table.read(names, rows: 0..<table.count)
}
