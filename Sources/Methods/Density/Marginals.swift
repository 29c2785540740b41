import ApusEngine
import ApusEvents

/// The density of one input in every class: a table of logarithms, or a Gaussian.
struct Marginal: Sendable, Equatable {
  enum Shape: String, Sendable, CaseIterable {
    /// A constant between two nodes.
    case step
    /// A straight line between two nodes.
    case line
    /// Gaussians: the nodes of a class are its mean and variance.
    case gaussian
  }

  var shape: Shape
  /// Edges of bins, or places of nodes; empty for Gaussians.
  var nodes: [Double]
  /// ln density of each class at nodes or in bins; mean and variance for Gaussians.
  var values: [[Double]]

  /// Adds ln p(x | class) to each class's sum.
  ///
  /// Outside the range the end of the table holds.
  func add(_ x: Double, to logs: inout [Double]) {
    if shape == .gaussian {
      for k in values.indices {
        let rest = x - values[k][0]
        logs[k] -= rest * rest / (2 * values[k][1]) + logarithm(2 * .pi * values[k][1]) / 2
      }
      return
    }
    let at = bin(x)
    if shape == .step {
      for k in values.indices { logs[k] += values[k][at] }
      return
    }
    let share = min(max((x - nodes[at]) / (nodes[at + 1] - nodes[at]), 0), 1)
    for k in values.indices {
      logs[k] += values[k][at] + share * (values[k][at + 1] - values[k][at])
    }
  }

  private func bin(_ x: Double) -> Int {
    var (low, high) = (0, nodes.count - 1)
    while high - low > 1 {
      let middle = (low + high) / 2
      if x < nodes[middle] { high = middle } else { low = middle }
    }
    return low
  }
}

/// A product of one-dimensional densities for each class.
struct ProjectiveResponse: Response {
  let method: String
  let task: Task
  let logPriors: [Double]
  let marginals: [Marginal]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int {
    marginals.reduce(logPriors.count) { $0 + $1.values.reduce(0) { $0 + $1.count } }
  }

  init(method: String, task: Task, logPriors: [Double], marginals: [Marginal]) {
    (self.method, self.task) = (method, task)
    (self.logPriors, self.marginals) = (logPriors, marginals)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = marginals.count
    try checkInputs(inputs, count: count, width: width, method: method)
    return inEventPieces(count, threads: threads) { range in
      var scores: [Double] = []
      for i in range {
        var logs = logPriors
        for j in 0..<width { marginals[j].add(Double(inputs[i * width + j]), to: &logs) }
        appendProbabilities(&logs, fallback: logPriors, task, to: &scores)
      }
      return scores
    }
  }

  func record() throws -> ModelRecord {
    let description: JSONValue = [
      "method": .string(method), "task": .string(task.rawValue), "inputs": .int(marginals.count),
      "classes": .int(logPriors.count), "shape": .string(marginals[0].shape.rawValue),
      "sizes": .array(marginals.map { .int($0.nodes.count) }),
    ]
    let nodes = marginals.flatMap(\.nodes)
    let values = marginals.flatMap { $0.values.flatMap { $0 } }
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("priors", Tensor(logPriors, shape: [logPriors.count])),
        ("nodes", Tensor(nodes, shape: [nodes.count])),
        ("values", Tensor(values, shape: [values.count])),
      ])
  }

  init(_ record: ModelRecord, method: String) throws {
    let reader = try RecordReader(record, method: method)
    self.method = method
    task = try reader.task()
    let (width, classes) = (try reader.count("inputs"), try reader.classes(task))
    let word = try reader.word("shape", of: Marginal.Shape.allCases.map(\.rawValue))
    let shape = Marginal.Shape(rawValue: word) ?? .step
    let sizes = reader.json["sizes"]?.items?.compactMap(\.integer) ?? []
    guard sizes.count == width, width > 0,
      sizes.allSatisfy({ shape == .gaussian ? $0 == 0 : $0 >= 2 && $0 < 1_000_000 })
    else { throw reader.fail("'sizes' does not fit its inputs.") }
    logPriors = try reader.numbers("priors", count: classes)
    let rows = sizes.map { shape == .gaussian ? 2 : shape == .step ? $0 - 1 : $0 }
    var nodes = try reader.numbers("nodes", count: sizes.reduce(0, +))[...]
    var values = try reader.numbers("values", count: rows.reduce(0, +) * classes)[...]
    var marginals: [Marginal] = []
    for (size, row) in zip(sizes, rows) {
      let own = Array(nodes.prefix(size))
      nodes = nodes.dropFirst(size)
      var table: [[Double]] = []
      for _ in 0..<classes {
        table.append(Array(values.prefix(row)))
        values = values.dropFirst(row)
      }
      guard zip(own, own.dropFirst()).allSatisfy({ $0 < $1 }) else {
        throw reader.fail("the nodes of a density must ascend.")
      }
      marginals.append(Marginal(shape: shape, nodes: own, values: table))
    }
    self.marginals = marginals
  }
}
