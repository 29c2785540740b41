import CKernels

/// Memory of one of the kernels' types, filled and read as Double.
final class Memory {
  let dtype: ck_dtype
  let count: Int
  let pointer: UnsafeMutableRawPointer

  init(_ dtype: ck_dtype, count: Int) {
    self.dtype = dtype
    self.count = count
    pointer = .allocate(byteCount: max(1, count) * ck_size(dtype), alignment: 64)
    pointer.initializeMemory(as: UInt8.self, repeating: 0, count: max(1, count) * ck_size(dtype))
  }

  convenience init(_ dtype: ck_dtype, _ values: [Double]) {
    self.init(dtype, count: values.count)
    for (i, value) in values.enumerated() { self[i] = value }
  }

  deinit { pointer.deallocate() }

  subscript(i: Int) -> Double {
    get {
      switch dtype {
      case CK_F32: Double(pointer.load(fromByteOffset: 4 * i, as: Float.self))
      case CK_F64: pointer.load(fromByteOffset: 8 * i, as: Double.self)
      case CK_I32: Double(pointer.load(fromByteOffset: 4 * i, as: Int32.self))
      case CK_I64: Double(pointer.load(fromByteOffset: 8 * i, as: Int64.self))
      default: Double(pointer.load(fromByteOffset: i, as: UInt8.self))
      }
    }
    set {
      switch dtype {
      case CK_F32: pointer.storeBytes(of: Float(newValue), toByteOffset: 4 * i, as: Float.self)
      case CK_F64: pointer.storeBytes(of: newValue, toByteOffset: 8 * i, as: Double.self)
      case CK_I32: pointer.storeBytes(of: Int32(newValue), toByteOffset: 4 * i, as: Int32.self)
      case CK_I64: pointer.storeBytes(of: Int64(newValue), toByteOffset: 8 * i, as: Int64.self)
      default: pointer.storeBytes(of: UInt8(newValue), toByteOffset: i, as: UInt8.self)
      }
    }
  }

  var values: [Double] { (0..<count).map { self[$0] } }
  var bytes: [UInt8] {
    Array(UnsafeRawBufferPointer(start: pointer, count: count * ck_size(dtype)))
  }
}

/// SplitMix64: small, seeded, the same everywhere.
struct Dice: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// A value that `dtype` can hold; now and then one that is special to it.
  mutating func value(_ dtype: ck_dtype) -> Double {
    let special = next() % 16 == 0
    switch dtype {
    case CK_F32, CK_F64:
      let odd: [Double] = [
        0, -0.0, .infinity, -.infinity, .nan, 1e-40, -1e30, 88.8, 0.5, -2.5, 1, 2,
      ]
      return special ? odd[Int(next() % 12)] : (unit() - 0.5) * (next() % 2 == 0 ? 2 : 40)
    case CK_I32:
      return special
        ? [-2_147_483_648, 2_147_483_647, 0, -1][Int(next() % 4)] : Double(next() % 41) - 20
    case CK_I64: return special ? [-4e15, 4e15, 0, -1][Int(next() % 4)] : Double(next() % 41) - 20
    case CK_U8: return Double(next() % 256)
    default: return Double(next() % 2)
    }
  }
}

func random(_ dtype: ck_dtype, count: Int, seed: UInt64) -> Memory {
  var dice = Dice(seed)
  return Memory(dtype, (0..<count).map { _ in dice.value(dtype) })
}

/// How an input lies in memory relative to the output's shape.
enum Layout: CaseIterable {
  case contiguous, scalar, row, column, transposed, spaced

  /// Strides for a shape, and how many elements of memory they reach.
  func strides(_ shape: [Int]) -> [Int] {
    var dense = [Int](repeating: 1, count: shape.count)
    for d in stride(from: shape.count - 2, through: 0, by: -1) {
      dense[d] = dense[d + 1] * shape[d + 1]
    }
    switch self {
    case .contiguous: return dense
    case .scalar: return shape.map { _ in 0 }
    case .row: return dense.enumerated().map { $0.offset == shape.count - 1 ? 1 : 0 }
    case .column: return dense.enumerated().map { $0.offset == 0 ? 1 : 0 }
    case .transposed:
      var step = 1
      return shape.map { n in
        defer { step *= n }
        return step
      }
    case .spaced: return dense.map { $0 * 2 }
    }
  }

  func reach(_ shape: [Int]) -> Int {
    1 + zip(shape, strides(shape)).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
  }
}

/// A slot and the memory that it is bound to, so that the memory lives as long as the slot.
struct Slot {
  var bound = ck_slot()
  var memory: Memory?
}

func inputSlot(_ memory: Memory, _ shape: [Int], _ layout: Layout) -> Slot {
  var slot = ck_slot()
  slot.kind = CK_SLOT_INPUT
  slot.dtype = memory.dtype
  slot.data = memory.pointer
  slot.contiguous = layout == .contiguous ? 1 : 0
  slot.rank = Int32(shape.count)
  withUnsafeMutableBytes(of: &slot.shape) { bytes in
    for (d, n) in shape.enumerated() {
      bytes.storeBytes(of: Int64(n), toByteOffset: 8 * d, as: Int64.self)
    }
  }
  let strides = layout.strides(shape)
  withUnsafeMutableBytes(of: &slot.strides) { bytes in
    for (d, n) in strides.enumerated() {
      bytes.storeBytes(of: Int64(n), toByteOffset: 8 * d, as: Int64.self)
    }
  }
  return Slot(bound: slot, memory: memory)
}

func outputSlot(_ memory: Memory) -> Slot {
  var slot = ck_slot()
  slot.kind = CK_SLOT_OUTPUT
  slot.dtype = memory.dtype
  slot.data = memory.pointer
  return Slot(bound: slot, memory: memory)
}

func temporarySlot() -> Slot {
  var slot = ck_slot()
  slot.kind = CK_SLOT_TEMP
  return Slot(bound: slot, memory: nil)
}

func instruction(
  _ op: ck_tile_op, _ dst: Int, _ a: Int, _ b: Int = 0, _ c: Int = 0, immediate: Double = 0
) -> ck_tile_instr {
  ck_tile_instr(
    op: UInt16(op.rawValue), dst: UInt16(dst), a: UInt16(a), b: UInt16(b), c: UInt16(c),
    imm: immediate)
}

/// Runs a program with the fast interpreter, or with the definition where `threads` is nil.
func runTiles(
  _ compute: ck_dtype, _ slots: [Slot], _ instructions: [ck_tile_instr], count: Int, threads: Int32?
) {
  defer { withExtendedLifetime(slots) {} }
  var bound = slots.map(\.bound)
  bound.withUnsafeMutableBufferPointer { slots in
    instructions.withUnsafeBufferPointer { instructions in
      var program = ck_tile_program(
        compute: compute, n_slots: Int32(slots.count), n_instrs: Int32(instructions.count),
        slots: slots.baseAddress, instrs: instructions.baseAddress)
      if let threads {
        ck_tile_run(&program, Int64(count), threads)
      } else {
        ck_tile_run_reference(&program, Int64(count))
      }
    }
  }
}
