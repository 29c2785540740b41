import ApusEvents
import ApusMethods
import TestSupport
import Testing

@Suite struct CombinationTests {
  static let catalogue = MethodCatalogue(classicalMethods)

  static func combined<M: Method>(
    _ type: M.Type, _ options: [(String, ConfigurationValue.Content)]
  ) throws -> M {
    let given = ConfigurationValue(.mapping(options.map { .init($0.0, ConfigurationValue($0.1)) }))
    let (values, problems) = resolve(
      given, against: M.options, path: "m", catalogue: catalogue)
    if !problems.isEmpty { throw OptionProblems(problems) }
    return try M(options: values)
  }

  static func list(_ names: [String]) -> ConfigurationValue.Content {
    .list(names.map { ConfigurationValue(.text($0)) })
  }

  @Test(arguments: ["median", "geometric", "vote"]) func theBatteryHoldsForEveryRule(rule: String)
    throws
  {
    try checkMethod(Committee.self, options: [("rule", .text(rule))])
  }

  @Test func theBatteryHoldsWithOtherOptions() throws {
    try checkMethod(Committee.self, options: [("bootstrap", .flag(true)), ("copies", .integer(3))])
    try checkMethod(Stack.self, options: [("passthrough", .flag(true)), ("folds", .integer(3))])
  }

  /// The mean of two methods, by hand.
  @Test func aCommitteeIsTheMeanOfItsMembers() throws {
    let sample = toySample(.binary, events: 200)
    let committee = try CombinationTests.combined(
      Committee.self, [("methods", CombinationTests.list(["lda", "qda"]))]
    ).fit(sample, validation: nil, context: silent())
    let mean = zip(try fitted(Fisher.self, [], sample), try fitted(Quadratic.self, [], sample))
      .map { ($0 + $1) / 2 }
    expectClose(
      try committee.scores(for: sample.inputs, count: 200, threads: 2), mean, absolute: 1e-15)
  }

  /// V10: members that err on their own are outvoted. Each sees 15 events, all see 600.
  @Test func aVoteIsBetterThanItsMembers() throws {
    let (train, test) = (
      DiscriminantTests.gaussians(40, seed: 3), DiscriminantTests.gaussians(20_000, seed: 4)
    )
    func accuracy(_ model: any Response) throws -> Double {
      let scores = try model.scores(for: test.inputs, count: test.count, threads: 2)
      let right = scores.indices.count { (scores[$0] > 0.5) == (test.labels[$0] == 1) }
      return Double(right) / Double(test.count)
    }
    let one: [(String, ConfigurationValue.Content)] = [
      (
        "methods",
        .mapping([
          .init(
            "near",
            ConfigurationValue(
              .mapping([
                .init("type", ConfigurationValue(.text("knn"))),
                .init("k", ConfigurationValue(.integer(1))),
              ])))
        ])
      ), ("bootstrap", .flag(true)),
    ]
    let single = try CombinationTests.combined(Committee.self, one).fit(
      train, validation: nil, context: silent())
    let many = try CombinationTests.combined(
      Committee.self, one + [("copies", .integer(31)), ("rule", .text("vote"))]
    ).fit(train, validation: nil, context: silent())
    #expect(try accuracy(many) > accuracy(single))
  }

  /// The last method of a stack finds out which member to trust.
  @Test func aStackTrustsTheRightMember() throws {
    var generator = SplitMix64(seed: 2)
    var (inputs, labels) = ([Float](), [Int32]())
    for i in 0..<3000 {
      // A ring around the signal: no plane separates it, a Gaussian does.
      let radius = i % 2 == 0 ? 2.5 : 0.8
      inputs += [Float(radius * generator.normal()), Float(radius * generator.normal())]
      labels.append(Int32(i % 2))
    }
    let sample = Sample(
      inputs: inputs, features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
      classes: ["b", "s"], task: .binary)
    func area(_ scores: [Double]) throws -> Double {
      try RocCurve(scores: scores, labels: labels, weights: sample.weights).area
    }
    let stack = try CombinationTests.combined(
      Stack.self, [("methods", CombinationTests.list(["fisher", "qda"]))]
    ).fit(sample, validation: nil, context: silent())
    let scores = try stack.scores(for: inputs, count: 3000, threads: 2)
    #expect(try area(scores) > area(fitted(Quadratic.self, [], sample)) - 0.005)
    #expect(try area(fitted(Fisher.self, [], sample)) < 0.6)
  }

  @Test func unknownAndWrongMembersAreTold() throws {
    func words(_ options: [(String, ConfigurationValue.Content)]) -> String {
      do {
        let method = try CombinationTests.combined(Committee.self, options)
        _ = try method.fit(
          toySample(.binary, events: 60), validation: nil, context: silent())
        return "accepted"
      } catch { return "\(error)" }
    }
    #expect(
      words([("methods", CombinationTests.list(["fischer"]))])
        == "m.methods: there is no method 'fischer'. Did you mean 'fisher'? Under a name of your own, "
        + "'type:' says which method.")
    #expect(words([("methods", CombinationTests.list([]))]).contains("at least one method"))
    #expect(
      words([("methods", CombinationTests.list(["ridge"]))])
        == "committee: its member 'ridge' learns regression, but the events ask for binary. Take "
        + "another method.")
    let wrong: ConfigurationValue.Content = .mapping([
      .init("knn", ConfigurationValue(.mapping([.init("k", ConfigurationValue(.integer(0)))])))
    ])
    #expect(words([("methods", wrong)]).hasPrefix("m.methods.knn.k: must be an integer in"))
  }

  /// Three classes that are far apart could not be stacked, for the last method's sake.
  @Test func classesFarApartAreStacked() throws {
    let labels = (0..<300).map { Int32($0 % 3) }
    var generator = SplitMix64(seed: 4)
    let sample = Sample(
      inputs: labels.flatMap {
        [Float(generator.normal() + 20 * Double($0)), Float(generator.normal())]
      },
      features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
      classes: ["a", "b", "c"], task: .multiclass)
    let scores = try fitted(Stack.self, [], sample)
    let areRight = labels.indices.allSatisfy { scores[3 * $0 + Int(labels[$0])] > 0.9 }
    #expect(areRight)
  }

  /// A part of the cross-validation had all events of a class, and a member said that the class had none.
  @Test func aClassOfTwoEventsIsStacked() throws {
    var generator = SplitMix64(seed: 6)
    for _ in 0..<20 {
      let labels = (0..<40).map { Int32($0 < 2 ? 1 : 0) }
      let sample = Sample(
        inputs: labels.flatMap {
          [Float(generator.normal() + Double($0)), Float(generator.normal())]
        },
        features: ["x", "y"], labels: labels, weights: labels.map { _ in 1 },
        classes: ["b", "s"], task: .binary)
      let areNumbers = try fitted(Stack.self, [], sample).allSatisfy { $0.isFinite }
      #expect(areNumbers)
    }
  }

  @Test func theStackSaysWhyItsPartsCannotBeLearnedFrom() throws {
    func words(_ sample: Sample) -> String {
      do {
        _ = try fitted(Stack.self, [], sample)
        return "accepted"
      } catch { return "\(error)" }
    }
    var same = toySample(.binary, events: 60)
    same.inputs = same.inputs.map { _ in 1 }
    #expect(
      words(same)
        == "stack: its members learn from some events and score others, so the training events of 'background' must lie "
        + "at two places at least, but there is one event, or all have the same inputs. Look at the inputs and the "
        + "selection, or take 'committee', which has no parts.")
    // Outside of some part the negative weights of signal outweigh the others.
    var signed = toySample(.binary, events: 60)
    for i in 0..<60 where signed.labels[i] == 1 { signed.weights[i] = -1 }
    signed.weights[1] = 29.5
    let text = words(signed)
    #expect(text.hasPrefix("stack: its member 'fisher' can't learn from the "), "\(text)")
    #expect(text.contains("'signal' must have a positive sum of weights"), "\(text)")
  }
}
