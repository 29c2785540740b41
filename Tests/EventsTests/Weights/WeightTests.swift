import ApusEvents
import TestSupport
import Testing

@Suite struct WeightTests {
  /// A two-class sample of two inputs; a fifth of the weights is negative.
  static func sample(_ count: Int = 4000, seed: UInt64 = 1) -> Sample {
    var generator = SplitMix64(seed: seed)
    var (inputs, labels, weights) = ([Float](), [Int32](), [Double]())
    for i in 0..<count {
      let label = Int32(i % 2)
      inputs += [Float(generator.normal() + Double(label)), Float(generator.normal() * 100)]
      labels.append(label)
      weights.append(generator.uniform() < 0.2 ? -1 : 1)
    }
    return Sample(
      inputs: inputs, features: ["x", "y"], labels: labels, weights: weights,
      classes: ["background", "signal"], task: .binary)
  }

  @Test func policiesDoWhatTheySay() throws {
    let sample = Sample(
      inputs: [1, 2, 3, 4], features: ["x"], labels: [0, 0, 1, 1], weights: [1, -0.5, 2, -3],
      classes: ["b", "s"], task: .binary)
    #expect(try WeightPolicy.keep.applied(to: sample).weights == [1, -0.5, 2, -3])
    #expect(try WeightPolicy.absolute.applied(to: sample).weights == [1, 0.5, 2, 3])
    let ignored = try WeightPolicy.ignore.applied(to: sample)
    #expect(ignored.weights == [1, 2] && ignored.inputs == [1, 3] && ignored.labels == [0, 1])
    #expect(
      throws: WeightError.noWeight(what: "negative_weights: pair", group: "s", sum: -1)
    ) { try WeightPolicy.pair.applied(to: sample) }
    var all = sample
    all.weights = [1, 1, -1, -1]
    #expect(throws: WeightError.emptied(policy: "ignore", group: "s", events: 2)) {
      try WeightPolicy.ignore.applied(to: all)
    }
  }

  @Test func pairingKeepsSumsAndLocalSumsAndLeavesNoNegativeWeight() throws {
    let sample = WeightTests.sample()
    let paired = try WeightPolicy.pair.applied(to: sample)
    #expect(paired.weights.allSatisfy { $0 >= 0 })
    #expect(paired.inputs == sample.inputs && paired.labels == sample.labels)
    for (before, after) in zip(WeightSummary(sample).groups, WeightSummary(paired).groups) {
      expectClose(after.sum, before.sum, absolute: 1e-9)
      #expect(after.negativeFraction == 0)
    }
    // Only neighbours are touched: coarse histograms of both inputs keep their contents.
    for (j, range) in [(0, 3.0), (1, 300.0)] {
      var (a, b) = (
        Histogram(bins: 6, from: -range, to: range), Histogram(bins: 6, from: -range, to: range)
      )
      let x = sample.column(j).map(Double.init)
      a.fill(x, weights: sample.weights)
      b.fill(x, weights: paired.weights)
      for (i, error) in a.errors.enumerated() {
        #expect(abs(a.sums[i] - b.sums[i]) < error, "bin \(i) of input \(j)")
      }
    }
    #expect(try WeightPolicy.pair.applied(to: sample).weights == paired.weights)
  }

  @Test func sumsAreToldPerClass() {
    let sample = Sample(
      inputs: [1, 2, 3, 4], features: ["x"], labels: [0, 0, 1, 1], weights: [1, -0.5, 2, 2],
      classes: ["b", "s"], task: .binary)
    let summary = WeightSummary(sample)
    #expect(summary.groups.map(\.sum) == [0.5, 4])
    #expect(summary.groups.map(\.negativeFraction) == [0.5, 0])
    expectClose(summary.groups.map(\.effectiveEntries), [0.25 / 1.25, 2])
    #expect(
      summary.text == """
        b: 2 events, Σw = 0.5, 50 % negative, 0.2 effective entries
        s: 2 events, Σw = 4, 2 effective entries
        """)
    #expect(summary.json["s"]?["sum"] == 4.0)
  }

  @Test func balancingGivesEveryClassTheSameSum() throws {
    let sample = Sample(
      inputs: [1, 2, 3, 4], features: ["x"], labels: [0, 0, 1, 1], weights: [1, 3, 10, 2],
      classes: ["b", "s"], task: .binary)
    let balanced = try ClassBalance.equal.applied(to: sample)
    expectClose(balanced.weights, [2, 6, 20.0 / 3, 4.0 / 3])
    var bad = sample
    bad.weights = [1, -1, 1, 1]
    #expect(throws: WeightError.noWeight(what: "balance: equal", group: "b", sum: 0)) {
      try ClassBalance.equal.applied(to: bad)
    }
  }
}
