import ApusKernels

/// How a text table is written: its separator, its column names, and where its rows start.
struct CsvLayout: Sendable {
  /// The byte between cells; a blank stands for runs of blanks and tabs.
  var separator: UInt8
  /// The names of the columns: those of the header, or col0, col1 and so on.
  var names: [String]
  /// The position of the first row.
  var start: Int
  /// The line of the first row, from 1.
  var line: Int
  /// The types of the columns, where the first line is a header of TMVA.
  var types: [Character]?

  /// Finds out how a table is written.
  ///
  /// The first row is a header when none of its cells is a number and one is not empty. A last comment
  /// line above the rows is a header when it has as many cells as they (`# x y z`, as NumPy writes it).
  /// The separator is a tab for .tsv, else the most frequent of `,` `;` and tab in the first row outside
  /// quotes, else blanks. A header of TMVA (``TmvaHeader``) also gives the types of the columns.
  static func find(
    in text: UnsafeBufferPointer<UInt8>, file: String
  ) throws(FormatError) -> CsvLayout {
    var place = unsafe text.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
    var line = 1
    var comment: Range<Int>?
    while place < text.count {
      let end = unsafe lineEnd(text, from: place)
      let first = unsafe text[place..<end].first { $0 != 0x20 && $0 != 0x09 && $0 != 0x0d }
      if first == 0x23 {
        comment = place + 1..<end
      } else if first != nil {
        break
      }
      place = end + 1
      line += 1
    }
    guard place < text.count else {
      throw FormatError(
        file, "a table must have rows", found: "the file holds no line with data",
        remedy: "Check that it was written to the end.")
    }
    let first = unsafe text[place..<lineEnd(text, from: place)]
    if let header = unsafe TmvaHeader(first) {
      return unsafe tmva(
        header, text, start: min(first.endIndex + 1, text.count), line: line + 1, file)
    }
    let separator = unsafe separator(of: first, file: file)
    guard let row = unsafe row(text, at: place, separator: separator) else {
      throw FormatError(
        file, line: line, "a quote must be closed", found: "this line opens one that never ends",
        remedy: "Close it, or double it to mean a quote.")
    }
    let isHeader = !row.hasNumber && row.names.contains { !$0.isEmpty }
    if isHeader {
      return CsvLayout(
        separator: separator, names: named(row.names), start: row.end, line: line + row.lines)
    }
    var names = [String](repeating: "", count: row.names.count)
    if let comment,
      let header = unsafe Self.row(text, at: comment.lowerBound, separator: separator),
      header.names.count == names.count, !header.hasNumber
    {
      names = header.names
    }
    return CsvLayout(separator: separator, names: named(names), start: place, line: line)
  }

  /// The layout of a file whose first line is a header of TMVA; the first row tells the separator.
  private static func tmva(
    _ header: TmvaHeader, _ text: UnsafeBufferPointer<UInt8>, start: Int, line: Int, _ file: String
  ) -> CsvLayout {
    var row = start
    while row < text.count, unsafe text[row] == 0x0a || text[row] == 0x0d || text[row] == 0x23 {
      row = unsafe min(lineEnd(text, from: row) + 1, text.count)
    }
    let separator = unsafe separator(of: text[row..<lineEnd(text, from: row)], file: file)
    return CsvLayout(
      separator: separator, names: header.names, start: start, line: line, types: header.types)
  }

  private static func lineEnd(_ text: UnsafeBufferPointer<UInt8>, from place: Int) -> Int {
    unsafe text[place...].firstIndex(of: 0x0a) ?? text.count
  }

  private static func separator(
    of line: Slice<UnsafeBufferPointer<UInt8>>, file: String
  ) -> UInt8 {
    if file.hasSuffix(".tsv") || file.hasSuffix(".tsv.gz") { return 0x09 }
    var counts: [UInt8: Int] = [:]
    var isQuoted = false
    for i in unsafe line.indices {
      let byte = unsafe line[i]
      if byte == 0x22 { isQuoted.toggle() }
      if !isQuoted { counts[byte, default: 0] += 1 }
    }
    let best = [0x2c, 0x3b, 0x09].max { counts[$0, default: 0] < counts[$1, default: 0] } ?? 0x2c
    if counts[best, default: 0] > 0 { return best }
    // A single column, or columns separated by blanks between other characters.
    let trimmed = unsafe line.drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 || $0 == 0x0d }
    return unsafe trimmed.contains(0x20) ? 0x20 : 0x2c
  }

  private static func row(
    _ text: UnsafeBufferPointer<UInt8>, at place: Int, separator: UInt8
  ) -> (names: [String], hasNumber: Bool, end: Int, lines: Int)? {
    guard let base = text.baseAddress else { return nil }
    let end = unsafe base + text.count
    let reader = CsvCellReader(separator: separator)
    var p = unsafe base + place
    var names: [String] = []
    var hasNumber = false
    var lines = 1
    while true {
      guard let cell = unsafe reader.cell(p, end) else { return nil }
      unsafe names.append(cell.string)
      unsafe lines += cell.innerLines
      if unsafe cell.content != .text, unsafe cell.content != .empty { hasNumber = true }
      unsafe p = unsafe cell.end
      if reader.separatedByBlanks { while unsafe reader.isBlank(p.pointee) { unsafe p += 1 } }
      if unsafe p.pointee == 0x0d, unsafe p[1] == 0x0a { unsafe p += 1 }
      if unsafe p.pointee == 0x0a {
        return unsafe (names, hasNumber, min(p + 1 - base, text.count), lines)
      }
      if !reader.separatedByBlanks { unsafe p += 1 }
    }
  }

  private static func named(_ names: [String]) -> [String] {
    names.enumerated().map { $1.isEmpty ? "col\($0)" : $1 }
  }
}
