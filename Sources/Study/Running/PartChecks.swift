internal import ApusEvents

/// Says of all methods at once which cannot learn from such events, before any of them learns.
///
/// What the configuration alone shows was said when it was read; here the names that patterns stand for and the kinds of columns are known.
/// - Parameter inputs: The names of the inputs as methods see them.
func checkMethods(_ result: StudyResult, inputs: [String]) throws {
  let configuration = result.configuration
  let facts = StudyFacts(
    task: configuration.task, inputs: inputs, classes: configuration.classes.count,
    spectators: result.events.spectators.filter { $0.doubles != nil }.map(\.name))
  var problems: [OptionProblems.Problem] = []
  for booking in configuration.methods {
    do { try booking.method.check(facts) } catch let error as OptionProblems {
      problems += error.placed(
        under: "methods.\(booking.name)", booking.options, line: booking.line)
    }
  }
  if !problems.isEmpty { throw ConfigurationProblems(configuration.path, problems) }
}

/// What is wrong with the classes of each part: a class that is absent where methods learn is an error, elsewhere
/// the metrics of the part are unknown.
func checkParts(_ result: StudyResult) throws -> [String] {
  guard result.configuration.task != .regression else { return [] }
  var (errors, warnings): ([String], [String]) = ([], [])
  for part in Part.allCases {
    let chosen = result.chosen(part)
    if chosen.isEmpty { continue }
    for (label, name) in result.configuration.classes.enumerated() {
      let own = chosen.filter { result.events.labels[$0] == Int32(label) }
      let sum = own.reduce(0) { $0 + result.events.weights[$1] }
      if sum > 0 { continue }
      let found =
        own.isEmpty ? "no event" : "\(own.count) events whose weights add up to \(shortNumber(sum))"
      let text =
        "the \(part.name) part must hold events of '\(name)' with a positive sum of weights, but has \(found) "
        + "among its \(chosen.count). Change 'split', or the samples."
      if part == .train {
        errors.append(text)
      } else {
        warnings.append(text + " Its metrics are unknown.")
      }
    }
  }
  if !errors.isEmpty { throw StudyError.unusableEvents(errors) }
  return warnings
}

/// Refuses labelled data of which a class is absent or has no weight: no number of the comparison would exist.
func checkClasses(of result: StudyResult) throws(StudyError) {
  guard result.configuration.task != .regression else { return }
  let files = result.events.yields.flatMap(\.files).map(\.path).joined(separator: ", ")
  let problems = result.configuration.classes.indices.compactMap { label -> String? in
    let own = result.events.labels.indices.filter { result.events.labels[$0] == Int32(label) }
    let sum = own.reduce(0) { $0 + result.events.weights[$1] }
    if sum > 0 { return nil }
    let name = result.configuration.classes[label]
    return own.isEmpty
      ? "\(files): there are no events of '\(name)'. Every class is needed to compare."
      : "\(files): the weights of '\(name)' add up to \(shortNumber(sum)), but the sum must be positive. "
        + "Check the weight expression."
  }
  if !problems.isEmpty { throw .unusableEvents(problems) }
}
