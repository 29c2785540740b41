/// A graph made ready to run: instructions in order, and where every storage lies.
///
/// A plan names captured tensors, arguments and outputs by number, so that one plan serves every graph of
/// the same structure. A ``Program`` binds it to memory.
struct Plan: Sendable {
  /// Where a storage begins: in the arena, or in memory that is bound later.
  enum Base: Sendable, Hashable {
    case arena
    case leaf(Int)
    case argument(Int)
    case output(Int)
  }

  /// A base and a distance in bytes.
  struct Address: Sendable {
    var base: Base
    var byteOffset: Int
  }

  var instructions: [Instruction]
  var storages: [Storage]
  var addresses: [Address]
  var arenaBytes: Int
  /// Type of each output, and which output holds each result that was asked for.
  var outputTypes: [ValueType]
  var outputOf: [Int]

  /// Plans a graph.
  /// - Parameters:
  ///   - raw: The graph; its last `stateCount` outputs are new values of the first arguments, which are
  ///     updated in place.
  init(_ raw: Graph, stateCount: Int = 0) {
    let graph = Rewriter.run(raw)
    #if DEBUG
      raw.check(after: "tracing")
      graph.check(after: "simplification")
    #endif
    var lowering = Lowering(graph)
    lowering.lower(Fusion.schedule(graph))
    let results = Array(graph.outputs.dropLast(stateCount))
    var binder = OutputBinder(lowering)
    binder.protectOldState(results: results, state: Array(graph.outputs.suffix(stateCount)))
    for (number, item) in graph.outputs.suffix(stateCount).enumerated() {
      binder.bindState(number, to: item)
    }
    outputOf = results.map { binder.bindOutput($0) }
    binder.finish()
    outputTypes = binder.outputTypes
    instructions = binder.lowering.instructions
    storages = binder.lowering.storages
    (addresses, arenaBytes) = MemoryPlan.run(instructions, storages)
  }
}
