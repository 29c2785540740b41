/// Turns a graph into instructions on storages, in the order that fusion chose.
///
/// Views cost nothing: they are strides. A copy is made only where a kernel needs elements in a row.
struct Lowering {
  let graph: Graph
  var storages: [Storage] = []
  var instructions: [Instruction] = []
  /// Who uses an item's memory or register, by item.
  let users: [[Int]]
  private var views: [View?]
  private var contiguousCopies: [Int: Reference] = [:]
  private var fixedStorages: [Storage.Kind.Key: Int] = [:]

  init(_ graph: Graph) {
    self.graph = graph
    views = [View?](repeating: nil, count: graph.items.count)
    var users = [[Int]](repeating: [], count: graph.items.count)
    for (index, item) in graph.items.enumerated() {
      for input in item.inputs { users[input].append(index) }
    }
    self.users = users
  }

  mutating func lower(_ units: [Unit]) {
    for unit in units {
      switch unit {
      case .single(let index): views[index] = lowerSingle(index)
      case .group(let items, let compute): lowerGroup(items, compute)
      }
    }
  }

  // MARK: Storages and views

  mutating func newStorage(_ kind: Storage.Kind, count: Int, _ dtype: DType) -> Int {
    storages.append(Storage(kind: kind, count: count, dtype: dtype))
    return storages.count - 1
  }

  /// Memory for an item of its own, contiguous.
  mutating func newView(_ type: ValueType) -> View {
    let storage = newStorage(.temporary, count: type.shape.product, type.dtype)
    return View(storage: storage, shape: type.shape, dtype: type.dtype)
  }

  mutating func setView(_ index: Int, _ view: View) { views[index] = view }

  /// The storage of a captured tensor or argument, made at first use.
  mutating func fixedStorage(_ kind: Storage.Kind.Key, _ type: ValueType) -> Int {
    if let known = fixedStorages[kind] { return known }
    let storage = newStorage(kind.kind, count: type.shape.product, type.dtype)
    fixedStorages[kind] = storage
    return storage
  }

  /// How an item's elements lie in memory.
  mutating func view(_ index: Int) -> View {
    if let known = views[index] { return known }
    let view = deferredView(index)
    views[index] = view
    return view
  }

  private mutating func deferredView(_ index: Int) -> View {
    let item = graph.items[index]
    switch item.op {
    case .constant:
      return View(
        storage: fixedStorage(.leaf(item.leaf), item.type), shape: item.shape, dtype: item.dtype)
    case .argument(let number):
      return View(
        storage: fixedStorage(.argument(number), item.type), shape: item.shape, dtype: item.dtype)
    case .full(let value, let shape, let dtype): return splat(value.value, shape, dtype)
    case .transpose(let axes): return view(item.inputs[0]).transposed(axes)
    case .broadcast(let shape): return view(item.inputs[0]).broadcast(to: shape)
    case .slice(let starts, let counts, let strides):
      return view(item.inputs[0]).sliced(starts, counts, strides)
    case .reshape(let shape):
      if let reshaped = view(item.inputs[0]).reshaped(shape) { return reshaped }
      let copy = contiguous(item.inputs[0])
      return View(storage: copy.storage, offset: copy.offset, shape: shape, dtype: item.dtype)
    default:
      preconditionFailure("Engine: \(item.op.name) was used before it was placed; please report")
    }
  }

  /// One number in memory, shown everywhere.
  private mutating func splat(_ value: Double, _ shape: [Int], _ dtype: DType) -> View {
    let storage = newStorage(.temporary, count: 1, dtype)
    let place = Reference(storage: storage, offset: 0, dtype: dtype)
    instructions.append(.fill(place, count: 1, value: value))
    return View(
      storage: storage, shape: shape, strides: shape.map { _ in 0 }, dtype: dtype)
  }

  /// An item's elements in a row, copied if they are not.
  mutating func contiguous(_ index: Int) -> Reference {
    let view = self.view(index)
    if view.isContiguous {
      return Reference(storage: view.storage, offset: view.offset, dtype: view.dtype)
    }
    if let known = contiguousCopies[index] { return known }
    let copy = copied(view)
    contiguousCopies[index] = copy
    return copy
  }

  mutating func copied(_ view: View) -> Reference {
    let target = newView(ValueType(view.shape, view.dtype))
    instructions.append(.copy(from: view, to: target))
    return Reference(storage: target.storage, offset: 0, dtype: view.dtype)
  }
}

extension Storage.Kind {
  /// Fixed storages by what they are.
  enum Key: Hashable {
    case leaf(Int), argument(Int)

    var kind: Storage.Kind {
      switch self {
      case .leaf(let number): .leaf(number)
      case .argument(let number): .argument(number)
      }
    }
  }
}
