internal import ApusEvents

/// Checks the events before any method sees them.
/// - Returns: What a reader should know.
/// - Throws: ``StudyError/unusableEvents(_:)`` with all that makes training impossible.
func checkEvents(_ events: StudyEvents, _ configuration: StudyConfiguration) throws -> [String] {
  let checks = EventChecks(events: events, configuration: configuration)
  if events.count == 0 { throw StudyError.unusableEvents([checks.nothingLeft]) }
  let broken = checks.brokenNumbers
  if !broken.isEmpty { throw StudyError.unusableEvents(broken) }
  let constant = checks.constantTargets
  if !constant.isEmpty { throw StudyError.unusableEvents(constant) }
  let sample = events.plainSample(classes: configuration.classes, task: configuration.task)
  let files = events.yields.flatMap(\.files).map(\.path)
  let source = files.count == 1 ? files[0] : events.yields.map(\.name).joined(separator: ", ")
  let findings = checkSample(sample, source: source, missing: configuration.takesMissing)
  if let problems = DataProblems(findings) { throw problems }
  return findings.map(\.message) + checks.sentinelRemarks(source) + checks.leakRemarks
    + checks.weightRemarks
}

/// What can be wrong with the events of a study.
private struct EventChecks {
  let events: StudyEvents
  let configuration: StudyConfiguration

  var nothingLeft: String {
    let read = events.yields.reduce(0) { $0 + $1.read }
    let names = events.yields.map(\.name).joined(separator: ", ")
    if read == 0 {
      let files = events.yields.flatMap(\.files).map(\.path)
      return
        "\(files.isEmpty ? names : files.joined(separator: ", ")): there is no event in the files; at least one of each "
        + "class is needed. Look at them with 'apus inspect'."
    }
    return
      "no event of \(read) in \(names) passes the selection. Loosen 'selection', or check the units of "
      + "its columns."
  }

  /// NaN and infinities in inputs, weights and targets, each with its first place.
  var brokenNumbers: [String] {
    var problems: [String] = []
    let (width, missing) = (events.width, configuration.takesMissing)
    for (c, input) in events.definitions.enumerated() {
      let bad = (0..<events.count).filter {
        let value = events.inputs[$0 * width + c]
        return missing ? value.isInfinite : !value.isFinite
      }
      if let first = bad.first {
        let value = Double(events.inputs[first * width + c])
        let own = events.absences.filter { $0.what == "input '\(input.name)'" }
        problems.append(
          broken("the input '\(input.name)'", value, first, bad.count) + own.map(remedy).joined())
      }
    }
    for (name, values) in [("the weight", events.weights)] + targets {
      let bad = values.indices.filter { !values[$0].isFinite }
      if let first = bad.first { problems.append(broken(name, values[first], first, bad.count)) }
    }
    return problems
  }

  /// The column of each target with its name for messages.
  private var targets: [(String, [Double])] {
    let width = events.targetCount
    return configuration.targets.enumerated().map { k, target in
      (
        width == 1 ? "the target" : "the target '\(target.name)'",
        stride(from: k, to: events.targets.count, by: width).map { events.targets[$0] }
      )
    }
  }

  /// Targets that have one value in all events.
  var constantTargets: [String] {
    guard events.count > 1 else { return [] }
    return zip(configuration.targets, targets).compactMap { target, column in
      guard let first = column.1.first, column.1.allSatisfy({ $0 == first }) else { return nil }
      let files = events.yields.flatMap(\.files).map(\.path).joined(separator: ", ")
      return
        "\(files): the target '\(target.name)' must differ between events, but is \(shortValue(first)) in all "
        + "\(events.count). There is nothing to estimate: take another column, or check its formula."
    }
  }

  private func remedy(_ absence: Absence) -> String {
    " '\(absence.access)' does not exist in \(absence.events) events: 'missing: -1' gives them a value, "
      + "Alt$(\(absence.access), -1) in the formula, too."
  }

  private func broken(_ what: String, _ value: Double, _ event: Int, _ count: Int) -> String {
    let word = value.isNaN ? "NaN" : value < 0 ? "-infinity" : "infinity"
    return
      "\(place(event)): \(what) must be a finite number, but is \(word) in \(count) of \(events.count) "
      + "events, first in entry \(events.entries[event]). Leave such events out with 'selection', or give "
      + "them a value in a formula."
      + (value.isNaN && what.hasPrefix("the input") ? whoTakesMissing : "")
  }

  /// Which methods would take a missing value, and which of the booked ones do not.
  private var whoTakesMissing: String {
    let takers = allMethods.filter { $0.acceptsMissing }.map { "'\($0.name)'" }
    let refusers = configuration.methods.filter { !$0.type.acceptsMissing }.map { "'\($0.name)'" }
    if refusers.isEmpty {
      return " 'preprocess' mixes columns, so a missing value would spoil them all."
    }
    return " Missing values are taken by \(takers.joined(separator: ", ")), but not by "
      + refusers.joined(separator: ", ") + "."
  }

  /// Inputs that hold marks for missing values.
  func sentinelRemarks(_ source: String) -> [String] {
    let all = Array(0..<events.count)
    return (0..<events.plainWidth).flatMap { index in
      checkColumn(events.definitions[index].name, events.input(index, of: all), source: source)
        .filter { $0.severity != .error }.map(\.message)
    }
  }

  /// Inputs that tell the classes apart all by themselves, which no measured quantity does.
  var leakRemarks: [String] {
    guard configuration.task != .regression, events.plainWidth <= 100 else { return [] }
    let all = Array(0..<events.count)
    let signals = configuration.task == .binary ? [1] : Array(configuration.classes.indices)
    return (0..<events.plainWidth).compactMap { index in
      let values = events.input(index, of: all)
      let most = signals.map { signal in
        separation(
          values, labels: events.labels.map { $0 == Int32(signal) ? 1 : 0 }, weights: events.weights
        )
      }.max()
      guard let most, most > 0.98 else { return nil }
      return
        "the input '\(events.definitions[index].name)' tells the classes apart nearly alone (separation "
        + "\(fixed(most, 2)) of 1): does it hold the answer?"
    }
  }

  var weightRemarks: [String] {
    let negative = events.weights.count { $0 < 0 }
    guard negative > 0 else { return [] }
    return [
      "\(negative) of \(events.count) events (\(fixed(100 * Double(negative) / Double(events.count), 1)) %) "
        + "have negative weights; in training: \(configuration.weightPolicy.summary) "
        + "(negative_weights: \(configuration.weightPolicy.rawValue))."
    ]
  }

  /// The file that an event comes from.
  private func place(_ event: Int) -> String {
    let files = events.yields.flatMap(\.files)
    return files.last { $0.first <= event }?.path ?? files.first?.path ?? "events"
  }
}

extension StudyConfiguration {
  /// Whether every booked method takes NaN for a missing value and no transform would spread it.
  var takesMissing: Bool {
    let names = preprocess.compactMap(\.asText)
    let transforms = Preprocessing.types(
      names.map { ConfigurationValue(.text($0)) }, path: "preprocess"
    ).types
    return !methods.isEmpty
      && methods.allSatisfy { $0.type.acceptsMissing }
      && !transforms.contains { $0.mixesColumns }
  }
}
