/// Rebuilds a graph from its outputs' inputs up: simplifies each item, joins equal ones, and leaves out
/// what no output needs.
///
/// Each new item first meets the rules of `simplified` until none applies, then the table of items that
/// exist (common subexpressions).
struct Rewriter {
  var graph: Graph
  private var known: [Graph.Item: Int] = [:]

  init(leavesOf other: Graph) { graph = Graph(leavesOf: other) }

  static func run(_ old: Graph) -> Graph {
    var rewriter = Rewriter(leavesOf: old)
    let needed = old.neededItems
    var place = [Int](repeating: -1, count: old.items.count)
    for (index, item) in old.items.enumerated() where needed[index] {
      var copy = item
      copy.inputs = item.inputs.map { place[$0] }
      place[index] = rewriter.add(copy)
    }
    rewriter.graph.outputs = old.outputs.map { place[$0] }
    return rewriter.graph.withoutDeadItems
  }

  /// The number of an item with this meaning.
  mutating func add(_ item: Graph.Item) -> Int {
    if let same = simplified(item) { return same }
    if let index = known[item] { return index }
    let index = graph.append(item)
    known[item] = index
    return index
  }

  /// Adds an operation on items that exist; rules only make legal ones.
  mutating func add(_ op: Op, _ inputs: [Int]) -> Int {
    let types = inputs.map { graph.items[$0].type }
    guard let type = try? inferShape(op, types) else {
      preconditionFailure("Engine: a rewrite made an illegal \(op.name) of \(types); please report")
    }
    return add(Graph.Item(op: op, inputs: inputs, type: type))
  }
}

extension Graph {
  /// Which items the outputs depend on.
  var neededItems: [Bool] {
    var needed = [Bool](repeating: false, count: items.count)
    for output in outputs { needed[output] = true }
    for index in items.indices.reversed() where needed[index] {
      for input in items[index].inputs { needed[input] = true }
    }
    return needed
  }

  /// The graph with only what its outputs depend on.
  var withoutDeadItems: Graph {
    let needed = neededItems
    var graph = Graph(leavesOf: self)
    var place = [Int](repeating: -1, count: items.count)
    for (index, item) in items.enumerated() where needed[index] {
      var copy = item
      copy.inputs = item.inputs.map { place[$0] }
      place[index] = graph.append(copy)
    }
    graph.outputs = outputs.map { place[$0] }
    return graph
  }
}
