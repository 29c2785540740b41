extension Graph {
  /// Checks that the graph is legal: inputs come first, and every type follows from the shape rules.
  ///
  /// Called after each pass in debug builds and in tests; a pass that breaks a graph is named.
  func check(after pass: String) {
    for (index, item) in items.enumerated() {
      precondition(
        item.inputs.allSatisfy { (0..<index).contains($0) },
        "Engine: after \(pass), item \(index) (\(item.op.name)) uses an item that is not before it")
      switch item.op {
      case .constant, .argument, .failed: continue
      default: break
      }
      let inferred = try? inferShape(item.op, item.inputs.map { items[$0].type })
      precondition(
        inferred == item.type,
        "Engine: after \(pass), item \(index) (\(item.op.name)) has type \(item.type)")
    }
    precondition(
      outputs.allSatisfy(items.indices.contains), "Engine: after \(pass), an output is missing")
  }

  /// The graph as text, a line an item.
  var description: String {
    items.enumerated().map { index, item in
      let mark = outputs.contains(index) ? " → output" : ""
      let inputs = item.inputs.map { "%\($0)" }.joined(separator: ", ")
      return "%\(index) = \(item.op.name)(\(inputs)) \(item.dtype)\(item.shape)\(mark)"
    }.joined(separator: "\n")
  }
}
