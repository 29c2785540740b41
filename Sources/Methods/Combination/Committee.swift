public import ApusEvents

/// A committee: several methods, or copies of one with other seeds, whose scores become one.
///
/// `mean` averages scores (probabilities; for regression estimates), `geometric` their logarithms, `median` takes the middle of
/// each class, `vote` the share of members for which a class is the most probable (Kowsari et al. 2018 vote with 30
/// networks; Cireşan et al. 2012 average 35). Probabilities are made to sum to one again. `bootstrap` gives each member
/// weights multiplied by Poisson numbers of mean one (bagging, Breiman 1996; Oza and Russell 2001).
///
/// Weights reach the members as they are. Coincident events are one for the bootstrap, so that a weight of two is the event
/// twice. Members should give probabilities. Cost: that of all members.
public struct Committee: Method {
  /// The name in YAML.
  public static let name = "committee"
  /// Other names that are accepted.
  public static let aliases = ["Committee", "voting", "VotingClassifier", "bagging", "ensemble"]
  /// One sentence on what it does.
  public static let summary =
    "A committee of any methods, or of copies with other seeds: mean, median or vote of their scores."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "methods", aliases: ["members", "estimators"], .methods,
      "The members; when nothing is said fisher, naive_bayes and knn (linear and knn for numbers)."),
    OptionDescription(
      "copies", aliases: ["n_estimators"], .integer(1...10_000), default: .integer(1),
      "Copies of each member, with seeds of their own."),
    OptionDescription(
      "rule", aliases: ["voting"], .choice(["mean", "median", "geometric", "vote"]),
      synonyms: ["soft": "mean", "hard": "vote"], default: .text("mean"), "How scores become one."),
    OptionDescription(
      "bootstrap", .flag, default: .flag(false),
      "Whether each member learns from a resampling of the events."),
  ]

  /// Members learn all targets.
  public static let takesSeveralTargets = true

  let values: OptionValues

  /// Makes the method from checked options.
  public init(options: OptionValues) throws { values = options }

  /// Refuses members that can't learn in the study.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws {
    try checkMembers(values.methods("methods") ?? [], facts, path: "methods")
  }

  /// Learns all members.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: Committee.name)
    let booked = try values.methods("methods") ?? usualMembers(training.task)
    try checkTasks(booked, training.task, Committee.name)
    let (copies, bootstrap) = (values.integer("copies") ?? 1, values.flag("bootstrap"))
    let sample = bootstrap ? training.merged() : training
    var members: [Member] = []
    for copy in 0..<copies {
      for one in booked {
        var inner = context
        inner.seed = SplitMix64.mix(context.seed &+ UInt64(members.count))
        inner.checkpoint = nil
        inner.report = { _ in }
        let drawn = bootstrap ? resampled(sample, inner.seed) : sample
        members.append(
          Member(
            type: one.type,
            response: try one.method.learn(drawn, validation: validation, context: inner)))
        context.report(
          .init(
            step: members.count, steps: copies * booked.count, unit: "member",
            events: sample.count, values: [("copy", Double(copy + 1))]))
        if context.shouldStop() {
          throw FitError.interrupted(method: Committee.name, step: members.count)
        }
      }
    }
    return CommitteeResponse(
      task: sample.task, classes: max(sample.classes.count, 1), width: sample.features.count,
      rule: .init(rawValue: values.text("rule") ?? "") ?? .mean, members: members)
  }

  /// The sample with weights times Poisson numbers; as it was where that would leave a class without weight.
  private func resampled(_ sample: Sample, _ seed: UInt64) -> Sample {
    var generator = SplitMix64(seed: seed, stream: 1)
    var result = sample
    for i in 0..<sample.count { result.weights[i] *= poissonOfOne(&generator) }
    let usable = (try? result.checkUsable(for: Committee.name)) != nil
    return usable ? result : sample
  }

  private func poissonOfOne(_ generator: inout SplitMix64) -> Double {
    let u = generator.uniform()
    var (k, term) = (0.0, exponential(-1))
    var sum = term
    while u >= sum, k < 20 {
      k += 1
      term /= k
      sum += term
    }
    return k
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try CommitteeResponse(record)
  }
}

/// The members and the rule that makes one score of theirs.
struct CommitteeResponse: Response {
  enum Rule: String, Sendable, CaseIterable {
    case mean, median, geometric, vote
  }

  let task: Task
  let classes: Int
  let width: Int
  let rule: Rule
  let members: [Member]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { members.reduce(0) { $0 + $1.response.parameterCount } }

  init(task: Task, classes: Int, width: Int, rule: Rule, members: [Member]) {
    (self.task, self.classes, self.width) = (task, classes, width)
    (self.rule, self.members) = (rule, members)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: width, method: Committee.name)
    let all = try members.map {
      try $0.response.scores(for: inputs, count: count, threads: threads)
    }
    let row = task == .binary ? 1 : classes
    return (0..<count).flatMap { i in
      combined(all.map { Array($0[i * row..<(i + 1) * row]) })
    }
  }

  /// One row of scores from those of the members.
  private func combined(_ rows: [[Double]]) -> [Double] {
    if task == .regression {
      return rows[0].indices.map { k in
        let values = rows.map { $0[k] }
        return rule == .median ? median(values) : values.reduce(0, +) / Double(values.count)
      }
    }
    let full = task == .binary ? rows.map { [1 - $0[0], $0[0]] } : rows
    var result = (0..<full[0].count).map { k -> Double in
      let values = full.map { $0[k] }
      switch rule {
      case .mean: return values.reduce(0, +) / Double(values.count)
      case .median: return median(values)
      case .geometric:
        let logs = values.reduce(0) { $0 + logarithm(max($1, 1e-15)) }
        return exponential(logs / Double(values.count))
      case .vote:
        return Double(
          full.count { row in
            row.indices.allSatisfy { $0 < k ? row[$0] < row[k] : row[$0] <= row[k] }
          })
      }
    }
    let sum = result.reduce(0, +)
    if rule != .mean, sum > 0 { result = result.map { $0 / sum } }
    return task == .binary ? [result[1]] : result
  }

  private func median(_ values: [Double]) -> Double {
    let sorted = values.sorted()
    let half = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  }

  func record() throws -> ModelRecord {
    let parts = try members.records()
    let description: JSONValue = [
      "method": .string(Committee.name), "task": .string(task.rawValue), "inputs": .int(width),
      "classes": .int(classes), "rule": .string(rule.rawValue), "members": parts.descriptions,
    ]
    return ModelRecord(
      description: description.text(), tensors: parts.tensors, catalogue: members.catalogue)
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: Committee.name)
    task = try reader.task()
    (width, classes) = (try reader.count("inputs"), try reader.outputs(task))
    rule = .init(rawValue: try reader.word("rule", of: Rule.allCases.map(\.rawValue))) ?? .mean
    members = try [Member](reader, key: "members")
  }
}
