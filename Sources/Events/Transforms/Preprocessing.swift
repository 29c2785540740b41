public import ApusEngine
import ApusKernels

/// A chain of transforms between the raw inputs and a method.
public struct Preprocessing: Sendable {
  /// The names of the inputs before the first transform.
  public let features: [String]
  /// The fitted transforms in order.
  public let steps: [any Transform]

  /// Makes a chain that changes nothing.
  public init(features: [String]) {
    self.features = features
    steps = []
  }

  private init(features: [String], steps: [any Transform]) {
    (self.features, self.steps) = (features, steps)
  }

  /// Fits a chain on training events, each transform on what the ones before it gave.
  /// - Parameters:
  ///   - sample: The training events.
  ///   - names: Names or other names of transforms, in order.
  /// - Throws: ``OptionProblems`` for names that do not exist.
  public init(fitting sample: Sample, with names: [String]) throws(OptionProblems) {
    let (types, problems) = Preprocessing.types(
      names.map { ConfigurationValue(.text($0)) }, path: "preprocess")
    if !problems.isEmpty { throw OptionProblems(problems) }
    var rows = sample.inputs
    var steps: [any Transform] = []
    let width = sample.features.count
    for type in types {
      let step = type.init(fitting: rows, width: width, weights: sample.weights)
      step.apply(to: &rows, width: width)
      steps.append(step)
    }
    self.init(features: sample.features, steps: steps)
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
  public var outputs: [String] { steps.reduce(features) { $1.names(after: $0) } }
  /// The names of the transforms.
  public var names: [String] { steps.map { type(of: $0).name } }

  /// The rows after all transforms.
  public func apply(_ rows: [Float]) -> [Float] {
    var result = rows
    for step in steps { step.apply(to: &result, width: width) }
    return result
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
    for step in steps.reversed() { step.invert(&result, width: width) }
    return result
  }

  /// The chain in the engine's graph; `x` has the shape [events, width].
  public func callAsFunction(_ x: Tensor) -> Tensor { steps.reduce(x) { $1($0) } }

  /// The chain in plain data.
  public var record: JSONValue {
    .array(
      steps.map { step in
        ["transform": .string(type(of: step).name), "fitted": step.record]
      })
  }

  /// Brings back a recorded chain.
  /// - Throws: ``RecordError`` where the record does not fit.
  public init(_ record: JSONValue, features: [String]) throws(RecordError) {
    var steps: [any Transform] = []
    for item in record.items ?? [] {
      let name = item["transform"]?.text ?? ""
      guard let type = allTransforms.first(where: { $0.name == name }) else {
        throw RecordError(method: "preprocessing", reason: "there is no transform '\(name)'.")
      }
      guard let step = type.init(item["fitted"] ?? .null, width: features.count) else {
        throw RecordError(
          method: "preprocessing",
          reason: "the numbers of '\(name)' do not fit \(features.count) inputs.")
      }
      steps.append(step)
    }
    self.init(features: features, steps: steps)
  }
}
