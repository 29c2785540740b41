public import ApusEvents
public import Testing

/// What a method must keep to, whatever it learns: the battery that each of them passes.
///
/// Weights of one change nothing, a weight of two is the event twice, a weight of zero is absence, the scale of weights changes nothing, the same
/// seed gives the same bits, the input is not modified, NaN (infinity where NaN is a missing value) is refused with the stated message, saved and loaded
/// gives the same scores, one column works, one class is refused with its message.
/// - Parameters:
///   - method: The method's type.
///   - options: What a user would give, by option name.
///   - events: How many events the toy samples have.
///   - tolerance: How near scores must be where only rounding differs; nil where the method draws
///     batches, so that a weight of two is not the same computation as the event twice.
///   - scaling: Options that are sums of weights or multiplied with weights, with the power of the scale of weights that they follow
///     (`["l2": 1, "C": -1]`): scaled with them the scores are the same, to the last bit where the scale is a power of two. nil where
///     a weight is a number of events by what the method is.
///   - digits: How near scores must be where weights differ in their last digits, by a scale that is no power of two: what a fit that
///     stops at a tolerance, or searches at random, makes of that.
public func checkMethod(
  _ method: any Method.Type, options: [(String, ConfigurationValue.Content)] = [],
  events: Int = 240,
  tolerance: Double? = 1e-8, scaling: [String: Int]? = [:],
  digits: Double = 1e-6,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  func make(_ scale: Double) throws -> any Method {
    let scaled = options.map { name, value in
      (name, value.scaled(by: scale, to: scaling?[name] ?? 0))
    }
    let given = ConfigurationValue(.mapping(scaled.map { .init($0.0, ConfigurationValue($0.1)) }))
    let (values, problems) = resolve(given, against: method.options, path: method.name)
    #expect(problems == [], sourceLocation: sourceLocation)
    return try method.init(options: values)
  }
  let scaled: ((Double) throws -> any Method)? = scaling == nil ? nil : { try make($0) }
  for task in method.tasks {
    let battery = MethodBattery(
      method: try make(1), scaled: scaled,
      sample: toySample(task, events: events), tolerance: tolerance, digits: digits,
      place: sourceLocation)
    try battery.run()
  }
  guard method.tasks.contains(.regression) else { return }
  try MethodBattery(
    method: try make(1), scaled: scaled, sample: severalTargets(events: events),
    tolerance: tolerance, digits: digits, place: sourceLocation
  ).run()
}

/// Events of two targets on scales of their own; one of them knows little of the first input.
public func severalTargets(events: Int, seed: UInt64 = 17) -> Sample {
  let one = toySample(.regression, events: events, seed: seed)
  var (generator, targets) = (SplitMix64(seed: seed, stream: 1), [Double]())
  for i in 0..<events {
    let (x, y) = (Double(one.inputs[2 * i]), Double(one.inputs[2 * i + 1]))
    targets += [one.targets[i], 300 + 40 * y + 4 * x * y + 2 * generator.normal()]
  }
  return Sample(
    inputs: one.inputs, features: one.features, targets: targets, weights: one.weights,
    classes: ["slope", "offset"], task: .regression)
}

extension ConfigurationValue.Content {
  fileprivate func scaled(by scale: Double, to power: Int) -> Self {
    guard power != 0, case .real(let number) = self else { return self }
    return .real(power > 0 ? number * scale : number / scale)
  }
}

/// Events of two inputs whose classes (or target) depend on both; weights differ.
public func toySample(_ task: Task, events: Int, seed: UInt64 = 17) -> Sample {
  var generator = SplitMix64(seed: seed)
  let classes =
    task == .regression
    ? [] : Array(["background", "signal", "other"].prefix(task == .binary ? 2 : 3))
  var (inputs, labels, targets, weights) = ([Float](), [Int32](), [Double](), [Double]())
  for i in 0..<events {
    let label = i % max(classes.count, 1)
    let x = generator.normal() + 1.2 * Double(label)
    let y = 0.5 * generator.normal() - 0.4 * Double(label * label) + 0.3 * x
    inputs += [Float(x), Float(y)]
    if task == .regression {
      targets.append(2 * x - y + 0.1 * generator.normal())
    } else {
      labels.append(Int32(label))
    }
    weights.append(0.5 + generator.uniform())
  }
  return Sample(
    inputs: inputs, features: ["x", "y"], labels: labels, targets: targets, weights: weights,
    classes: classes, task: task)
}

private struct MethodBattery {
  let method: any Method
  /// The method for weights of another scale.
  let scaled: ((Double) throws -> any Method)?
  let sample: Sample
  let tolerance: Double?
  let digits: Double
  let place: SourceLocation

  func fit(_ sample: Sample, seed: UInt64 = 3) throws -> any Response {
    try method.learn(sample, validation: nil, context: FitContext(seed: seed, threads: 2))
  }

  func scores(_ response: any Response, _ events: Sample? = nil) throws -> [Double] {
    let events = events ?? sample
    return try response.scores(for: events.inputs, count: events.count, threads: 2)
  }

  func run() throws {
    let response = try fit(sample)
    let expected = try scores(response)
    let width = sample.task.scoreCount(sample.classes)
    #expect(expected.count == sample.count * width, sourceLocation: place)
    #expect(expected.allSatisfy { $0.isFinite }, sourceLocation: place)
    #expect(response.parameterCount > 0, sourceLocation: place)
    try repeats(expected)
    try weights()
    try scales(expected)
    try saves(response, expected)
    try refuses()
    try oneColumn()
    #expect(try response.scores(for: [], count: 0, threads: 1) == [], sourceLocation: place)
    #expect(throws: FitError.self, sourceLocation: place) {
      try response.scores(for: [1, 2, 3], count: 1, threads: 1)
    }
  }

  func repeats(_ expected: [Double]) throws {
    let copy = sample
    #expect(try scores(try fit(sample)) == expected, "the same seed", sourceLocation: place)
    #expect(sample.inputs == copy.inputs && sample.weights == copy.weights, sourceLocation: place)
  }

  func weights() throws {
    guard let tolerance else { return }
    func agree(_ a: Sample, _ b: Sample, _ what: String) throws {
      expectClose(
        try scores(try fit(a)), try scores(try fit(b)), absolute: tolerance, relative: tolerance,
        what, sourceLocation: place)
    }
    let third = (sample.count / 3)..<(sample.count / 2)
    var ones = sample
    ones.weights = ones.weights.map { _ in 1 }
    var two = ones
    for i in third { two.weights[i] = 2 }
    try agree(two, ones.selecting(Array(0..<sample.count) + Array(third)), "weight two")
    var zero = sample
    for i in third { zero.weights[i] = 0 }
    try agree(
      zero, sample.selecting((0..<sample.count).filter { !third.contains($0) }), "weight zero")
    let plain = try scores(try fit(ones))
    let weighted = try scores(try fit(sample))
    let isChanged = plain != weighted
    #expect(isChanged, "weights must change the fit", sourceLocation: place)
  }

  /// Cross sections in pb or fb, and inverse variances, must give the same model.
  func scales(_ expected: [Double]) throws {
    guard let scaled else { return }
    func found(_ scale: Double) throws -> [Double] {
      var other = sample
      other.weights = sample.weights.map { $0 * scale }
      return try scores(
        try scaled(scale).learn(other, validation: nil, context: FitContext(seed: 3, threads: 2)))
    }
    for power in [-160, 40, 660] {
      let scale = Double(sign: .plus, exponent: power, significand: 1)
      #expect(try found(scale) == expected, "weights times 2^\(power)", sourceLocation: place)
    }
    guard tolerance != nil else { return }
    for scale in [1e-12, 1e12] {
      expectClose(
        try found(scale), expected, absolute: digits, relative: digits, "weights times \(scale)",
        sourceLocation: place)
    }
  }

  func saves(_ response: any Response, _ expected: [Double]) throws {
    let record = try response.record()
    _ = try JSONValue(parsing: record.description)
    let back = try type(of: method).recall(record)
    #expect(try scores(back) == expected, "saved and loaded", sourceLocation: place)
    #expect(back.parameterCount == response.parameterCount, sourceLocation: place)
    let broken = ModelRecord(description: "{}", tensors: record.tensors)
    #expect(throws: (any Error).self, sourceLocation: place) {
      try type(of: method).recall(broken)
    }
    let empty = ModelRecord(description: record.description, tensors: [])
    #expect(throws: (any Error).self, sourceLocation: place) { try type(of: method).recall(empty) }
  }

  func refuses() throws {
    func words(_ change: (inout Sample) -> Void) -> String {
      var bad = sample
      change(&bad)
      do {
        _ = try fit(bad)
        return "accepted"
      } catch { return "\(error)" }
    }
    let name = type(of: method).name
    let takesMissing = type(of: method).acceptsMissing
    let value: Float = takesMissing ? .infinity : .nan
    #expect(
      words { $0.inputs[7] = value }
        == "\(name): input 'y' of training event 3 is \(value); every input must be a finite number"
        + (takesMissing ? ", or NaN where it is missing. " : ". ")
        + "Select the events, or replace the value.", sourceLocation: place)
    if takesMissing {
      #expect(words { $0.inputs[7] = .nan } == "accepted", sourceLocation: place)
    }
    #expect(
      words { $0.weights[5] = .infinity }
        == "\(name): the weight of training event 5 is inf; it must be finite.",
      sourceLocation: place)
    if sample.targetCount > 1 {
      // A method that learns one target at a time knows no names.
      let name = type(of: method).takesSeveralTargets ? " 'offset'" : ""
      #expect(
        words { $0.targets[11] = .nan }.hasSuffix(
          ": the target\(name) of training event 5 is nan; it must be finite."),
        sourceLocation: place)
    }
    if sample.task != .regression {
      #expect(
        words { s in s.labels = s.labels.map { $0 == 1 ? 0 : $0 } }
          == "\(name): there are no training events of class 'signal'; every class needs some.",
        sourceLocation: place)
    }
  }

  func oneColumn() throws {
    var narrow = sample
    narrow.inputs = sample.column(0)
    narrow.features = ["x"]
    let response = try fit(narrow)
    let narrowScores = try scores(response, narrow)
    #expect(narrowScores.allSatisfy { $0.isFinite }, sourceLocation: place)
  }
}
