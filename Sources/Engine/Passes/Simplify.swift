// The rules: each says in one line what may stand for what. They never change a value but for the sign
// of a zero (x + 0), and fold constants only where the kernel would round to the same number.

extension Rewriter {
  /// An item that means the same and costs less, if a rule knows one.
  mutating func simplified(_ item: Graph.Item) -> Int? {
    let inputs = item.inputs
    switch item.op {
    case .reshape(let shape): return movement(item, shape) ?? joinedReshape(inputs[0], shape)
    case .broadcast(let shape): return movement(item, shape)
    case .slice(_, let counts, _): return movement(item, counts)
    case .transpose(let axes): return transposeRule(item, axes)
    case .cast(let dtype):
      return graph.uniform(inputs[0]).map { full($0, item.shape, dtype) }
    case .unary(.negate):
      return graph.uniform(inputs[0]).map { full(-$0, item.shape, item.dtype) }
    case .binary(let f):
      return foldedBinary(f, item) ?? neutralBinary(f, item) ?? orderedBinary(f, item)
    case .select:
      return graph.uniform(inputs[0]).map { $0 != 0 ? inputs[1] : inputs[2] }
    case .reduce(let how, let axes): return reduceRule(how, axes, item)
    case .matmul(let a, let b): return matmulRule(a, b, inputs)
    case .concatenate: return inputs.count == 1 ? inputs[0] : nil
    default: return nil
    }
  }

  private mutating func full(_ value: Double, _ shape: [Int], _ dtype: DType) -> Int {
    add(.full(ExactNumber(dtype.rounding(value)), shape, dtype), [])
  }

  /// Moving nothing is nothing, and one number everywhere stays so.
  private mutating func movement(_ item: Graph.Item, _ shape: [Int]) -> Int? {
    let input = item.inputs[0]
    if let value = graph.uniform(input) { return full(value, shape, item.dtype) }
    if case .slice(let starts, _, let strides) = item.op,
      starts.contains(where: { $0 != 0 }) || strides.contains(where: { $0 != 1 })
    {
      return nil
    }
    return graph.items[input].shape == shape ? input : nil
  }

  private mutating func joinedReshape(_ input: Int, _ shape: [Int]) -> Int? {
    guard case .reshape = graph.items[input].op else { return nil }
    return add(.reshape(shape), [graph.items[input].inputs[0]])
  }

  private mutating func transposeRule(_ item: Graph.Item, _ axes: [Int]) -> Int? {
    let input = item.inputs[0]
    if let value = graph.uniform(input) { return full(value, item.shape, item.dtype) }
    if axes == Array(axes.indices) { return input }
    guard case .transpose(let inner) = graph.items[input].op else { return nil }
    return add(.transpose(axes.map { inner[$0] }), graph.items[input].inputs)
  }

  /// Arithmetic of two constants, in types where double precision rounds as the kernel does.
  private mutating func foldedBinary(_ f: Binary, _ item: Graph.Item) -> Int? {
    guard item.dtype.isFloating, let a = graph.uniform(item.inputs[0]),
      let b = graph.uniform(item.inputs[1])
    else { return nil }
    switch f {
    case .add: return full(a + b, item.shape, item.dtype)
    case .subtract: return full(a - b, item.shape, item.dtype)
    case .multiply: return full(a * b, item.shape, item.dtype)
    case .divide: return full(a / b, item.shape, item.dtype)
    default: return nil
    }
  }

  /// x + 0, x - 0, x * 1, x / 1 and their mirrors are x; 0 - x is -x.
  private mutating func neutralBinary(_ f: Binary, _ item: Graph.Item) -> Int? {
    let (a, b) = (item.inputs[0], item.inputs[1])
    switch (f, graph.uniform(a), graph.uniform(b)) {
    case (.add, _, 0.0?), (.subtract, _, 0.0?), (.multiply, _, 1.0?), (.divide, _, 1.0?):
      return a
    case (.add, 0.0?, _), (.multiply, 1.0?, _): return b
    case (.subtract, 0.0?, _): return add(.unary(.negate), [b])
    default: return nil
    }
  }

  /// A constant stands on the right of a commutative operation, where kernels take it as immediate.
  private mutating func orderedBinary(_ f: Binary, _ item: Graph.Item) -> Int? {
    guard [.add, .multiply, .maximum, .minimum, .equal, .notEqual].contains(f),
      graph.uniform(item.inputs[0]) != nil, graph.uniform(item.inputs[1]) == nil
    else { return nil }
    return add(item.op, [item.inputs[1], item.inputs[0]])
  }

  /// Joining single elements is a reshape; a sum of equal numbers is a product.
  private mutating func reduceRule(_ how: Reduction, _ axes: [Int], _ item: Graph.Item) -> Int? {
    let input = graph.items[item.inputs[0]]
    if axes.isEmpty { return item.inputs[0] }
    if axes.allSatisfy({ input.shape[$0] == 1 }) { return add(.reshape(item.shape), item.inputs) }
    guard how == .sum, item.dtype.isFloating, let value = graph.uniform(item.inputs[0]),
      value == value.rounded(), Swift.abs(value) * Double(input.shape.product) < 1e6
    else { return nil }
    return full(
      value * Double(axes.map { input.shape[$0] }.product), item.shape, item.dtype)
  }

  /// A transposed operand is the product's own flag.
  private mutating func matmulRule(_ a: Bool, _ b: Bool, _ inputs: [Int]) -> Int? {
    if let source = transposedSource(inputs[0]) {
      return add(.matmul(transposeA: !a, transposeB: b), [source, inputs[1]])
    }
    if let source = transposedSource(inputs[1]) {
      return add(.matmul(transposeA: a, transposeB: !b), [inputs[0], source])
    }
    return nil
  }

  private func transposedSource(_ index: Int) -> Int? {
    guard case .transpose(let axes) = graph.items[index].op else { return nil }
    var swapped = Array(axes.indices)
    swapped.swapAt(axes.count - 1, axes.count - 2)
    return axes == swapped ? graph.items[index].inputs[0] : nil
  }
}
