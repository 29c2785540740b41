public import ApusEvents

/// Events of a generator in HepMC's text formats (`IO_GenEvent` of HepMC 2, `Asciiv3` of HepMC 3; also gzipped), as a table.
///
/// Columns of events: `event` (its number), `scale` (GeV; NaN where it has none), and its weights: `weight_<name>`, or `weight`
/// and `weight_<number>` where the file names none. Lists with a value a particle, in the order of the file: `particle_id`
/// (PDG), `particle_status`, `particle_mother1` and `particle_mother2` (the first and the last of the particles that go into
/// the vertex it comes from; from 1, 0 for none), `particle_px`, `particle_py`, `particle_pz`, `particle_energy`,
/// `particle_mass` (GeV, also of files in MeV).
///
/// Opening reads the file once, for the places of events and their weights; events are read run by run, so a file may be
/// larger than memory. Formats: Dobbs and Hansen, doi:10.1016/S0010-4655(00)00189-2; Buckley et al., arXiv:1912.08005.
public struct HepMcTable: TableSource {
  /// The file's path.
  public let source: String
  /// The number of events.
  public let count: Int
  /// What the columns are; titles hold units and the names of weights.
  public let schema: [ColumnDescription]
  /// Runs of events that are read together.
  public let pieces: [Range<Int>]
  private let content: ContentReader
  private let runs: [TextRun]
  private let version: HepMcEvents.Version?
  private let weightNames: [String]

  private static let runSize = 4 << 20
  /// An event longer than this is a fault.
  private static let longest = 256 << 20

  /// Opens a file and reads it once.
  /// - Throws: ``FormatError`` with the line of what is malformed, or where a file ends too early.
  public init(_ path: String) throws {
    let isGzip = Deflate.isGzip(try readHead(path, count: 2))
    try self.init(ContentReader(try RandomFile(path), isGzip ? .gzip : .none))
  }

  init(_ content: ContentReader) throws {
    source = content.file.path
    self.content = content
    var runs: [TextRun] = []
    var (version, names): (HepMcEvents.Version?, [String]) = (nil, [])
    var (place, line, rows, size) = (0, 1, 0, Self.runSize)
    var isLast = false
    repeat {
      var text = try content.bytes(from: place, count: size)
      isLast = text.count < size
      if !isLast {
        guard let cut = Self.lastStart(text) else {
          guard size < Self.longest else {
            throw FormatError(
              source, line: line, "an event must end", found: "256 MiB hold no end of one",
              remedy: "The file is damaged; copy or make it again.")
          }
          size *= 2
          continue
        }
        text.removeSubrange(cut...)
      }
      let events = try Self.events(text, version, names, isLast, source, line)
      (version, names) = (events.version, events.weightNames)
      runs.append(TextRun(bytes: place..<place + text.count, line: line, row: rows))
      rows += events.count
      line += text.reduce(0) { $0 + ($1 == 0x0a ? 1 : 0) }
      place += text.count
      size = Self.runSize
    } while !isLast
    (self.runs, self.version, weightNames, count) = (runs, version, names, rows)
    let bounds = runs.map(\.row) + [rows]
    pieces = zip(bounds, bounds.dropFirst()).filter { $0 < $1 }.map { $0..<$1 }
    schema = HepMcEvents(version: version, weightNames: names).columns().map {
      ColumnDescription($0.column.name, type: $0.column.values.typeName, title: $0.title)
    }
  }

  /// Whether a text begins as files of HepMC do.
  static func isHepMc(_ head: [UInt8]) -> Bool {
    head.drop { $0 <= 0x20 }.starts(with: Array("HepMC::".utf8))
  }

  /// The place of the last line that begins an event; nil where only the first line of a text does.
  private static func lastStart(_ text: [UInt8]) -> Int? {
    var place = text.count - 3
    while place >= 0 {
      if text[place] == 0x0a, text[place + 1] == 0x45, text[place + 2] == 0x20 { return place + 1 }
      place -= 1
    }
    return nil
  }

  private static func events(
    _ text: [UInt8], _ version: HepMcEvents.Version?, _ names: [String], _ isLast: Bool,
    _ file: String, _ line: Int
  ) throws(FormatError) -> HepMcEvents {
    let padded = text + [UInt8](repeating: 0, count: 16)
    var events = HepMcEvents(version: version, weightNames: names)
    do throws(FormatError) {
      try unsafe padded.withUnsafeBufferPointer { buffer throws(FormatError) in
        guard let base = buffer.baseAddress else { return }
        try unsafe events.read(LheScanner(base, count: text.count, file: file), isLast: isLast)
      }
    } catch {
      var known = error
      known.line = known.line.map { $0 - 1 + line }
      throw known
    }
    return events
  }

  /// The columns of these names for a run of events.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    let none = HepMcEvents(version: version, weightNames: weightNames).columns().map(\.column)
    return try TextRun.read(
      names, rows, of: runs, count: count, none: try EventTable(none, source: source)
    ) { run, isLast in
      let text = try content.bytes(from: run.bytes.lowerBound, count: run.bytes.count)
      // Weights that later runs have besides are columns of all.
      let events = try Self.events(text, version, weightNames, isLast, source, run.line)
      guard events.weightNames.count == weightNames.count else { throw TextRun.changed(source) }
      return try EventTable(events.columns().map(\.column), source: source)
    }
  }
}
