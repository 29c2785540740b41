import ApusEvents
import ApusMethods
import TestSupport
import Testing

/// What every method does with samples that teach little: a model with finite scores, or a message; never a trap.
@Suite struct BadInputTests {
  /// Each method with each of its tasks.
  static let cases: [(String, Task)] = classicalMethods.flatMap { type in
    type.tasks.map { (type.name, $0) }
  }

  func attempt(
    _ name: String, _ sample: Sample, _ what: String, mustLearn: Bool = false,
    _ location: SourceLocation = #_sourceLocation
  ) throws {
    let type = try #require(classicalMethods.first { $0.name == name })
    let (values, _) = resolve(ConfigurationValue(.null), against: type.options, path: "")
    do {
      let model = try type.init(options: values).fit(sample, validation: nil, context: silent())
      let scores = try model.scores(for: sample.inputs, count: sample.count, threads: 2)
      #expect(
        scores.allSatisfy { $0.isFinite }, "\(name), \(sample.task), \(what)",
        sourceLocation: location)
    } catch let error as FitError {
      #expect(
        error.message.count > name.count + 30 && !mustLearn,
        "\(name), \(sample.task), \(what): '\(error.message)'", sourceLocation: location)
    }
  }

  @Test(arguments: cases) func poorSamplesGiveAModelOrAMessage(name: String, task: Task) throws {
    let sample = toySample(task, events: 90)
    let classes = max(sample.classes.count, 1)
    try attempt(name, sample.selecting([0]), "one event")
    try attempt(name, sample.selecting(Array(0..<classes)), "one event a class")
    var constant = sample
    constant.inputs = sample.inputs.enumerated().map { $0.offset % 2 == 1 ? 3 : $0.element }
    try attempt(name, constant, "a constant column")
    constant.inputs = sample.inputs.map { _ in 3 }
    try attempt(name, constant, "only constant columns")
    var twice = sample
    twice.features = ["x", "again", "y"]
    let (x, y) = (sample.column(0), sample.column(1))
    twice.inputs = x.indices.flatMap { [x[$0], x[$0], y[$0]] }
    try attempt(name, twice, "a repeated column")
    var few = sample
    few.inputs = sample.inputs.map { ($0 * 0.5).rounded() }
    try attempt(name, few, "few different values")
    var large = sample
    large.inputs = sample.inputs.map { $0 * 1e15 }
    try attempt(name, large, "large values")
  }

  @Test(arguments: cases) func weightsOfEverySignGiveAModelOrAMessage(name: String, task: Task)
    throws
  {
    var sample = toySample(task, events: 120)
    for i in stride(from: 0, to: 120, by: 7) { sample.weights[i] *= -1 }
    try attempt(name, sample, "some negative weights")
    for i in 0..<50 { sample.weights[i] = -abs(sample.weights[i]) }
    try attempt(name, sample, "many negative weights")
    sample.weights = sample.weights.map { -abs($0) }
    let type = try #require(classicalMethods.first { $0.name == name })
    let (values, _) = resolve(ConfigurationValue(.null), against: type.options, path: "")
    let error = #expect(throws: FitError.self) {
      try type.init(options: values).fit(sample, validation: nil, context: silent())
    }
    #expect(error?.message.contains("must have a positive sum of weights") == true)
  }

  @Test(arguments: cases) func infiniteInputsAreNamed(name: String, task: Task) throws {
    var sample = toySample(task, events: 60)
    sample.inputs[11] = .infinity
    let type = try #require(classicalMethods.first { $0.name == name })
    let (values, _) = resolve(ConfigurationValue(.null), against: type.options, path: "")
    let error = #expect(throws: FitError.self) {
      try type.init(options: values).fit(sample, validation: nil, context: silent())
    }
    #expect(error?.message.contains("input 'y' of training event 5 is inf") == true)
  }
}
