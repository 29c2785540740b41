/// Gives every temporary storage a place in one arena: storages whose lives do not overlap share memory.
struct MemoryPlan {
  private let instructions: [Instruction]
  private let storages: [Storage]
  private var addresses: [Plan.Address]
  /// Blocks in use, ordered by offset.
  private var blocks: [(offset: Int, bytes: Int, storage: Int)] = []
  private var peak = 0

  static func run(_ instructions: [Instruction], _ storages: [Storage]) -> ([Plan.Address], Int) {
    var plan = MemoryPlan(instructions, storages)
    plan.allocate()
    for index in storages.indices { plan.addresses[index] = plan.address(of: index) }
    return (plan.addresses, plan.peak)
  }

  private init(_ instructions: [Instruction], _ storages: [Storage]) {
    self.instructions = instructions
    self.storages = storages
    addresses = storages.map { storage in
      switch storage.kind {
      case .leaf(let number): .init(base: .leaf(number), byteOffset: 0)
      case .argument(let number): .init(base: .argument(number), byteOffset: 0)
      case .output(let number): .init(base: .output(number), byteOffset: 0)
      case .temporary, .part: .init(base: .arena, byteOffset: 0)
      }
    }
  }

  /// The storage that holds another one, and the distance in bytes.
  private func root(of storage: Int) -> (storage: Int, byteOffset: Int) {
    var (current, distance) = (storage, 0)
    while case .part(let whole, let offset) = storages[current].kind {
      current = whole
      distance += offset
    }
    return (current, distance)
  }

  private func address(of storage: Int) -> Plan.Address {
    let (whole, distance) = root(of: storage)
    return .init(
      base: addresses[whole].base, byteOffset: addresses[whole].byteOffset + distance)
  }

  private mutating func allocate() {
    let lastUse = self.lastUse
    var isPlaced = [Bool](repeating: false, count: storages.count)
    for (time, instruction) in instructions.enumerated() {
      for written in instruction.writes {
        let whole = root(of: written).storage
        guard storages[whole].kind == .temporary, !isPlaced[whole] else { continue }
        isPlaced[whole] = true
        if !takeOver(whole, instruction, time, lastUse) { placeFresh(whole) }
      }
      blocks.removeAll { lastUse[$0.storage] <= time }
    }
  }

  private var lastUse: [Int] {
    var last = [Int](repeating: -1, count: storages.count)
    for (time, instruction) in instructions.enumerated() {
      for storage in instruction.reads + instruction.writes {
        last[root(of: storage).storage] = time
      }
    }
    return last
  }

  /// Puts an output into the memory of an input that is read here for the last time.
  private mutating func takeOver(
    _ storage: Int, _ instruction: Instruction, _ time: Int, _ lastUse: [Int]
  ) -> Bool {
    guard case .tile(let program) = instruction, instruction.writes.contains(storage) else {
      return false
    }
    let candidate = blocks.firstIndex { block in
      lastUse[block.storage] == time && storages[block.storage].bytes == storages[storage].bytes
        && readings(of: block.storage, by: program) == 1
        && program.mayShare(input: block.storage, output: storage)
    }
    guard let candidate else { return false }
    addresses[storage].byteOffset = blocks[candidate].offset
    blocks[candidate].storage = storage
    return true
  }

  /// How many operands lie in a storage, its parts included: a part is read by other elements than the whole.
  private func readings(of whole: Int, by program: TileProgram) -> Int {
    program.slots.count { slot in
      if case .input(let view) = slot { root(of: view.storage).storage == whole } else { false }
    }
  }

  /// Takes the first gap that is wide enough.
  private mutating func placeFresh(_ storage: Int) {
    let bytes = (storages[storage].bytes + 63) / 64 * 64
    var offset = 0
    var place = 0
    while place < blocks.count, offset + bytes > blocks[place].offset {
      offset = max(offset, blocks[place].offset + blocks[place].bytes)
      place += 1
    }
    addresses[storage].byteOffset = offset
    blocks.insert((offset, bytes, storage), at: place)
    peak = max(peak, offset + bytes)
  }
}
