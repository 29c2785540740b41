import CKernels
import Testing

private let unary: [ck_tile_op] = [
  CK_COPY, CK_NEG, CK_ABS, CK_SIGN, CK_EXP, CK_EXPM1, CK_LOG, CK_LOG1P, CK_SQRT, CK_RSQRT, CK_RECIP,
  CK_SIN, CK_COS,
  CK_TAN, CK_ASIN, CK_ACOS, CK_ATAN, CK_SINH, CK_COSH, CK_TANH, CK_SIGMOID, CK_ERF, CK_FLOOR,
  CK_CEIL, CK_ROUND,
  CK_RELU, CK_SQUARE, CK_NOT, CK_ISNAN, CK_ISFINITE, CK_LOGGAMMA,
]
private let binary: [ck_tile_op] = [
  CK_ADD, CK_SUB, CK_MUL, CK_DIV, CK_POW, CK_MAX, CK_MIN, CK_ATAN2, CK_MOD, CK_LT, CK_LE, CK_EQ,
  CK_NE, CK_AND, CK_OR,
  CK_RSUB, CK_RDIV, CK_GT, CK_GE,
]
private let ternary: [ck_tile_op] = [CK_SELECT, CK_MULADD]
private let computeTypes: [ck_dtype] = [CK_F32, CK_F64, CK_I32, CK_I64]
private let allTypes: [ck_dtype] = [CK_F32, CK_F64, CK_I32, CK_I64, CK_U8, CK_BOOL]
private let shapes: [[Int]] = [
  [1], [17], [512], [3, 171], [7, 5, 43], [300, 5], [2, 800], [3, 1, 600], [1025],
]

/// How far two results of one program may be apart: three units in the last place of the compute type,
/// and where an integer is made of a real that is not exact, one.
private func agree(_ x: Double, _ y: Double, _ compute: ck_dtype, into output: ck_dtype) -> Bool {
  if x == y || (x.isNaN && y.isNaN) { return true }
  if compute != CK_F32 && compute != CK_F64 { return false }
  let unit = compute == CK_F32 ? Double(Float.ulpOfOne) : Double.ulpOfOne
  let tiny = compute == CK_F32 ? 3 * Double(Float.leastNonzeroMagnitude) : 0
  let whole = output == CK_F32 || output == CK_F64 ? 0.0 : 1.0
  return abs(x - y) <= 3 * unit * max(abs(x), abs(y)) + tiny + whole
}

struct TileProgramTests {
  @Test(arguments: [0, 1, 2, 3])
  func everyInstructionMatchesTheDefinition(type: Int) {
    let compute = computeTypes[type]
    var seed: UInt64 = 1
    for op in unary + binary + ternary {
      for (s, shape) in shapes.enumerated() {
        for layout in Layout.allCases {
          seed += 1
          let count = shape.reduce(1, *)
          // Walk through memory types and immediates with the cases rather than take their product.
          let memoryTypes =
            seed % 3 == 0
            ? (0..<4).map { allTypes[(Int(seed) / 3 + $0 * (s + 1)) % 6] }
            : Array(repeating: compute, count: 4)
          let other = Layout.allCases[Int(seed) % Layout.allCases.count]
          let layouts = [layout, other, .contiguous]
          let inputs = (0..<3).map {
            random(memoryTypes[$0], count: layouts[$0].reach(shape), seed: seed &* 7 &+ UInt64($0))
          }
          let fast = Memory(memoryTypes[3], count: count)
          let slow = Memory(memoryTypes[3], count: count)
          let usesImmediate = op.rawValue >= CK_ADD.rawValue && seed % 4 == 0
          let slots = (0..<3).map { inputSlot(inputs[$0], shape, layouts[$0]) }
          let program = [
            instruction(
              op, 3, 0, usesImmediate ? Int(CK_IMM) : 1, 2,
              immediate: [2.0, -1.5, 3][Int(seed / 4) % 3])
          ]
          runTiles(compute, slots + [outputSlot(fast)], program, count: count, threads: 2)
          runTiles(compute, slots + [outputSlot(slow)], program, count: count, threads: nil)
          // A fused multiply-add rounds once, the definition twice: it may differ by a unit of the product.
          let loose = op == CK_MULADD && (compute == CK_F32 || compute == CK_F64)
          let bad = (0..<count).first {
            !agree(fast[$0], slow[$0], compute, into: memoryTypes[3])
              && !(loose && abs(fast[$0] - slow[$0]) <= (compute == CK_F32 ? 1e-2 : 1e-10))
          }
          #expect(
            bad == nil,
            "op \(op.rawValue), compute \(compute.rawValue), memory \(memoryTypes.map(\.rawValue)), shape \(shape), \(layouts), at \(bad ?? 0): \(fast[bad ?? 0]) instead of \(slow[bad ?? 0]), inputs \(inputs[0][0])"
          )
        }
      }
    }
  }

  /// Random programs of exact instructions, with temporaries, results that are read again, and unaligned tails.
  @Test func longProgramsMatchTheDefinitionBitForBit() {
    let exact = [
      CK_ADD, CK_SUB, CK_MUL, CK_MAX, CK_MIN, CK_LT, CK_SELECT, CK_ABS, CK_RELU, CK_COPY, CK_AND,
      CK_RSUB,
    ]
    for seed in 1...60 {
      var dice = Dice(UInt64(seed))
      let compute = computeTypes[Int(dice.next() % 4)]
      let count = [1, 15, 511, 513, 2000, 40_000][seed % 6]
      let inputs = (0..<4).map {
        random(allTypes[Int(dice.next() % 6)], count: count, seed: UInt64(seed * 10 + $0))
      }
      var slots = inputs.map { inputSlot($0, [count], .contiguous) }
      let temporaries = 60  // more than the stack holds
      slots += (0..<temporaries).map { _ in temporarySlot() }
      var program: [ck_tile_instr] = []
      var known = Array(0..<4)
      for step in 0..<80 {
        let target = step < temporaries ? 4 + step : 4 + Int(dice.next() % UInt64(temporaries))
        func pick() -> Int { known[Int(dice.next() % UInt64(known.count))] }
        let op = exact[Int(dice.next() % UInt64(exact.count))]
        program.append(instruction(op, target, pick(), pick(), pick()))
        if !known.contains(target) { known.append(target) }
      }
      let outputs = (0..<3).map { _ in Memory(compute, count: count) }
      let wanted = (0..<3).map { _ in Memory(compute, count: count) }
      for (i, _) in outputs.enumerated() {
        program.append(instruction(CK_COPY, slots.count + i, 4 + temporaries - 1 - i))
      }
      runTiles(compute, slots + outputs.map(outputSlot), program, count: count, threads: 2)
      runTiles(compute, slots + wanted.map(outputSlot), program, count: count, threads: nil)
      for (got, want) in zip(outputs, wanted) {
        let same = zip(got.values, want.values).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
        #expect(same, "program \(seed), compute \(compute.rawValue), \(count) elements")
      }
    }
  }

  @Test func anOutputMayLieOverItsInput() {
    for count in [1, 100, 512, 1300] {
      let memory = random(CK_F32, count: count, seed: 5)
      let before = memory.values
      let slots = [inputSlot(memory, [count], .contiguous), outputSlot(memory)]
      runTiles(
        CK_F32, slots, [instruction(CK_MUL, 1, 0, Int(CK_IMM), immediate: 2)], count: count,
        threads: 1)
      #expect(zip(memory.values, before).allSatisfy { $0 == Double(Float($1 * 2)) || $1.isNaN })
    }
  }

  @Test func threadsDoNotChangeBits() {
    let count = 300_001
    let input = random(CK_F32, count: count, seed: 9)
    let outputs = (0..<2).map { _ in Memory(CK_F32, count: count) }
    for threads in 1...2 {
      let slots = [inputSlot(input, [count], .contiguous), outputSlot(outputs[threads - 1])]
      runTiles(CK_F32, slots, [instruction(CK_TANH, 1, 0)], count: count, threads: Int32(threads))
    }
    #expect(outputs[0].bytes == outputs[1].bytes)
  }

  @Test func integerDivisionRoundsDownAndNeverTraps() {
    let x = Memory(CK_I32, [7, -7, 7, -7, 5, -2_147_483_648])
    let y = Memory(CK_I32, [2, 2, -2, -2, 0, -1])
    let quotient = Memory(CK_I32, count: 6)
    let remainder = Memory(CK_I32, count: 6)
    let slots = [
      inputSlot(x, [6], .contiguous), inputSlot(y, [6], .contiguous), outputSlot(quotient),
      outputSlot(remainder),
    ]
    runTiles(
      CK_I32, slots, [instruction(CK_DIV, 2, 0, 1), instruction(CK_MOD, 3, 0, 1)], count: 6,
      threads: 1)
    #expect(quotient.values == [3, -4, -4, 3, 0, -2_147_483_648])
    #expect(remainder.values == [1, 1, -1, -1, 0, 0])
  }

  @Test func maximumAndMinimumSpreadNaN() {
    let x = Memory(CK_F32, [.nan, 1, .nan, 2])
    let y = Memory(CK_F32, [1, .nan, .nan, 3])
    let larger = Memory(CK_F32, count: 4)
    let smaller = Memory(CK_F32, count: 4)
    let slots = [
      inputSlot(x, [4], .contiguous), inputSlot(y, [4], .contiguous), outputSlot(larger),
      outputSlot(smaller),
    ]
    runTiles(
      CK_F32, slots, [instruction(CK_MAX, 2, 0, 1), instruction(CK_MIN, 3, 0, 1)], count: 4,
      threads: 1)
    #expect(larger.values.map(\.isNaN) == [true, true, true, false] && larger[3] == 3)
    #expect(smaller.values.map(\.isNaN) == [true, true, true, false] && smaller[3] == 2)
  }
}
