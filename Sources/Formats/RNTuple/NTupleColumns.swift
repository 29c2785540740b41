import ApusEvents

/// What a field holds, for reading.
enum NTupleKind: Sendable {
  /// A number an element.
  case number(NTupleElement)
  /// A fixed number of numbers an element, as in `std::bitset`.
  case numbers(Int, NTupleElement)
  /// A text an element: its end, and characters.
  case text
  /// A list of the field below.
  case collection
  /// The field below, or nothing.
  case optional
  /// A fixed number of the field below.
  case array(Int)
  /// Fields side by side.
  case record
  /// One of the fields below.
  case variant
  /// Nothing but the field below, as an enumeration is.
  case wrapper
  /// The lengths of the lists of a collection.
  case cardinality(NTupleElement)
  /// Something that can't be read: why, as a sentence.
  case unknown(String)
}

/// A named column of a table, and the fields that lead to it.
struct NTupleLeaf: Sendable {
  var description: ColumnDescription
  /// The fields from the top down to the one that holds the values.
  var path: [Int]
  /// Whether the values are the tags of the last field, a variant.
  var isTag = false
}

extension NTupleSchema {
  /// What a field holds.
  func kind(_ id: Int) -> NTupleKind {
    let field = fields[id]
    guard let role = field.role else {
      return .unknown("It has a role that is newer than version 1.0.")
    }
    if let type = unknownEncoding(field) {
      return .unknown(
        "Its values have an encoding (number \(type)) that is newer than version 1.0.")
    }
    if field.repetitions == 0 { return .unknown("It is an array without elements.") }
    switch role {
    case .record: return .record
    case .leaf: return leafKind(field)
    case .streamer:
      return .unknown(
        "Objects of class '\(field.typeName)' are written by ROOT's streamer, not as columns.")
    case .variant:
      return columns(field, are: [[.switches]]) ? .variant : .unknown(Self.wrongColumns)
    case .collection:
      guard field.children.count == 1, columns(field, are: [Self.indices]) else {
        return .unknown(Self.wrongColumns)
      }
      let isOptional = ["std::optional<", "std::unique_ptr<"].contains {
        field.typeName.hasPrefix($0)
      }
      return isOptional ? .optional : .collection
    }
  }

  private static let indices: [NTupleEncoding] = [.index32, .index64, .splitIndex32, .splitIndex64]
  private static let wrongColumns = "Its columns are not those of its type."

  private func leafKind(_ field: NTupleField) -> NTupleKind {
    if field.representations.isEmpty {
      guard field.children.count == 1 else { return .unknown(Self.wrongColumns) }
      return field.repetitions.map { .array($0) } ?? .wrapper
    }
    if field.typeName.hasPrefix("ROOT::RNTupleCardinality<") {
      guard columns(field, are: [Self.indices]) else { return .unknown(Self.wrongColumns) }
      return .cardinality(field.typeName.contains("32") ? .uint32 : .uint64)
    }
    if columns(field, are: [Self.indices, [.char]]) { return .text }
    guard field.representations.allSatisfy({ $0.count == 1 }),
      let natural = columns[field.representations[0][0]].encoding?.natural, natural != .switches
    else { return .unknown(Self.wrongColumns) }
    let element = NTupleElement(cppType: field.typeName)
    if let count = field.repetitions { return .numbers(count, element ?? natural) }
    return .number(element ?? natural)
  }

  /// Whether every representation has columns of these encodings.
  private func columns(_ field: NTupleField, are kinds: [[NTupleEncoding]]) -> Bool {
    !field.representations.isEmpty
      && field.representations.allSatisfy { columns in
        columns.count == kinds.count
          && zip(columns, kinds).allSatisfy { id, allowed in
            self.columns[id].encoding.map { allowed.contains($0) } ?? false
          }
      }
  }

  private func unknownEncoding(_ field: NTupleField) -> UInt16? {
    field.representations.joined().first { columns[$0].encoding == nil }.map { columns[$0].type }
  }

  /// All columns that the fields give, in their order.
  ///
  /// A column is named by the members that lead to it, joined by dots. Lists, arrays, optional values,
  /// enumerations and base classes add nothing to a name. Two columns of one name are told apart by the names
  /// of all their fields.
  func leaves() -> [NTupleLeaf] {
    var leaves: [NTupleLeaf] = []
    for id in fields.indices where fields[id].parent == id {
      collect([id], fields[id].name, &leaves)
    }
    var seen: Set<String> = []
    for i in leaves.indices where !seen.insert(leaves[i].description.name).inserted {
      let long = leaves[i].path.map { fields[$0].name }.joined(separator: ".")
      leaves[i].description.name = long
      var number = 2
      while !seen.insert(leaves[i].description.name).inserted {
        leaves[i].description.name = "\(long);\(number)"
        number += 1
      }
    }
    return leaves
  }

  private func collect(_ path: [Int], _ name: String, _ leaves: inout [NTupleLeaf]) {
    let field = fields[path[path.count - 1]]
    switch kind(path[path.count - 1]) {
    case .number, .numbers, .text, .cardinality: leaves.append(leaf(path, name))
    case .unknown(let reason): leaves.append(leaf(path, name, obstacle: reason))
    case .collection, .optional, .array, .wrapper:
      for child in field.children { collect(path + [child], name, &leaves) }
    case .record:
      for child in field.children {
        let isBase = fields[child].name.hasPrefix(":")
        collect(path + [child], isBase ? name : name + "." + fields[child].name, &leaves)
      }
    case .variant:
      leaves.append(leaf(path, name + ".tag", isTag: true))
      for child in field.children {
        collect(path + [child], name + "." + fields[child].name, &leaves)
      }
    }
  }

  private func leaf(
    _ path: [Int], _ name: String, obstacle: String? = nil, isTag: Bool = false
  ) -> NTupleLeaf {
    let title = path.reversed().map { fields[$0].description }.first { !$0.isEmpty } ?? ""
    return NTupleLeaf(
      description: ColumnDescription(
        name, type: isTag ? "std::uint8_t" : typeName(path), title: title, obstacle: obstacle),
      path: path, isTag: isTag)
  }

  /// The type of a column: the field's own where one field at the top is the column, else that of the value
  /// with the lists around it.
  private func typeName(_ path: [Int]) -> String {
    let steps = path.dropLast().filter {
      if case .record = kind($0) { return true }
      if case .variant = kind($0) { return true }
      return false
    }
    if steps.isEmpty { return fields[path[0]].typeName }
    var type = fields[path[path.count - 1]].typeName
    for id in path.dropLast().reversed() {
      switch kind(id) {
      case .collection: type = "std::vector<\(type)>"
      case .optional: type = "std::optional<\(type)>"
      case .array(let count): type = "std::array<\(type),\(count)>"
      case .variant: type = "std::optional<\(type)>"
      default: break
      }
    }
    return type
  }
}
