// # The engine from scratch
//
// Every program that trains a network rests on an engine: something that computes with arrays, knows the derivative
// of what it computed, and does both fast. This essay builds one from nothing, in three hundred and fifty lines of code, and ends by
// training a classifier with it and comparing its gradient with that of Apus's own engine, digit by digit. It is meant for
// physicists who want to see that there is no magic. Its code is `Snippets/EngineFromScratch.swift`, compiled with
// the project; run it with `swift run EngineFromScratch`. Each claim in the text is a `precondition` in the code.
//
// The tradition is Karpathy's *micrograd* and JAX's *autodidax*; we go one step further, to a plan that runs alone.

import Apus

#if canImport(Glibc)
  import Glibc
#else
  import Darwin
#endif

// ## 1. A value that remembers how it was made
//
// If `a + b` computed a sum at once, nothing could be known about it later. So it computes nothing: it makes a *node*,
// which says which operation is to be done on which other nodes. A formula becomes a graph. The operations are a
// closed list, and a short one, because everything that is written about operations must be written for each of them.

/// All that this engine can do.
enum Operation {
  case constant([Double])
  /// A place for numbers that are known only when the graph runs.
  case argument(Int)
  case exp, log, reciprocal
  case add, multiply
  /// One number repeated to fill a shape.
  case spread
  /// All elements added up.
  case sum
  /// The product of two matrices, either of them transposed first.
  case product(transposeLeft: Bool, transposeRight: Bool)
}

/// One value of a formula: immutable, and computed only when somebody asks.
final class Node {
  let operation: Operation
  let inputs: [Node]
  let shape: [Int]

  init(_ operation: Operation, _ inputs: [Node] = [], shape: [Int]) {
    (self.operation, self.inputs, self.shape) = (operation, inputs, shape)
  }

  var count: Int { shape.reduce(1, *) }
}

// Immutability is the decision that pays for all others. A node can be shared by threads without a lock, two equal
// nodes can be merged, and a derivative may refer to the values of the forward pass without copying them.

// ## 2. The first meaning: shape
//
// Each meaning of the graph is one `switch` over the operations. The compiler insists that it be complete: a new operation
// cannot be half done. The shape rule is also where mistakes are found, before anything ran.

func inferredShape(_ operation: Operation, _ inputs: [Node], spreadTo target: [Int] = []) -> [Int] {
  switch operation {
  case .constant, .argument: return target
  case .exp, .log, .reciprocal: return inputs[0].shape
  case .add, .multiply:
    precondition(inputs[0].shape == inputs[1].shape, "shapes must be equal")
    return inputs[0].shape
  case .spread:
    precondition(inputs[0].count == 1, "only one number can be spread")
    return target
  case .sum: return []
  case .product(let transposeLeft, let transposeRight):
    let (left, right) = (inputs[0].shape, inputs[1].shape)
    let (rows, inner) = transposeLeft ? (left[1], left[0]) : (left[0], left[1])
    let (inner2, columns) = transposeRight ? (right[1], right[0]) : (right[0], right[1])
    precondition(inner == inner2, "inner sizes must be equal")
    return [rows, columns]
  }
}

// (The real engine does not stop the program here: a wrong operation makes a *failed* node, which spreads through
// what follows, and whoever reads the result gets the first failure in words, with both shapes.)
//
// A little notation, so that formulas look like formulas:

extension Node {
  static func make(_ operation: Operation, _ inputs: Node..., shape: [Int] = []) -> Node {
    Node(operation, inputs, shape: inferredShape(operation, inputs, spreadTo: shape))
  }
  static func numbers(_ values: [Double], _ shape: [Int]) -> Node {
    .make(.constant(values), shape: shape)
  }
  static func + (a: Node, b: Node) -> Node { .make(.add, a, b) }
  static func * (a: Node, b: Node) -> Node { .make(.multiply, a, b) }
  static func + (a: Node, b: Double) -> Node { a + numbers([b], []).spread(to: a.shape) }
  static func * (a: Node, b: Double) -> Node { a * numbers([b], []).spread(to: a.shape) }
  static func - (a: Node, b: Node) -> Node { a + b * -1 }
  func spread(to shape: [Int]) -> Node { .make(.spread, self, shape: shape) }
  var exp: Node { .make(.exp, self) }
  var log: Node { .make(.log, self) }
  var reciprocal: Node { .make(.reciprocal, self) }
  var sum: Node { .make(.sum, self) }
  func times(_ other: Node, transposeLeft: Bool = false, transposeRight: Bool = false) -> Node {
    .make(.product(transposeLeft: transposeLeft, transposeRight: transposeRight), self, other)
  }
}

// ## 3. The second meaning: numbers
//
// The plainest way to run a graph: visit inputs before the nodes that use them, compute each once, keep it. The order
// is called topological; the recursion that finds it here would overflow the stack in a chain of a hundred thousand
// operations, so the real one keeps its own stack.

func topologicalOrder(_ roots: [Node]) -> [Node] {
  var order: [Node] = []
  var seen: Set<ObjectIdentifier> = []
  func visit(_ node: Node) {
    guard seen.insert(ObjectIdentifier(node)).inserted else { return }
    node.inputs.forEach(visit)
    order.append(node)
  }
  roots.forEach(visit)
  return order
}

func computed(_ node: Node, from inputs: [[Double]], _ arguments: [[Double]]) -> [Double] {
  switch node.operation {
  case .constant(let values): return values
  case .argument(let number): return arguments[number]
  case .exp: return inputs[0].map { exp($0) }
  case .log: return inputs[0].map { log($0) }
  case .reciprocal: return inputs[0].map { 1 / $0 }
  case .add: return zip(inputs[0], inputs[1]).map { $0 + $1 }
  case .multiply: return zip(inputs[0], inputs[1]).map { $0 * $1 }
  case .spread: return [Double](repeating: inputs[0][0], count: node.count)
  case .sum: return [inputs[0].reduce(0, +)]
  case .product(let transposeLeft, let transposeRight):
    let (rows, columns) = (node.shape[0], node.shape[1])
    let inner = inputs[0].count / rows
    return (0..<rows * columns).map { place in
      let (row, column) = (place / columns, place % columns)
      return (0..<inner).reduce(0) { total, k in
        let left = inputs[0][transposeLeft ? k * rows + row : row * inner + k]
        let right = inputs[1][transposeRight ? column * inner + k : k * columns + column]
        return total + left * right
      }
    }
  }
}

func interpret(_ roots: [Node], _ arguments: [[Double]] = []) -> [[Double]] {
  var known: [ObjectIdentifier: [Double]] = [:]
  for node in topologicalOrder(roots) {
    let inputs = node.inputs.map { known[ObjectIdentifier($0)] ?? [] }
    known[ObjectIdentifier(node)] = computed(node, from: inputs, arguments)
  }
  return roots.map { known[ObjectIdentifier($0)] ?? [] }
}

let three = Node.numbers([1, 2, 3], [3])
precondition(interpret([(three * three + 1).sum]) == [[17]])

// ## 4. The third meaning: derivatives
//
// Let *L* be one number at the end of the graph, and write *ȳ* for ∂*L*/∂*y*. If *y* = *f*(*a*, *b*), the chain rule says
// what *y* contributes to *ā* and *b̄*. For a product of numbers, *ā* += *ȳ b*; for a product of matrices *Y = AB*,
// *Ā* += *Ȳ Bᵀ* and *B̄* += *Aᵀ Ȳ*. Repeating one number and summing many are each other's derivative.
//
// The rules below return nodes, not numbers. So a gradient is a graph like any other: it can be planned, merged with the
// forward pass, and differentiated again.

func contributions(_ y: Node, _ up: Node) -> [Node] {
  let inputs = y.inputs
  switch y.operation {
  case .constant, .argument: return []
  case .exp: return [up * y]
  case .log: return [up * inputs[0].reciprocal]
  case .reciprocal: return [up * y * y * -1]
  case .add: return [up, up]
  case .multiply: return [up * inputs[1], up * inputs[0]]
  case .spread: return [up.sum]
  case .sum: return [up.spread(to: inputs[0].shape)]
  case .product(let transposeLeft, let transposeRight):
    let (a, b) = (inputs[0], inputs[1])
    return [
      transposeLeft
        ? b.times(up, transposeLeft: transposeRight, transposeRight: true)
        : up.times(b, transposeRight: !transposeRight),
      transposeRight
        ? up.times(a, transposeLeft: true, transposeRight: transposeLeft)
        : a.times(up, transposeLeft: !transposeLeft),
    ]
  }
}

// Walking the graph backward from *L*, every node has its full gradient before it passes it on. That is all of
// backpropagation, and its cost is a small multiple of the forward pass, however many inputs there are: the reason why
// networks of millions of parameters can be trained at all.

func slopes(of loss: Node, _ targets: [Node]) -> [Node] {
  var bar = [ObjectIdentifier(loss): Node.numbers([1], [])]
  for node in topologicalOrder([loss]).reversed() {
    guard let up = bar[ObjectIdentifier(node)] else { continue }
    for (input, part) in zip(node.inputs, contributions(node, up)) {
      let id = ObjectIdentifier(input)
      bar[id] = bar[id].map { $0 + part } ?? part
    }
  }
  return targets.map { bar[ObjectIdentifier($0)] ?? .numbers([0], []).spread(to: $0.shape) }
}

// d/dx of *x*³ is 3*x*², its derivative is 6*x*; both come out exactly:

let cube = (three * three * three).sum
let first = slopes(of: cube, [three])[0]
precondition(interpret([first]) == [[3, 12, 27]])
precondition(interpret(slopes(of: first.sum, [three])) == [[6, 12, 18]])

// ## 5. A classifier
//
// Logistic regression is the smallest network: one layer, one output. The score of an event is *z* = *x·w* + *b*, the
// probability of signal σ(*z*). With label *y* (1 is signal) and event weight *ω*, the loss is the weighted mean of
// −log likelihood, Σ*ω* [log(1 + eᶻ) − *yz*] / Σ*ω*. Some of the weights are negative, as in samples from
// next-to-leading-order generators; nothing in the arithmetic minds.

func lossOf(x: Node, y: Node, weight: Node, w: Node, b: Node) -> Node {
  let z = x.times(w) + b.spread(to: [x.shape[0], 1])
  let each = (z.exp + 1).log - y * z
  return (weight * each).sum * weight.sum.reciprocal
}

// The toy: two overlapping clouds in two variables. Twelve uniform numbers added make a fair Gaussian.

struct Toy {
  var x: [Double] = [], y: [Double] = [], weight: [Double] = []
  private var state: UInt64 = 2012

  init(events: Int) {
    for event in 0..<events {
      let isSignal = event % 2 == 0
      x += [gaussian() + (isSignal ? 1 : -0.5), 0.7 * gaussian() - (isSignal ? 0.4 : 0)]
      y.append(isSignal ? 1 : 0)
      weight.append(uniform() < 0.1 ? -0.5 : 1)
    }
  }
  private mutating func uniform() -> Double {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Double(state >> 11) * 0x1p-53
  }
  private mutating func gaussian() -> Double { (0..<12).reduce(-6) { sum, _ in sum + uniform() } }
}

let events = 2000
let toy = Toy(events: events)
let x = Node.numbers(toy.x, [events, 2])
let y = Node.numbers(toy.y, [events, 1])
let weight = Node.numbers(toy.weight, [events, 1])
precondition(toy.weight.contains { $0 < 0 })

// The parameters are arguments: the graph is built once. A descent step is a graph, too, from old parameters to new.

let w = Node(.argument(0), shape: [2, 1])
let b = Node(.argument(1), shape: [])
let loss = lossOf(x: x, y: y, weight: weight, w: w, b: b)
let slope = slopes(of: loss, [w, b])
let step = [w - slope[0] * 0.5, b - slope[1] * 0.5, loss]

// Before trusting a gradient, compare it with differences. This habit finds most mistakes.

let here = [[0.3, -0.2], [0.1]]
let analytic = interpret(slope, here).flatMap { $0 }
for place in 0..<3 {
  func lossMoved(by distance: Double) -> Double {
    var flat = here.flatMap { $0 }
    flat[place] += distance
    return interpret([loss], [[flat[0], flat[1]], [flat[2]]])[0][0]
  }
  let difference = (lossMoved(by: 1e-6) - lossMoved(by: -1e-6)) / 2e-6
  precondition(abs(difference - analytic[place]) < 1e-8, "the gradient is wrong")
}

// ## 6. The fourth meaning: a plan
//
// The interpreter looks everything up, allocates an array for each node, and walks memory once for each operation: of the
// time for `(z.exp + 1).log - y * z` nearly all goes into moving numbers. Three ideas mend this.
//
// 1. *Look once.* Order, places in memory and operations are found when the plan is made; running it is a loop.
// 2. *Fuse.* Neighbours that work element by element run together, on tiles of a few hundred elements that stay in the
//    processor's first cache; what no other step needs is never written to memory at all.
// 3. *Fixed memory.* Every value that does need memory has its place in one block, allocated once.

/// One operation of a fused group on registers: tiles of the group's own.
struct TileOperation {
  var operation: Operation
  var inputs: [Int]
  var output: Int
}

enum Step {
  /// Loads tiles, runs the program on each, stores what is needed elsewhere. A loaded value of one element is repeated.
  case fused(
    [TileOperation], count: Int, registers: Int, loads: [(register: Int, value: Int)],
    stores: [(register: Int, value: Int)])
  /// One operation by itself, on whole values.
  case whole(Node, inputs: [Int], output: Int)
}

extension Node {
  /// Whether element i of the result needs only element i of the inputs.
  var isElementwise: Bool {
    switch operation {
    case .exp, .log, .reciprocal, .add, .multiply, .spread: true
    case .constant, .argument, .sum, .product: false
    }
  }
}

// Grouping is greedy: the open group grows as long as the next node works element by element on as many elements, and
// closes when it does not. (Apus groups from the results backward, which finds groups that are not neighbours in the
// order, such as one update of all the parameters of a network.)

struct Plan {
  private(set) var steps: [Step] = []
  let values: [Node]
  let outputs: [Int]

  init(_ roots: [Node]) {
    values = topologicalOrder(roots)
    var number: [ObjectIdentifier: Int] = [:]
    for (index, node) in values.enumerated() { number[ObjectIdentifier(node)] = index }
    outputs = roots.map { number[ObjectIdentifier($0)] ?? 0 }
    let inputs = values.map { $0.inputs.map { number[ObjectIdentifier($0)] ?? 0 } }
    var group: [Int] = []
    for (index, node) in values.enumerated() where !node.inputs.isEmpty {
      if let open = group.first, !node.isElementwise || values[open].count != node.count {
        steps.append(fused(group, inputs))
        group = []
      }
      if node.isElementwise {
        group.append(index)
      } else {
        steps.append(.whole(node, inputs: inputs[index], output: index))
      }
    }
    if !group.isEmpty { steps.append(fused(group, inputs)) }
  }

  private func fused(_ group: [Int], _ inputs: [[Int]]) -> Step {
    var register: [Int: Int] = [:]
    var loads: [(register: Int, value: Int)] = []
    var program: [TileOperation] = []
    for value in group {
      for input in inputs[value] where register[input] == nil {
        register[input] = register.count
        loads.append((register[input] ?? 0, input))
      }
      register[value] = register.count
      program.append(
        TileOperation(
          operation: values[value].operation, inputs: inputs[value].map { register[$0] ?? 0 },
          output: register[value] ?? 0))
    }
    let elsewhere = Set(
      values.indices.filter { !group.contains($0) }.flatMap { inputs[$0] } + outputs)
    let stores = group.filter(elsewhere.contains).map { (register: register[$0] ?? 0, value: $0) }
    return .fused(
      program, count: values[group[0]].count, registers: register.count, loads: loads,
      stores: stores)
  }
}

let plan = Plan(step)
let operations = plan.values.count { if case .constant = $0.operation { false } else { true } }
precondition(plan.steps.count < operations / 2, "fusion must have joined most operations")

// ## 7. A compiled step
//
// Memory is one array, every value knows where its own begins, and the loop at the bottom is all of a training step.

final class CompiledStep {
  private let plan: Plan
  private var memory: [Double]
  private let place: [Int]
  private var tiles: [Double]
  private static let tile = 256

  init(_ plan: Plan) {
    self.plan = plan
    var end = 0
    place = plan.values.map { value in
      defer { end += value.count }
      return end
    }
    memory = [Double](repeating: 0, count: end)
    var registers = 0
    for case .fused(_, _, let needed, _, _) in plan.steps { registers = max(registers, needed) }
    tiles = [Double](repeating: 0, count: registers * Self.tile)
    for (index, node) in plan.values.enumerated() {
      if case .constant(let numbers) = node.operation { write(numbers, index) }
    }
  }

  private func write(_ numbers: [Double], _ value: Int) {
    memory.replaceSubrange(place[value]..<(place[value] + numbers.count), with: numbers)
  }

  private func read(_ value: Int) -> [Double] {
    Array(memory[place[value]..<(place[value] + plan.values[value].count)])
  }

  func run(_ arguments: [[Double]]) -> [[Double]] {
    for (index, node) in plan.values.enumerated() {
      if case .argument(let number) = node.operation { write(arguments[number], index) }
    }
    for step in plan.steps {
      switch step {
      case .whole(let node, let inputs, let output):
        write(computed(node, from: inputs.map(read), []), output)
      case .fused(let program, let count, _, let loads, let stores):
        for start in stride(from: 0, to: count, by: Self.tile) {
          let width = min(Self.tile, count - start)
          for load in loads { copyIn(load.register, load.value, start, width) }
          for operation in program { runTile(operation, width) }
          for store in stores {
            let (from, to) = (store.register * Self.tile, place[store.value] + start)
            for i in 0..<width { memory[to + i] = tiles[from + i] }
          }
        }
      }
    }
    return plan.outputs.map(read)
  }

  private func copyIn(_ register: Int, _ value: Int, _ start: Int, _ width: Int) {
    let isOne = plan.values[value].count == 1
    let (from, to) = (place[value] + (isOne ? 0 : start), register * Self.tile)
    for i in 0..<width { tiles[to + i] = memory[isOne ? from : from + i] }
  }

  private func runTile(_ operation: TileOperation, _ width: Int) {
    let out = operation.output * Self.tile
    let a = operation.inputs[0] * Self.tile
    let b = (operation.inputs.last ?? 0) * Self.tile
    switch operation.operation {
    case .exp: for i in 0..<width { tiles[out + i] = exp(tiles[a + i]) }
    case .log: for i in 0..<width { tiles[out + i] = log(tiles[a + i]) }
    case .reciprocal: for i in 0..<width { tiles[out + i] = 1 / tiles[a + i] }
    case .add: for i in 0..<width { tiles[out + i] = tiles[a + i] + tiles[b + i] }
    case .multiply: for i in 0..<width { tiles[out + i] = tiles[a + i] * tiles[b + i] }
    case .spread: for i in 0..<width { tiles[out + i] = tiles[a + i] }
    case .constant, .argument, .sum, .product: break
    }
  }
}

// The plan must mean what the graph means: the plain interpreter is its judge, as each fast path of Apus has one.

let compiled = CompiledStep(plan)
let (planned, plain) = (compiled.run(here), interpret(step, here))
for (a, b) in zip(planned.joined(), plain.joined()) { precondition(abs(a - b) < 1e-13) }

// ## 8. Training

var parameters = [[0.0, 0.0], [0.0]]
var losses: [Double] = []
for _ in 0..<300 {
  let result = compiled.run(parameters)
  parameters = [result[0], result[1]]
  losses.append(result[2][0])
}
precondition(abs(losses[0] - log(2.0)) < 1e-12, "an untrained classifier knows nothing: log 2")
precondition(zip(losses, losses.dropFirst()).allSatisfy { $0 >= $1 - 1e-15 }, "the loss only falls")
precondition(interpret(slope, parameters).joined().allSatisfy { abs($0) < 1e-4 })
print("loss \(losses[0]) → \(losses[299]), w = \(parameters[0]), b = \(parameters[1])")

// ## 9. The same in Apus
//
// The real engine has some sixty operations instead of ten, six element types, any number of axes, kernels that use the
// vector units and all cores, and plans whose memory is used again as soon as a value is dead. But what it does is
// what you have read. Its gradient, at the point that our engine found, is ours to twelve digits:

let realX = Tensor(toy.x, shape: [events, 2])
let realY = Tensor(toy.y, shape: [events, 1])
let realWeight = Tensor(toy.weight, shape: [events, 1])
let realW = Tensor(parameters[0], shape: [2, 1])
let realB = Tensor(parameters[1], shape: [])
let realZ = realX.matmul(realW) + realB
let realLoss = (realWeight * (realZ.softplus() - realY * realZ)).sum() / realWeight.sum()
let realSlope = try gradients(of: realLoss, withRespectTo: [realW, realB]).flatMap {
  try $0.doubles()
}

let ours = interpret([loss] + slope, parameters).flatMap { $0 }
let realValue = try realLoss.scalar()
precondition(abs(ours[0] - realValue) < 1e-12)
for (a, b) in zip(ours.dropFirst(), realSlope) { precondition(abs(a - b) < 1e-12) }
print("gradient \(realSlope) agrees with \(ours.dropFirst()) to 1e-12")

// Where to read on: `Sources/Engine/Graph/Op.swift` is the closed list; `Rules/ShapeRules.swift` and
// `Rules/Pullback.swift` are the meanings of sections 2 and 4; `Passes` and `Plan` are section 6; `Execute` is section 7.
