internal import ApusEngine
internal import ApusKernels

extension Method {
  /// Learns from a sample of any number of targets: one fit where the method takes several, else one a target.
  ///
  /// - Parameters:
  ///   - training: The events to learn from.
  ///   - validation: Events to watch, which must not be learned from; nil where there are none.
  ///   - context: Seed, threads, checkpoint, progress; the fits of several targets have the same seed.
  public func learn(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    guard training.targetCount > 1, !Self.takesSeveralTargets else {
      return try fit(training, validation: validation, context: context)
    }
    return try TargetByTarget(method: Self.name, targets: training.classes, context) { k, own in
      try fit(
        training.withTarget(k), validation: validation.map { $0.withTarget(k) }, context: own)
    }
  }

  /// Brings back what ``learn(_:validation:context:)-(Sample,_,_)`` gave.
  public static func recall(_ record: ModelRecord) throws -> any Response {
    try TargetByTarget(record, method: Self.self) ?? restore(record)
  }
}

extension BlockMethod {
  /// The same from blocks.
  ///
  /// - Parameters:
  ///   - training: The events to learn from.
  ///   - validation: Events to watch, which must not be learned from; nil where there are none.
  ///   - context: Seed, threads, checkpoint, progress.
  public func learn(
    _ training: any SampleBlocks, validation: (any SampleBlocks)?, context: FitContext
  ) throws -> any Response {
    let names = training.task == .regression ? training.classes : []
    guard names.count > 1, !Self.takesSeveralTargets else {
      return try fit(training, validation: validation, context: context)
    }
    return try TargetByTarget(method: Self.name, targets: names, context) { k, own in
      try fit(
        OneTarget(blocks: training, target: k),
        validation: validation.map { OneTarget(blocks: $0, target: k) }, context: own)
    }
  }
}

/// Blocks of which a method sees one target.
private struct OneTarget: SampleBlocks {
  let blocks: any SampleBlocks
  let target: Int

  var features: [String] { blocks.features }
  var classes: [String] { [] }
  var task: Task { blocks.task }
  var counts: [Int] { blocks.counts }
  var sums: [Double] { blocks.sums }
  var fingerprint: UInt64 { SplitMix64.mix(blocks.fingerprint ^ UInt64(target)) }
  func block(_ index: Int) throws -> Sample { try blocks.block(index).withTarget(target) }
}

/// One model a target, as one: what a method that estimates one number gives for several.
struct TargetByTarget: Response {
  private let method: String
  private let targets: [String]
  private let models: [any Response]

  /// Fits the models.
  /// - Parameter fit: Fits that of a target within its context.
  init(
    method: String, targets: [String], _ context: FitContext,
    _ fit: (Int, FitContext) throws -> any Response
  ) throws {
    (self.method, self.targets) = (method, targets)
    models = try targets.indices.map { k in
      var own = context
      own.checkpoint = context.checkpoint.map { $0 + ".target\(k)" }
      own.report = { step in
        var step = step
        step.values = step.values.map { ("\($0.name) of \(targets[k])", $0.value) }
        context.report(step)
      }
      return try fit(k, own)
    }
  }

  var parameterCount: Int { models.reduce(0) { $0 + $1.parameterCount } }

  /// Numbers are named after their targets; models that ended earlier have NaN.
  var history: [FitContext.Progress] {
    let all = models.map(\.history)
    guard let longest = all.max(by: { $0.count < $1.count }) else { return [] }
    return longest.indices.map { row in
      var step = longest[row]
      step.values = zip(targets, all).flatMap { target, history in
        (history.first?.values ?? []).enumerated().map { place, value in
          (
            "\(value.name)_\(target)",
            row < history.count && place < history[row].values.count
              ? history[row].values[place].value : .nan
          )
        }
      }
      return step
    }
  }

  /// The mean over the targets.
  var importances: [Double] { mean(models.map(\.importances)) }
  /// The mean over the targets.
  var coverShares: [Double] { mean(models.map(\.coverShares)) }

  private func mean(_ all: [[Double]]) -> [Double] {
    guard let first = all.first, !first.isEmpty, all.allSatisfy({ $0.count == first.count }) else {
      return []
    }
    return first.indices.map { j in all.reduce(0) { $0 + $1[j] } / Double(all.count) }
  }

  func tables(features: [String]) -> [ResponseTable] {
    zip(targets, models).flatMap { target, model in
      model.tables(features: features).map { table in
        var table = table
        table.title += " of \(target)"
        return table
      }
    }
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    interleaved(
      try models.map { try $0.scores(for: inputs, count: count, threads: threads) }, count)
  }

  func deviations(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    var all: [[Double]] = []
    for model in models {
      guard let own = try model.deviations(for: inputs, count: count, threads: threads) else {
        return nil
      }
      all.append(own)
    }
    return interleaved(all, count)
  }

  /// The rows of each event's targets, one behind the other.
  func shapleyValues(for inputs: [Float], count: Int, threads: Int) throws -> [Double]? {
    var all: [[Double]] = []
    for model in models {
      guard let own = try model.shapleyValues(for: inputs, count: count, threads: threads) else {
        return nil
      }
      all.append(own)
    }
    return (0..<count).flatMap { event in
      all.flatMap { own in
        let width = own.count / count
        return own[event * width..<(event + 1) * width]
      }
    }
  }

  private func interleaved(_ columns: [[Double]], _ count: Int) -> [Double] {
    var rows: [Double] = []
    rows.reserveCapacity(count * columns.count)
    for i in 0..<count { for column in columns { rows.append(column[i]) } }
    return rows
  }

  func record() throws -> ModelRecord {
    let records = try models.map { try $0.record() }
    let description: JSONValue = [
      "method": .string(method), "targets": JSONValue(targets),
      "models": .array(try records.map { try JSONValue(parsing: $0.description) }),
    ]
    return ModelRecord(
      description: description.text(),
      tensors: records.enumerated().flatMap { k, record in
        record.tensors.map { (name: Self.prefix(k) + $0.name, tensor: $0.tensor) }
      }, catalogue: records.first?.catalogue ?? MethodCatalogue())
  }

  private static func prefix(_ target: Int) -> String { "target=\(target)/" }

  /// Reads models of several targets; nil where the record is that of one model.
  init?<Own: Method>(_ record: ModelRecord, method: Own.Type) throws {
    let json = try JSONValue(parsing: record.description)
    guard let models = json["models"]?.items, let targets = json["targets"]?.strings else {
      return nil
    }
    guard targets.count == models.count, targets.count > 1, json["method"]?.text == Own.name else {
      throw RecordError(
        method: Own.name, reason: "it must have a model of its own for each of its targets.")
    }
    (self.method, self.targets) = (Own.name, targets)
    self.models = try models.enumerated().map { k, model in
      let prefix = Self.prefix(k)
      return try Own.restore(
        ModelRecord(
          description: model.text(),
          tensors: record.tensors.filter { $0.name.hasPrefix(prefix) }
            .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) },
          catalogue: record.catalogue))
    }
  }
}
