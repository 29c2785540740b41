import ApusEngine
import ApusEvents

/// A learned model within another.
struct Member: Sendable {
  let type: any Method.Type
  let response: any Response
}

/// The methods that are combined where none are named.
func usualMembers(_ task: Task) throws -> [BookedMethod] {
  let types: [any Method.Type] =
    task == .regression
    ? [LinearRegression.self, NearestNeighbours.self]
    : [Fisher.self, NaiveBayes.self, NearestNeighbours.self]
  return try types.map { BookedMethod(name: $0.name, type: $0, method: try usual($0)) }
}

/// A method with its defaults.
func usual(_ type: any Method.Type) throws -> any Method {
  try type.init(options: resolve(ConfigurationValue(.null), against: type.options, path: "").0)
}

/// Refuses members that do not learn the task, and what members refuse themselves.
/// - Parameter path: The option that names them.
func checkMembers(_ members: [BookedMethod], _ facts: StudyFacts, path: String) throws {
  var problems: [OptionProblems.Problem] = []
  for member in members {
    let place = path + "." + member.name
    guard member.type.tasks.contains(facts.task) else {
      let learned = member.type.tasks.map(\.rawValue).joined(separator: " and ")
      problems.append(
        .init(
          path: place,
          text:
            "'\(member.type.name)' learns \(learned), but the events ask for \(facts.task.rawValue)."
        ))
      continue
    }
    do { try member.method.check(facts) } catch let error as OptionProblems {
      problems += error.placed(under: place, member.options, line: member.line)
    }
  }
  if !problems.isEmpty { throw OptionProblems(problems) }
}

/// Refuses members that do not learn the task.
func checkTasks(_ members: [BookedMethod], _ task: Task, _ method: String) throws {
  for member in members where !member.type.tasks.contains(task) {
    throw FitError.unusable(
      method: method,
      reason:
        "its member '\(member.name)' learns \(member.type.tasks.map(\.rawValue).joined(separator: ", ")), "
        + "but the events ask for \(task.rawValue). Take another method.")
  }
}

extension [Member] {
  /// The members as parts of a record: descriptions, and tensors named after their place.
  func records() throws -> (descriptions: JSONValue, tensors: [(name: String, tensor: Tensor)]) {
    var descriptions: [JSONValue] = []
    var tensors: [(name: String, tensor: Tensor)] = []
    for (place, member) in enumerated() {
      let record = try member.response.record()
      descriptions.append([
        "method": .string(member.type.name), "model": try JSONValue(parsing: record.description),
      ])
      tensors += record.tensors.map { ("\(place).\($0.name)", $0.tensor) }
    }
    return (.array(descriptions), tensors)
  }

  /// The types of all members and of theirs, so that a record can be read at once.
  var catalogue: MethodCatalogue { MethodCatalogue(map(\.type) + classicalMethods) }

  /// Brings members back.
  init(_ reader: RecordReader, key: String) throws {
    let types = reader.record.catalogue.types
    let catalogue = types.isEmpty ? MethodCatalogue(classicalMethods) : reader.record.catalogue
    guard let items = reader.json[key]?.items, !items.isEmpty, items.count <= 100_000 else {
      throw reader.fail("'\(key)' must list its models.")
    }
    self = try items.enumerated().map { place, item in
      guard let name = item["method"]?.text, let type = catalogue.find(name),
        let model = item["model"]
      else { throw reader.fail("the method of part \(place) is missing or unknown.") }
      let prefix = "\(place)."
      let own = reader.record.tensors.filter { $0.name.hasPrefix(prefix) }.map {
        (String($0.name.dropFirst(prefix.count)), $0.tensor)
      }
      let record = ModelRecord(description: model.text(), tensors: own, catalogue: catalogue)
      return Member(type: type, response: try type.recall(record))
    }
  }
}
