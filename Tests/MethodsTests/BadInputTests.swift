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

  func method(_ name: String) throws -> any Method {
    let type = try #require(classicalMethods.first { $0.name == name })
    var given: [ConfigurationValue.Entry] = []
    if name == "likelihood_ratio" {
      given = [
        .init("signal", ConfigurationValue(.text("exp(-(x-1)^2/2)"))),
        .init("background", ConfigurationValue(.text("exp(-x^2/2)"))),
      ]
    }
    let (values, problems) = resolve(
      ConfigurationValue(.mapping(given)), against: type.options, path: "")
    #expect(problems == [])
    return try type.init(options: values)
  }

  /// Fits, scores, saves and restores: finite scores, the same from the saved model to the last bit, or a message.
  func attempt(
    _ name: String, _ sample: Sample, _ what: String, mustLearn: Bool = false,
    mustSay: String? = nil, _ location: SourceLocation = #_sourceLocation
  ) throws {
    let method = try method(name)
    do {
      let model = try method.fit(sample, validation: nil, context: silent())
      let scores = try model.scores(for: sample.inputs, count: sample.count, threads: 2)
      #expect(
        scores.allSatisfy { $0.isFinite }, "\(name), \(sample.task), \(what)",
        sourceLocation: location)
      let again = try type(of: method).restore(try model.record()).scores(
        for: sample.inputs, count: sample.count, threads: 1)
      #expect(again == scores, "\(name), \(sample.task), \(what): saved", sourceLocation: location)
    } catch let error as FitError {
      let said = error.message
      #expect(
        said.count > name.count + 30 && !mustLearn && said.contains(mustSay ?? ""),
        "\(name), \(sample.task), \(what): '\(said)'", sourceLocation: location)
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
    few.inputs = sample.inputs.map { $0 > 0.5 ? 1 : 0 }
    try attempt(name, few, "two different values")
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
    let error = #expect(throws: FitError.self) {
      try method(name).fit(sample, validation: nil, context: silent())
    }
    #expect(error?.message.contains("must have a positive sum of weights") == true)
  }

  /// `keep` ends with a model or with a message that names what mends it; every other policy with a model.
  @Test(arguments: cases) func everyPolicyMakesSignedWeightsUsable(name: String, task: Task) throws
  {
    var sample = toySample(task, events: 150)
    for i in stride(from: 0, to: 150, by: 7) { sample.weights[i] *= -1 }
    for policy in WeightPolicy.allCases {
      try attempt(
        name, try policy.applied(to: sample), "negative_weights: \(policy.rawValue)",
        mustLearn: policy != .keep, mustSay: "negative_weights: pair")
    }
  }

  /// A column that is missing everywhere: its name in a message, or a model that does without it.
  @Test(arguments: cases) func missingColumnsAreNamedOrDoneWithout(name: String, task: Task) throws
  {
    var sample = toySample(task, events: 90)
    for i in 0..<90 { sample.inputs[2 * i + 1] = .nan }
    let takesMissing = try type(of: method(name)).acceptsMissing
    try attempt(
      name, sample, "a missing column", mustLearn: takesMissing,
      mustSay: "input 'y' of training event 0 is nan")
  }

  /// The same seed gives the same scores to the last bit, on any number of threads.
  @Test(arguments: cases) func threadsChangeNothing(name: String, task: Task) throws {
    let sample = toySample(task, events: 150)
    let scores = try [1, 2, 3].map { threads in
      try method(name).fit(
        sample, validation: nil, context: FitContext(seed: 5, threads: threads)
      ).scores(for: sample.inputs, count: sample.count, threads: threads)
    }
    #expect(scores[0] == scores[1] && scores[0] == scores[2])
  }

  @Test(arguments: cases) func infiniteInputsAreNamed(name: String, task: Task) throws {
    var sample = toySample(task, events: 60)
    sample.inputs[11] = .infinity
    let error = #expect(throws: FitError.self) {
      try method(name).fit(sample, validation: nil, context: silent())
    }
    #expect(error?.message.contains("input 'y' of training event 5 is inf") == true)
  }
}
