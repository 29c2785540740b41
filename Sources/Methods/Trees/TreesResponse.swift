import ApusEngine
public import ApusEvents
import ApusKernels

/// A learned ensemble of trees.
public struct TreesResponse: Response {
  /// The method that learned it.
  public let method: String
  /// What was learned.
  public let task: Task
  /// The trees.
  public let ensemble: TreeEnsemble
  /// The steps of the fit.
  public let history: [FitContext.Progress]
  let link: TreeLink
  private let flat: FlatTrees

  init(
    method: String, task: Task, ensemble: TreeEnsemble, link: TreeLink,
    history: [FitContext.Progress]
  ) {
    (self.method, self.task, self.ensemble) = (method, task, ensemble)
    (self.link, self.history) = (link, history)
    flat = ensemble.flat
  }

  /// Cuts and leaf values.
  public var parameterCount: Int {
    ensemble.nodes.reduce(ensemble.outputs) { $0 + ($1.isLeaf ? ensemble.width : 2) }
  }

  /// The share of the loss reduction that each input's cuts gained.
  public var importances: [Double] { ensemble.gainShares }

  /// The sums of trees before the link: log-odds, logarithms of probabilities, estimates.
  ///
  /// `outputs` numbers an event.
  public func rawScores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: ensemble.columns, method: method)
    return flat.scores(of: inputs, count: count, threads: threads)
  }

  /// Binary: the probability of signal; multiclass: a row of probabilities; regression: estimates.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    var scores = try rawScores(for: inputs, count: count, threads: threads)
    link.apply(&scores, outputs: ensemble.outputs)
    return scores
  }

  /// The share of Σ|w| that the cuts of each input divide.
  public var coverShares: [Double] { ensemble.coverShares }

  /// Exact Shapley values of ``rawScores(for:count:threads:)``, see ``TreeEnsemble/shapleyValues(_:)``.
  public func shapleyValues(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    try checkInputs(inputs, count: count, width: ensemble.columns, method: method)
    let width = ensemble.columns
    return Parallel.map(count, threads: threads) { event in
      ensemble.shapleyValues(Array(inputs[event * width..<(event + 1) * width]))
    }.flatMap(\.self)
  }

  /// The model in plain data.
  public func record() throws -> ModelRecord {
    let nodes = ensemble.nodes
    let description: JSONValue = [
      "method": .string(method), "task": .string(task.rawValue), "link": .string(link.rawValue),
      "inputs": .int(ensemble.columns), "outputs": .int(ensemble.outputs),
      "trees": .int(ensemble.count), "nodes": .int(nodes.count),
      "vectors": .bool(ensemble.hasVectors),
      "set_sizes": .array(ensemble.sets.map { .int($0.count) }),
    ]
    let setValues = ensemble.sets.flatMap { $0 }
    var tensors: [(name: String, tensor: Tensor)] = [
      ("base", Tensor(ensemble.base)), ("roots", Tensor(ensemble.roots.map { Int32($0) })),
      ("column", Tensor(nodes.map { Int32($0.column) })),
      ("threshold", Tensor(nodes.map(\.threshold))),
      ("child", Tensor(nodes.map { Int32($0.child) })),
      ("missing_right", Tensor(nodes.map { UInt8($0.missingRight ? 1 : 0) })),
      ("gain", Tensor(nodes.map { Float($0.gain) })),
      ("cover", Tensor(nodes.map { Float($0.cover) })), ("value", Tensor(ensemble.values)),
    ]
    if !ensemble.sets.isEmpty { tensors.append(("set", Tensor(nodes.map { Int32($0.set) }))) }
    if !setValues.isEmpty { tensors.append(("set_values", Tensor(setValues))) }
    return ModelRecord(description: description.text(), tensors: tensors)
  }

  /// Reads a recorded ensemble; whatever is wrong becomes a `RecordError`.
  init(_ record: ModelRecord, method: String) throws {
    let reader = try RecordReader(record, method: method)
    guard let link = reader.json["link"]?.text.flatMap(TreeLink.init(rawValue:)) else {
      throw reader.fail("'link' is missing or unknown.")
    }
    self.init(
      method: method, task: try reader.task(), ensemble: try TreeEnsemble(reader), link: link,
      history: [])
  }
}

extension TreeEnsemble {
  /// The trees in the form that scores fast.
  var flat: FlatTrees {
    FlatTrees(
      count: nodes.count, roots: roots, values: values, base: base, columns: columns, sets: sets
    ) { place in
      let node = nodes[place]
      return FlatTrees.Node(
        column: node.isLeaf ? nil : node.column, threshold: node.threshold, child: node.child,
        missingRight: node.missingRight, set: node.set < 0 ? nil : node.set)
    }
  }

  /// Reads recorded trees; they are checked, so that scoring ends on any bytes.
  init(_ reader: RecordReader) throws {
    let outputs = try reader.count("outputs")
    guard outputs > 0 else { throw reader.fail("there are no outputs.") }
    self.init(
      columns: try reader.count("inputs"), base: try reader.numbers("base", count: outputs),
      hasVectors: reader.json["vectors"]?.flag ?? false)
    let count = try reader.places("nodes"), trees = try reader.places("trees")
    roots = try reader.integers("roots", count: trees).map { Int($0) }
    values = try reader.numbers("value", count: count * width)
    let columns = try reader.integers("column", count: count)
    let children = try reader.integers("child", count: count)
    let missing = try reader.integers("missing_right", count: count)
    sets = try reader.sets()
    let set = sets.isEmpty ? [] : try reader.integers("set", count: count)
    let thresholds = try reader.floats("threshold", count: count)
    // Models of older versions have these in double precision.
    let gains = try reader.finiteFloats("gain", count: count)
    let covers = try reader.finiteFloats("cover", count: count)
    nodes = (0..<count).map { i in
      var node = Node()
      (node.column, node.child) = (Int(columns[i]), Int(children[i]))
      node.set = set.isEmpty ? -1 : Int(set[i])
      (node.threshold, node.missingRight) = (thresholds[i], missing[i] != 0)
      (node.gain, node.cover) = (Double(gains[i]), Double(covers[i]))
      return node
    }
    try check(reader)
  }

  private func check(_ reader: RecordReader) throws {
    let isOrdered = zip(roots, roots.dropFirst()).allSatisfy { $0 < $1 }
    guard roots.first ?? 0 == 0, isOrdered, (roots.last ?? -1) < nodes.count else {
      throw reader.fail("its trees do not follow each other.")
    }
    for tree in roots.indices {
      let own = self.nodes(of: tree)
      for place in own {
        let node = nodes[place]
        if node.isLeaf { continue }
        guard node.column < columns, node.child > place, node.child + 1 < own.upperBound,
          node.set < sets.count, !node.threshold.isNaN
        else { throw reader.fail("node \(place) of tree \(tree) is broken.") }
      }
    }
  }
}

extension RecordReader {
  /// A number of things, which may be many.
  func places(_ key: String) throws -> Int {
    guard let value = json[key]?.integer, value >= 0, value <= Int(Int32.max) else {
      throw fail("'\(key)' must be a number of things, found \(json[key]?.text() ?? "nothing").")
    }
    return value
  }

  /// The whole numbers of a tensor, which must be this many.
  func integers(_ name: String, count: Int) throws -> [Int32] {
    guard let tensor = record.tensors.first(where: { $0.name == name })?.tensor,
      [.int32, .uint8].contains(tensor.dtype), tensor.count == count
    else { throw fail("the tensor '\(name)' must have \(count) whole numbers.") }
    return try tensor.cast(to: .int32).scalars(as: Int32.self)
  }

  /// The numbers of a tensor in single precision, which must be finite there.
  func finiteFloats(_ name: String, count: Int) throws -> [Float] {
    let tensor = record.tensors.first { $0.name == name }?.tensor
    if tensor?.dtype != .float32 {
      let most = Double(Float.greatestFiniteMagnitude)
      return try numbers(name, count: count).map { Float(min(max($0, -most), most)) }
    }
    let values = try floats(name, count: count)
    guard values.allSatisfy(\.isFinite) else { throw fail("the tensor '\(name)' is not finite.") }
    return values
  }

  /// The single-precision numbers of a tensor; infinities may be among them.
  func floats(_ name: String, count: Int) throws -> [Float] {
    guard let tensor = record.tensors.first(where: { $0.name == name })?.tensor,
      tensor.dtype == .float32, tensor.count == count
    else { throw fail("the tensor '\(name)' must have \(count) numbers of float32.") }
    return try tensor.scalars(as: Float.self)
  }

  /// The sets of category values.
  func sets() throws -> [[Float]] {
    let sizes = (json["set_sizes"]?.items ?? []).compactMap(\.integer)
    guard sizes.allSatisfy({ (0...256).contains($0) }) else { throw fail("'set_sizes' is broken.") }
    let total = sizes.reduce(0, +)
    let values = total > 0 ? try floats("set_values", count: total) : []
    var (sets, place) = ([[Float]](), 0)
    for size in sizes {
      sets.append(Array(values[place..<place + size]))
      place += size
    }
    return sets
  }
}
