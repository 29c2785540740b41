public import ApusEvents

/// Events of a generator in the Les Houches format (.lhe, also gzipped), as a table.
///
/// Columns of events: `process` (IDPRUP), `weight` (XWGTUP), `scale` (SCALUP, GeV), `alpha_qed`, `alpha_qcd`.
/// Lists with a value a particle: `particle_id` (PDG), `particle_status`, `particle_mother1`, `particle_mother2`
/// (from 1, 0 for none), `particle_color1`, `particle_color2`, `particle_px`, `particle_py`, `particle_pz`,
/// `particle_energy`, `particle_mass` (GeV), `particle_lifetime` (mm), `particle_spin`. And `weight_<id>` for each
/// weight of `<rwgt>`, or of `<weights>` in the order of the header (which only then are numbered from 1 where
/// the header names none); an event that lacks one has NaN. The header's words for a weight are the
/// column's title; characters of an id that no name can have become `_`.
///
/// Format: Alwall et al., hep-ph/0609017; Butterworth et al., arXiv:1405.1067 (version 3). Tags need not be
/// well-formed XML outside of what is read: generators put their cards into headers.
public struct LheTable: TableSource {
  /// The file's path.
  public let source: String
  /// What the columns are; titles hold units and what the header says of weights.
  public let schema: [ColumnDescription]
  private let table: EventTable

  /// The number of events.
  public var count: Int { table.count }
  /// All events are one piece, because the file has no index.
  public var pieces: [Range<Int>] { table.pieces }

  /// Reads a file.
  /// - Throws: ``FormatError`` with the line of what is malformed, or where a file ends too early.
  public init(_ path: String) throws {
    var bytes = try readFile(path)
    if Deflate.isGzip(bytes) { bytes = try Deflate.gunzip(bytes, file: path) }
    try self.init(&bytes, file: path)
  }

  init(_ bytes: inout [UInt8], file: String) throws {
    let count = bytes.count
    bytes.append(contentsOf: [UInt8](repeating: 0, count: 16))
    let events = try unsafe bytes.withUnsafeBufferPointer {
      buffer throws(FormatError) -> LheEvents? in
      // Never nil: sixteen bytes are there.
      guard let base = buffer.baseAddress else { return nil }
      return try unsafe LheEvents(LheScanner(base, count: count, file: file))
    }
    let named = events?.columns() ?? []
    source = file
    table = try EventTable(named.map(\.column), source: file)
    schema = named.map {
      ColumnDescription($0.column.name, type: $0.column.values.typeName, title: $0.title)
    }
  }

  /// The columns of these names for a run of events.
  public func read(_ names: [String], rows: Range<Int>) throws -> EventTable {
    try table.read(names, rows: rows)
  }
}

/// Reads all columns, or some, of a Les Houches file; see ``LheTable``.
/// - Throws: ``FormatError`` with the line; `TableError` for a missing column.
public func readLHE(_ path: String, columns: [String]? = nil) throws -> EventTable {
  let table = try LheTable(path)
  return try table.read(columns ?? table.columnNames, rows: 0..<table.count)
}

/// What the events of a file hold, column by column.
struct LheEvents {
  private var process: [Int64] = []
  private var weight: [Double] = []
  private var scale: [Double] = []
  private var qed: [Double] = []
  private var qcd: [Double] = []
  private var offsets = [0]
  private var whole = [[Int32]](repeating: [], count: 6)
  private var real = [[Double]](repeating: [], count: 7)
  private var weights: LheWeights?

  static let opening: StaticString = "<LesHouchesEvents"

  /// No events.
  init() {}

  /// The number of events, and the weights that were met.
  var count: Int { process.count }
  var allWeights: [LheWeights.Weight] { weights?.weights ?? [] }

  /// Reads a whole file.
  /// - Parameter known: Weights that other events of the file have besides.
  init(_ text: LheScanner, known: [LheWeights.Weight] = []) throws(FormatError) {
    var scanner = unsafe text
    guard unsafe scanner.find(Self.opening) else {
      throw unsafe text.wrong("a Les Houches file must hold <LesHouchesEvents>", "it does not")
    }
    let open = unsafe scanner.p
    _ = try unsafe scanner.takeTag()
    var header = unsafe scanner
    weights = try unsafe LheWeights(header: Self.preamble(&header))
    weights?.add(known)
    while unsafe scanner.findTag() {
      if unsafe scanner.isAt("</LesHouchesEvents") { return }
      if unsafe scanner.isAtTag("<event") {
        try unsafe event(&scanner)
      } else if unsafe scanner.isAtTag("<header") {
        guard unsafe scanner.find("</header") else {
          throw unsafe scanner.wrong("<header> must be closed", "it never is", at: open)
        }
      } else if unsafe scanner.isAt("<!--") {
        guard unsafe scanner.skipComment() else {
          throw unsafe scanner.cut("a comment must be closed")
        }
      } else {
        _ = try unsafe scanner.takeTag()
      }
    }
    throw unsafe scanner.cut(
      "</LesHouchesEvents> must follow the last event (\(process.count) were read)")
  }

  /// The text before the first event.
  private static func preamble(_ scanner: inout LheScanner) -> LheScanner {
    let start = unsafe scanner
    while unsafe scanner.find("<event") {
      if unsafe scanner.isAtTag("<event") { break }
      unsafe scanner.p += 1
    }
    return unsafe start.ending(at: scanner.p)
  }

  /// Reads an event: six numbers, thirteen for each particle, and weights.
  private mutating func event(_ scanner: inout LheScanner) throws(FormatError) {
    let open = unsafe scanner.p
    _ = try unsafe scanner.takeTag()
    let particles = try unsafe scanner.integer("the number of particles")
    // A particle takes at least 26 characters.
    guard particles >= 0, unsafe particles <= (scanner.end - scanner.p) / 26 + 1 else {
      throw unsafe scanner.wrong(
        "an event must hold the particles that it announces",
        "\(particles) don't fit into the rest of the file", at: unsafe open)
    }
    unsafe process.append(Int64(try scanner.integer("the process")))
    unsafe weight.append(try scanner.real("the weight"))
    unsafe scale.append(try scanner.real("the scale"))
    unsafe qed.append(try scanner.real("the coupling of QED"))
    unsafe qcd.append(try scanner.real("the coupling of QCD"))
    for _ in 0..<particles { try unsafe particle(&scanner) }
    offsets.append(whole[0].count)
    try unsafe tail(&scanner, open)
    weights?.endEvent(process.count - 1)
  }

  private mutating func particle(_ scanner: inout LheScanner) throws(FormatError) {
    for i in 0..<6 {
      let place = unsafe scanner.p
      let value = try unsafe scanner.integer(Self.wholeWords[i])
      guard let narrow = Int32(exactly: value) else {
        throw unsafe scanner.wrong(
          "\(Self.wholeWords[i]) must be a 32-bit number", "it is \(value)", at: unsafe place)
      }
      whole[i].append(narrow)
    }
    for i in 0..<7 { unsafe real[i].append(try scanner.real(Self.realWords[i])) }
  }

  private static let wholeWords: [StaticString] = [
    "a particle's id", "a particle's status", "a particle's first mother",
    "a particle's second mother", "a particle's first colour", "a particle's second colour",
  ]
  private static let realWords: [StaticString] = [
    "a particle's px", "a particle's py", "a particle's pz", "a particle's energy",
    "a particle's mass", "a particle's lifetime", "a particle's spin",
  ]

  /// Reads what follows the particles, up to the end of the event.
  private mutating func tail(
    _ scanner: inout LheScanner, _ open: UnsafePointer<UInt8>
  ) throws(FormatError) {
    let event = process.count - 1
    while true {
      unsafe scanner.skipBlanks()
      guard unsafe scanner.p < scanner.end else { throw unsafe scanner.cut("</event> must follow") }
      if unsafe scanner.isAt("</event") {
        _ = try unsafe scanner.takeTag()
        return
      }
      if unsafe scanner.isAtTag("<rwgt") {
        try unsafe weights?.readNamed(&scanner, event: event)
      } else if unsafe scanner.isAtTag("<weights") {
        try unsafe weights?.readInOrder(&scanner, event: event)
      } else if unsafe scanner.isAt("<event") || scanner.isAt("</LesHouches") {
        throw unsafe scanner.wrong(
          "an event must be closed before the next tag", "it is not", at: open)
      } else if unsafe scanner.p.pointee == 0x3c {
        _ = try unsafe scanner.takeTag()
      } else {
        // Words of other tags, and of old generators behind the particles.
        unsafe scanner.skipText()
      }
    }
  }

  // MARK: - Columns

  func columns() -> [(column: Column, title: String)] {
    var columns: [(Column, String)] = [
      (Column("process", .int64(process)), "process (IDPRUP)"),
      (Column("weight", .float64(weight)), "weight of the event (XWGTUP)"),
      (Column("scale", .float64(scale)), "scale [GeV]"),
      (Column("alpha_qed", .float64(qed)), "coupling of QED"),
      (Column("alpha_qcd", .float64(qcd)), "coupling of QCD"),
    ]
    func list(_ name: String, _ values: Column.Values, _ title: String) {
      let jagged = Jagged(offsets: offsets, content: values)
      columns.append((Column("particle_" + name, .jagged(jagged)), title))
    }
    let words = [
      ("id", "PDG code"), ("status", "-1 incoming, 1 outgoing, 2 between"),
      ("mother1", "first mother, from 1"), ("mother2", "last mother, from 1"),
      ("color1", "colour line"), ("color2", "anticolour line"),
    ]
    for (values, word) in zip(whole, words) { list(word.0, .integers(.int32(values)), word.1) }
    let reals = [
      ("px", "px [GeV]"), ("py", "py [GeV]"), ("pz", "pz [GeV]"), ("energy", "energy [GeV]"),
      ("mass", "mass [GeV]"), ("lifetime", "proper lifetime [mm]"),
      ("spin", "cosine of the spin's angle"),
    ]
    for (values, word) in zip(real, reals) { list(word.0, .float64(values), word.1) }
    var names: Set<String> = []
    for weight in weights?.weights ?? [] {
      var name =
        "weight_" + String(weight.id.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" })
      while !names.insert(name).inserted { name += "_" }
      var values = weight.values
      values += [Double](repeating: .nan, count: process.count - values.count)
      columns.append((Column(name, .float64(values)), weight.title))
    }
    return columns
  }
}
