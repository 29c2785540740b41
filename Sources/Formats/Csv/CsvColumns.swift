import ApusEvents
import ApusKernels

/// One 64-bit slot a row and column, where the chunks of a text table put their numbers.
///
/// A chunk writes only its own rows, so that chunks may be read at the same time.
@safe final class CsvSlots: @unchecked Sendable {
  let rows: Int
  private let columns: [UnsafeMutablePointer<UInt64>]
  private let isOwner: Bool

  /// Slots in memory of their own.
  init(rows: Int, columns: Int) {
    self.rows = rows
    isOwner = true
    unsafe self.columns = unsafe (0..<columns).map { _ in .allocate(capacity: max(rows, 1)) }
  }

  /// Slots in memory that becomes the columns.
  init(rows: Int, memory: [UnsafeMutablePointer<UInt64>]) {
    self.rows = rows
    isOwner = false
    unsafe columns = unsafe memory
  }

  deinit { if isOwner { unsafe columns.forEach { unsafe $0.deallocate() } } }

  subscript(column: Int) -> UnsafeMutablePointer<UInt64> { unsafe columns[column] }

  /// A copy of a column; nil for text.
  func values(_ column: Int, _ kind: CsvKind, _ rows: Int) -> Column.Values? {
    let bits = unsafe UnsafeBufferPointer(start: columns[column], count: rows)
    return switch kind {
    case .integer: unsafe .int64(bits.map { Int64(bitPattern: $0) })
    case .real: unsafe .float64(bits.map { Double(bitPattern: $0) })
    case .text: nil
    }
  }

  /// Brings the rows of all chunks together and whole numbers of real columns into their form.
  /// - Returns: The number of rows.
  func close(
    _ chunks: Zip2Sequence<[CsvChunk], [CsvChunkResult]>, _ kinds: [CsvKind], _ threads: Int
  ) -> Int {
    let all = Array(chunks)
    Parallel.forEach(kinds.count, threads: threads) { i in
      let slots = unsafe self[i]
      var filled = 0
      for (chunk, result) in all {
        let own = unsafe slots + filled
        // Blank lines and comments leave gaps behind their chunk.
        if filled != chunk.row { unsafe own.update(from: slots + chunk.row, count: result.rows) }
        if kinds[i] == .real, result.kinds[i] == .integer {
          for row in 0..<result.rows {
            unsafe own[row] = unsafe Double(Int64(bitPattern: own[row])).bitPattern
          }
        }
        filled += result.rows
      }
    }
    return all.reduce(0) { $0 + $1.1.rows }
  }
}

/// Columns of numbers that are written in place: the memory of each is taken inside of that of the one before, with
/// the kind that it seems to have.
///
/// Copies of large columns into fresh memory take as long as parsing a quarter of them.
enum CsvColumns {
  /// What was read: nil stands for a column of text.
  struct Filled {
    var values: [Column.Values?]
    var kinds: [CsvKind]
    var rows: Int
  }

  /// Each column takes some stack; of more than these all are copied.
  private static let mostInPlace = 1024

  /// Takes memory for columns, and makes values of it.
  /// - Parameters:
  ///   - guess: What they seem to hold.
  ///   - rows: The most rows.
  ///   - body: Fills the slots; says what the columns hold, and how many rows there are.
  static func made(
    _ guess: [CsvKind], rows: Int,
    _ body: (CsvSlots) throws(FormatError) -> (kinds: [CsvKind], rows: Int)
  ) throws(FormatError) -> Filled {
    var filled = Filled(values: guess.map { _ in nil }, kinds: guess, rows: 0)
    if guess.count > mostInPlace {
      let slots = CsvSlots(rows: rows, columns: guess.count)
      (filled.kinds, filled.rows) = try body(slots)
      for i in guess.indices { filled.values[i] = slots.values(i, filled.kinds[i], filled.rows) }
      return filled
    }
    var memory: [UnsafeMutablePointer<UInt64>] = unsafe []
    try unsafe make(guess[...], rows, &memory, &filled, body)
    return filled
  }

  private static func make(
    _ rest: ArraySlice<CsvKind>, _ rows: Int, _ memory: inout [UnsafeMutablePointer<UInt64>],
    _ filled: inout Filled,
    _ body: (CsvSlots) throws(FormatError) -> (kinds: [CsvKind], rows: Int)
  ) throws(FormatError) {
    guard let kind = rest.first else {
      (filled.kinds, filled.rows) = try unsafe body(CsvSlots(rows: rows, memory: memory))
      return
    }
    let i = rest.startIndex
    func inside(_ raw: UnsafeMutableRawPointer) throws(FormatError) {
      unsafe memory.append(raw.bindMemory(to: UInt64.self, capacity: rows))
      try unsafe make(rest.dropFirst(), rows, &memory, &filled, body)
    }
    // What the file holds may be another kind than the first lines: then the bits are taken over into the right one.
    if kind == .real {
      let values: [Double] = try unsafe ApusFormats.made(rows) { raw throws(FormatError) in
        try unsafe inside(raw)
        _ = unsafe raw.bindMemory(to: Double.self, capacity: rows)
      }
      switch filled.kinds[i] {
      case .real: filled.values[i] = .float64(cut(values, filled.rows))
      case .integer:
        filled.values[i] = .int64(
          values.prefix(filled.rows).map { Int64(bitPattern: $0.bitPattern) })
      case .text: break
      }
    } else {
      let values: [Int64] = try unsafe ApusFormats.made(rows) { raw throws(FormatError) in
        try unsafe inside(raw)
        _ = unsafe raw.bindMemory(to: Int64.self, capacity: rows)
      }
      switch filled.kinds[i] {
      case .integer: filled.values[i] = .int64(cut(values, filled.rows))
      case .real:
        filled.values[i] = .float64(
          values.prefix(filled.rows).map { Double(bitPattern: UInt64(bitPattern: $0)) })
      case .text: break
      }
    }
  }

  private static func cut<T>(_ values: [T], _ rows: Int) -> [T] {
    rows == values.count ? values : Array(values.prefix(rows))
  }
}
