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
  var transforms: Preprocessing
  var response: any Response
  var trainSeconds: Double
  var history: [FitContext.Progress]
  private var description: JSONValue

  /// The layout of the description; raised when old programs could not read a new file.
  private static let layout = 1
  /// The key of the description in the metadata.
  private static let key = "apus"

  /// The model of a fit.
  init(
    booking: StudyConfiguration.Booking, response: any Response, prepared: PreparedEvents,
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
    transforms = prepared.transforms
    self.response = response
    self.trainSeconds = trainSeconds
    history = response.history
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
      "layout": .int(Self.layout), "apus": .string(apusVersion), "name": .string(name),
      "method": .string(type), "task": .string(task.rawValue), "classes": JSONValue(classes),
      "inputs": .array(inputs.map(\.json)),
      "aliases": .object(
        aliases.sorted { $0.key < $1.key }.map { .init($0.key, .string($0.value)) }),
      "transforms": transforms.record, "spectators": JSONValue(spectators),
      "selection": configuration.selection.map { .string($0) } ?? .null,
      "weights": [
        "policy": .string(configuration.weightPolicy.rawValue),
        "balance": .string(configuration.balance.rawValue),
      ],
      "options": .object(options),
      "training": [
        "seed": .string(String(seed)), "threads": .int(prepared.result.threads),
        "seconds": .number(trainSeconds), "date": .string(timestamp()),
        "events": .int(prepared.training.count),
        "sums": .object(
          prepared.result.trainingSums.map {
            .init($0.name, ["before": .number($0.before), "after": .number($0.after)])
          }), "history": historyJSON(history),
      ],
    ]
  }

  /// Writes the model, whole or not at all.
  func write(to path: String) throws {
    let record = try response.record()
    let model = try JSONValue(parsing: record.description)
    let whole = JSONValue.object(description.members + [.init("model", model)])
    try writeModel(metadata: [Self.key: whole.text()], tensors: record.tensors, to: path)
  }

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
    transforms = try Preprocessing(
      json["transforms"] ?? .array([]), features: self.inputs.map(\.name))
    response = try method.restore(
      ModelRecord(
        description: model.text(), tensors: file.tensors, catalogue: methodCatalogue))
    trainSeconds = json["training"]?["seconds"]?.double ?? 0
    history = readHistory(json["training"]?["history"])
    description = json
  }
}

extension SavedModel {
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
    if !missing.isNaN { members.append(.init("missing", .number(missing))) }
    return .object(members)
  }

  fileprivate init(_ json: JSONValue) {
    self.init(
      name: json["name"]?.text ?? "", formula: json["formula"]?.text ?? "",
      title: json["title"]?.text, unit: json["unit"]?.text,
      missing: json["missing"]?.double ?? .nan)
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
