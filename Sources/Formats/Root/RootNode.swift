/// How an entry of a branch is written, where that is more than numbers: lists, texts, objects in each other.
indirect enum RootNode: Sendable {
  case number(RootElement)
  /// So many numbers, in the shape of a fixed array.
  case numbers(RootElement, shape: [Int])
  case text(RootText)
  /// A container: a count, then its elements.
  case list(RootListHeader, RootNode)
  /// A fixed array of something else than numbers.
  case array(shape: [Int], RootNode)
  /// A pointer to as many numbers as another member says, with one byte before them.
  case counted(by: String, RootElement)
  /// The upper triangle of a symmetric matrix, whose number of rows another member says.
  case triangle(by: String, RootElement)
  /// The rest of an entry holds as many of these as fit.
  case rest(RootNode)
  /// Truth values of a `std::bitset`, one byte each.
  case bits(Int, hasHeader: Bool)
  /// An object with its members in order.
  case record(RootRecord)
  /// A `TObject`: nothing that is worth a column.
  case plainObject
  /// A `TClonesArray` of objects of one class.
  case clones(RootRecord)
  /// An entry of a branch of whole objects (`TBranchObject`): the name of their class, then an object.
  case named(String, RootNode)
}

/// How a text is written.
enum RootText: Sendable, Equatable {
  /// One byte of length, or 255 and four bytes; with a version before it where `hasHeader`.
  case short(hasHeader: Bool)
  /// Four bytes of length.
  case long
}

/// What stands before the count of a container.
enum RootListHeader: Sendable, Equatable {
  case none, version
}

/// A class as a node: members with names; those of base classes stand in a member without a name.
struct RootRecord: Sendable {
  var className: String
  var version: Int
  var members: [(name: String, node: RootNode)]
  /// Whether a version and a size may stand before it.
  var hasHeader = true
  /// Whether its class writes itself in its own way, so that its size may end before the object does.
  var isOwn = false
}

extension RootNode {
  /// One column that the node gives: its path below the node, and the type of its values.
  struct Leaf: Sendable {
    /// The names of the members on the way, joined by dots; empty where the node is no object.
    var path: String
    var type: String
  }

  /// The columns in the order in which the node holds them.
  var leaves: [Leaf] {
    switch self {
    case .number(let element): [Leaf(path: "", type: element.typeName)]
    case .numbers(let element, let shape):
      [Leaf(path: "", type: element.typeName + shape.map { "[\($0)]" }.joined())]
    case .text: [Leaf(path: "", type: "string")]
    case .bits(let count, _): [Leaf(path: "", type: "bool[\(count)]")]
    case .counted(_, let element), .triangle(_, let element):
      [Leaf(path: "", type: "list<\(element.typeName)>")]
    case .list(_, let node), .rest(let node):
      node.leaves.map { Leaf(path: $0.path, type: "list<\($0.type)>") }
    case .array(let shape, let node):
      node.leaves.map { Leaf(path: $0.path, type: $0.type + shape.map { "[\($0)]" }.joined()) }
    case .record(let record): record.leaves
    case .clones(let record):
      record.leaves.map { Leaf(path: $0.path, type: "list<\($0.type)>") }
    case .named(_, let node): node.leaves
    case .plainObject: []
    }
  }
}

extension RootRecord {
  var leaves: [RootNode.Leaf] {
    members.flatMap { member in
      member.node.leaves.map { leaf in
        let parts = [member.name, leaf.path].filter { !$0.isEmpty }
        return RootNode.Leaf(path: parts.joined(separator: "."), type: leaf.type)
      }
    }
  }
}
