/// The gradients of a scalar with respect to tensors, as new graphs.
///
/// Works backward from `loss` and adds operations to the graph, so gradients have gradients themselves and
/// are planned and fused like everything else. A tensor that the loss does not depend on gets zeros.
/// - Parameters:
///   - loss: One element, float32 or float64.
///   - tensors: What to differentiate with respect to: parameters, inputs, intermediate values.
/// - Returns: One tensor for each, of its shape; failed where the loss is not a scalar.
public func gradients(of loss: Tensor, withRespectTo tensors: [Tensor]) -> [Tensor] {
  guard loss.failure == nil else { return tensors.map { _ in loss } }
  guard loss.count == 1, loss.dtype.isFloating else {
    let found = "needs one floating-point number to differentiate: found \(loss.dtype)\(loss.shape)"
    return tensors.map { _ in .failed("gradient", found) }
  }
  let targets = Set(tensors.map { ObjectIdentifier($0.node) })
  let order = relevantOrder(from: loss.node, to: targets)
  var adjoints = [ObjectIdentifier(loss.node): Tensor.ones(loss.shape, dtype: loss.dtype)]
  for node in order.reversed() {
    guard let upstream = adjoints[ObjectIdentifier(node)] else { continue }
    let wanted = node.inputs.map { order.contains($0) }
    for (input, part) in zip(node.inputs, pullback(Tensor(node: node), upstream, wanted)) {
      guard let part, order.contains(input) else { continue }
      let id = ObjectIdentifier(input)
      adjoints[id] = adjoints[id].map { $0 + part } ?? part
    }
  }
  return tensors.map { adjoints[ObjectIdentifier($0.node)] ?? .zeros($0.shape, dtype: $0.dtype) }
}

/// The gradient of a scalar with respect to one tensor.
public func gradient(of loss: Tensor, withRespectTo tensor: Tensor) -> Tensor {
  gradients(of: loss, withRespectTo: [tensor])[0]
}

/// Nodes in topological order (inputs first) with a quick test of membership.
struct NodeOrder {
  private(set) var nodes: [Node] = []
  private var members: Set<ObjectIdentifier> = []

  mutating func append(_ node: Node) {
    nodes.append(node)
    members.insert(ObjectIdentifier(node))
  }

  func contains(_ node: Node) -> Bool { members.contains(ObjectIdentifier(node)) }
  func reversed() -> ReversedCollection<[Node]> { nodes.reversed() }
}

/// The nodes through which `root` depends on any of `targets`, inputs first.
private func relevantOrder(from root: Node, to targets: Set<ObjectIdentifier>) -> NodeOrder {
  var relevant = NodeOrder()
  for node in topologicalOrder(of: [root]) {
    let isTarget = targets.contains(ObjectIdentifier(node))
    if isTarget || node.inputs.contains(where: { relevant.contains($0) }) { relevant.append(node) }
  }
  return relevant
}

/// All nodes below some roots, each once, inputs before the nodes that use them; without recursion.
func topologicalOrder(of roots: [Node]) -> [Node] {
  var order: [Node] = []
  var state: [ObjectIdentifier: Bool] = [:]  // false: waiting for its inputs, true: in the order
  var stack: [(node: Node, next: Int)] = []
  for root in roots where state[ObjectIdentifier(root)] == nil {
    state[ObjectIdentifier(root)] = false
    stack.append((root, 0))
    while let (node, next) = stack.last {
      guard next < node.inputs.count else {
        stack.removeLast()
        state[ObjectIdentifier(node)] = true
        order.append(node)
        continue
      }
      stack[stack.count - 1].next += 1
      let input = node.inputs[next]
      if state[ObjectIdentifier(input)] == nil {
        state[ObjectIdentifier(input)] = false
        stack.append((input, 0))
      }
    }
  }
  return order
}
