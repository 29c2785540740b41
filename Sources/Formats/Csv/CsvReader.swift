import ApusKernels
public import ApusEvents
import Dispatch

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a table from comma- or tab-separated text, also gzipped.
///
/// - The separator, the header and its names are found by looking: see `CsvLayout`.
/// - A column whose cells are all whole numbers is `int64`; one whose cells are all numbers is
///   `float64`; any other is `strings`. The whole file decides, not its first rows.
/// - An empty cell is NaN, and so are `nan`, `NA`, `null` and `none`; `inf` and `-inf` are
///   infinite; `true` and `false` are 1 and 0. Numbers are exact to the last bit.
/// - A first line of TMVA's kind, `px/F:py/F:run/I`, gives names and types; the rows below may be separated
///   by blanks or any other separator.
/// - Cells may be in double quotes; lines that start with `#` and blank lines are skipped.
///
/// - Parameters:
///   - path: The file.
///   - columns: The columns to read, in this order; nil for all.
///   - threads: The most threads to use; 0 for all of the machine.
/// - Throws: ``FormatError`` with the line of a ragged row or an open quote; `TableError` for a column
///   that is not there.
public func readCSV(_ path: String, columns: [String]? = nil, threads: Int = 0) throws -> EventTable
{
  var bytes = try readFile(path)
  if Deflate.isGzip(bytes) { bytes = try Deflate.gunzip(bytes, file: path) }
  if !bytes.isEmpty,
    try FileFormat.of(path, head: Array(bytes.prefix(4096)), isUnpacked: true) != .csv
  {
    throw FormatError(
      path, "a text table is needed here", found: "this file is none",
      remedy: "'readTable' reads every format that is known.")
  }
  return try CsvTable(&bytes, file: path).read(columns, threads: threads)
}

/// A text table in memory.
struct CsvTable {
  let bytes: [UInt8]
  let count: Int
  let file: String
  let layout: CsvLayout

  /// Takes the bytes of a file and finds out how it is written.
  init(_ text: inout [UInt8], file: String) throws(FormatError) {
    var bytes: [UInt8] = []
    swap(&bytes, &text)
    if bytes.isEmpty {
      throw FormatError(
        file, "a table must have rows", found: "the file is empty (0 bytes)",
        remedy: "Check that it was written to the end.")
    }
    if bytes.last != 0x0a { bytes.append(0x0a) }
    count = bytes.count
    // The number parser looks at eight bytes at once, also behind the last line end.
    bytes.append(contentsOf: [UInt8](repeating: 0, count: 16))
    let length = count
    layout = try unsafe bytes.withUnsafeBufferPointer { buffer throws(FormatError) in
      try unsafe CsvLayout.find(in: UnsafeBufferPointer(rebasing: buffer[..<length]), file: file)
    }
    self.bytes = bytes
    self.file = file
  }

  /// A run of whole lines of a table whose layout is known.
  init(lines: [UInt8], _ layout: CsvLayout, file: String) {
    var bytes = lines
    if bytes.last != 0x0a { bytes.append(0x0a) }
    count = bytes.count
    bytes.append(contentsOf: [UInt8](repeating: 0, count: 16))
    (self.bytes, self.layout, self.file) = (bytes, layout, file)
  }

  /// What the columns of some names hold, nil where there is no row; the number of rows, and of lines.
  func kinds(_ names: [String], threads: Int) throws -> (
    kinds: [CsvKind?], rows: Int, lines: Int
  ) {
    let (chunks, lines) = chunks(threads)
    let slots = CsvSlots(rows: lines, columns: names.count)
    let filled = try scan(chunks, reader(names), slots, threads).filter { $0.rows > 0 }
    let kinds = names.indices.map { i in filled.map(\.kinds[i]).max() }
    return (kinds, filled.reduce(0) { $0 + $1.rows }, lines)
  }

  private func reader(_ names: [String]) -> CsvChunkReader {
    CsvChunkReader(
      file: file, cells: CsvCellReader(separator: layout.separator),
      places: layout.names.map { names.firstIndex(of: $0) ?? -1 }, wanted: names.count)
  }

  /// Reads the numbers of all chunks into their slots.
  private func scan(
    _ chunks: [CsvChunk], _ reader: CsvChunkReader, _ slots: CsvSlots, _ threads: Int
  ) throws(FormatError) -> [CsvChunkResult] {
    let results = unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe inParallel(chunks.count, threads, buffer) {
        unsafe reader.numbers($1, chunks[$0], slots)
      }
    }
    if let error = results.lazy.compactMap(\.error).first { throw error }
    return results
  }

  /// What columns seem to hold, by the first lines.
  private func guess(_ chunks: [CsvChunk], _ reader: CsvChunkReader) -> [CsvKind] {
    guard var first = chunks.first else { return [CsvKind](repeating: .real, count: reader.wanted) }
    var end = min(first.range.upperBound, first.range.lowerBound + 16_384)
    while end < first.range.upperBound, bytes[end - 1] != 0x0a { end += 1 }
    first.range = first.range.lowerBound..<end
    first.row = 0
    let lines = bytes[first.range].reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
    let slots = CsvSlots(rows: lines, columns: reader.wanted)
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe buffer.baseAddress.map { unsafe reader.numbers($0, first, slots).kinds } ?? []
    }
  }

  /// Checks that the wanted columns are there, each once.
  static func check(_ names: [String], _ layout: CsvLayout, file: String) throws {
    // Duplicate and missing names are told by the table's own checks, before any row is read.
    let empty = try EventTable(layout.names.map { Column($0, .int64([])) }, source: file)
    for name in names { _ = try empty.column(name) }
    _ = try EventTable(names.map { Column($0, .int64([])) }, source: file)
  }

  /// Reads the wanted columns.
  /// - Parameters:
  ///   - wanted: Their names; nil for all.
  ///   - known: What each of them holds; nil where these rows decide.
  ///   - threads: The most threads to use.
  func read(_ wanted: [String]?, known: [CsvKind]? = nil, threads: Int) throws -> EventTable {
    let names = wanted ?? layout.names
    try Self.check(names, layout, file: file)
    let reader = reader(names)
    let (chunks, lines) = chunks(threads)
    let types = layout.types.map { types in
      names.map { name in types[layout.names.firstIndex(of: name) ?? 0] }
    }
    var results: [CsvChunkResult] = []
    let filled = try CsvColumns.made(known ?? guess(chunks, reader), rows: lines) {
      slots throws(FormatError) in
      results = try scan(chunks, reader, slots, threads)
      let kinds =
        known
        ?? names.indices.map { i in
          types?[i] == "C"
            ? .text
            : results.filter { $0.rows > 0 }.map(\.kinds[i]).max()
              ?? (types == nil ? .real : .integer)
        }
      let rows = slots.close(zip(chunks, results), kinds, threads)
      return (kinds, rows)
    }
    let texts = texts(chunks, reader, filled.kinds, threads)
    let columns = try names.indices.map { i in
      let values = filled.values[i] ?? .strings(texts.flatMap { $0[i] })
      guard let type = types?[i] else { return Column(names[i], values) }
      return Column(names[i], try TmvaHeader.typed(values, type, column: names[i], file: file))
    }
    return try EventTable(columns, source: file)
  }

  /// The texts of each chunk and column, where a column holds text.
  private func texts(
    _ chunks: [CsvChunk], _ reader: CsvChunkReader, _ kinds: [CsvKind], _ threads: Int
  ) -> [[[String]]] {
    guard kinds.contains(.text) else { return [] }
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      unsafe inParallel(chunks.count, threads, buffer) {
        unsafe reader.texts($1, chunks[$0], kinds.map { $0 == .text })
      }
    }
  }

  /// The first cell of a column that is no number, or nil.
  func firstText(of column: String) -> CsvFinding? {
    let reader = CsvChunkReader(
      file: file, cells: CsvCellReader(separator: layout.separator),
      places: layout.names.map { $0 == column ? 0 : -1 }, wanted: 1)
    let (chunks, lines) = chunks(0)
    let slots = CsvSlots(rows: lines, columns: 1)
    return unsafe bytes.withUnsafeBufferPointer { buffer -> CsvFinding? in
      guard let base = buffer.baseAddress else { return nil }
      return chunks.lazy.compactMap { unsafe reader.numbers(base, $0, slots).firstTexts[0] }.first
    }
  }

  /// Cuts the rows into chunks of whole lines, and counts their lines.
  ///
  /// Where a quote stands anywhere a line end may be inside of one, and there is a single chunk.
  private func chunks(_ threads: Int) -> ([CsvChunk], lines: Int) {
    unsafe bytes.withUnsafeBufferPointer { buffer in
      let rows = unsafe UnsafeBufferPointer(rebasing: buffer[layout.start..<count])
      let pieces = max(1, min(rows.count >> 20, 4096))
      let isSingle =
        unsafe rows.baseAddress.map { unsafe memchr($0, 0x22, rows.count) != nil } ?? true
      var ranges: [Range<Int>] = []
      var start = 0
      for piece in 1...(isSingle ? 1 : pieces) {
        var end = isSingle || piece == pieces ? rows.count : rows.count / pieces * piece
        while end < rows.count, end > start, unsafe rows[end - 1] != 0x0a { end += 1 }
        guard end > start else { continue }
        ranges.append(start..<end)
        start = end
      }
      let pieceRanges = ranges
      nonisolated(unsafe) let text = unsafe rows
      let lines = Parallel.map(ranges.count, threads: threads) { i in
        unsafe lineCount(UnsafeBufferPointer(rebasing: text[pieceRanges[i]]))
      }
      var chunks: [CsvChunk] = []
      var line = layout.line
      for (range, count) in zip(ranges, lines) {
        chunks.append(
          CsvChunk(
            range: layout.start + range.lowerBound..<layout.start + range.upperBound, line: line,
            row: line - layout.line))
        line += count
      }
      return (chunks, line - layout.line)
    }
  }

  private func lineCount(_ text: UnsafeBufferPointer<UInt8>) -> Int {
    guard var place = unsafe text.baseAddress.map({ unsafe UnsafeRawPointer($0) }) else { return 0 }
    let end = unsafe place + text.count
    var count = 0
    while let found = unsafe memchr(place, 0x0a, end - place) {
      count += 1
      unsafe place = unsafe UnsafeRawPointer(found) + 1
    }
    return count
  }
}

/// Runs `body` for 0..<count on at most `threads` threads, and returns the results in order.
private func inParallel<Result: Sendable>(
  _ count: Int, _ threads: Int, _ buffer: UnsafeBufferPointer<UInt8>,
  _ body: @Sendable (Int, UnsafePointer<UInt8>) -> Result
) -> [Result] {
  guard let base = buffer.baseAddress else { return [] }
  if threads == 1 || count == 1 { return (0..<count).map { unsafe body($0, base) } }
  // Each iteration writes its own elements, and nothing else touches them before all are done.
  nonisolated(unsafe) let text = unsafe base
  var results = [Result?](repeating: nil, count: count)
  let workers = threads > 0 ? min(threads, count) : count
  unsafe results.withUnsafeMutableBufferPointer { slots in
    nonisolated(unsafe) let slots = unsafe slots
    DispatchQueue.concurrentPerform(iterations: workers) { worker in
      for i in stride(from: worker, to: count, by: workers) {
        unsafe slots[i] = unsafe body(i, text)
      }
    }
  }
  return results.compactMap(\.self)
}
