public import ApusEngine
import ApusKernels

/// A chain of transforms between the raw inputs and a method.
public struct Preprocessing: Sendable {
  /// The names of the inputs before the first transform.
  public let features: [String]
  /// The fitted transforms in order; where there are padded lists, of the inputs before them.
  public let steps: [any Transform]
  /// The scale of padded lists, which the transforms leave alone; nil where there are none.
  let padded: PaddedScale?

  /// Makes a chain that changes nothing.
  public init(features: [String]) { self.init(features: features, steps: [], padded: nil) }

  private init(features: [String], steps: [any Transform], padded: PaddedScale?) {
    (self.features, self.steps, self.padded) = (features, steps, padded)
  }

  /// Fits a chain on training events, each transform on what the ones before it gave.
  ///
  /// Padded lists get a scale of their own instead, whatever the transforms are: mean 0 and deviation 1 for the
  /// entries that are there. Without transforms they stay as they are.
  /// - Parameters:
  ///   - sample: The training events.
  ///   - names: Names or other names of transforms, in order.
  /// - Throws: ``OptionProblems`` for names that do not exist.
  public init(fitting sample: Sample, with names: [String]) throws(OptionProblems) {
    let (types, problems) = Preprocessing.types(
      names.map { ConfigurationValue(.text($0)) }, path: "preprocess")
    if !problems.isEmpty { throw OptionProblems(problems) }
    var steps: [any Transform] = []
    let width = sample.constituents?.first ?? sample.features.count
    var rows = Preprocessing.head(sample.inputs, width, of: sample.features.count)
    for type in types where width > 0 {
      let step = type.init(fitting: rows, width: width, weights: sample.weights)
      step.apply(to: &rows, width: width)
      steps.append(step)
    }
    let padded = sample.constituents.map { block in
      PaddedScale(
        fitting: sample.inputs, block: block, width: sample.features.count, weights: sample.weights)
    }
    self.init(features: sample.features, steps: steps, padded: types.isEmpty ? nil : padded)
  }

  /// The first columns of rows.
  private static func head(_ rows: [Float], _ width: Int, of whole: Int) -> [Float] {
    if width == whole { return rows }
    var result: [Float] = []
    for start in stride(from: 0, to: rows.count, by: max(whole, 1)) {
      result.append(contentsOf: rows[start..<start + width])
    }
    return result
  }

  /// Runs a change of the columns before padded lists.
  private func changeHead(_ rows: inout [Float], _ body: (inout [Float], Int) -> Void) {
    guard let padded else { return body(&rows, width) }
    let first = padded.block.first
    guard first > 0 else { return }
    var head = Preprocessing.head(rows, first, of: width)
    body(&head, first)
    for event in 0..<rows.count / width {
      for c in 0..<first { rows[event * width + c] = head[event * first + c] }
    }
  }

  /// Finds the transforms that a configuration names, with all problems.
  public static func types(_ given: [ConfigurationValue], path: String) -> (
    types: [any Transform.Type], problems: [OptionProblems.Problem]
  ) {
    var (types, problems) = ([any Transform.Type](), [OptionProblems.Problem]())
    let known = allTransforms.flatMap { [$0.name] + $0.aliases }
    for (i, value) in given.enumerated() {
      let word = value.asText ?? ""
      let found = allTransforms.first { type in
        ([type.name] + type.aliases).contains { $0.lowercased() == word.lowercased() }
      }
      if let found {
        types.append(found)
        continue
      }
      let list = allTransforms.map { "'\($0.name)'" }.joined(separator: ", ")
      let offers = didYouMean(word, among: known)
      problems.append(
        OptionProblems.Problem(
          path: "\(path)[\(i)]",
          text: "there is no transform \(value.shown)."
            + (offers.isEmpty ? " The transforms are \(list)." : offers),
          line: value.line))
    }
    return (types, problems)
  }

  /// The number of columns, which no transform changes.
  public var width: Int { features.count }
  /// The names of the columns after the last transform.
  public var outputs: [String] {
    let first = padded?.block.first ?? width
    return steps.reduce(Array(features[..<first])) { $1.names(after: $0) } + features[first...]
  }
  /// The names of the transforms.
  public var names: [String] { steps.map { type(of: $0).name } }

  /// The rows after all transforms.
  public func apply(_ rows: [Float]) -> [Float] {
    var result = rows
    apply(to: &result)
    return result
  }

  /// Runs all transforms over rows in place.
  public func apply(to rows: inout [Float]) {
    changeHead(&rows) { head, width in
      for step in steps { step.apply(to: &head, width: width) }
    }
    padded?.apply(to: &rows, width: width)
  }

  /// The sample with transformed inputs and their new names.
  public func apply(_ sample: Sample) -> Sample {
    var result = sample
    result.inputs = apply(sample.inputs)
    result.features = outputs
    return result
  }

  /// The rows that gave these, as far as transforms can be undone.
  public func invert(_ rows: [Float]) -> [Float] {
    var result = rows
    changeHead(&result) { head, width in
      for step in steps.reversed() { step.invert(&head, width: width) }
    }
    padded?.invert(&result, width: width)
    return result
  }

  /// The chain in the engine's graph; `x` has the shape [events, width].
  /// - Precondition: There are no padded lists.
  public func callAsFunction(_ x: Tensor) -> Tensor {
    precondition(padded == nil, "padded lists are scaled before the graph")
    return steps.reduce(x) { $1($0) }
  }

  /// The chain in plain data.
  public var record: JSONValue {
    .array(
      steps.map { step in
        ["transform": .string(type(of: step).name), "fitted": step.record]
      } + (padded.map { [["transform": "padded", "fitted": $0.record]] } ?? []))
  }

  /// Brings back a recorded chain.
  /// - Throws: ``RecordError`` where the record does not fit.
  public init(_ record: JSONValue, features: [String]) throws(RecordError) {
    var steps: [any Transform] = []
    let lists = record.items?.first { $0["transform"]?.text == "padded" }
    let padded = lists.flatMap { PaddedScale($0["fitted"] ?? .null, width: features.count) }
    if lists != nil, padded == nil {
      throw RecordError(
        method: "preprocessing", reason: "the padded lists do not fit \(features.count) inputs.")
    }
    let width = padded?.block.first ?? features.count
    for item in record.items ?? [] {
      let name = item["transform"]?.text ?? ""
      if name == "padded" { continue }
      guard let type = allTransforms.first(where: { $0.name == name }) else {
        throw RecordError(method: "preprocessing", reason: "there is no transform '\(name)'.")
      }
      guard let step = type.init(item["fitted"] ?? .null, width: width) else {
        throw RecordError(
          method: "preprocessing",
          reason: "the numbers of '\(name)' do not fit \(features.count) inputs.")
      }
      steps.append(step)
    }
    self.init(features: features, steps: steps, padded: padded)
  }
}
