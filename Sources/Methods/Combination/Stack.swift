public import ApusEvents

/// Stacking: a last method learns from the scores of others on events that these had not seen.
///
/// The events are cut into folds; each member learns from the others and scores the fold, so that every event has scores of
/// models that did not know it; the last method learns the truth from them, and the members learn once more from
/// all events (Wolpert 1992, doi:10.1016/S0893-6080(05)80023-1). The events of each class go round the folds in the order
/// of a hash of their inputs, the same event twice as one. Weights enter as the methods say. Cost: folds + 1 times that of the members.
public struct Stack: Method {
  /// The name in YAML.
  public static let name = "stack"
  /// Other names that are accepted.
  public static let aliases = ["stacking", "StackingClassifier", "StackingRegressor"]
  /// One sentence on what it does.
  public static let summary =
    "Stacking: a last method learns from the scores of others, made by cross-validation."
  /// Which tasks it can learn.
  public static let tasks: [Task] = [.binary, .multiclass, .regression]
  /// Its options.
  public static let options: [OptionDescription] = [
    OptionDescription(
      "methods", aliases: ["members", "estimators"], .methods,
      "The members; when nothing is said fisher, naive_bayes and knn (linear and knn for numbers)."),
    OptionDescription(
      "final", aliases: ["final_estimator"], .methods,
      "The last method; when nothing is said logistic, or linear for numbers."),
    OptionDescription(
      "folds", aliases: ["cv"], .integer(2...1000), default: .integer(5),
      "Parts of the cross-validation."),
    OptionDescription(
      "passthrough", .flag, default: .flag(false),
      "Whether the last method sees the inputs beside the scores."),
  ]

  /// The last method sees the members' scores of all targets.
  public static let takesSeveralTargets = true

  let values: OptionValues

  /// Makes the method from checked options.
  /// - Throws: `OptionProblems` where `final` is more than one method.
  public init(options: OptionValues) throws {
    values = options
    if let last = options.methods("final"), last.count != 1 {
      throw OptionProblems([.init(path: "final", text: "must be one method, got \(last.count).")])
    }
  }

  /// Refuses members, and a last method, that can't learn in the study.
  /// - Throws: `OptionProblems`.
  public func check(_ facts: StudyFacts) throws {
    var found = ProblemList()
    let members = values.methods("methods")
    try found.collect { try checkMembers(members ?? [], facts, path: "methods") }
    var last = facts
    last.inputs = try facts.inputs.map { inputs in
      let count = try members?.count ?? usualMembers(facts.task).count
      let scores = count * (facts.task == .binary ? 1 : max(facts.classes, 1))
      return (0..<scores).map { "score\($0 + 1)" } + (values.flag("passthrough") ? inputs : [])
    }
    try found.collect { try checkMembers(values.methods("final") ?? [], last, path: "final") }
    try found.finish()
  }

  /// Learns members and the last method.
  /// - Throws: `FitError`.
  public func fit(_ training: Sample, validation: Sample?, context: FitContext) throws
    -> any Response
  {
    try training.checkUsable(for: Stack.name)
    let sample = training.merged()
    let booked = try values.methods("methods") ?? usualMembers(sample.task)
    let lastType: any Method.Type =
      sample.task == .regression ? LinearRegression.self : LogisticRegression.self
    let last =
      try values.methods("final")?.first
      ?? BookedMethod(name: lastType.name, type: lastType, method: usual(lastType))
    try checkTasks(booked + [last], sample.task, Stack.name)
    let passthrough = values.flag("passthrough")
    let outside = try booked.enumerated().map { try unseen($1, sample, context, $0) }
    let meta = Sample.stacked(sample, outside, passthrough: passthrough)
    let members = try booked.enumerated().map { place, one in
      Member(type: one.type, response: try fit(one.method, sample, context, place))
    }
    let top = Member(type: last.type, response: try fit(last.method, meta, context, booked.count))
    return StackResponse(
      task: sample.task, classes: max(sample.classes.count, 1), width: sample.features.count,
      passthrough: passthrough, members: members + [top])
  }

  private func fit(_ method: any Method, _ sample: Sample, _ context: FitContext, _ place: Int)
    throws -> any Response
  {
    var inner = context
    inner.seed = SplitMix64.mix(context.seed &+ UInt64(place))
    inner.checkpoint = nil
    inner.report = { _ in }
    if context.shouldStop() { throw FitError.interrupted(method: Stack.name, step: place) }
    return try method.learn(sample, validation: nil, context: inner)
  }

  /// Scores of all events by models that did not see them.
  private func unseen(_ member: BookedMethod, _ sample: Sample, _ context: FitContext, _ place: Int)
    throws -> [Double]
  {
    let folds = values.integer("folds") ?? 5
    let row = sample.task.scoreCount(sample.classes)
    let fold = try sample.folds(folds, method: Stack.name)
    var scores = [Double](repeating: 0, count: sample.count * row)
    for f in 0..<folds {
      let inside = fold.indices.filter { fold[$0] == f }
      if inside.isEmpty { continue }
      let others = sample.selecting(fold.indices.filter { fold[$0] != f })
      let model: any Response
      do { model = try fit(member.method, others, context, place) } catch FitError.unusable(
        _, let reason)
      {
        throw Stack.cannotLearn(member.name, reason, part: f + 1, folds, others.count)
      }
      let events = sample.selecting(inside)
      let found = try model.scores(
        for: events.inputs, count: events.count, threads: context.threads)
      for (k, i) in inside.enumerated() {
        for c in 0..<row { scores[i * row + c] = found[k * row + c] }
      }
    }
    return scores
  }

  private static func cannotLearn(
    _ member: String, _ reason: String, part: Int, _ parts: Int, _ events: Int
  ) -> FitError {
    .unusable(
      method: name,
      reason:
        "its member '\(member)' can't learn from the \(events) different events outside part \(part) of \(parts): "
        + "\(reason) More 'folds' leave more events to learn from; 'committee' has no parts.")
  }

  /// Brings back a learned model.
  public static func restore(_ record: ModelRecord) throws -> any Response {
    try StackResponse(record)
  }
}

extension Sample {
  /// A sample whose inputs are the scores of members, and with `passthrough` the inputs after them.
  static func stacked(_ sample: Sample, _ scores: [[Double]], passthrough: Bool) -> Sample {
    let rows = stackedInputs(
      scores, sample.inputs, count: sample.count, width: passthrough ? sample.features.count : 0)
    let row = rows.count / max(sample.count, 1)
    let extra = passthrough ? sample.features : []
    var stacked = sample
    stacked.inputs = rows
    stacked.features = (0..<row - extra.count).map { "score\($0 + 1)" } + extra
    return stacked
  }
}

/// Rows of all members' scores, then the first `width` inputs of each event.
private func stackedInputs(_ scores: [[Double]], _ inputs: [Float], count: Int, width: Int)
  -> [Float]
{
  var rows: [Float] = []
  for i in 0..<count {
    for one in scores {
      let row = one.count / count
      rows += one[i * row..<(i + 1) * row].map { Float($0) }
    }
    rows += inputs[i * width..<(i + 1) * width]
  }
  return rows
}

/// The members, and the last method behind them.
struct StackResponse: Response {
  let task: Task
  let classes: Int
  let width: Int
  let passthrough: Bool
  /// The members; the last one learned from the scores of the others.
  let members: [Member]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { members.reduce(0) { $0 + $1.response.parameterCount } }

  init(task: Task, classes: Int, width: Int, passthrough: Bool, members: [Member]) {
    (self.task, self.classes, self.width) = (task, classes, width)
    (self.passthrough, self.members) = (passthrough, members)
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    try checkInputs(inputs, count: count, width: width, method: Stack.name)
    if count == 0 { return [] }
    let scores = try members.dropLast().map {
      try $0.response.scores(for: inputs, count: count, threads: threads)
    }
    let rows = stackedInputs(scores, inputs, count: count, width: passthrough ? width : 0)
    return try members[members.count - 1].response.scores(
      for: rows, count: count, threads: threads)
  }

  func record() throws -> ModelRecord {
    let parts = try members.records()
    let description: JSONValue = [
      "method": .string(Stack.name), "task": .string(task.rawValue), "inputs": .int(width),
      "classes": .int(classes), "passthrough": .bool(passthrough), "members": parts.descriptions,
    ]
    return ModelRecord(
      description: description.text(), tensors: parts.tensors, catalogue: members.catalogue)
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: Stack.name)
    task = try reader.task()
    (width, classes) = (try reader.count("inputs"), try reader.outputs(task))
    passthrough = reader.json["passthrough"]?.flag ?? false
    members = try [Member](reader, key: "members")
    guard members.count >= 2 else { throw reader.fail("it needs a member and a last method.") }
  }
}
