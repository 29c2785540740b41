internal import CKernels

/// A function of tensors that was traced once and runs from fixed memory.
///
/// A run costs no tracing, no allocation and no lookup. State (parameters, what an optimizer remembers)
/// lives in the function and is updated in place; arguments are copied in; tensors that the body captured,
/// such as a resident table of events, are used where they are. An instance belongs to one task at a time.
///
/// ```swift
/// let step = try CompiledFunction(state: [w], arguments: [.init([100, 2])], threads: 2) {
///   state, x in
///   let loss = (x[0].matmul(state[0]) - 1).squared().mean()
///   return (state: [state[0] - gradient(of: loss, withRespectTo: state[0]) * 0.1], outputs: [loss])
/// }
/// step.set(0, batch)
/// try step.run()
/// print(try step.output(0))
/// ```
public final class CompiledFunction {
  /// The shape and type of an argument.
  public struct Argument: Sendable {
    var type: ValueType
    /// Describes an argument.
    public init(_ shape: [Int], _ dtype: DType = .float32) { type = ValueType(shape, dtype) }
  }

  let program: Program
  private let stateTypes: [ValueType]
  private let argumentTypes: [ValueType]

  /// Traces a function and plans it.
  /// - Parameters:
  ///   - state: The first values of the state; `body` returns the next values, of equal shapes and types.
  ///   - arguments: What each run is given.
  ///   - threads: The most threads that a run uses.
  ///   - body: The function: called once, with tensors that stand for state and arguments.
  /// - Throws: ``EngineError``, the first failure of the graph, and what `body` throws.
  public init(
    state: [Tensor] = [], arguments: [Argument], threads: Int,
    _ body: (_ state: [Tensor], _ arguments: [Tensor]) throws -> (
      state: [Tensor], outputs: [Tensor]
    )
  ) throws {
    stateTypes = state.map { ValueType($0.shape, $0.dtype) }
    argumentTypes = arguments.map(\.type)
    let places = (stateTypes + argumentTypes).enumerated().map { number, type in
      Tensor(node: Node(.argument(number), type.shape, type.dtype))
    }
    let traced = try body(
      Array(places.prefix(state.count)), Array(places.dropFirst(state.count)))
    try CompiledFunction.check(traced.state, against: stateTypes)
    let roots = traced.outputs + traced.state
    try CompiledFunction.precompute(roots)
    let graph = try Graph(roots.map(\.node))
    let plan = Plan(graph, stateCount: state.count)
    let buffers = (stateTypes + argumentTypes).map {
      Buffer(bytes: $0.shape.product * $0.dtype.size)
    }
    program = Program(
      plan, leaves: graph.leaves.compactMap(\.buffer), arguments: buffers, threads: threads)
    for (index, tensor) in state.enumerated() { try setState(index, tensor) }
  }

  private static func check(_ new: [Tensor], against old: [ValueType]) throws(EngineError) {
    for tensor in new { if let failure = tensor.failure { throw failure } }
    let found = new.map { ValueType($0.shape, $0.dtype) }
    guard found == old else {
      let words = { (types: [ValueType]) in types.map { "\($0.dtype)\($0.shape)" } }
      throw EngineError("compile", "new state must be \(words(old)): found \(words(found))")
    }
  }

  /// Computes, once and for all, what no argument changes.
  private static func precompute(_ roots: [Tensor]) throws(EngineError) {
    var depends: Set<ObjectIdentifier> = []
    var fixed: [Node] = []
    for (node, isRealised) in topologicalOrder(of: roots.map(\.node), stoppingAtResults: true) {
      if case .argument = node.op { depends.insert(ObjectIdentifier(node)) }
      guard node.inputs.contains(where: { depends.contains(ObjectIdentifier($0)) }), !isRealised
      else { continue }
      depends.insert(ObjectIdentifier(node))
      fixed += node.inputs.filter {
        !depends.contains(ObjectIdentifier($0)) && $0.isWorthPrecomputing
      }
    }
    try runEagerly(fixed)
  }

  // MARK: Running

  /// Gives an argument its value for the next runs.
  public func set<T: TensorScalar>(_ argument: Int, _ values: [T]) {
    let type = argumentTypes[argument]
    precondition(
      T.dtype == type.dtype && values.count == type.shape.product,
      "argument \(argument) takes \(type.dtype)\(type.shape), not \(values.count) of \(T.dtype)")
    let target = unsafe program.arguments[stateTypes.count + argument].pointer
    unsafe values.withUnsafeBytes { source in
      if let base = source.baseAddress {
        unsafe target.copyMemory(from: base, byteCount: source.count)
      }
    }
  }

  /// Runs once: reads the arguments, updates the state, computes the outputs.
  /// - Throws: ``EngineError`` where an index lies outside its axis; the state may then be partly new.
  public func run() throws(EngineError) { try program.run() }

  /// An output of the last run as double precision numbers.
  public func output(_ index: Int) throws(EngineError) -> [Double] {
    let (type, buffer) = outputMemory(index)
    return try Tensor(node: Node(.constant, type.shape, type.dtype, buffer: buffer)).doubles()
  }

  /// An output of the last run.
  public func outputs<T: TensorScalar>(_ index: Int, as scalar: T.Type) throws(EngineError) -> [T] {
    let (type, buffer) = outputMemory(index)
    guard T.dtype == type.dtype else {
      throw EngineError("output", "asked for \(T.dtype) of an output of \(type.dtype)")
    }
    return buffer.array(of: T.self, count: type.shape.product)
  }

  private func outputMemory(_ index: Int) -> (ValueType, Buffer) {
    let number = program.plan.outputOf[index]
    return (program.plan.outputTypes[number], program.outputs[number])
  }

  /// A copy of the state as it is now.
  public func state(_ index: Int) -> Tensor {
    let (type, source) = (stateTypes[index], program.arguments[index])
    let copy = Buffer(bytes: source.bytes)
    unsafe copy.pointer.copyMemory(from: source.pointer, byteCount: source.bytes)
    return Tensor(node: Node(.constant, type.shape, type.dtype, buffer: copy))
  }

  /// Replaces a state by a tensor of equal shape and type.
  public func setState(_ index: Int, _ tensor: Tensor) throws(EngineError) {
    try CompiledFunction.check([tensor], against: [stateTypes[index]])
    try tensor.evaluate()
    guard let source = tensor.node.buffer else { return }
    let bytes = tensor.count * tensor.dtype.size
    unsafe program.arguments[index].pointer.copyMemory(from: source.pointer, byteCount: bytes)
  }
}

extension Node {
  /// Whether a result is worth keeping: not a leaf that costs nothing.
  fileprivate var isWorthPrecomputing: Bool {
    switch op {
    case .constant, .argument, .failed, .full: false
    case .reshape, .broadcast, .transpose, .slice: inputs[0].isWorthPrecomputing
    default: buffer == nil
    }
  }
}
