import ApusEvents
import ApusKernels

/// A text table that is too large to be read whole: an index of runs of lines, which are read when they are asked for.
///
/// Making it reads all of the file once, because the whole file decides what a column holds: see ``readCSV(_:columns:threads:)``.
/// The index takes some bytes for each MiB of text. A gzipped file is unpacked again for each pass over it, and from its
/// start where a reader goes back.
struct CsvSource: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  private let content: ContentReader
  private let layout: CsvLayout
  private let runs: [Run]
  private let kinds: [CsvKind]

  /// Lines that stand together.
  private struct Run {
    var bytes: Range<Int>
    /// The first line, from 1, and the first row.
    var line: Int
    var row: Int
  }

  /// So much text is a run.
  private static let runSize = 1 << 20
  /// So much is looked at for the header.
  private static let headSize = 1 << 20
  /// A row longer than this is a fault: a quote that never ends.
  private static let longestRow = 256 << 20

  /// Reads the file once.
  /// - Throws: ``FormatError`` with the line of a ragged row or an open quote.
  init(_ content: ContentReader) throws {
    let file = content.file.path
    var head = try content.bytes(from: 0, count: Self.headSize)
    if head.count == Self.headSize {
      guard let end = head.lastIndex(of: 0x0a) else {
        throw FormatError(
          file, "a text table must have lines", found: "there is no line end in its first MiB")
      }
      head.removeSubrange((end + 1)...)
    }
    layout = try CsvTable(&head, file: file).layout
    try CsvTable.check([], layout, file: file)
    self.content = content
    source = file
    var index = Index(content, layout)
    try index.make()
    (runs, count, kinds) = (index.runs, index.rows, index.kinds)
    let bounds = runs.map(\.row) + [count]
    pieces = zip(bounds, bounds.dropFirst()).filter { $0 < $1 }.map { $0..<$1 }
    // The types are those of a table of the first rows.
    let names = layout.names
    let first = try Self.table([], layout, runs.first?.line ?? layout.line, file)
      .read(names, known: kinds, threads: 1)
    schema = names.map { name in
      ColumnDescription(name, type: (try? first.column(name))?.typeName ?? "float64")
    }
  }

  /// A table of some lines, of which the first has a number.
  private static func table(
    _ lines: [UInt8], _ layout: CsvLayout, _ line: Int, _ file: String
  ) -> CsvTable {
    var own = layout
    (own.start, own.line) = (0, line)
    return CsvTable(lines: lines, own, file: file)
  }

  /// So much text is parsed at once: enough for all threads, and little beside the least bound of memory.
  private static let batch = 4 << 20

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    try CsvTable.check(names, layout, file: source)
    let known = names.map { name in kinds[layout.names.firstIndex(of: name) ?? 0] }
    var place = pieceIndex(of: rows.lowerBound)
    var parts: [EventTable] = []
    while place < runs.count, runs[place].row < rows.upperBound || parts.isEmpty {
      var end = place + 1
      while end < runs.count, runs[end].row < rows.upperBound,
        runs[end].bytes.upperBound - runs[place].bytes.lowerBound <= Self.batch
      { end += 1 }
      let bytes = runs[place].bytes.lowerBound..<runs[end - 1].bytes.upperBound
      let text = try content.bytes(from: bytes.lowerBound, count: bytes.count)
      let table = try Self.table(text, layout, runs[place].line, source)
        .read(names, known: known, threads: 0)
      let own = runs[place].row..<(end < runs.count ? runs[end].row : count)
      guard table.count == own.count else {
        throw FormatError(
          source, "a file must stay as it is while it is read", found: "its lines have changed",
          remedy: "Wait until the job that writes it has ended.")
      }
      let wanted = rows.clamped(to: own)
      parts.append(
        try table.read(
          names, rows: wanted.lowerBound - own.lowerBound..<wanted.upperBound - own.lowerBound))
      place = end
    }
    if parts.isEmpty {
      return try Self.table([], layout, layout.line, source).read(names, known: known, threads: 1)
    }
    return try joined(parts, source: source)
  }

  /// The run that holds a row.
  private func pieceIndex(of row: Int) -> Int {
    var (low, high) = (0, runs.count)
    while high - low > 1 {
      let middle = (low + high) / 2
      if runs[middle].row <= row { low = middle } else { high = middle }
    }
    return low
  }

  /// Finds runs of whole rows and what the columns hold.
  private struct Index {
    let content: ContentReader
    let layout: CsvLayout
    var runs: [Run] = []
    var rows = 0
    private var found: [CsvKind?]

    init(_ content: ContentReader, _ layout: CsvLayout) {
      (self.content, self.layout) = (content, layout)
      found = layout.names.map { _ in nil }
    }

    /// What each column holds; texts and types of TMVA as the header says.
    var kinds: [CsvKind] {
      found.enumerated().map { i, kind in
        if layout.types?[i] == "C" { return .text }
        return kind ?? (layout.types == nil ? .real : .integer)
      }
    }

    mutating func make() throws {
      var (place, line, size) = (layout.start, layout.line, CsvSource.runSize)
      while true {
        // Several runs at once keep all threads at work.
        let wanted = size * 8
        var text = try content.bytes(from: place, count: wanted)
        let isLast = text.count < wanted
        if text.isEmpty { return }
        var ends = rowEnds(text)
        if isLast {
          // A last line without an end, or a quote that is never closed, about which its reader speaks.
          if ends.last != text.count { ends.append(text.count) }
        } else if ends.isEmpty {
          try grow(&size, line)
          continue
        }
        text.removeSubrange((ends.last ?? 0)...)
        line = try take(text, ends, place, line)
        place += text.count
        size = CsvSource.runSize
      }
    }

    /// Where some whole rows end, about a run from each other.
    private func rowEnds(_ text: [UInt8]) -> [Int] {
      if text.contains(0x22) {
        return CsvRowEnds(separator: layout.separator).places(in: text, step: CsvSource.runSize)
      }
      guard let last = text.lastIndex(of: 0x0a) else { return [] }
      var ends: [Int] = []
      var end = 0
      while end <= last {
        end = min(last + 1, end + CsvSource.runSize)
        while text[end - 1] != 0x0a { end += 1 }
        ends.append(end)
      }
      return ends
    }

    private func grow(_ size: inout Int, _ line: Int) throws {
      size *= 2
      guard size <= CsvSource.longestRow / 8 else {
        throw FormatError(
          content.file.path, line: line, "a row must end", found: "this one is longer than 256 MiB")
      }
    }

    /// Takes some whole rows that end at places; returns the line behind them.
    private mutating func take(_ text: [UInt8], _ ends: [Int], _ start: Int, _ line: Int) throws
      -> Int
    {
      let parts = zip([0] + ends, ends).map { $0..<$1 }
      let (names, cut, layout, file) = (layout.names, parts, layout, content.file.path)
      let scans = Parallel.map(parts.count) { i in
        Result {
          try CsvSource.table(Array(text[cut[i]]), layout, 1, file).kinds(names, threads: 1)
        }
      }
      var line = line
      var fresh: [Run] = []
      var kinds = found
      var rows = rows
      for (part, scan) in zip(parts, scans) {
        var scan = scan
        if case .failure = scan {
          // Once more, to tell the right line.
          scan = Result {
            try CsvSource.table(Array(text[part]), layout, line, file).kinds(names, threads: 1)
          }
        }
        let one = try scan.get()
        fresh.append(
          Run(bytes: start + part.lowerBound..<start + part.upperBound, line: line, row: rows))
        for i in kinds.indices {
          kinds[i] = [kinds[i], one.kinds[i]].compactMap(\.self).max()
        }
        rows += one.rows
        line += one.lines
      }
      runs += fresh
      (found, self.rows) = (kinds, rows)
      return line
    }
  }
}
