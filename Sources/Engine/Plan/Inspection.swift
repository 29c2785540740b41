// What tests and curious people may see of a plan, without running it.

/// The graph of some tensors after simplification, a line an operation.
package func simplifiedGraph(of tensors: [Tensor]) throws(EngineError) -> [String] {
  let graph = Rewriter.run(try Graph(tensors.map(\.node)))
  graph.check(after: "simplification")
  return graph.description.split(separator: "\n").map(String.init)
}

/// The instructions that would compute some tensors, and the bytes of memory between them.
package func plannedInstructions(
  of tensors: [Tensor]
) throws(EngineError) -> (instructions: [String], arenaBytes: Int) {
  let plan = Plan(try Graph(tensors.map(\.node)))
  return (plan.instructions.map(\.summary), plan.arenaBytes)
}
