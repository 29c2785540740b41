/// What runs as one instruction: a single operation, or a group of elementwise ones over one shape.
enum Unit {
  case single(Int)
  /// Items in topological order; all values are computed in one type.
  case group([Int], compute: DType)
}

/// Joins elementwise operations into groups and puts everything in an order of execution.
///
/// Items are taken from the last to the first, so that all users of a value are placed before it; position
/// 0 is the end of the run. A value must stand no later than its earliest user, and joins that user's
/// group where it may. This is free of cycles by construction, and sinks cheap work to where it is
/// used: Adam's update becomes one group over all parameters.
struct Fusion {
  private let graph: Graph
  private var groups: [Group] = []
  /// The position of each item; -1 for views, constants and arguments.
  private var position: [Int]
  private var users: [[Use]]

  private struct Group {
    var items: [Int]
    var compute: DType?
    var shape: [Int]
    var inputs: Set<Int> = []
  }

  private struct Use {
    var item: Int
    /// Whether the value could be handed over in a register.
    var isDirect: Bool
  }

  /// More would not fit the first-level cache as registers.
  private static let most = (items: 48, inputs: 20)

  static func schedule(_ graph: Graph) -> [Unit] {
    var fusion = Fusion(graph)
    for index in graph.items.indices.reversed() where !graph.isDeferred(index) {
      fusion.place(index)
    }
    return fusion.groups.reversed().map { group in
      guard let compute = group.compute else { return .single(group.items[0]) }
      return .group(group.items.sorted(), compute: compute)
    }
  }

  private init(_ graph: Graph) {
    self.graph = graph
    position = [Int](repeating: -1, count: graph.items.count)
    users = [[Use]](repeating: [], count: graph.items.count)
    for (index, item) in graph.items.enumerated() where !graph.isView(index) {
      for input in item.inputs { use(input, by: index) }
    }
  }

  private mutating func use(_ input: Int, by user: Int) {
    let source = graph.source(of: input)
    let isDirect = source == input && graph.passesInRegister(from: input, to: user)
    users[source].append(Use(item: user, isDirect: isDirect))
  }

  private mutating func place(_ index: Int) {
    let item = graph.items[index]
    if graph.isElementwise(index), let target = joinable(index) {
      groups[target].items.append(index)
      groups[target].inputs.remove(index)
      groups[target].inputs.formUnion(item.inputs)
      groups[target].compute = graph.computeType(index) ?? groups[target].compute
      position[index] = target
    } else {
      let compute = graph.isElementwise(index) ? graph.computeType(index) ?? .float32 : nil
      groups.append(
        Group(items: [index], compute: compute, shape: item.shape, inputs: Set(item.inputs)))
      position[index] = groups.count - 1
    }
  }

  /// The group of the earliest user, if this item may be computed in it.
  private func joinable(_ index: Int) -> Int? {
    guard let earliest = users[index].map({ position[$0.item] }).max(), earliest >= 0 else {
      return nil
    }
    let group = groups[earliest]
    let inGroup = users[index].filter { position[$0.item] == earliest }
    guard let compute = group.compute, group.shape == graph.items[index].shape,
      inGroup.allSatisfy(\.isDirect), group.items.count < Fusion.most.items,
      (graph.computeType(index) ?? compute) == compute,
      group.inputs.union(graph.items[index].inputs).count <= Fusion.most.inputs
    else { return nil }
    return earliest
  }
}

extension Graph {
  /// Whether an item needs no instruction of its own: leaves, constants and views.
  func isDeferred(_ index: Int) -> Bool {
    switch items[index].op {
    case .constant, .argument, .failed, .full: true
    default: isView(index)
    }
  }

  /// The item whose memory a view shows.
  func source(of index: Int) -> Int {
    var source = index
    while isView(source) { source = items[source].inputs[0] }
    return source
  }

  func isElementwise(_ index: Int) -> Bool {
    switch items[index].op {
    case .unary, .binary, .select, .cast: true
    default: false
    }
  }

  /// The type in which an elementwise item computes; nil for logic on bools, which any type can do.
  func computeType(_ index: Int) -> DType? {
    let item = items[index]
    let deciding: DType =
      switch item.op {
      case .unary: items[item.inputs[0]].dtype
      case .binary: items[item.inputs[0]].dtype
      case .cast(.bool): items[item.inputs[0]].dtype
      default: item.dtype
      }
    return deciding.computing
  }

  /// Whether a value may go from one item to another without memory: not where its type changes
  /// (memory converts), nor for bytes (memory wraps them around).
  func passesInRegister(from input: Int, to user: Int) -> Bool {
    let dtype = items[input].dtype
    guard isElementwise(input), isElementwise(user), dtype != .uint8 else { return false }
    if dtype == .bool { return true }
    return dtype.computing == computeType(user)
  }
}

extension DType {
  /// The register type that stands for this type; nil for bool, which is 0 or 1 in any.
  var computing: DType? {
    switch self {
    case .bool: nil
    case .uint8: .int32
    default: self
    }
  }
}
