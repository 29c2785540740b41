internal import CKernels

// A fused group becomes a tile program: a value that is used elsewhere gets memory, all others live in
// registers that are used again as soon as they are free.

extension Lowering {
  mutating func lowerGroup(_ items: [Int], _ compute: DType) {
    var builder = TileBuilder(items: items, graph: graph, users: users)
    var program = TileProgram(compute: compute, count: graph.items[items[0]].shape.product)
    for index in items {
      for input in graph.items[index].inputs where builder.needsMemory(input, for: index) {
        builder.addInput(input, view(input))
      }
    }
    var outputs: [(Int, View)] = []
    for index in items where builder.isMaterialised(index) {
      let target = newView(graph.items[index].type)
      outputs.append((index, target))
      builder.addOutput(index, target)
    }
    builder.emit()
    (program.slots, program.instructions) = builder.withRegisters()
    instructions.append(.tile(program))
    for (index, target) in outputs { setView(index, target) }
  }
}

/// Writes the instructions of one tile program.
private struct TileBuilder {
  let items: [Int]
  let graph: Graph
  let users: [[Int]]
  private let members: Set<Int>
  private var slots: [TileProgram.Slot] = []
  private var slotOf: [Int: Int] = [:]
  private var instructions: [TileProgram.Instruction] = []
  /// Products that are computed inside the sum that alone uses them.
  private var absorbed: Set<Int> = []

  init(items: [Int], graph: Graph, users: [[Int]]) {
    self.items = items
    self.graph = graph
    self.users = users
    members = Set(items)
    for index in items {
      if let product = absorbableProduct(index) { absorbed.insert(product) }
    }
  }

  /// Whether a value is used beyond the group's registers.
  func isMaterialised(_ index: Int) -> Bool {
    graph.outputs.contains(index)
      || users[index].contains {
        !members.contains($0) || !graph.passesInRegister(from: index, to: $0)
      }
  }

  /// Whether an operand comes from memory: it is not computed here, nor an immediate number.
  func needsMemory(_ input: Int, for user: Int) -> Bool {
    guard slotOf[input] == nil, !members.contains(input) else { return false }
    guard graph.uniform(input) != nil else { return true }
    return immediate(of: user)?.operand != input
  }

  mutating func addInput(_ index: Int, _ view: View) {
    guard slotOf[index] == nil else { return }
    slotOf[index] = slots.count
    slots.append(.input(view))
  }

  mutating func addOutput(_ index: Int, _ view: View) {
    slotOf[index] = slots.count
    slots.append(.output(Reference(storage: view.storage, offset: view.offset, dtype: view.dtype)))
  }

  /// The operand that is written into the instruction: a constant beside a value.
  private func immediate(of index: Int) -> (operand: Int, value: Double, isLeft: Bool)? {
    let item = graph.items[index]
    guard case .binary(let f) = item.op else { return nil }
    let (a, b) = (item.inputs[0], item.inputs[1])
    if a != b, let value = graph.uniform(b) { return (b, value, false) }
    guard a != b, let value = graph.uniform(a), f.mirrored != nil else { return nil }
    return (a, value, true)
  }

  private func absorbableProduct(_ index: Int) -> Int? {
    let item = graph.items[index]
    guard case .binary(.add) = item.op, item.dtype.isFloating, item.inputs[0] != item.inputs[1],
      item.inputs.allSatisfy({ graph.uniform($0) == nil })
    else { return nil }
    return item.inputs.first { input in
      guard case .binary(.multiply) = graph.items[input].op else { return false }
      return members.contains(input) && users[input] == [index] && !graph.outputs.contains(input)
        && graph.uniform(graph.items[input].inputs[0]) == nil
    }
  }

  mutating func emit() {
    for index in items where !absorbed.contains(index) {
      let target = slotOf[index] ?? newRegister(index)
      let item = graph.items[index]
      if let product = absorbableProduct(index), absorbed.contains(product),
        let other = item.inputs.first(where: { $0 != product })
      {
        emitMultiplyAdd(product, other, target)
      } else if let (operand, value, isLeft) = immediate(of: index),
        case .binary(let f) = item.op
      {
        let other = item.inputs[0] == operand ? item.inputs[1] : item.inputs[0]
        let op = isLeft ? f.mirrored ?? f.kernel : f.kernel
        append(op, target, [slot(other), Int(CK_IMM)], value)
      } else if case .cast(.bool) = item.op {
        append(CK_NE, target, [slot(item.inputs[0]), Int(CK_IMM)], 0)
      } else {
        append(kernel(of: item), target, item.inputs.map(slot), 0)
      }
    }
  }

  private mutating func emitMultiplyAdd(_ product: Int, _ other: Int, _ target: Int) {
    let factors = graph.items[product].inputs
    if let value = graph.uniform(factors[1]) {
      append(CK_MULADD, target, [slot(factors[0]), Int(CK_IMM), slot(other)], value)
    } else {
      append(CK_MULADD, target, [slot(factors[0]), slot(factors[1]), slot(other)], 0)
    }
  }

  private func slot(_ index: Int) -> Int {
    guard let slot = slotOf[index] else {
      preconditionFailure("Engine: operand \(index) of a fused group has no slot; please report")
    }
    return slot
  }

  private mutating func newRegister(_ index: Int) -> Int {
    slotOf[index] = slots.count
    slots.append(.temporary)
    return slots.count - 1
  }

  private mutating func append(
    _ op: ck_tile_op, _ target: Int, _ operands: [Int], _ immediate: Double
  ) {
    instructions.append(
      .init(
        op: UInt16(op.rawValue), target: target, operands: operands, immediate: immediate))
  }

  private func kernel(of item: Graph.Item) -> ck_tile_op {
    switch item.op {
    case .unary(let f): f.kernel
    case .binary(let f): f.kernel
    case .select: CK_SELECT
    default: CK_COPY
    }
  }

  /// Gives temporaries registers that are used again after their last reading.
  func withRegisters() -> ([TileProgram.Slot], [TileProgram.Instruction]) {
    var lastUse = [Int](repeating: -1, count: slots.count)
    for (time, instruction) in instructions.enumerated() {
      for operand in instruction.operands where operand != Int(CK_IMM) { lastUse[operand] = time }
    }
    var place = [Int](repeating: -1, count: slots.count)
    var packed: [TileProgram.Slot] = []
    for (index, slot) in slots.enumerated() {
      if case .temporary = slot { continue }
      place[index] = packed.count
      packed.append(slot)
    }
    var free: [Int] = []
    var result: [TileProgram.Instruction] = []
    for (time, instruction) in instructions.enumerated() {
      var copy = instruction
      copy.operands = instruction.operands.map { $0 == Int(CK_IMM) ? $0 : place[$0] }
      if place[instruction.target] < 0 {
        place[instruction.target] = free.popLast() ?? packed.count
        if place[instruction.target] == packed.count { packed.append(.temporary) }
      }
      copy.target = place[instruction.target]
      for operand in Set(instruction.operands)
      where operand != Int(CK_IMM) && lastUse[operand] == time {
        if case .temporary = slots[operand] { free.append(place[operand]) }
      }
      result.append(copy)
    }
    return (packed, result)
  }
}
