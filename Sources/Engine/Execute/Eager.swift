internal import CKernels
internal import Synchronization

/// Runs what some nodes need and fills in their results.
///
/// Plans are kept by structure.
func runEagerly(_ nodes: [Node]) throws(EngineError) {
  for node in nodes { if case .failed(let error) = node.op { throw error } }
  let open = nodes.filter { $0.buffer == nil }
  guard !open.isEmpty else { return }
  let graph = try Graph(open)
  let plan = PlanCache.shared.plan(for: graph)
  let leaves = graph.leaves.compactMap(\.buffer)
  let program = Program(plan, leaves: leaves, arguments: [], threads: Int(ck_hardware_threads()))
  try program.run()
  for (place, node) in open.enumerated() { node.fulfil(program.outputs[plan.outputOf[place]]) }
}

/// Plans by the structure of their graphs: operations, shapes and types, not numbers.
final class PlanCache: Sendable {
  private struct Key: Hashable {
    var items: [Graph.Item]
    var outputs: [Int]
  }

  static let shared = PlanCache()
  private let plans = Mutex<[Key: Plan]>([:])
  /// Graphs above this size are planned each time: their keys would hold much memory.
  private static let most = (items: 2_000, plans: 256)

  func plan(for graph: Graph) -> Plan {
    guard graph.items.count <= PlanCache.most.items else { return Plan(graph) }
    let key = Key(items: graph.items, outputs: graph.outputs)
    if let known = plans.withLock({ $0[key] }) { return known }
    let plan = Plan(graph)
    plans.withLock { plans in
      if plans.count >= PlanCache.most.plans { plans.removeAll() }
      plans[key] = plan
    }
    return plan
  }
}
