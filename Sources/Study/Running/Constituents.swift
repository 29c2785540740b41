internal import ApusEvents

/// Lists of every event as inputs of one length, see `StudyConfiguration.Constituents`.
struct ConstituentReader: Sendable {
  let settings: StudyConfiguration.Constituents
  private let expressions: [Expression]

  /// - Throws: `FormulaError`.
  init(
    _ settings: StudyConfiguration.Constituents, columns: [String]?, aliases: [String: String]
  ) throws(FormulaError) {
    self.settings = settings
    var all: [Expression] = []
    for column in settings.columns {
      all.append(try Expression(column.formula, columns: columns, aliases: aliases))
    }
    expressions = all
  }

  /// The columns that are needed.
  var columns: [String] { expressions.flatMap(\.columns) }

  /// Where the lists stand behind so many plain inputs.
  func block(behind inputs: Int) -> ConstituentBlock {
    settings.block(behind: inputs)
  }

  /// The padded lists, a row an event.
  /// - Throws: ``StudyError`` where the lists of one event differ in length.
  func rows(_ table: EventTable) throws -> [Float] {
    let lists = try expressions.map { try $0.lists(on: table) }
    if let number = lists.firstIndex(where: \.isNumber) {
      throw StudyError.unusableEvents([
        "\(table.source): 'constituents' takes lists of particles, but '\(settings.columns[number].name)' is one number "
          + "an event. Put it among 'inputs'."
      ])
    }
    let offsets = lists[0].offsets ?? []
    for (column, list) in zip(settings.columns, lists).dropFirst() where list.offsets != offsets {
      let event = zip(offsets, list.offsets ?? []).enumerated().first { $1.0 != $1.1 }?.offset ?? 1
      throw StudyError.unusableEvents([
        "\(table.source): the lists of 'constituents' must be of one length in every event, but in entry "
          + "\(event - 1) '\(column.name)' and '\(settings.columns[0].name)' differ."
      ])
    }
    let (length, width) = (settings.length, settings.columns.count)
    let whole = block(behind: 0).count
    var rows = [Float](repeating: 0, count: table.count * whole)
    for event in 0..<table.count {
      let kept = chosen(offsets[event]..<offsets[event + 1], lists[0].numbers)
      for (i, entry) in kept.enumerated() {
        let place = event * whole + i * width
        for c in 0..<width { rows[place + c] = Float(lists[c].numbers[entry]) }
        if settings.hasMask { rows[event * whole + length * width + i] = 1 }
      }
    }
    return rows
  }

  /// The entries of one list that are kept, in their order.
  private func chosen(_ range: Range<Int>, _ key: [Double]) -> ArraySlice<Int> {
    switch settings.order {
    case .stored: Array(range.prefix(settings.length))[...]
    case .falling:
      range.sorted { (key[$1], $0) < (key[$0], $1) }.prefix(settings.length)
    case .rising:
      range.sorted { (key[$0], $0) < (key[$1], $1) }.prefix(settings.length)
    }
  }
}

extension StudyConfiguration.Constituents {
  /// Where the lists stand behind so many plain inputs.
  func block(behind inputs: Int) -> ConstituentBlock {
    ConstituentBlock(first: inputs, length: length, width: columns.count, hasMask: hasMask)
  }

  /// The inputs that the lists become.
  var definitions: [InputDefinition] {
    block(behind: 0).names(columns.map(\.name)).map {
      InputDefinition(name: $0, formula: $0, isPadded: true)
    }
  }

  /// As a saved model has it.
  var json: JSONValue {
    [
      "columns": .array(
        columns.map { ["name": .string($0.name), "formula": .string($0.formula)] }),
      "length": .int(length), "order": .string(order.rawValue), "mask": .bool(hasMask),
    ]
  }

  /// - Returns: Nil where the model has none.
  init?(_ json: JSONValue) {
    guard let items = json["columns"]?.items, !items.isEmpty,
      let length = json["length"]?.integer, (1...100_000).contains(length)
    else { return nil }
    self.init(
      columns: items.map { ($0["name"]?.text ?? "", $0["formula"]?.text ?? "") }, length: length,
      order: Order(rawValue: json["order"]?.text ?? "") ?? .falling,
      hasMask: json["mask"] != .bool(false))
  }
}

/// Rows of plain inputs with rows of padded lists behind each.
func joinedRows(_ plain: [Float], _ lists: [Float], count: Int) -> [Float] {
  guard count > 0 else { return [] }
  let (a, b) = (plain.count / count, lists.count / count)
  var rows: [Float] = []
  rows.reserveCapacity(plain.count + lists.count)
  for event in 0..<count {
    rows.append(contentsOf: plain[event * a..<(event + 1) * a])
    rows.append(contentsOf: lists[event * b..<(event + 1) * b])
  }
  return rows
}
