internal import ApusEvents

/// The transforms between raw inputs and a method, fitted on training events.
struct FittedTransforms: Sendable {
  init(_ configuration: StudyConfiguration, fittedTo sample: Sample) throws {}

  init(json: JSONValue, width: Int) throws {}

  var json: JSONValue { .array([]) }

  /// The rows after the transforms.
  func apply(_ inputs: [Float], count: Int) throws -> [Float] { inputs }

  /// Transforms the inputs of a sample.
  func apply(to sample: inout Sample) throws {
    sample.inputs = try apply(sample.inputs, count: sample.count)
  }
}

/// The transforms in words, for the report.
func preprocessText(_ configuration: StudyConfiguration) -> [String] {
  configuration.preprocess.map(\.shown)
}
