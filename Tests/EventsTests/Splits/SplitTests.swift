import ApusEvents
import TestSupport
import Testing

@Suite struct SplitTests {
  let labels = (0..<1003).map { Int32($0 % 7 == 0 ? 1 : 0) }

  @Test func noEventIsInTwoParts() throws {
    for seed in 0..<20 {
      let plan = SplitPlan.fractions(train: 0.5, validation: 0.2, test: 0.2, seed: UInt64(seed))
      let split = try plan.divide(labels: labels)
      #expect(split.leaks == [])
      #expect(split.train.count + split.validation.count + split.test.count + split.unused == 1003)
    }
    #expect(Split(train: [1, 2], validation: [2], test: [1]).leaks == [2, 1])
  }

  @Test func classesKeepTheirProportions() throws {
    let split = try SplitPlan.standard.divide(labels: labels)
    for (part, share) in [(split.train, 0.6), (split.validation, 0.2), (split.test, 0.2)] {
      let signal = part.count { labels[$0] == 1 }
      #expect(abs(Double(signal) - share * 144) <= 1)
      #expect(abs(Double(part.count - signal) - share * 859) <= 1)
      #expect(part == part.sorted())
    }
    #expect(split.unused == 0)
  }

  @Test func theSeedDecidesOnEveryMachine() throws {
    let first = try SplitPlan.standard.divide(labels: labels)
    #expect(first == (try SplitPlan.standard.divide(labels: labels)))
    #expect(first.test.prefix(8) == expectedTest, "\(first.test.prefix(8))")
    let plans = (0..<100).map {
      SplitPlan.fractions(train: 0.6, validation: 0.2, test: 0.2, seed: $0)
    }
    let tests = try plans.map { try $0.divide(labels: labels).test }
    #expect(Set(tests).count == 100, "a hundred seeds give a hundred splits")
  }

  /// The first test events of seed 1; a change here changes everybody's splits.
  let expectedTest: ArraySlice<Int> = [9, 18, 20, 23, 28, 34, 36, 42]

  @Test func valuesDecideWhereTheyAreGiven() throws {
    let plan = SplitPlan.values(
      by: "event % 10", train: [0...4, 9...9], validation: [5...5], test: [6...7])
    let values = (0..<30).map { Double($0 % 10) }
    let split = try plan.divide(labels: [Int32](repeating: 0, count: 30), values: values)
    #expect(split.validation == [5, 15, 25] && split.test == [6, 7, 16, 17, 26, 27])
    #expect(split.train.count == 18 && split.unused == 3)
    #expect(throws: SplitError.self) {
      try plan.divide(labels: [0, 0], values: [1, .nan])
    }
    #expect(throws: SplitError.empty(part: "test", events: 2)) {
      try plan.divide(labels: [0, 0], values: [1, 2])
    }
  }

  func mapping(_ entries: [(String, ConfigurationValue.Content)]) -> ConfigurationValue {
    ConfigurationValue(
      .mapping(entries.map { .init($0.0, ConfigurationValue($0.1, line: 7)) }), line: 6)
  }

  @Test func configurationsAreRead() {
    let shares = SplitPlan.read(
      mapping([("train", .real(0.8)), ("validation", .integer(0)), ("seed", .integer(5))]))
    #expect(shares.plan == .fractions(train: 0.8, validation: 0, test: 0.2, seed: 5))
    let list: ConfigurationValue.Content = .list([
      ConfigurationValue(.integer(0)), ConfigurationValue(.text("2-4")),
    ])
    let values = SplitPlan.read(
      mapping([
        ("by", .text("part")), ("train", list), ("validation", .integer(5)),
        ("test", .text("6, 8-9")),
      ]))
    #expect(values.problems == [])
    #expect(
      values.plan
        == .values(by: "part", train: [0...0, 2...4], validation: [5...5], test: [6...6, 8...9]))
    #expect(SplitPlan.read(ConfigurationValue(.null)).plan == .standard)
  }

  @Test func sharesThatAreNotNamedGetTheRest() {
    func shares(_ entries: [(String, Double)]) -> SplitPlan? {
      SplitPlan.read(mapping(entries.map { ($0, .real($1)) })).plan
    }
    func plan(_ train: Double, _ validation: Double, _ test: Double) -> SplitPlan {
      .fractions(train: train, validation: validation, test: test, seed: 1)
    }
    #expect(shares([("train", 0.8), ("test", 0.2)]) == plan(0.8, 0, 0.2))
    #expect(shares([("train", 0.5), ("val", 0.25)]) == plan(0.5, 0.25, 0.25))
    #expect(shares([("train", 0.5)]) == plan(0.5, 0.25, 0.25))
    #expect(shares([("train", 0.1), ("validation", 0.1), ("test", 0.1)]) == plan(0.1, 0.1, 0.1))
    #expect(shares([("validation", 0.2)]) == plan(0.6 / 0.8 * 0.8, 0.2, 0.2 / 0.8 * 0.8))
  }

  @Test func wrongConfigurationsAreExplained() {
    func words(_ entries: [(String, ConfigurationValue.Content)]) -> String {
      OptionProblems(SplitPlan.read(mapping(entries)).problems).message
    }
    #expect(
      words([("train", .real(0.9)), ("valid", .real(0.3)), ("tset", .real(0.1))]) == """
        line 7: split.tset: there is no option 'tset'. Did you mean 'test'?
        line 6: split: train, validation and test must add up to at most 1, got 1.2 (0.9 + 0.3 + 0).
        line 6: split: train and test must both be above 0.
        """)
    #expect(
      words([("by", .text("e")), ("train", .text("0-5")), ("test", .text("5-9"))])
        == "line 6: split: the value 5 is both in train and in test; parts must not share events.")
    #expect(
      words([("by", .text("e")), ("train", .text("a")), ("test", .text("5-9"))])
        == "line 7: split.train: must be values and ranges such as '0-5' or [0, 2, 7-9], got 'a'.")
  }

  @Test func foldsFollowTheIdentity() {
    let identity: [Int64] = [0, 1, 7, -1, 7, 1_000_000_007]
    #expect(foldAssignment(identity: identity, folds: 5) == [0, 1, 2, 4, 2, 2])
    let hashed = foldAssignment(identity: Array(0..<10_000), folds: 5, hashed: true)
    for fold in 0..<5 { #expect(abs(hashed.count { $0 == fold } - 2000) < 160) }
    #expect(hashed[7] == foldAssignment(identity: [7], folds: 5, hashed: true)[0])
  }

  @Test func oneHotRoundTrips() {
    let classes: [Int32] = [2, 0, 1, 1]
    let rows = oneHot(classes, classes: 3)
    #expect(rows == [0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0])
    #expect(ApusEvents.labels(fromOneHot: rows, classes: 3) == classes)
  }
}
