/// A graph as plain numbers: what passes read and rewrite.
///
/// Items stand in topological order.
struct Graph {
  /// One value: an operation on earlier items.
  struct Item: Hashable {
    var op: Op
    var inputs: [Int]
    var type: ValueType
    /// Which captured tensor a `.constant` is; -1 for all else.
    var leaf = -1

    var shape: [Int] { type.shape }
    var dtype: DType { type.dtype }
  }

  private(set) var items: [Item] = []
  var outputs: [Int] = []
  /// The captured tensors: nodes that have a buffer.
  private(set) var leaves: [Node] = []

  init() {}

  /// An empty graph over the same captured tensors, for a pass to fill.
  init(leavesOf other: Graph) { leaves = other.leaves }

  /// Reads a graph of nodes down to those that have a result.
  /// - Throws: the first failure, inputs first.
  init(_ roots: [Node]) throws(EngineError) {
    var place: [ObjectIdentifier: Int] = [:]
    for (node, isRealised) in topologicalOrder(of: roots, stoppingAtResults: true) {
      if case .failed(let error) = node.op { throw error }
      var item = Item(op: node.op, inputs: [], type: ValueType(node.shape, node.dtype))
      if isRealised {
        item.op = .constant
        item.leaf = leaves.count
        leaves.append(node)
      } else {
        item.inputs = node.inputs.map { place[ObjectIdentifier($0)] ?? -1 }
      }
      place[ObjectIdentifier(node)] = items.count
      items.append(item)
    }
    outputs = roots.map { place[ObjectIdentifier($0)] ?? -1 }
  }

  /// Appends an item and returns its number.
  mutating func append(_ item: Item) -> Int {
    items.append(item)
    return items.count - 1
  }

  /// Whether an item only shows another's elements in other places.
  func isView(_ index: Int) -> Bool {
    switch items[index].op {
    case .reshape, .transpose, .broadcast, .slice: true
    default: false
    }
  }

  /// The number behind an item that is one number everywhere, rounded to its type.
  func uniform(_ index: Int) -> Double? {
    guard case .full(let value, _, let dtype) = items[index].op else { return nil }
    return dtype.rounding(value.value)
  }
}

extension DType {
  /// A number as this type can hold it.
  func rounding(_ value: Double) -> Double {
    switch self {
    case .float32: Double(Float(value))
    case .float64: value
    case .bool: value == 0 ? 0 : 1
    case .int32, .int64, .uint8: value.rounded(.towardZero)
    }
  }
}

/// The nodes below some roots, inputs first, without recursion; where `stoppingAtResults`, nodes that
/// have a result stand for themselves and what made them is left out.
func topologicalOrder(
  of roots: [Node], stoppingAtResults: Bool
) -> [(node: Node, isRealised: Bool)] {
  var order: [(node: Node, isRealised: Bool)] = []
  var seen: Set<ObjectIdentifier> = []
  var stack: [(node: Node, next: Int, isRealised: Bool)] = []
  func visit(_ node: Node) {
    guard seen.insert(ObjectIdentifier(node)).inserted else { return }
    stack.append((node, 0, stoppingAtResults && node.buffer != nil))
  }
  for root in roots {
    visit(root)
    while let (node, next, isRealised) = stack.last {
      guard !isRealised, next < node.inputs.count else {
        stack.removeLast()
        order.append((node, isRealised))
        continue
      }
      stack[stack.count - 1].next += 1
      visit(node.inputs[next])
    }
  }
  return order
}
