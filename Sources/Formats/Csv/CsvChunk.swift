/// What a column holds so far.
enum CsvKind: UInt8, Comparable {
  case integer
  case real
  case text

  static func < (a: CsvKind, b: CsvKind) -> Bool { a.rawValue < b.rawValue }
}

/// A cell that made a column text, or a row that has the wrong length.
struct CsvFinding: Sendable {
  var line: Int
  var text: String
}

/// What reading one chunk gave.
struct CsvChunkResult: Sendable {
  /// The rows that were read.
  var rows: Int
  /// The kind of each wanted column in this chunk.
  var kinds: [CsvKind]
  /// The first cell of each wanted column that is no number.
  var firstTexts: [CsvFinding?]
  /// What ends the reading, if anything does.
  var error: FormatError?
}

/// A piece of a text table: whole lines.
struct CsvChunk: Sendable {
  /// The bytes of the chunk.
  var range: Range<Int>
  /// Its first line, from 1.
  var line: Int
  /// The first row of the slots that it may write.
  var row: Int
}

/// Reads chunks of rows.
struct CsvChunkReader: Sendable {
  let file: String
  let cells: CsvCellReader
  /// For each column of the file its place among the wanted ones, or -1.
  let places: [Int]
  let wanted: Int

  /// Reads the numbers of a chunk into the slots.
  func numbers(
    _ base: UnsafePointer<UInt8>, _ chunk: CsvChunk, _ slots: CsvSlots
  ) -> CsvChunkResult {
    var error: FormatError?
    var kinds = [CsvKind](repeating: .integer, count: wanted)
    var firstTexts = [CsvFinding?](repeating: nil, count: wanted)
    var row = chunk.row
    unsafe places.withUnsafeBufferPointer { places in
      unsafe kinds.withUnsafeMutableBufferPointer { kinds in
        // Two copies of the loop, each without the other's questions.
        error =
          unsafe cells.separatedByBlanks
          ? rows(base, chunk, places, kinds, &firstTexts, slots, &row, isPlain: false)
          : rows(base, chunk, places, kinds, &firstTexts, slots, &row, isPlain: true)
      }
    }
    return CsvChunkResult(
      rows: row - chunk.row, kinds: kinds, firstTexts: firstTexts, error: error)
  }

  /// The loop over rows and cells; `row` counts them.
  @inline(__always)
  private func rows(
    _ base: UnsafePointer<UInt8>, _ chunk: CsvChunk, _ places: UnsafeBufferPointer<Int>,
    _ kinds: UnsafeMutableBufferPointer<CsvKind>, _ firstTexts: inout [CsvFinding?],
    _ slots: CsvSlots, _ row: inout Int, isPlain: Bool
  ) -> FormatError? {
    let end = unsafe base + chunk.range.upperBound
    let separator = cells.separator
    let width = places.count
    var p = unsafe base + chunk.range.lowerBound
    var line = chunk.line
    while unsafe p < end {
      if unsafe skipLine(&p) {
        line += 1
        continue
      }
      var column = 0
      let firstLine = line
      let rowStart = unsafe p
      if !isPlain { while unsafe cells.isBlank(p.pointee) { unsafe p += 1 } }
      while true {
        let place = unsafe column < width ? places[column] : -1
        if place >= 0, unsafe kinds[place] != .text {
          // The fast path: a number with the separator or the line's end right behind it.
          let number = unsafe cells.numbers.parse(p)
          var q = unsafe number.end
          if !isPlain { while unsafe cells.isBlank(q.pointee) { unsafe q += 1 } }
          if unsafe q.pointee == 0x0d, unsafe q[1] == 0x0a { unsafe q += 1 }
          let endsRow = unsafe q.pointee == 0x0a
          let endsCell = unsafe endsRow || (isPlain ? q.pointee == separator : q > number.end)
          if unsafe number.kind != .none, endsCell {
            unsafe store(number.kind, number.bits, &kinds[place], slots[place], row, chunk.row)
            unsafe p = unsafe q
            column += 1
            if endsRow { break }
            if isPlain { unsafe p += 1 }
            continue
          }
        }
        guard let cell = unsafe cells.cell(p, end) else { return openQuote(firstLine) }
        if place >= 0 {
          unsafe keep(cell, line, &kinds[place], &firstTexts[place], slots[place], row, chunk.row)
        }
        unsafe line += cell.innerLines
        column += 1
        unsafe p = unsafe cell.end
        if !isPlain { while unsafe cells.isBlank(p.pointee) { unsafe p += 1 } }
        if unsafe p.pointee == 0x0d, unsafe p[1] == 0x0a { unsafe p += 1 }
        if unsafe p.pointee == 0x0a { break }
        if isPlain { unsafe p += 1 }
      }
      if column != width { return unsafe ragged(firstLine, column, rowStart, p) }
      unsafe p += 1
      line += 1
      row += 1
    }
    return nil
  }

  /// Skips a line without data: blank, or a comment that starts with `#`.
  @inline(__always)
  func skipLine(_ p: inout UnsafePointer<UInt8>) -> Bool {
    let first = unsafe p.pointee
    if first > 0x23 { return false }
    return unsafe skipUnusualLine(&p)
  }

  private func skipUnusualLine(_ p: inout UnsafePointer<UInt8>) -> Bool {
    var q = unsafe p
    while unsafe q.pointee == 0x20 || (q.pointee == 0x09 && cells.separator != 0x09)
      || q.pointee == 0x0d
    {
      unsafe q += 1
    }
    if unsafe q.pointee == 0x23 { while unsafe q.pointee != 0x0a { unsafe q += 1 } }
    guard unsafe q.pointee == 0x0a else { return false }
    unsafe p = unsafe q + 1
    return true
  }

  @inline(__always)
  private func store(
    _ kind: ParsedNumber.Kind, _ bits: UInt64, _ columnKind: inout CsvKind,
    _ slots: UnsafeMutablePointer<UInt64>, _ row: Int, _ first: Int
  ) {
    if columnKind == .integer {
      if kind == .real { unsafe makeReal(&columnKind, slots, first..<row) }
      unsafe slots[row] = bits
    } else {
      unsafe slots[row] = kind == .real ? bits : Double(Int64(bitPattern: bits)).bitPattern
    }
  }

  private func makeReal(
    _ kind: inout CsvKind, _ slots: UnsafeMutablePointer<UInt64>, _ rows: Range<Int>
  ) {
    kind = .real
    for row in rows { unsafe slots[row] = unsafe Double(Int64(bitPattern: slots[row])).bitPattern }
  }

  private func keep(
    _ cell: CsvCell, _ line: Int, _ kind: inout CsvKind, _ firstText: inout CsvFinding?,
    _ slots: UnsafeMutablePointer<UInt64>, _ row: Int, _ first: Int
  ) {
    guard kind != .text else { return }
    switch unsafe cell.content {
    case .integer(let value):
      unsafe store(.integer, UInt64(bitPattern: value), &kind, slots, row, first)
    case .real(let value): unsafe store(.real, value.bitPattern, &kind, slots, row, first)
    case .empty: unsafe store(.real, Double.nan.bitPattern, &kind, slots, row, first)
    case .text:
      kind = .text
      firstText = unsafe CsvFinding(line: line, text: cell.string)
    }
  }

  /// Reads the texts of some wanted columns of a chunk that was read before without an error.
  func texts(_ base: UnsafePointer<UInt8>, _ chunk: CsvChunk, _ wantedTexts: [Bool]) -> [[String]] {
    var columns = [[String]](repeating: [], count: wanted)
    let end = unsafe base + chunk.range.upperBound
    var p = unsafe base + chunk.range.lowerBound
    while unsafe p < end {
      if unsafe skipLine(&p) { continue }
      var column = 0
      while let cell = unsafe cells.cell(p, end) {
        let place = column < places.count ? places[column] : -1
        if place >= 0, wantedTexts[place] { unsafe columns[place].append(cell.string) }
        column += 1
        unsafe p = unsafe cell.end
        if cells.separatedByBlanks { while unsafe cells.isBlank(p.pointee) { unsafe p += 1 } }
        if unsafe p.pointee == 0x0d, unsafe p[1] == 0x0a { unsafe p += 1 }
        if unsafe p.pointee == 0x0a { break }
        if !cells.separatedByBlanks { unsafe p += 1 }
      }
      unsafe p += 1
    }
    return columns
  }

  private func ragged(
    _ line: Int, _ found: Int, _ start: UnsafePointer<UInt8>, _ end: UnsafePointer<UInt8>
  ) -> FormatError {
    let text = unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: min(max(end - start, 0), 60)),
      as: UTF8.self)
    return FormatError(
      file, line: line, "every row must have \(places.count) cells, as the first has",
      found: "this one has \(found): '\(text.trimmed)'",
      remedy: "Repair or remove the line; a cell that holds the separator must be in quotes.")
  }

  private func openQuote(_ line: Int) -> FormatError {
    FormatError(
      file, line: line, "a quote must be closed", found: "this row opens one that never ends",
      remedy: "Close it, or double it to mean a quote.")
  }
}

extension String {
  /// The text without line ends at its end.
  fileprivate var trimmed: String {
    var text = self
    while let last = text.last, last.isNewline { text.removeLast() }
    return text
  }
}
