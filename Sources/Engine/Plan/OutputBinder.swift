/// Sees to it that results end where they are wanted: outputs in memory of their own, new state in the
/// memory of the old.
struct OutputBinder {
  var lowering: Lowering
  private(set) var outputTypes: [ValueType] = []
  private var outputNumber: [View: Int] = [:]
  /// Copies into state, done after everything else has read it.
  private var lastCopies: [Instruction] = []

  init(_ lowering: Lowering) { self.lowering = lowering }

  /// Copies, before anything runs, what is asked of the state as it was.
  mutating func protectOldState(results: [Int], state: [Int]) {
    let updated = Set(state.indices.filter { !isUnchanged($0, state[$0]) })
    var first: [Instruction] = []
    for item in results + state {
      let view = lowering.view(item)
      guard case .argument(let number) = lowering.storages[view.storage].kind,
        updated.contains(number)
      else { continue }
      let target = lowering.newView(ValueType(view.shape, view.dtype))
      first.append(.copy(from: view, to: target))
      lowering.setView(item, target)
    }
    lowering.instructions.insert(contentsOf: first, at: 0)
  }

  private mutating func isUnchanged(_ number: Int, _ item: Int) -> Bool {
    let view = lowering.view(item)
    return lowering.storages[view.storage].kind == .argument(number) && view.isContiguous
      && view.count == lowering.storages[view.storage].count
  }

  /// Computes the new value of a state in place of the old where nothing reads the old one afterwards;
  /// else copies it at the end.
  mutating func bindState(_ number: Int, to item: Int) {
    let type = lowering.graph.items[item].type
    let target = lowering.fixedStorage(.argument(number), type)
    let source = lowering.view(item)
    if source.storage == target { return }
    if isWhole(source), let writer = onlyWriter(of: source.storage),
      canOverwrite(target, at: writer, with: source.storage)
    {
      lowering.storages[source.storage].kind = .part(of: target, byteOffset: 0)
    } else {
      lastCopies.append(
        .copy(from: source, to: View(storage: target, shape: type.shape, dtype: type.dtype)))
    }
  }

  /// The number of the output that holds an item.
  mutating func bindOutput(_ item: Int) -> Int {
    let view = lowering.view(item)
    if let known = outputNumber[view] { return known }
    let number = outputTypes.count
    outputTypes.append(ValueType(view.shape, view.dtype))
    outputNumber[view] = number
    if isWhole(view), onlyWriter(of: view.storage) != nil {
      lowering.storages[view.storage].kind = .output(number)
    } else {
      let target = lowering.newStorage(.output(number), count: view.count, view.dtype)
      lastCopies.insert(
        .copy(from: view, to: View(storage: target, shape: view.shape, dtype: view.dtype)), at: 0)
    }
    return number
  }

  mutating func finish() { lowering.instructions += lastCopies }

  /// Whether a view is all of a temporary storage that holds no parts of others.
  private func isWhole(_ view: View) -> Bool {
    let storage = lowering.storages[view.storage]
    return storage.kind == .temporary && view.isContiguous && view.count == storage.count
  }

  /// The instruction that alone writes a storage and all its parts; nil where there are several.
  private func onlyWriter(of storage: Int) -> Int? {
    let parts = lowering.storages.contains {
      if case .part(storage, _) = $0.kind { true } else { false }
    }
    guard !parts else { return nil }
    let writers = lowering.instructions.indices.filter {
      lowering.instructions[$0].writes.contains(storage)
    }
    return writers.count == 1 ? writers[0] : nil
  }

  private func canOverwrite(_ target: Int, at writer: Int, with source: Int) -> Bool {
    let later = lowering.instructions[(writer + 1)...] + lastCopies[...]
    guard !later.contains(where: { $0.reads.contains(target) }) else { return false }
    let instruction = lowering.instructions[writer]
    guard instruction.reads.contains(target) else { return true }
    guard case .tile(let program) = instruction else { return false }
    return program.mayShare(input: target, output: source)
  }
}

extension TileProgram {
  /// Whether an output may take the memory of an input: each element is read before it is written.
  func mayShare(input storage: Int, output: Int) -> Bool {
    let sources = slots.indices.filter {
      if case .input(let view) = slots[$0] { view.storage == storage } else { false }
    }
    let targets = slots.indices.filter {
      if case .output(let place) = slots[$0] { place.storage == output } else { false }
    }
    guard sources.count == 1, targets.count == 1, case .input(let view) = slots[sources[0]],
      case .output(let place) = slots[targets[0]]
    else { return false }
    guard view.isContiguous, view.count == count, view.dtype == place.dtype else { return false }
    let lastRead = instructions.lastIndex { $0.operands.contains(sources[0]) } ?? -1
    let firstWrite = instructions.firstIndex { $0.target == targets[0] } ?? 0
    return lastRead <= firstWrite
  }
}
