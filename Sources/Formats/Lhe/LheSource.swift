import ApusEvents

/// Les Houches events of a file that is too large to be read whole: runs of events, which are read when they are asked for.
///
/// Making it reads all of the file once, for the places of events and the weights that they have: see ``LheTable``. Each
/// run is read as a small file of its own, behind the header of the large one.
struct LheSource: TableSource {
  let source: String
  let count: Int
  let schema: [ColumnDescription]
  let pieces: [Range<Int>]
  private let content: ContentReader
  /// The text before the first event.
  private let header: [UInt8]
  private let runs: [TextRun]
  /// All weights of the file, in the order of its columns.
  private let weights: [LheWeights.Weight]

  private static let runSize = 4 << 20
  /// An event longer than this is a fault: one that never ends.
  private static let longest = 256 << 20
  private static let end = Array("\n</LesHouchesEvents>\n".utf8)

  /// Reads the file once.
  /// - Throws: ``FormatError`` with the line of what is malformed, or where a file ends too early.
  init(_ content: ContentReader) throws {
    source = content.file.path
    self.content = content
    let file = source
    let header = try Self.header(content)
    let headerLines = header.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
    self.header = header
    var runs: [TextRun] = []
    var weights: [LheWeights.Weight] = []
    var (place, line, rows, size) = (header.count, headerLines + 1, 0, Self.runSize)
    var isLast = false
    repeat {
      var text = try content.bytes(from: place, count: size)
      isLast = text.count < size
      if !isLast, let cut = Self.lastEnd(text) {
        text.removeSubrange(cut...)
      } else if !isLast {
        size = try Self.grown(size, file, line)
        continue
      }
      do {
        let events = try Self.events(header + text + (isLast ? [] : Self.end), weights, file)
        weights = events.allWeights
        runs.append(TextRun(bytes: place..<place + text.count, line: line, row: rows))
        rows += events.count
        line += text.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
        place += text.count
        size = Self.runSize
      } catch {
        // What looked like an event's end may stand in a comment: then more is needed to tell.
        guard isLast || size >= Self.longest else {
          size = try Self.grown(size, file, line)
          continue
        }
        throw Self.moved(error, behind: headerLines, to: line)
      }
    } while !isLast
    for i in weights.indices { weights[i].values = [] }
    (self.runs, self.weights, count) = (runs, weights, rows)
    let bounds = runs.map(\.row) + [rows]
    pieces = zip(bounds, bounds.dropFirst()).filter { $0 < $1 }.map { $0..<$1 }
    let empty = try Self.events(header + Self.end, weights, file).columns()
    schema = empty.map {
      ColumnDescription($0.column.name, type: $0.column.values.typeName, title: $0.title)
    }
  }

  /// The text before the first event; all of a file without any.
  private static func header(_ content: ContentReader) throws(FormatError) -> [UInt8] {
    var size = 1 << 16
    while true {
      let text = try content.bytes(from: 0, count: size)
      var place = 0
      while let start = Self.find("<event", in: text, from: place) {
        let next = start + 6 < text.count ? text[start + 6] : 0x20
        if next == 0x3e || next <= 0x20 { return Array(text[..<start]) }
        place = start + 6
      }
      if text.count < size {
        guard let end = Self.find("</LesHouchesEvents", in: text, from: 0) else { return text }
        return Array(text[..<end])
      }
      size = try grown(size, content.file.path, 1)
    }
  }

  private static func grown(_ size: Int, _ file: String, _ line: Int) throws(FormatError) -> Int {
    guard size < longest else {
      throw FormatError(
        file, line: line, "an event must end", found: "256 MiB hold no end of one",
        remedy: "The file is damaged; copy or make it again.")
    }
    return size * 2
  }

  /// The place behind the last event that ends in a text.
  private static func lastEnd(_ text: [UInt8]) -> Int? {
    let mark = Array("</event>".utf8)
    var place = text.count - mark.count
    while place >= 0 {
      if text[place] == 0x3c, text[place..<place + mark.count].elementsEqual(mark) {
        return place + mark.count
      }
      place -= 1
    }
    return nil
  }

  private static func find(_ word: String, in text: [UInt8], from start: Int) -> Int? {
    let mark = Array(word.utf8)
    var place = start
    while place + mark.count <= text.count {
      if text[place] == mark[0], text[place..<place + mark.count].elementsEqual(mark) {
        return place
      }
      place += 1
    }
    return nil
  }

  /// The events of a text.
  private static func events(
    _ text: [UInt8], _ weights: [LheWeights.Weight], _ file: String
  ) throws(FormatError) -> LheEvents {
    let padded = text + [UInt8](repeating: 0, count: 16)
    return try unsafe padded.withUnsafeBufferPointer { buffer throws(FormatError) in
      guard let base = buffer.baseAddress else { return LheEvents() }
      return try unsafe LheEvents(
        LheScanner(base, count: text.count, file: file), known: weights)
    }
  }

  /// An error with the line in the whole file.
  private static func moved(_ error: any Error, behind header: Int, to line: Int) -> any Error {
    guard var known = error as? FormatError, let own = known.line, own > header else {
      return error
    }
    known.line = own - header - 1 + line
    return known
  }

  func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    func table(_ text: [UInt8]) throws -> EventTable {
      let events = try Self.events(header + text, weights, source)
      return try EventTable(events.columns().map(\.column), source: source)
    }
    return try TextRun.read(names, rows, of: runs, count: count, none: try table(Self.end)) {
      run, isLast in
      let text = try content.bytes(from: run.bytes.lowerBound, count: run.bytes.count)
      return try table(text + (isLast ? [] : Self.end))
    }
  }
}
