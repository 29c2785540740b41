import ApusEvents
import ApusKernels

/// Finds the entry of a table that has given whole numbers in some columns: run and event, for example.
///
/// A hash table with open addresses: eight bytes an entry besides the numbers.
struct EntryIndex {
  /// The entry that stands for none.
  static let none = UInt32.max

  private let width: Int
  /// The numbers of all entries, one entry behind the other.
  private let keys: [Int64]
  private var slots: [UInt32]

  /// Reads the columns of a table, and makes the index of them.
  /// - Throws: ``FormatError`` where two entries have the same numbers, or a column holds none.
  init(_ table: any TableSource, by columns: [String]) throws {
    width = columns.count
    var keys: [Int64] = []
    keys.reserveCapacity(table.count * columns.count)
    try Self.forEach(table, columns) { keys += $0 }
    self.keys = keys
    guard table.count < Int(Self.none) else {
      throw FormatError(
        table.source, "an index must be of at most \(Self.none) entries",
        found: "there are \(table.count)")
    }
    var size = 16
    while size < 2 * table.count { size *= 2 }
    slots = [UInt32](repeating: Self.none, count: size)
    for entry in 0..<table.count {
      let slot = slot(keys, entry * width)
      if slots[slot] != Self.none {
        throw FormatError(
          table.source, object: columns.joined(separator: ", "),
          "the columns of an index must tell all entries apart",
          found: "entries \(slots[slot]) and \(entry) both have "
            + keys[entry * width..<(entry + 1) * width].map { "\($0)" }.joined(separator: ", "),
          remedy: "Name more columns, or files that belong together.", kind: .usage)
      }
      slots[slot] = UInt32(entry)
    }
  }

  /// The entries that belong to those of another table.
  func entries(of table: any TableSource, by columns: [String]) throws -> [UInt32] {
    var found: [UInt32] = []
    found.reserveCapacity(table.count)
    try Self.forEach(table, columns) { wanted in
      for place in stride(from: 0, to: wanted.count, by: width) {
        found.append(slots[slot(wanted, place)])
      }
    }
    return found
  }

  /// The slot of an entry with these numbers, or the free one where it would be.
  private func slot(_ wanted: [Int64], _ place: Int) -> Int {
    var hash: UInt64 = 0
    for i in 0..<width {
      hash = (hash ^ UInt64(bitPattern: wanted[place + i])) &* 0x9e37_79b9_7f4a_7c15
      hash ^= hash >> 32
    }
    var slot = Int(truncatingIfNeeded: hash) & (slots.count - 1)
    while slots[slot] != Self.none {
      let other = Int(slots[slot]) * width
      if (0..<width).allSatisfy({ keys[other + $0] == wanted[place + $0] }) { break }
      slot = (slot + 1) & (slots.count - 1)
    }
    return slot
  }

  /// Reads the numbers of all entries run by run.
  private static func forEach(
    _ table: any TableSource, _ columns: [String], _ body: ([Int64]) -> Void
  ) throws {
    let run = 1 << 20
    for start in stride(from: 0, to: table.count, by: run) {
      let part = try table.read(columns, rows: start..<min(start + run, table.count))
      let numbers = try columns.map { name in
        guard let own = wholeNumbers(try part.column(name).values) else {
          throw FormatError(
            table.source, object: name, "a column of an index must hold one whole number an entry",
            found: "this one does not", kind: .usage)
        }
        return own
      }
      var joined: [Int64] = []
      joined.reserveCapacity(part.count * columns.count)
      for row in 0..<part.count { for own in numbers { joined.append(own[row]) } }
      body(joined)
    }
  }

  private static func wholeNumbers(_ values: Column.Values) -> [Int64]? {
    switch values {
    case .int64(let own): return own
    case .integers(.uint64(let own)): return own.map { Int64(bitPattern: $0) }
    case .integers(let own): return own.signed
    case .float32, .float64:
      let reals = values.doubles ?? []
      let whole = reals.compactMap { Int64(exactly: $0) }
      return whole.count == reals.count ? whole : nil
    case .strings, .jagged: return nil
    }
  }
}
