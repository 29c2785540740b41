internal import CKernels

// From instructions to calls: the only place that names kernels. Each closure holds plain pointers into
// memory that the program owns.

extension Program {
  func bind(_ instruction: Instruction) -> Step {
    let threads = Int32(self.threads)
    switch instruction {
    case .tile(let program): return bindTile(program)
    case .product(let p): return bindProduct(p)
    case .reduce(let how, let x, let y, let outer, let axis, let inner):
      let (kind, dtype, from, to) = unsafe (how.kernel, x.dtype.kernel, pointer(x), pointer(y))
      return {
        unsafe ck_reduce(kind, dtype, from, to, Int64(outer), Int64(axis), Int64(inner), threads)
        return -1
      }
    case .cumulativeSum(let x, let y, let outer, let axis, let inner, let reverse):
      let (dtype, from, to) = unsafe (x.dtype.kernel, pointer(x), pointer(y))
      return {
        unsafe ck_cumsum(
          dtype, from, to, Int64(outer), Int64(axis), Int64(inner), reverse ? 1 : 0, threads)
        return -1
      }
    case .sort(let x, let values, let places, let rows, let length, let descending):
      let (dtype, from) = unsafe (x.dtype.kernel, pointer(x))
      let to = unsafe values.map(pointer)
      let order = unsafe places.map { unsafe pointer($0).assumingMemoryBound(to: Int64.self) }
      return {
        unsafe ck_sort(
          dtype, from, to, order, Int64(rows), Int64(length), descending ? 1 : 0, threads)
        return -1
      }
    case .gather(let x, let index, let y, let outer, let axis, let inner, let count):
      let (size, from, places, to) = unsafe (x.dtype.size, pointer(x), pointer(index), pointer(y))
      let indexType = index.dtype.kernel
      return {
        unsafe ck_gather(
          size, from, places, indexType, to, Int64(outer), Int64(axis), Int64(inner), Int64(count),
          threads)
      }
    case .scatterAdd(let x, let index, let y, let outer, let axis, let inner, let count):
      let (dtype, from, places, to) = unsafe (
        x.dtype.kernel, pointer(x), pointer(index), pointer(y)
      )
      let indexType = index.dtype.kernel
      return {
        unsafe ck_scatter_add(
          dtype, from, places, indexType, to, Int64(outer), Int64(axis), Int64(inner),
          Int64(count), threads)
      }
    case .copy(let from, let to): return bindCopy(from, to)
    case .fill(let y, let count, let value):
      let (dtype, to) = unsafe (y.dtype.kernel, pointer(y))
      return {
        unsafe ck_fill(dtype, to, Int64(count), value)
        return -1
      }
    case .iota(let y, let outer, let axis, let inner):
      let (dtype, to) = unsafe (y.dtype.kernel, pointer(y))
      return {
        unsafe ck_iota(dtype, to, Int64(outer), Int64(axis), Int64(inner))
        return -1
      }
    case .random(let kind, let stream, let seed, let y, let count):
      let key = unsafe UnsafePointer(pointer(seed).assumingMemoryBound(to: Int64.self))
      let (dtype, to, draw) = unsafe (y.dtype.kernel, pointer(y), kind.kernel)
      return {
        unsafe ck_random(draw, dtype, to, Int64(count), key, stream, threads)
        return -1
      }
    }
  }

  private func bindProduct(_ p: MatrixProduct) -> Step {
    let (a, b, c, dtype) = unsafe (pointer(p.a), pointer(p.b), pointer(p.c), p.c.dtype.kernel)
    let (ta, tb): (Int32, Int32) = (p.transposeA ? 1 : 0, p.transposeB ? 1 : 0)
    let (m, n, k) = (Int64(p.rows), Int64(p.columns), Int64(p.inner))
    let (lda, ldb) = (Int64(p.leadingA), Int64(p.leadingB))
    let threads = Int32(self.threads)
    if p.stack == 1 {
      return {
        unsafe ck_gemm(dtype, ta, tb, m, n, k, 1, a, lda, b, ldb, 0, c, max(n, 1), threads)
        return -1
      }
    }
    let (stack, stepA, stepB) = (Int64(p.stack), Int64(p.stepA), Int64(p.stepB))
    return {
      unsafe ck_gemm_batched(
        dtype, ta, tb, stack, m, n, k, a, lda, stepA, b, ldb, stepB, c, max(n, 1), m * n, threads)
      return -1
    }
  }

  /// Joins the axes that follow each other in both layouts, then copies.
  private func bindCopy(_ from: View, _ to: View) -> Step {
    var (shape, source, target): ([Int64], [Int64], [Int64]) = ([], [], [])
    for axis in from.shape.indices where from.shape[axis] != 1 {
      let (size, s, t) = (
        Int64(from.shape[axis]), Int64(from.strides[axis]), Int64(to.strides[axis])
      )
      if let lastS = source.last, let lastT = target.last, lastS == s * size, lastT == t * size {
        shape[shape.count - 1] *= size
        (source[source.count - 1], target[target.count - 1]) = (s, t)
      } else {
        shape.append(size)
        source.append(s)
        target.append(t)
      }
    }
    precondition(shape.count <= Int(CK_MAX_RANK), "Engine: a copy of rank \(shape.count) above 8")
    let table = unsafe keepTable(bytes: 3 * 8 * max(shape.count, 1)).assumingMemoryBound(
      to: Int64.self)
    for (axis, size) in shape.enumerated() {
      unsafe table[axis] = size
      unsafe table[shape.count + axis] = source[axis]
      unsafe table[2 * shape.count + axis] = target[axis]
    }
    let (rank, threads, size) = (shape.count, Int32(self.threads), from.dtype.size)
    let (x, y) = unsafe (pointer(from), pointer(to))
    return {
      unsafe ck_copy_strided(
        size, x, table + rank, y, table + 2 * rank, table, Int32(rank), threads)
      return -1
    }
  }

  private func bindTile(_ program: TileProgram) -> Step {
    let slots = unsafe keepTable(bytes: MemoryLayout<ck_slot>.stride * max(program.slots.count, 1))
      .bindMemory(to: ck_slot.self, capacity: program.slots.count)
    for (index, slot) in program.slots.enumerated() { unsafe slots[index] = bindSlot(slot) }
    let code = unsafe keepTable(
      bytes: MemoryLayout<ck_tile_instr>.stride * max(program.instructions.count, 1)
    ).bindMemory(to: ck_tile_instr.self, capacity: program.instructions.count)
    for (index, i) in program.instructions.enumerated() {
      let operands = i.operands.map { UInt16($0) } + [0, 0, 0]
      unsafe code[index] = ck_tile_instr(
        op: i.op, dst: UInt16(i.target), a: operands[0], b: operands[1], c: operands[2],
        imm: i.immediate)
    }
    let table = unsafe keepTable(bytes: MemoryLayout<ck_tile_program>.stride)
      .bindMemory(to: ck_tile_program.self, capacity: 1)
    unsafe table.initialize(
      to: ck_tile_program(
        compute: program.compute.kernel, n_slots: Int32(program.slots.count),
        n_instrs: Int32(program.instructions.count), slots: slots, instrs: code))
    let (count, threads) = (Int64(program.count), Int32(self.threads))
    return {
      unsafe ck_tile_run(table, count, threads)
      return -1
    }
  }

  private func bindSlot(_ slot: TileProgram.Slot) -> ck_slot {
    var bound = unsafe ck_slot()
    switch slot {
    case .temporary: unsafe bound.kind = CK_SLOT_TEMP
    case .output(let place):
      unsafe bound.kind = CK_SLOT_OUTPUT
      unsafe bound.dtype = place.dtype.kernel
      unsafe bound.data = pointer(place)
    case .input(let view):
      unsafe bound.kind = CK_SLOT_INPUT
      unsafe bound.dtype = view.dtype.kernel
      unsafe bound.data = pointer(view)
      unsafe bound.contiguous = view.isContiguous ? 1 : 0
      let (shape, strides) = view.coalesced
      precondition(shape.count <= Int(CK_MAX_RANK), "Engine: an operand of rank above 8")
      unsafe bound.rank = Int32(shape.count)
      unsafe withUnsafeMutableBytes(of: &bound.shape) { sizes in
        unsafe withUnsafeMutableBytes(of: &bound.strides) { steps in
          for (axis, size) in shape.enumerated() {
            unsafe sizes.storeBytes(of: Int64(size), toByteOffset: axis * 8, as: Int64.self)
            unsafe steps.storeBytes(
              of: Int64(strides[axis]), toByteOffset: axis * 8, as: Int64.self)
          }
        }
      }
    }
    return unsafe bound
  }
}

extension Distribution {
  var kernel: ck_random_kind {
    switch self {
    case .uniform: CK_UNIFORM
    case .normal: CK_NORMAL
    case .bits: CK_BITS
    }
  }
}
