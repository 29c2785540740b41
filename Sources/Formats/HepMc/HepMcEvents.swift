import ApusEvents

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What the events of a text in HepMC's format hold, column by column: `IO_GenEvent` of HepMC 2 or `Asciiv3` of HepMC 3.
struct HepMcEvents {
  /// What lines mean, as the text names it before the first event.
  enum Version { case two, three }

  private(set) var version: Version?
  private(set) var weightNames: [String] = []
  private var numbers: [Int64] = []
  private var scales: [Double] = []
  private var weights: [[Double]] = []
  private var offsets = [0]
  private var whole = [[Int32]](repeating: [], count: 4)
  private var real = [[Double]](repeating: [], count: 5)
  /// Whether the text said that no events follow.
  private(set) var isEnded = false
  private var event = Event()
  /// How many weights all events may have together: more than a text of this size holds are a fault.
  private var mostWeights = 1 << 16

  /// What is known of the event that is read.
  private struct Event {
    var isOpen = false
    /// GeV in a unit of its momenta.
    var unit = 1.0
    var first = 0
    /// The particles that it announces (HepMC 3) or the vertices (HepMC 2).
    var announced = 0
    var vertices = 0
    /// Of each vertex the first and the last particle that goes in.
    var incoming: [Int: (first: Int32, last: Int32)] = [:]
    /// The vertex that each particle comes from; 0 for none.
    var origins: [Int] = []
    /// The vertex whose particles stand here, and how many of them still come in (HepMC 2).
    var vertex = 0
    var orphans = 0
    var outgoing = 0
  }

  /// The number of events.
  var count: Int { numbers.count }

  /// No events, and what is known of the text before them.
  init(version: Version? = nil, weightNames: [String] = []) {
    (self.version, self.weightNames) = (version, weightNames)
    weights = weightNames.map { _ in [] }
  }

  /// Reads lines.
  /// - Parameter isLast: Whether the file ends with them.
  mutating func read(_ text: LheScanner, isLast: Bool) throws(FormatError) {
    var scanner = unsafe text
    mostWeights = unsafe max(1 << 16, 4 * (scanner.end - scanner.p))
    while unsafe scanner.p < scanner.end {
      let start = unsafe scanner.p
      unsafe scanner.skipToLineEnd()
      let end = unsafe scanner.p
      unsafe scanner.p = unsafe min(end + 1, scanner.end)
      var line = unsafe text.ending(at: end)
      unsafe line.p = unsafe start
      try unsafe self.line(&line)
    }
    try unsafe endEvent(text, at: scanner.end)
    try unsafe checkWeights(text)
    if isLast, !isEnded {
      throw unsafe text.cut("the line that ends the listing of events must follow")
    }
  }

  private mutating func line(_ line: inout LheScanner) throws(FormatError) {
    try unsafe checkWeights(line)
    let letter = unsafe line.p.pointee
    if unsafe line.isAt("HepMC::") { return try unsafe mark(&line) }
    guard unsafe line.end - line.p > 1, unsafe line.p[1] == 0x20 else { return }
    guard let version else {
      throw unsafe line.wrong(
        "a listing of HepMC must begin with its format", "no START_EVENT_LISTING stands before",
        "Formats that are read: IO_GenEvent of HepMC 2 and Asciiv3 of HepMC 3.")
    }
    unsafe line.p += 1
    switch (letter, version) {
    case (UInt8(ascii: "E"), _): try unsafe openEvent(&line, version)
    case (UInt8(ascii: "U"), _): try unsafe units(&line)
    case (UInt8(ascii: "N"), .two): try unsafe namesInQuotes(&line)
    case (UInt8(ascii: "W"), .three) where !event.isOpen: unsafe namesOfRun(&line)
    case (UInt8(ascii: "W"), .three): try unsafe weightsOfEvent(&line)
    case (UInt8(ascii: "A"), .three) where event.isOpen: try unsafe attribute(&line)
    case (UInt8(ascii: "V"), .two): try unsafe vertexOfTwo(&line)
    case (UInt8(ascii: "V"), .three): try unsafe vertexOfThree(&line)
    case (UInt8(ascii: "P"), .two): try unsafe particleOfTwo(&line)
    case (UInt8(ascii: "P"), .three): try unsafe particleOfThree(&line)
    // Cross sections, partons of the beams, heavy ions, tools of the run.
    default: break
    }
  }

  /// A line that begins or ends a listing.
  private mutating func mark(_ line: inout LheScanner) throws(FormatError) {
    if unsafe line.isAt("HepMC::IO_GenEvent-START") {
      version = .two
      isEnded = false
    } else if unsafe line.isAt("HepMC::Asciiv3-START") {
      version = .three
      isEnded = false
    } else if unsafe line.isAt("HepMC::IO_GenEvent-END") || line.isAt("HepMC::Asciiv3-END") {
      try unsafe endEvent(line, at: line.p)
      isEnded = true
    } else if unsafe !line.isAt("HepMC::Version") {
      throw unsafe line.wrong(
        "a listing of HepMC must be of IO_GenEvent or Asciiv3", "this line names another format")
    }
  }

  // MARK: - Events

  private mutating func openEvent(
    _ line: inout LheScanner, _ version: Version
  ) throws(FormatError) {
    try unsafe endEvent(line, at: line.p)
    event = Event(isOpen: true, first: whole[0].count)
    unsafe numbers.append(Int64(try line.integer("the number of the event")))
    scales.append(.nan)
    for i in weights.indices { weights[i].append(.nan) }
    switch version {
    case .three:
      _ = try unsafe line.integer("the number of vertices")
      event.announced = try unsafe line.integer("the number of particles")
    case .two:
      _ = try unsafe line.integer("the number of interactions")
      unsafe scales[scales.count - 1] = try line.real("the scale")
      for what: StaticString in ["alpha of QCD", "alpha of QED"] { _ = try unsafe line.real(what) }
      for what: StaticString in ["the process", "the vertex of the process"] {
        _ = try unsafe line.integer(what)
      }
      event.announced = try unsafe line.integer("the number of vertices")
      for _ in 0..<2 { _ = try unsafe line.integer("a particle of the beam") }
      let states = try unsafe line.integer("the number of random states")
      for _ in 0..<max(0, states) { _ = try unsafe line.real("a random state") }
      let count = try unsafe line.integer("the number of weights")
      for i in 0..<max(0, count) { setWeight(i, try unsafe line.real("a weight")) }
    }
  }

  private var hasTooManyWeights: Bool { weights.count * (numbers.count + 1) > mostWeights }

  private func checkWeights(_ text: LheScanner) throws(FormatError) {
    guard hasTooManyWeights else { return }
    throw unsafe text.wrong(
      "events must have the weights that the file names",
      "\(weights.count) weights of \(numbers.count) events don't fit into their text")
  }

  private mutating func setWeight(_ index: Int, _ value: Double) {
    while weights.count <= index {
      // The next line says what is wrong.
      guard !hasTooManyWeights else { return }
      weightNames.append(weights.isEmpty ? "" : String(weights.count))
      weights.append([Double](repeating: .nan, count: numbers.count))
    }
    weights[index][numbers.count - 1] = value
  }

  /// Ends the event that is read, and finds the mothers of its particles.
  private mutating func endEvent(
    _ text: LheScanner, at place: UnsafePointer<UInt8>
  ) throws(FormatError) {
    guard event.isOpen else { return }
    let found = version == .two ? event.vertices : whole[0].count - event.first
    guard found == event.announced, event.orphans + event.outgoing == 0 else {
      throw unsafe text.wrong(
        "an event must hold the \(version == .two ? "vertices" : "particles") that it announces",
        "event \(numbers[numbers.count - 1]) has \(found) of \(event.announced)"
          + (event.orphans + event.outgoing > 0 ? ", and the last lacks particles" : ""),
        "The job was killed or the file cut off; copy or make it again.", at: unsafe place)
    }
    for origin in event.origins {
      let mothers = event.incoming[origin] ?? (0, 0)
      // A particle of HepMC 3 may name its only mother instead of a vertex.
      let own = origin > 0 && version == .three ? Int32(clamping: origin) : nil
      whole[2].append(own ?? mothers.first)
      whole[3].append(own ?? mothers.last)
    }
    offsets.append(whole[0].count)
    event = Event()
  }

  private mutating func units(_ line: inout LheScanner) throws(FormatError) {
    unsafe line.skipBlanks()
    if unsafe line.isAt("MEV") {
      event.unit = 1e-3
    } else if unsafe line.isAt("GEV") {
      event.unit = 1
    } else {
      throw unsafe line.wrong("momenta must be in GEV or MEV", "the unit is another")
    }
  }

  // MARK: - Weights

  /// The names of HepMC 2: how many, then each in quotes.
  private mutating func namesInQuotes(_ line: inout LheScanner) throws(FormatError) {
    _ = try unsafe line.integer("the number of names")
    let text = unsafe line.rest
    for (i, part) in text.split(separator: "\"", omittingEmptySubsequences: false).enumerated()
    where i % 2 == 1 {
      name(i / 2, String(part))
    }
  }

  /// The names of HepMC 3, with `\|` between them and `\\` for a backslash.
  private mutating func namesOfRun(_ line: inout LheScanner) {
    let text = unsafe line.rest.replacing("\\\\", with: "\u{0}").replacing("\\|", with: " ")
    for (i, part) in text.split(separator: " ").enumerated() {
      name(i, String(part).replacing("\u{0}", with: "\\"))
    }
  }

  private mutating func name(_ index: Int, _ name: String) {
    while weights.count <= index {
      // The next line says what is wrong.
      guard !hasTooManyWeights else { return }
      weightNames.append("")
      weights.append([Double](repeating: .nan, count: numbers.count))
    }
    weightNames[index] = name
  }

  private mutating func weightsOfEvent(_ line: inout LheScanner) throws(FormatError) {
    var index = 0
    unsafe line.skipBlanks()
    while unsafe line.p < line.end {
      setWeight(index, try unsafe line.real("a weight"))
      index += 1
      unsafe line.skipBlanks()
    }
  }

  /// `A 0 event_scale 91.2`: of the attributes of an event only its scale is a column.
  private mutating func attribute(_ line: inout LheScanner) throws(FormatError) {
    unsafe line.skipBlanks()
    guard unsafe line.isAt("0 event_scale ") else { return }
    unsafe line.p += 14
    unsafe scales[scales.count - 1] = try line.real("the scale")
  }

  // MARK: - Vertices and particles

  private mutating func vertexOfTwo(_ line: inout LheScanner) throws(FormatError) {
    guard event.isOpen, event.orphans + event.outgoing == 0 else {
      throw unsafe line.wrong(
        "a vertex must stand in an event, behind the particles of the one before", "it does not")
    }
    event.vertices += 1
    event.vertex = try unsafe line.integer("a vertex's number")
    _ = try unsafe line.integer("a vertex's id")
    for what: StaticString in ["a vertex's x", "its y", "its z", "its time"] {
      _ = try unsafe line.real(what)
    }
    event.orphans = try unsafe line.integer("the particles that come in")
    event.outgoing = try unsafe line.integer("the particles that go out")
    guard event.orphans >= 0, event.outgoing >= 0 else {
      throw unsafe line.wrong("numbers of particles must not be negative", "they are")
    }
  }

  private mutating func particleOfTwo(_ line: inout LheScanner) throws(FormatError) {
    guard event.orphans + event.outgoing > 0 else {
      throw unsafe line.wrong(
        "a particle must belong to a vertex", "the vertex has all it announces, or none is there")
    }
    _ = try unsafe line.integer("a particle's number")
    try unsafe whole[0].append(narrow(&line, "a particle's id"))
    try unsafe momentum(&line)
    try unsafe whole[1].append(narrow(&line, "a particle's status"))
    for what: StaticString in ["a polarisation's theta", "a polarisation's phi"] {
      _ = try unsafe line.real(what)
    }
    let end = try unsafe line.integer("the vertex where a particle ends")
    event.origins.append(event.orphans > 0 ? 0 : event.vertex)
    if event.orphans > 0 { event.orphans -= 1 } else { event.outgoing -= 1 }
    if end != 0 { addIncoming(Int32(clamping: event.origins.count), to: end) }
  }

  private mutating func addIncoming(_ particle: Int32, to vertex: Int) {
    event.incoming[vertex] = (event.incoming[vertex]?.first ?? particle, particle)
  }

  /// `V -3 0 [2,7] @ x y z t`.
  private mutating func vertexOfThree(_ line: inout LheScanner) throws(FormatError) {
    let vertex = try unsafe line.integer("a vertex's number")
    _ = try unsafe line.integer("a vertex's status")
    let text = unsafe line.rest.drop { $0 == " " }
    guard event.isOpen, vertex < 0, text.first == "[", let close = text.firstIndex(of: "]") else {
      throw unsafe line.wrong(
        "a vertex must stand in an event, have a negative number and a list of particles",
        "this one does not")
    }
    for word in text[text.index(after: text.startIndex)..<close].split(separator: ",") {
      guard let particle = Int32(word.filter { $0 != " " }), particle > 0 else {
        throw unsafe line.wrong("a vertex must list numbers of particles", "it lists '\(word)'")
      }
      addIncoming(particle, to: vertex)
    }
  }

  private mutating func particleOfThree(_ line: inout LheScanner) throws(FormatError) {
    let number = try unsafe line.integer("a particle's number")
    guard event.isOpen, number == event.origins.count + 1 else {
      throw unsafe line.wrong(
        "particles of an event must be numbered from 1",
        "number \(number) stands behind \(event.origins.count)")
    }
    let origin = try unsafe line.integer("what a particle comes from")
    guard origin < number else {
      throw unsafe line.wrong(
        "a particle's mother must stand before it", "number \(number) comes from \(origin)")
    }
    event.origins.append(origin)
    try unsafe whole[0].append(narrow(&line, "a particle's id"))
    try unsafe momentum(&line)
    try unsafe whole[1].append(narrow(&line, "a particle's status"))
  }

  private mutating func momentum(_ line: inout LheScanner) throws(FormatError) {
    for i in 0..<5 { unsafe real[i].append(try line.real(Self.words[i]) * event.unit) }
  }

  private static let words: [StaticString] = [
    "a particle's px", "a particle's py", "a particle's pz", "a particle's energy",
    "a particle's mass",
  ]

  private func narrow(
    _ line: inout LheScanner, _ what: StaticString
  ) throws(FormatError) -> Int32 {
    let value = try unsafe line.integer(what)
    guard let narrow = Int32(exactly: value) else {
      throw unsafe line.wrong("\(what) must be a 32-bit number", "it is \(value)")
    }
    return narrow
  }

  // MARK: - Columns

  /// The columns with their titles; those of all weights in their order.
  func columns() -> [(column: Column, title: String)] {
    var columns: [(Column, String)] = [
      (Column("event", .int64(numbers)), "number of the event"),
      (Column("scale", .float64(scales)), "scale [GeV]"),
    ]
    var names: Set<String> = ["event", "scale"]
    for (i, values) in weights.enumerated() {
      let title = weightNames[i]
      let clean = title.map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
      let number = i == 0 ? "weight" : "weight_\(i)"
      var name =
        title.isEmpty || title == "Weight" || title == "Default" ? number : "weight_" + clean
      while !names.insert(name).inserted { name += "_" }
      columns.append((Column(name, .float64(values)), title))
    }
    func list(_ name: String, _ values: Column.Values, _ title: String) {
      let jagged = Jagged(offsets: offsets, content: values)
      columns.append((Column("particle_" + name, .jagged(jagged)), title))
    }
    let wholes = [
      ("id", "PDG code"), ("status", "1 final, 2 decayed, 4 beam"),
      ("mother1", "first mother, from 1"), ("mother2", "last mother, from 1"),
    ]
    for (values, word) in zip(whole, wholes) { list(word.0, .integers(.int32(values)), word.1) }
    for (values, word) in zip(real, ["px", "py", "pz", "energy", "mass"]) {
      list(word, .float64(values), word + " [GeV]")
    }
    return columns
  }
}

extension LheScanner {
  /// Moves to the end of the line.
  mutating func skipToLineEnd() {
    guard unsafe p < end, let hit = unsafe memchr(p, 0x0a, end - p) else {
      unsafe p = unsafe end
      return
    }
    unsafe p = unsafe UnsafePointer(hit.assumingMemoryBound(to: UInt8.self))
  }

  /// The text from here to the end.
  var rest: String {
    let bytes = unsafe UnsafeBufferPointer(start: p, count: max(0, end - p))
    return unsafe String(decoding: bytes.prefix { $0 != 0x0d }, as: UTF8.self)
  }
}
