internal import ApusEvents
internal import ApusFormats

/// A learned model with everything between the raw columns and its scores.
///
/// One file, valid safetensors: the arrays of the method, and under the key `apus` of the metadata a JSON
/// object with method, architecture, inputs and formulas, transforms, classes, weights and the training record.
struct SavedModel: Sendable {
  /// The name in the run.
  var name: String
  /// The name of the method.
  var type: String
  var task: Task
  var classes: [String]
  var inputs: [InputDefinition]
  /// Names in formulas with what they stand for.
  var aliases: [String: String]
  var spectators: [String]
  /// Lists that are padded to inputs behind the others; nil where there are none.
  var constituents: StudyConfiguration.Constituents?
  /// How an event finds the member that did not learn from it; nil where there is one model.
  var folds: FoldPlan?
  /// The model, or one a fold.
  var members: [Member]
  var trainSeconds: Double
  var history: [FitContext.Progress]
  private var description: JSONValue

  /// One learned model with its transforms.
  struct Member: Sendable {
    var transforms: Preprocessing
    var response: any Response
  }

  /// The first member, which tells what all have in common.
  var response: any Response { members[0].response }
  /// The parameters of all members.
  var parameterCount: Int { members.reduce(0) { $0 + $1.response.parameterCount } }

  /// The layout of the description; raised when old programs could not read a new file: 2 has folds, 3 several targets.
  private static let layout = 3
  /// The key of the description in the metadata.
  private static let key = "apus"

  /// The model of a fit.
  init(
    booking: StudyConfiguration.Booking, members: [Member], prepared: PreparedEvents,
    trainSeconds: Double, seed: UInt64
  ) {
    let configuration = prepared.result.configuration
    name = booking.name
    type = booking.type.name
    task = configuration.task
    classes = configuration.classes
    inputs = prepared.result.events.definitions
    aliases = configuration.aliases
    spectators = configuration.spectators
    constituents = configuration.constituents
    folds = prepared.result.folds?.plan
    self.members = members
    self.trainSeconds = trainSeconds
    history = members[0].response.history
    description = .null
    description = describe(booking, prepared, seed)
  }

  private func describe(
    _ booking: StudyConfiguration.Booking, _ prepared: PreparedEvents, _ seed: UInt64
  ) -> JSONValue {
    let configuration = prepared.result.configuration
    let options = flatOptions(booking.options).map {
      JSONValue.Member($0.name, .string($0.value))
    }
    return [
      "layout": .int(task == .regression && !classes.isEmpty ? 3 : folds == nil ? 1 : 2),
      "apus": .string(apusVersion),
      "name": .string(name),
      "method": .string(type), "task": .string(task.rawValue), "classes": JSONValue(classes),
      "inputs": .array(inputs.map(\.json)),
      "aliases": .object(
        aliases.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }),
      "constituents": constituents?.json ?? .null,
      "transforms": members[0].transforms.record, "spectators": JSONValue(spectators),
      "selection": configuration.selection.map { .string($0) } ?? .null,
      "weights": [
        "policy": .string(configuration.weightPolicy.rawValue),
        "balance": .string(configuration.balance.rawValue),
      ],
      "options": .object(options),
      "training": [
        "seed": .string(String(seed)), "threads": .int(prepared.result.threads),
        "seconds": .number(trainSeconds), "date": .string(timestamp()),
        "events": .int(prepared.trainingCount),
        "sums": .object(
          prepared.result.trainingSums.map {
            .init($0.name, ["before": .number($0.before), "after": .number($0.after)])
          }), "history": historyJSON(history),
      ],
    ]
  }

  /// Writes the model, whole or not at all.
  func write(to path: String) throws {
    let record = try members[0].response.record()
    var own = description.members
    own.append(.init("model", try JSONValue(parsing: record.description)))
    var tensors = record.tensors
    if let folds {
      var others: [JSONValue] = []
      for (k, member) in members.enumerated().dropFirst() {
        let record = try member.response.record()
        tensors += record.tensors.map { (name: Self.prefix(k) + $0.name, tensor: $0.tensor) }
        others.append([
          "transforms": member.transforms.record,
          "model": try JSONValue(parsing: record.description),
        ])
      }
      own.append(
        .init(
          "folds",
          [
            "count": .int(folds.count), "by": .string(folds.by), "hashed": .bool(folds.isHashed),
            "others": .array(others),
          ]))
    }
    try writeModel(metadata: [Self.key: JSONValue.object(own).text()], tensors: tensors, to: path)
  }

  /// What stands before the names of arrays of the members behind the first.
  private static func prefix(_ member: Int) -> String { "fold=\(member)/" }

  /// Reads a model.
  /// - Throws: ``StudyError`` where the file is no model of this program.
  init(path: String) throws {
    let file = try readModel(path)
    func broken(_ what: String) -> StudyError {
      .unusableEvents(["\(path): this is no model of apus: \(what)."])
    }
    guard let text = file.metadata[Self.key] else {
      throw broken(
        "it is a safetensors file of another program, without '\(Self.key)' in its metadata")
    }
    let json: JSONValue
    do throws(JSONError) { json = try JSONValue(parsing: text) } catch {
      throw broken("its description can't be read (\(error.message))")
    }
    guard let layout = json["layout"]?.integer, let type = json["method"]?.text,
      let task = json["task"]?.text.flatMap(Task.init(rawValue:)), let model = json["model"],
      let inputs = json["inputs"]?.items
    else { throw broken("its description lacks the method, the task, the inputs or the model") }
    guard layout <= Self.layout else {
      throw broken("it was written by a newer version (\(json["apus"]?.text ?? "?"))")
    }
    guard let method = findMethod(type) else { throw broken("there is no method '\(type)'") }
    self.type = type
    self.task = task
    name = json["name"]?.text ?? type
    classes = json["classes"]?.strings ?? []
    self.inputs = inputs.map(InputDefinition.init)
    aliases = Dictionary(
      (json["aliases"]?.members ?? []).map { ($0.key, $0.value.text ?? "") },
      uniquingKeysWith: { first, _ in first })
    spectators = json["spectators"]?.strings ?? []
    constituents = json["constituents"].flatMap { StudyConfiguration.Constituents($0) }
    let features = self.inputs.map(\.name)
    func member(_ json: JSONValue, _ prefix: String) throws -> Member {
      let tensors =
        prefix.isEmpty
        ? file.tensors.filter { !$0.name.hasPrefix("fold=") }
        : file.tensors.filter { $0.name.hasPrefix(prefix) }
          .map { (name: String($0.name.dropFirst(prefix.count)), tensor: $0.tensor) }
      return Member(
        transforms: try Preprocessing(json["transforms"] ?? .array([]), features: features),
        response: try method.recall(
          ModelRecord(
            description: (json["model"] ?? .null).text(), tensors: tensors,
            catalogue: methodCatalogue)))
    }
    members = [try member(["transforms": json["transforms"] ?? .array([]), "model": model], "")]
    if let given = json["folds"], let count = given["count"]?.integer {
      let others = given["others"]?.items ?? []
      guard count >= 2, others.count == count - 1, let by = given["by"]?.text else {
        throw broken("its \(count) folds are not complete")
      }
      folds = FoldPlan(count: count, by: by, isHashed: given["hashed"] == .bool(true))
      for (k, other) in others.enumerated() {
        members.append(try member(other, Self.prefix(k + 1)))
      }
    }
    trainSeconds = json["training"]?["seconds"]?.double ?? 0
    history = readHistory(json["training"]?["history"])
    description = json
  }
}

extension SavedModel {
  /// The scores of rows of raw inputs.
  /// - Parameter routes: The member for each event; nil for the first.
  func scores(
    _ rows: [Float], count: Int, width: Int, members routes: [Int]? = nil, threads: Int
  ) throws -> [Double] {
    guard let routes, members.count > 1 else {
      return try apply(
        response, transforms: members[0].transforms, inputs: rows, count: count, width: width,
        threads: threads)
    }
    var scores: [Double] = []
    for (k, member) in members.enumerated() {
      let own = routes.indices.filter { routes[$0] == k }
      if own.isEmpty { continue }
      var chosen: [Float] = []
      chosen.reserveCapacity(own.count * width)
      for event in own { chosen.append(contentsOf: rows[event * width..<(event + 1) * width]) }
      let values = try apply(
        member.response, transforms: member.transforms, inputs: chosen, count: own.count,
        width: width, threads: threads)
      let each = values.count / own.count
      if scores.isEmpty { scores = [Double](repeating: 0, count: count * each) }
      for (row, event) in own.enumerated() {
        for c in 0..<each { scores[event * each + c] = values[row * each + c] }
      }
    }
    return scores
  }

  /// The formula of an input for the columns of a file.
  func expression(_ input: InputDefinition, columns: [String]) throws(FormulaError) -> Expression {
    var expression = try Expression(input.formula, columns: columns, aliases: aliases)
    expression.missing = input.missing
    return expression
  }
}

extension InputDefinition {
  fileprivate var json: JSONValue {
    var members: [JSONValue.Member] = [
      .init("name", .string(name)), .init("formula", .string(formula)),
    ]
    if let title { members.append(.init("title", .string(title))) }
    if let unit { members.append(.init("unit", .string(unit))) }
    if isPadded { members.append(.init("padded", .bool(true))) }
    if !missing.isNaN { members.append(.init("missing", .number(missing))) }
    return .object(members)
  }

  fileprivate init(_ json: JSONValue) {
    self.init(
      name: json["name"]?.text ?? "", formula: json["formula"]?.text ?? "",
      title: json["title"]?.text, unit: json["unit"]?.text,
      missing: json["missing"]?.double ?? .nan, isPadded: json["padded"] == .bool(true))
  }
}

/// The history of a fit as columns.
private func historyJSON(_ steps: [FitContext.Progress]) -> JSONValue {
  guard let first = steps.first else { return .null }
  let values = first.values.map { value in
    JSONValue.Member(
      value.name,
      JSONValue(steps.map { step in step.values.first { $0.name == value.name }?.value ?? .nan }))
  }
  return .object([
    .init("unit", .string(first.unit)), .init("steps", .int(first.steps)),
    .init("step", .array(steps.map { .int($0.step) })),
    .init("events", .array(steps.map { .int($0.events) })), .init("values", .object(values)),
  ])
}

private func readHistory(_ json: JSONValue?) -> [FitContext.Progress] {
  guard let json, let steps = json["step"]?.items?.compactMap(\.integer) else { return [] }
  let columns = (json["values"]?.members ?? []).map { ($0.key, $0.value.items ?? []) }
  return steps.enumerated().map { index, step in
    FitContext.Progress(
      step: step, steps: json["steps"]?.integer ?? steps.count, unit: json["unit"]?.text ?? "step",
      events: json["events"]?.items?[index].integer ?? 0,
      values: columns.map { name, values in
        (name, index < values.count ? values[index].double ?? .nan : .nan)
      })
  }
}
