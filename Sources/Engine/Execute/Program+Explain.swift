internal import CKernels

extension Instruction {
  /// What it does, in words with its sizes.
  var summary: String {
    switch self {
    case .tile(let program): "fused ×\(program.instructions.count): " + program.operationNames
    case .product(let p):
      "matmul \(p.stack > 1 ? "\(p.stack)×" : "")[\(p.rows), \(p.inner)]·[\(p.inner), \(p.columns)]"
        + (p.transposeA ? " aᵀ" : "") + (p.transposeB ? " bᵀ" : "")
    case .reduce(let how, _, _, let outer, let axis, let inner):
      "\(how.name) of [\(outer), \(axis), \(inner)]"
    case .cumulativeSum(_, _, let outer, let axis, let inner, _):
      "cumulativeSum of [\(outer), \(axis), \(inner)]"
    case .sort(_, _, _, let rows, let length, _): "sort \(rows) rows of \(length)"
    case .gather(_, _, _, let outer, let axis, let inner, let count):
      "gather \(count) of [\(outer), \(axis), \(inner)]"
    case .scatterAdd(_, _, _, let outer, let axis, let inner, let count):
      "scatterAdd \(count) into [\(outer), \(axis), \(inner)]"
    case .copy(let from, _): "copy \(from.shape)"
    case .fill(_, let count, let value): "fill \(count) with \(value)"
    case .iota(_, let outer, let axis, let inner): "iota [\(outer), \(axis), \(inner)]"
    case .random(let kind, _, _, _, let count): "random \(kind) \(count)"
    }
  }

  /// The bytes that it must read and write at least.
  var bytes: Int {
    switch self {
    case .tile(let program): program.bytes
    case .product(let p):
      p.stack * (p.rows * p.inner + p.inner * p.columns + p.rows * p.columns) * p.c.dtype.size
    case .reduce(_, let x, let y, let outer, let axis, let inner):
      outer * inner * (axis * x.dtype.size + y.dtype.size)
    case .cumulativeSum(let x, _, let outer, let axis, let inner, _):
      2 * outer * axis * inner * x.dtype.size
    case .sort(let x, _, _, let rows, let length, _): 2 * rows * length * x.dtype.size
    case .gather(let x, _, _, let outer, _, let inner, let count),
      .scatterAdd(let x, _, _, let outer, _, let inner, let count):
      2 * outer * count * inner * x.dtype.size
    case .copy(let from, _): 2 * from.count * from.dtype.size
    case .fill(let y, let count, _): count * y.dtype.size
    case .iota(let y, let outer, let axis, let inner): outer * axis * inner * y.dtype.size
    case .random(_, _, _, let y, let count): count * y.dtype.size
    }
  }

  /// Additions, multiplications and functions, each counted as one; a multiply-add counts as two.
  var flops: Int {
    switch self {
    case .tile(let program):
      program.count
        * program.instructions.reduce(0) { $0 + ($1.op == UInt16(CK_MULADD.rawValue) ? 2 : 1) }
    case .product(let p): 2 * p.stack * p.rows * p.inner * p.columns
    case .reduce(_, _, _, let outer, let axis, let inner): outer * axis * inner
    default: 0
    }
  }
}

extension ReduceKind {
  fileprivate var name: String {
    switch self {
    case .reduction(let how): "\(how)"
    case .argMax: "argMax"
    case .argMin: "argMin"
    }
  }
}

extension TileProgram {
  fileprivate var operationNames: String {
    instructions.map { i in
      let unary = Unary.allCases.first { $0.kernel.rawValue == UInt32(i.op) }
      let binary = Binary.allCases.first {
        $0.kernel.rawValue == UInt32(i.op) || $0.mirrored?.rawValue == UInt32(i.op)
      }
      if let unary { return "\(unary)" }
      if let binary { return "\(binary)" }
      switch ck_tile_op(rawValue: UInt32(i.op)) {
      case CK_SELECT: return "select"
      case CK_MULADD: return "multiplyAdd"
      default: return "copy"
      }
    }.joined(separator: " ")
  }

  fileprivate var bytes: Int {
    slots.reduce(0) { total, slot in
      switch slot {
      case .temporary: total
      case .output(let place): total + count * place.dtype.size
      case .input(let view):
        total + zip(view.shape, view.strides).reduce(1) { $1.1 == 0 ? $0 : $0 * $1.0 }
          * view.dtype.size
      }
    }
  }
}

/// What one instruction of a plan costs.
public struct InstructionCost: Sendable {
  /// What it does, in words with its sizes.
  public let summary: String
  /// Bytes that must be read and written at least.
  public let bytes: Int
  /// Floating-point operations; a multiply-add counts as two.
  public let flops: Int
  /// Seconds: the median over several runs.
  public let seconds: Double
}

extension CompiledFunction {
  /// Runs several times and measures each instruction.
  ///
  /// The state moves on as in any run.
  public func measure(runs: Int = 25) throws(EngineError) -> [InstructionCost] {
    var times = [[Double]](repeating: [], count: program.plan.instructions.count)
    for _ in 0..<max(runs, 1) {
      try program.runTimed { index, seconds in times[index].append(seconds) }
    }
    return program.plan.instructions.enumerated().map { index, instruction in
      InstructionCost(
        summary: instruction.summary, bytes: instruction.bytes, flops: instruction.flops,
        seconds: times[index].sorted()[times[index].count / 2])
    }
  }

  /// The number of instructions of a run.
  public var instructionCount: Int { program.plan.instructions.count }

  /// Bytes of memory for values between instructions.
  public var arenaBytes: Int { program.plan.arenaBytes }

  /// The plan as text, a line an instruction.
  public func explain() -> String {
    program.plan.instructions.enumerated().map { index, instruction in
      "\(index)\t\(instruction.summary)"
    }.joined(separator: "\n")
  }
}
