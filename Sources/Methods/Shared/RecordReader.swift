import ApusEngine
import ApusEvents

/// Refuses inputs that do not fit a model.
func checkInputs(_ inputs: [Float], count: Int, width: Int, method: String) throws {
  guard inputs.count == count * width else {
    throw FitError.unusable(
      method: method,
      reason: "each event needs \(width) inputs, found \(inputs.count) numbers for \(count) events."
    )
  }
}

/// Reads a model's plain data; whatever is wrong becomes a `RecordError`.
struct RecordReader {
  let json: JSONValue
  let record: ModelRecord
  let method: String

  init(_ record: ModelRecord, method: String) throws {
    json = try JSONValue(parsing: record.description)
    self.record = record
    self.method = method
    guard json["method"]?.text == method else {
      throw RecordError(
        method: method, reason: "its method is '\(json["method"]?.text ?? "not given")'.")
    }
  }

  func fail(_ reason: String) -> RecordError { RecordError(method: method, reason: reason) }

  func count(_ key: String) throws -> Int {
    guard let value = json[key]?.integer, value >= 0, value <= 1_000_000 else {
      throw fail("'\(key)' must be a number of things, found \(json[key]?.text() ?? "nothing").")
    }
    return value
  }

  /// The word behind a key, which must be one of these.
  func word(_ key: String, of words: [String]) throws -> String {
    guard let word = json[key]?.text, words.contains(word) else {
      throw fail("'\(key)' must be one of \(words.joined(separator: ", ")).")
    }
    return word
  }

  /// The finite number behind a key.
  func real(_ key: String) throws -> Double {
    guard let value = json[key]?.double, value.isFinite else {
      throw fail("'\(key)' must be a number, found \(json[key]?.text() ?? "nothing").")
    }
    return value
  }

  /// The number of classes of a task; 1 for a regression.
  func classes(_ task: Task) throws -> Int {
    let count = try count("classes")
    guard task == .regression ? count == 1 : task == .binary ? count == 2 : count >= 2 else {
      throw fail("it has \(count) classes.")
    }
    return count
  }

  /// The number of classes of a task, or of targets of a method that takes several.
  func outputs(_ task: Task) throws -> Int {
    guard task == .regression else { return try classes(task) }
    let count = try count("classes")
    guard count >= 1 else { throw fail("it has no target.") }
    return count
  }

  func task() throws -> Task {
    guard let task = json["task"]?.text.flatMap(Task.init(rawValue:)) else {
      throw fail("'task' is missing or unknown.")
    }
    return task
  }

  /// The numbers of a tensor, which must be finite and this many.
  func numbers(_ name: String, count: Int) throws -> [Double] {
    guard let tensor = record.tensors.first(where: { $0.name == name })?.tensor else {
      throw fail("the tensor '\(name)' is missing.")
    }
    let values = try tensor.doubles()
    guard values.count == count else {
      throw fail("the tensor '\(name)' must have \(count) numbers, found \(values.count).")
    }
    guard values.allSatisfy(\.isFinite) else { throw fail("the tensor '\(name)' is not finite.") }
    return values
  }
}
