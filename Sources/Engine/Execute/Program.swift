internal import CKernels

/// A plan bound to memory: the list of kernel calls with their pointers, ready to run again and again.
///
/// A program is used by one task at a time.
final class Program {
  /// One kernel call; -1, or the position of an index that lies outside.
  typealias Step = () -> Int64

  let plan: Plan
  let threads: Int
  private let arena: Buffer
  private var leaves: [Buffer]
  let arguments: [Buffer]
  let outputs: [Buffer]
  private var steps: [Step] = []
  /// Memory of the tile programs' own tables.
  private var tables: [Buffer] = []

  init(_ plan: Plan, leaves: [Buffer], arguments: [Buffer], threads: Int) {
    self.plan = plan
    self.threads = threads
    self.leaves = leaves
    self.arguments = arguments
    arena = Buffer(bytes: plan.arenaBytes)
    outputs = plan.outputTypes.map { Buffer(bytes: $0.shape.product * $0.dtype.size) }
    steps = plan.instructions.map(bind)
  }

  /// Runs all instructions once.
  func run() throws(EngineError) {
    for index in steps.indices {
      let bad = steps[index]()
      if bad >= 0 { throw indexError(plan.instructions[index], at: bad) }
    }
  }

  /// Runs once and calls `body` with the seconds that each instruction took.
  func runTimed(_ body: (Int, Double) -> Void) throws(EngineError) {
    for index in steps.indices {
      let start = ck_seconds()
      let bad = steps[index]()
      body(index, ck_seconds() - start)
      if bad >= 0 { throw indexError(plan.instructions[index], at: bad) }
    }
  }

  private func indexError(_ instruction: Instruction, at position: Int64) -> EngineError {
    switch instruction {
    case .gather(_, let index, _, _, let axis, _, _),
      .scatterAdd(_, let index, _, _, let axis, _, _):
      let base = unsafe pointer(index)
      let value =
        unsafe index.dtype == .int64
        ? base.load(fromByteOffset: Int(position) * 8, as: Int64.self)
        : Int64(base.load(fromByteOffset: Int(position) * 4, as: Int32.self))
      return EngineError(
        "gather", "index \(value) at position \(position) must lie in 0..<\(axis)")
    default: return EngineError("kernel", "failed at position \(position)")
    }
  }

  // MARK: Addresses

  func pointer(_ reference: Reference) -> UnsafeMutableRawPointer {
    let address = plan.addresses[reference.storage]
    let base =
      switch address.base {
      case .arena: unsafe arena.pointer
      case .leaf(let number): unsafe leaves[number].pointer
      case .argument(let number): unsafe arguments[number].pointer
      case .output(let number): unsafe outputs[number].pointer
      }
    return unsafe base + address.byteOffset + reference.offset * reference.dtype.size
  }

  func pointer(_ view: View) -> UnsafeMutableRawPointer {
    unsafe pointer(Reference(storage: view.storage, offset: view.offset, dtype: view.dtype))
  }

  func keepTable(bytes: Int) -> UnsafeMutableRawPointer {
    let table = Buffer(bytes: bytes)
    tables.append(table)
    return unsafe table.pointer
  }
}
