internal import ApusEvents
internal import ApusFormats

/// One input between the raw columns and the transforms.
struct InputDefinition: Sendable, Equatable {
  /// The name in tables and plots.
  var name: String
  /// The formula over raw columns; for a plain column its name.
  var formula: String
  /// The title of its axis; nil for the name.
  var title: String?
  var unit: String?
  /// What a value that does not exist becomes.
  var missing = Double.nan
  /// Whether it is one number of a padded list.
  var isPadded = false

  static func == (a: InputDefinition, b: InputDefinition) -> Bool {
    a.name == b.name && a.formula == b.formula && a.title == b.title && a.unit == b.unit
      && (a.missing == b.missing || (a.missing.isNaN && b.missing.isNaN))
  }
}

/// Something in a formula that does not exist in some events, such as the third jet.
struct Absence: Sendable, Equatable {
  /// Which formula of the configuration: "input 'x'".
  var what: String
  /// What was asked for: `jet_pt[2]`.
  var access: String
  /// What it became.
  var value: Double
  /// In how many events, and of how many.
  var events = 0
  var total = 0

  var text: String {
    "\(what): '\(access)' does not exist in \(events) of \(total) events; it becomes "
      + (value.isNaN ? "NaN" : shortValue(value)) + " there."
  }
}

/// A file that was read.
struct ReadFile: Sendable {
  var path: String
  /// Events in the file.
  var events: Int
  /// The place of its first event among those of the study.
  var first: Int
  /// The files of its friends.
  var friends: [String] = []

  /// Takes note of an open file.
  init(_ path: String, _ table: any TableSource, first: Int) {
    (self.path, self.first) = (path, first)
    events = table.count
    friends = friendFiles(of: table)
  }
}

/// How much of a source was read and kept.
struct SourceYield: Sendable {
  var name: String
  var files: [ReadFile] = []
  /// Events read.
  var read = 0
  /// Events that passed the selection.
  var kept = 0
  /// Σw of all events, before the selection.
  var sumRead = 0.0
  /// Σw of the kept events, before the scale.
  var sum = 0.0
  /// What the weights were multiplied by: expected events over the sum of weights of the whole sample.
  var scale = 1.0
  /// Whether the configuration asks for a scale.
  var isScaled = false

  /// Σw of the kept events as they are used.
  var scaled: Double { sum * scale }
}

/// The parts of a split by their number in `scores.h5`.
enum Part: UInt8, CaseIterable, Sendable {
  case train = 0
  case validation = 1
  case test = 2

  /// The word in `metrics.json`.
  var name: String { ["train", "validation", "test"][Int(rawValue)] }
}

/// The events of a study after reading and selection: what all methods share.
struct StudyEvents: Sendable {
  /// The inputs by name and formula.
  var definitions: [InputDefinition] = []
  /// The inputs before any transform, a row an event.
  var inputs: [Float] = []
  /// The class of each event; empty for regression.
  var labels: [Int32] = []
  /// The target of each event, or a row of ``targetCount``; empty for classification.
  var targets: [Double] = []
  /// The weight of each event.
  var weights: [Double] = []
  /// The source of each event, a place in `yields`.
  var sources = NumberRuns(step: 0)
  /// The number of each event in its file, from 0.
  var entries = NumberRuns(step: 1)
  /// The value that decides the part; empty for a random split.
  var splitValues: [Double] = []
  /// Columns to copy beside the scores.
  var spectators: [Column] = []
  /// What was read.
  var yields: [SourceYield] = []
  /// What formulas asked for that does not exist.
  var absences: [Absence] = []
  /// The lists of each event that were padded; nil where there are none.
  var constituents: ConstituentBlock?

  /// The number of events.
  var count: Int { weights.count }
  /// The number of targets of an event.
  var targetCount: Int { count == 0 ? 1 : max(targets.count / count, 1) }
  /// The number of inputs of an event.
  var width: Int { definitions.count }
  /// The number of inputs that are no part of padded lists; they come first.
  var plainWidth: Int { constituents?.first ?? definitions.count }

  /// Some of the events in the form that methods take, with their raw inputs.
  func sample(_ chosen: [Int], classes: [String], task: Task) -> Sample {
    var sample = Sample(
      inputs: rows(chosen), features: definitions.map(\.name),
      labels: labels.isEmpty ? [] : chosen.map { labels[$0] },
      targets: targets.isEmpty
        ? [] : ApusEvents.rows(chosen, of: targets, width: targetCount),
      weights: chosen.map { weights[$0] }, classes: classes, task: task, constituents: constituents)
    sample.spectators = spectators.compactMap { column in
      column.doubles.map { values in (column.name, chosen.map { values[$0] }) }
    }
    return sample
  }

  /// Some of the events without their inputs.
  func facts(_ chosen: [Int], classes: [String], task: Task) -> Sample {
    var events = StudyEvents()
    (events.labels, events.targets, events.weights) = (labels, targets, weights)
    return events.sample(chosen, classes: classes, task: task)
  }

  /// All events with their plain inputs, without padded lists.
  func plainSample(classes: [String], task: Task) -> Sample {
    let all = Array(0..<count)
    guard constituents != nil else { return sample(all, classes: classes, task: task) }
    let width = plainWidth
    var plain: [Float] = []
    for event in all {
      plain.append(contentsOf: inputs[event * self.width..<event * self.width + width])
    }
    return Sample(
      inputs: plain, features: definitions.prefix(width).map(\.name), labels: labels,
      targets: targets, weights: weights, classes: classes, task: task)
  }

  private func rows(_ chosen: [Int]) -> [Float] {
    let width = width
    // All of them need no copy.
    if chosen.count == count, chosen.indices.allSatisfy({ chosen[$0] == $0 }) { return inputs }
    return [Float](unsafeUninitializedCapacity: chosen.count * width) { buffer, filled in
      inputs.withUnsafeBufferPointer { all in
        for (row, event) in chosen.enumerated() {
          for c in 0..<width { buffer[row * width + c] = all[event * width + c] }
        }
      }
      filled = chosen.count * width
    }
  }

  /// One input of some events as double precision numbers.
  func input(_ index: Int, of chosen: [Int]) -> [Double] {
    chosen.map { Double(inputs[$0 * width + index]) }
  }
}
