import ApusEvents
import TestSupport
import Testing

@Suite struct HistogramTests {
  @Test func entriesGoWhereTheyBelong() {
    var h = Histogram(bins: 4, from: 0, to: 2)
    h.fill(
      [-1, 0, 0.49, 0.5, 1.99, 2, .nan, .infinity, -.infinity, 1.0],
      weights: [1, 2, 3, -4, 5, 6, 7, 8, 9, 0.5])
    #expect(h.sums == [5, -4, 0.5, 5])
    #expect(h.squares == [13, 16, 0.25, 25])
    #expect(h.errors[1] == 4)
    #expect(h.underflow == 10 && h.overflow == 14 && h.notNumbers == 7 && h.entries == 10)
    #expect(h.sum == 6.5)
    expectClose(h.effectiveEntries, 6.5 * 6.5 / 54.25)
    expectClose(h.normalised.sum, 1)
    expectClose(h.density.reduce(0, +) * 0.5, 1)
    expectClose(h.scaled(by: -2).squares, [52, 64, 1, 100])
  }

  @Test func equalAndUnequalEdgesAgree() {
    var generator = SplitMix64(seed: 1)
    var a = Histogram(bins: 37, from: -0.7, to: 1.9)
    var b = Histogram(edges: a.edges)
    for _ in 0..<20_000 {
      let x = generator.normal()
      a.fill(x)
      b.fill(x)
    }
    for edge in a.edges {
      #expect(a.bin(of: edge) == b.bin(of: edge))
      #expect(a.bin(of: edge.nextDown) == b.bin(of: edge.nextDown))
    }
    #expect(a.sums == b.sums && a.underflow == b.underflow && a.overflow == b.overflow)
  }

  @Test func separationIsZeroForEqualAndOneForDisjoint() {
    var (a, b) = (Histogram(bins: 2, from: 0, to: 2), Histogram(bins: 2, from: 0, to: 2))
    a.fill([0.5, 1.5], weights: [3, 1])
    b.fill([0.5, 1.5], weights: [1, 1])
    #expect(separation(a, a) == 0)
    // ½ [(¾−½)²/(5/4) + (¼−½)²/(¾)] = ½ (1/20 + 1/12)
    expectClose(separation(a, b), (1.0 / 20 + 1.0 / 12) / 2)
    expectClose(separation([1, 2, 3, 4], labels: [0, 0, 1, 1], weights: [1, 2, 3, 4]), 1)
    #expect(separation([1, 1, 1], labels: [0, 1, 1], weights: [1, 1, 1]) == 0)
  }

  @Test func kolmogorovsDistributionHasItsKnownValues() {
    // scipy.special.kolmogorov, SciPy 1.14.
    expectClose(kolmogorovProbability(1), 0.26999967167735456, absolute: 1e-14)
    expectClose(kolmogorovProbability(0.999999999), 0.2699996726, absolute: 1e-8)
    expectClose(kolmogorovProbability(0.5), 0.9639452436648751, absolute: 1e-14)
    expectClose(kolmogorovProbability(2), 0.0006709252557796953, absolute: 1e-14)
    #expect(kolmogorovProbability(0) == 1)
  }

  @Test func samplesOfOneDistributionPassAndOthersFail() throws {
    var generator = SplitMix64(seed: 3)
    let a = (0..<4000).map { _ in generator.normal() }
    let b = (0..<4000).map { _ in generator.normal() }
    let ones = [Double](repeating: 1, count: 4000)
    let same = try kolmogorovSmirnov(a, weights: ones, b, weights: ones)
    #expect(same.pValue > 0.01)
    let moved = try kolmogorovSmirnov(a, weights: ones, b.map { $0 + 0.15 }, weights: ones)
    #expect(moved.pValue < 1e-4 && moved.distance > 0.04)
    let hand = try kolmogorovSmirnov([1, 2, 2], weights: [1, 1, 2], [2, 3], weights: [1, 1])
    #expect(hand.distance == 0.5)
    var (ha, hb) = (Histogram(bins: 40, from: -4, to: 4), Histogram(bins: 40, from: -4, to: 4))
    ha.fill(a, weights: ones)
    hb.fill(b.map { $0 + 0.15 }, weights: ones)
    #expect(try kolmogorovSmirnov(ha, hb).pValue < 1e-3)
  }
}
