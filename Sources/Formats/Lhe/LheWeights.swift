/// The weights of a file: what its header says of each, and their values event by event.
struct LheWeights {
  /// One weight of every event.
  struct Weight {
    var id: String
    /// The group's name and the weight's own words.
    var title: String
    /// A value an event; NaN where an event has none.
    var values: [Double] = []
  }

  private(set) var weights: [Weight] = []
  private var places: [String: Int] = [:]
  private var next = 0

  /// Reads the block `<initrwgt>`, where there is one before the first event.
  init(header: LheScanner) throws(FormatError) {
    var scanner = unsafe header
    guard unsafe scanner.find("<initrwgt") else { return }
    let open = unsafe scanner.p
    _ = try unsafe scanner.takeTag()
    var group = ""
    while unsafe scanner.findTag() {
      if unsafe scanner.isAt("</initrwgt") { return }
      let isWeight = unsafe scanner.isAtTag("<weight")
      if unsafe scanner.isAtTag("<weightgroup") {
        let tag = try unsafe scanner.takeTag()
        group = unsafe LheTag.attribute("name", of: tag) ?? LheTag.attribute("type", of: tag) ?? ""
      } else if unsafe scanner.isAt("</weightgroup") {
        group = ""
        _ = try unsafe scanner.takeTag()
      } else if isWeight {
        try unsafe add(&scanner, group)
      } else {
        _ = try unsafe scanner.takeTag()
      }
    }
    throw unsafe scanner.wrong("<initrwgt> must be closed", "it never is", at: open)
  }

  /// Adds weights that the header does not name.
  mutating func add(_ known: [Weight]) {
    for weight in known where places[weight.id] == nil {
      places[weight.id] = weights.count
      weights.append(Weight(id: weight.id, title: weight.title))
    }
  }

  /// Reads one weight's description.
  private mutating func add(_ scanner: inout LheScanner, _ group: String) throws(FormatError) {
    let open = unsafe scanner.p
    let tag = try unsafe scanner.takeTag()
    guard let id = unsafe LheTag.attribute("id", of: tag) else {
      throw unsafe scanner.wrong(
        "a weight of the header must have an id", "this one has none", at: open)
    }
    let start = unsafe scanner.p
    guard unsafe scanner.findTag() else { throw unsafe scanner.cut("</weight> must follow") }
    let words = unsafe String(
      decoding: UnsafeBufferPointer(start: start, count: scanner.p - start), as: UTF8.self)
    let clean = LheTag.unescaped(words.split { $0.isWhitespace }.joined(separator: " "))
    let title = [group, clean].filter { !$0.isEmpty }.joined(separator: ": ")
    if places[id] == nil {
      places[id] = weights.count
      weights.append(Weight(id: id, title: title))
    }
  }

  /// Ends an event: weights that it lacks are NaN.
  mutating func endEvent(_ event: Int) {
    for i in weights.indices where weights[i].values.count == event {
      weights[i].values.append(.nan)
    }
  }

  private mutating func set(_ place: Int, _ value: Double, _ event: Int) {
    let have = weights[place].values.count
    if have < event {
      // The first event that has this weight.
      weights[place].values += [Double](repeating: .nan, count: event - have)
    }
    if have <= event { weights[place].values.append(value) }
  }

  /// Reads `<rwgt>`, whose weights each have an id.
  mutating func readNamed(_ scanner: inout LheScanner, event: Int) throws(FormatError) {
    let open = unsafe scanner.p
    _ = try unsafe scanner.takeTag()
    next = 0
    while unsafe scanner.findTag() {
      if unsafe scanner.isAt("</rwgt") {
        _ = try unsafe scanner.takeTag()
        return
      }
      if unsafe scanner.isAt("</event") { break }
      guard unsafe scanner.isAtTag("<wgt") else {
        _ = try unsafe scanner.takeTag()
        continue
      }
      let start = unsafe scanner.p
      let tag = try unsafe scanner.takeTag()
      guard let index = unsafe place(of: tag) else {
        throw unsafe scanner.wrong("a weight must have an id", "this one has none", at: start)
      }
      unsafe set(index, try scanner.real("the value of a weight"), event)
      guard unsafe scanner.findTag(), unsafe scanner.isAt("</wgt") else {
        throw unsafe scanner.wrong("</wgt> must follow the value of a weight", "it does not")
      }
      _ = try unsafe scanner.takeTag()
    }
    throw unsafe scanner.wrong("<rwgt> must be closed within its event", "it is not", at: open)
  }

  /// The place of the weight that a tag names; the weights stand in the same order in every event, so the
  /// next one is looked at first.
  private mutating func place(of tag: UnsafeBufferPointer<UInt8>) -> Int? {
    guard let id = unsafe Self.quickID(tag) else { return nil }
    if next < weights.count, unsafe id.elementsEqual(weights[next].id.utf8) {
      next += 1
      return next - 1
    }
    let text = unsafe String(decoding: id, as: UTF8.self)
    let place = places[text] ?? weights.count
    if place == weights.count {
      places[text] = place
      weights.append(Weight(id: text, title: ""))
    }
    next = place + 1
    return place
  }

  /// What stands in quotes behind `id=`.
  private static func quickID(_ tag: UnsafeBufferPointer<UInt8>) -> Slice<
    UnsafeBufferPointer<UInt8>
  >? {
    guard let equals = unsafe tag.firstIndex(of: 0x3d),
      let quote = unsafe tag[equals...].firstIndex(where: { $0 == 0x22 || $0 == 0x27 }),
      let end = unsafe tag[(quote + 1)...].firstIndex(of: tag[quote])
    else { return nil }
    return unsafe tag[(quote + 1)..<end]
  }

  /// Reads `<weights>`: values in the order of the header.
  mutating func readInOrder(_ scanner: inout LheScanner, event: Int) throws(FormatError) {
    let open = unsafe scanner.p
    _ = try unsafe scanner.takeTag()
    var place = 0
    while true {
      unsafe scanner.skipBlanks()
      if unsafe scanner.p >= scanner.end || scanner.p.pointee == 0x3c { break }
      let value = try unsafe scanner.real("the value of a weight")
      if place == weights.count {
        let id = String(place + 1)
        places[id] = place
        weights.append(Weight(id: id, title: ""))
      }
      set(place, value, event)
      place += 1
    }
    guard unsafe scanner.isAt("</weights") else {
      throw unsafe scanner.wrong("<weights> must hold numbers and be closed", "it is not", at: open)
    }
    _ = try unsafe scanner.takeTag()
  }
}
