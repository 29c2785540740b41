internal import CKernels

/// A contiguous run of elements in a storage.
struct Reference: Hashable, Sendable {
  var storage: Int
  /// In elements.
  var offset: Int
  var dtype: DType
}

/// A fused elementwise program before its memory is known.
struct TileProgram: Sendable {
  enum Slot: Sendable {
    case temporary
    case input(View)
    case output(Reference)
  }

  struct Instruction: Sendable {
    var op: UInt16
    var target: Int
    var operands: [Int]
    var immediate: Double
  }

  var compute: DType
  var count: Int
  var slots: [Slot] = []
  var instructions: [Instruction] = []
}

/// A product of two (stacks of) matrices.
struct MatrixProduct: Sendable {
  var a: Reference, b: Reference, c: Reference
  var transposeA: Bool, transposeB: Bool
  var rows: Int, columns: Int, inner: Int
  var leadingA: Int, leadingB: Int
  var stack = 1
  var stepA = 0, stepB = 0
}

/// One step of a plan: a call of a kernel on storages.
enum Instruction: Sendable {
  case tile(TileProgram)
  case product(MatrixProduct)
  case reduce(ReduceKind, Reference, Reference, outer: Int, axis: Int, inner: Int)
  case cumulativeSum(Reference, Reference, outer: Int, axis: Int, inner: Int, reverse: Bool)
  case sort(
    Reference, values: Reference?, places: Reference?, rows: Int, length: Int, descending: Bool)
  case gather(Reference, index: Reference, Reference, outer: Int, axis: Int, inner: Int, count: Int)
  case scatterAdd(
    Reference, index: Reference, Reference, outer: Int, axis: Int, inner: Int, count: Int)
  case copy(from: View, to: View)
  case fill(Reference, count: Int, value: Double)
  case iota(Reference, outer: Int, axis: Int, inner: Int)
  case random(Distribution, stream: UInt64, seed: Reference, Reference, count: Int)
}

/// What a reduction kernel does with an axis.
enum ReduceKind: Sendable {
  case reduction(Reduction)
  case argMax, argMin

  var kernel: ck_reduce_op {
    switch self {
    case .reduction(.sum): CK_RSUM
    case .reduction(.product): CK_RPROD
    case .reduction(.maximum): CK_RMAX
    case .reduction(.minimum): CK_RMIN
    case .reduction(.logSumExp): CK_RLOGSUMEXP
    case .argMax: CK_RARGMAX
    case .argMin: CK_RARGMIN
    }
  }
}

extension Instruction {
  /// The storages that it reads.
  var reads: [Int] {
    switch self {
    case .tile(let program):
      program.slots.compactMap { if case .input(let view) = $0 { view.storage } else { nil } }
    case .product(let p): [p.a.storage, p.b.storage]
    case .reduce(_, let x, _, _, _, _), .cumulativeSum(let x, _, _, _, _, _),
      .sort(let x, _, _, _, _, _):
      [x.storage]
    case .gather(let x, let index, _, _, _, _, _): [x.storage, index.storage]
    // It adds to what stands there.
    case .scatterAdd(let x, let index, let y, _, _, _, _): [x.storage, index.storage, y.storage]
    case .copy(let from, _): [from.storage]
    case .fill, .iota: []
    case .random(_, _, let seed, _, _): [seed.storage]
    }
  }

  /// The storages that it writes.
  var writes: [Int] {
    switch self {
    case .tile(let program):
      program.slots.compactMap { if case .output(let place) = $0 { place.storage } else { nil } }
    case .product(let p): [p.c.storage]
    case .reduce(_, _, let y, _, _, _), .cumulativeSum(_, let y, _, _, _, _),
      .gather(_, _, let y, _, _, _, _), .scatterAdd(_, _, let y, _, _, _, _),
      .fill(let y, _, _), .iota(let y, _, _, _), .random(_, _, _, let y, _):
      [y.storage]
    case .sort(_, let values, let places, _, _, _): [values, places].compactMap { $0?.storage }
    case .copy(_, let to): [to.storage]
    }
  }
}
