public import ApusKernels

/// Something in the events that a user should know before training.
public struct DataFinding: Sendable, Equatable {
  /// How bad it is.
  public enum Severity: String, Sendable {
    /// Training can't start.
    case error
    /// Training can start, but the result may not be what was meant.
    case warning
  }

  /// How bad it is.
  public var severity: Severity
  /// Where the events come from: a file, or `file:tree`.
  public var source: String
  /// The column; empty where the finding is not about one.
  public var column: String
  /// The first entry of the source that shows it, from 0; nil where it is about all.
  public var entry: Int?
  /// How many entries show it.
  public var count: Int
  /// What was found and what to do.
  public var text: String

  /// Source, column, entry, count, remedy in one line.
  public var message: String {
    let place = [source, column.isEmpty ? "" : "column '\(column)'"].filter { !$0.isEmpty }
      .joined(separator: ": ")
    return place.isEmpty ? text : place + ": " + text
  }
}

/// All errors in the events, reported at once.
public struct DataProblems: ApusError {
  /// The findings that stop training.
  public var errors: [DataFinding]

  /// Makes a report of the errors among findings; nil where there is none.
  public init?(_ findings: [DataFinding]) {
    errors = findings.filter { $0.severity == .error }
    if errors.isEmpty { return nil }
  }

  /// The events are at fault.
  public var kind: ErrorKind { .failure }
  /// One line an error.
  public var message: String { errors.map(\.message).joined(separator: "\n") }
}

/// Numbers that stand for "no value" in many files.
let sentinels: [Double] = [-9, -99, -999, -9999, -99_999, -999_999, 999, 9999, 99_999, 999_999]

/// Checks one column, or the values of one formula, of one source.
///
/// NaN and infinities are errors. A sentinel (-999 and its like) is a warning where at least two entries have
/// it and it lies apart from all others: below zero where these are not, or beyond them by more than the range
/// that they fill. A constant column is
/// not reported here, since other sources may differ: see `checkSample`.
public func checkColumn(_ name: String, _ values: [Double], source: String) -> [DataFinding] {
  var findings: [DataFinding] = []
  func report(
    _ severity: DataFinding.Severity, _ matches: (Double) -> Bool, _ text: (Int, Int) -> String
  ) {
    guard let first = values.firstIndex(where: matches) else { return }
    let count = values.count(where: matches)
    findings.append(
      DataFinding(
        severity: severity, source: source, column: name, entry: first, count: count,
        text: text(count, first)))
  }
  func entries(_ n: Int) -> String { n == 1 ? "1 entry is" : "\(n) entries are" }
  report(.error, \.isNaN) { count, first in
    "\(entries(count)) NaN, the first is entry \(first). Leave such events out with "
      + "'selection: !isnan(\(name))', or give the value a meaning with 'where'."
  }
  report(.error, \.isInfinite) { count, first in
    "\(entries(count)) infinite, the first is entry \(first). Leave such events out with "
      + "'selection: isfinite(\(name))', or look at how the column is made."
  }
  if let sentinel = sentinel(in: values) {
    report(.warning, { $0 == sentinel }) { count, first in
      "\(entries(count)) \(short(sentinel)), the first is entry \(first); that looks like a "
        + "mark for 'no value'. Leave such events out with 'selection', or replace it: "
        + "'where(\(name) == \(short(sentinel)), 0, \(name))'."
    }
  }
  return findings
}

/// The sentinel that stands at an end of the values and apart from them, at least twice.
private func sentinel(in values: [Double]) -> Double? {
  let finite = values.filter(\.isFinite)
  guard let low = finite.min(), let high = finite.max(), low < high else { return nil }
  for mark in [low, high] where sentinels.contains(mark) {
    let others = finite.filter { $0 != mark }.sorted()
    guard finite.count - others.count >= 2, let least = others.first, let most = others.last else {
      continue
    }
    // The range without its outermost hundredths, so that a long tail hides nothing.
    let range = others[others.count - 1 - others.count / 100] - others[others.count / 100]
    let gap = mark == low ? least - mark : mark - most
    if gap > max(range, 1) || (mark < 0 && least >= 0) { return mark }
  }
  return nil
}

/// Checks the columns of a table that are used; a column of texts is an error.
public func checkTable(_ table: EventTable, columns: [String]) -> [DataFinding] {
  columns.flatMap { name -> [DataFinding] in
    guard let column = table.columns.first(where: { $0.name == name }) else { return [] }
    guard let values = column.doubles else {
      return [
        DataFinding(
          severity: .error, source: table.source, column: name, entry: 0, count: table.count,
          text: "holds texts, but an input must be numbers. Leave it out of 'inputs'.")
      ]
    }
    return checkColumn(name, values, source: table.source)
  }
}

/// Checks a sample as training will see it: classes, weights, inputs that say nothing.
///
/// Errors: values that are not finite, classes without events, weights that are all zero or whose sum over
/// a class is not positive. Warnings: constant inputs, inputs that repeat another, missing values where they are allowed.
/// - Parameters:
///   - missing: Whether NaN in an input is a missing value.
///   - source: Where they come from, for messages.
///   - sample: The events.
public func checkSample(
  _ sample: Sample, source: String = "", missing: Bool = false
) -> [DataFinding] {
  var findings: [DataFinding] = []
  func add(
    _ severity: DataFinding.Severity, _ column: String, _ entry: Int?, _ count: Int, _ text: String
  ) {
    findings.append(
      DataFinding(
        severity: severity, source: source, column: column, entry: entry, count: count, text: text))
  }
  if let first = sample.weights.firstIndex(where: { !$0.isFinite }) {
    let count = sample.weights.count { !$0.isFinite }
    add(
      .error, "", first, count,
      "\(count) event weights are NaN or infinite, the first is that of event \(first). Check the weight expression."
    )
  }
  for (name, positions) in zip(sample.groupNames, sample.positionsByClass) {
    let weights = positions.map { sample.weights[$0] }
    if positions.isEmpty {
      add(
        .error, "", nil, 0,
        "there are no events of '\(name)'. Check the files, the selection, and the label column.")
    } else if weights.allSatisfy({ $0 == 0 }) {
      add(
        .error, "", nil, positions.count,
        "all \(positions.count) weights of '\(name)' are zero. Check the weight expression.")
    } else if !weights.contains(where: { !$0.isFinite }), weights.reduce(0, +) <= 0 {
      add(
        .error, "", nil, positions.count,
        "the weights of '\(name)' add up to \(short(weights.reduce(0, +))), but the sum must be positive. "
          + "Check the weight expression's sign.")
    }
  }
  for (j, name) in sample.features.enumerated() {
    let values = sample.column(j)
    let gaps = missing ? values.count { $0.isNaN } : 0
    if gaps > 0, let first = values.firstIndex(where: \.isNaN),
      !values.contains(where: \.isInfinite)
    {
      add(
        .warning, name, first, gaps,
        "is missing (NaN) in \(gaps) of \(values.count) events; the methods take that as a value of its own."
      )
    } else if let first = values.firstIndex(where: { !$0.isFinite }) {
      let count = values.count { !$0.isFinite }
      add(
        .error, name, first, count,
        "\(count) of \(values.count) values are NaN, infinite, or beyond single precision, the first is "
          + "that of event \(first). Leave such events out with 'selection'.")
    } else if let value = values.first, values.allSatisfy({ $0 == value }) {
      add(
        .warning, name, nil, values.count,
        "is \(short(Double(value))) for all \(values.count) events, so nothing can be learned from it. Leave it out of 'inputs'."
      )
    } else if let twin = (0..<j).first(where: { repeats($0, j, sample) }) {
      add(
        .warning, name, nil, values.count,
        "repeats '\(sample.features[twin])' for every event. Leave one of them out of 'inputs'.")
    }
  }
  return findings
}

/// Whether two inputs are equal in every event; different ones are told apart by their first events.
private func repeats(_ a: Int, _ b: Int, _ sample: Sample) -> Bool {
  let width = sample.features.count
  return sample.inputs.withUnsafeBufferPointer { inputs in
    stride(from: 0, to: inputs.count, by: width).allSatisfy { inputs[$0 + a] == inputs[$0 + b] }
  }
}
