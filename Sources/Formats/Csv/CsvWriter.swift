public import ApusEvents

/// Writes a table as comma-separated text; .tsv separates by tabs, and .gz compresses.
///
/// Numbers have the fewest digits that read back to the same bits: float32 columns as float32. A text is
/// in quotes where it holds the separator, a quote, a line end or blanks at its ends, or starts with `#`.
/// The table is taken piece by piece, so it may be larger than memory.
/// - Throws: ``FormatError`` for a column of lists, or when the file can't be written; nothing is left behind then.
public func writeCSV(
  _ table: any TableSource, to path: String, columns: [String]? = nil
) throws {
  let isCompressed = path.hasSuffix(".gz")
  let separator: UInt8 = path.hasSuffix(".tsv") || path.hasSuffix(".tsv.gz") ? 0x09 : 0x2c
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    let compressor = isCompressed ? try Compressor(.gzip, level: 3) : nil
    var isFirst = true
    try TableRuns(table, columns).forEach { run in
      let writer = CsvWriter(table: run, separator: separator)
      if let list = run.columns.first(where: { $0.values.isList }) {
        throw listsAreNotWritten(list, to: path)
      }
      var text = isFirst ? writer.header : []
      isFirst = false
      let rowsAtOnce = max(1, 65536 / max(1, run.columns.count))
      for row in stride(from: 0, through: run.count, by: rowsAtOnce) {
        writer.append(row..<min(row + rowsAtOnce, run.count), to: &text)
        try sink.write(compressor?.push(text) ?? text)
        text.removeAll(keepingCapacity: true)
      }
    }
    if let compressor { try sink.write(compressor.push([], finish: true)) }
    try sink.close()
  }
}

extension Column.Values {
  /// Whether an entry is a list or an array.
  var isList: Bool { if case .jagged = self { true } else { false } }
}

struct CsvWriter {
  let table: EventTable
  let separator: UInt8

  var header: [UInt8] {
    var text: [UInt8] = []
    for (i, name) in table.names.enumerated() {
      if i > 0 { text.append(separator) }
      appendText(name, to: &text)
    }
    text.append(0x0a)
    return text
  }

  func append(_ rows: Range<Int>, to text: inout [UInt8]) {
    for row in rows {
      for (i, column) in table.columns.enumerated() {
        if i > 0 { text.append(separator) }
        switch column.values {
        case .float32(let values): append(values[row].description, to: &text)
        case .float64(let values): append(values[row].description, to: &text)
        case .int64(let values): append(values[row].description, to: &text)
        case .strings(let values): appendText(values[row], to: &text)
        case .integers(let values): append(values.text(row), to: &text)
        case .jagged: break  // refused before
        }
      }
      text.append(0x0a)
    }
  }

  /// A number; Swift's description has the fewest digits that read back to the same bits, and a whole
  /// number keeps its `.0` so that the column stays one of real numbers.
  private func append(_ number: String, to text: inout [UInt8]) {
    text.append(contentsOf: number.utf8)
  }

  private func appendText(_ value: String, to text: inout [UInt8]) {
    let bytes = value.utf8
    let blanks: Set<UInt8> = [0x20, 0x09]
    // An empty text alone on its line would read as a blank line.
    let mustQuote =
      (bytes.isEmpty && table.columns.count == 1)
      || bytes.contains { $0 == separator || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }
      || bytes.first == 0x23 || bytes.first.map(blanks.contains) == true
      || bytes.last.map(blanks.contains) == true
    guard mustQuote else {
      text.append(contentsOf: bytes)
      return
    }
    text.append(0x22)
    for byte in bytes {
      if byte == 0x22 { text.append(0x22) }
      text.append(byte)
    }
    text.append(0x22)
  }
}
