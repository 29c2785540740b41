import ApusEvents
import Testing

@Suite struct AreaDifferenceTests {
  static let labels: [Int32] = [1, 0, 1, 0, 1, 1, 0, 0, 1, 0]
  static let weights: [Double] = [1, 2, 0.5, 1.5, 1, -0.25, 1, 0.75, 2, 1]
  static let first = [0.9, 0.3, 0.6, 0.6, 0.8, 0.2, 0.1, 0.7, 0.95, 0.4]
  static let second = [0.5, 0.4, 0.9, 0.1, 0.3, 0.6, 0.2, 0.8, 0.7, 0.35]

  @Test func valueIsTheDifferenceOfBothAreas() throws {
    let found = try areaDifference(
      Self.first, Self.second, labels: Self.labels, weights: Self.weights)
    let a = try RocCurve(scores: Self.first, labels: Self.labels, weights: Self.weights)
    let b = try RocCurve(scores: Self.second, labels: Self.labels, weights: Self.weights)
    #expect(abs(found.value - (a.rankArea - b.rankArea)) < 1e-14)
  }

  @Test func againstGuessingTheErrorIsThatOfTheArea() throws {
    let guess = [Double](repeating: 0.5, count: Self.labels.count)
    let found = try areaDifference(Self.first, guess, labels: Self.labels, weights: Self.weights)
    let curve = try RocCurve(scores: Self.first, labels: Self.labels, weights: Self.weights)
    #expect(abs(found.error - curve.areaError) < 1e-14)
    #expect(abs(found.value - (curve.rankArea - 0.5)) < 1e-14)
  }

  @Test func sameRankingHasNoDifferenceAndNoError() throws {
    let found = try areaDifference(
      Self.first, Self.first.map { 2 * $0 - 7 }, labels: Self.labels, weights: Self.weights)
    #expect(found.value == 0)
    #expect(found.error == 0)
  }

  @Test func exchangeChangesTheSignOnly() throws {
    let a = try areaDifference(Self.first, Self.second, labels: Self.labels, weights: Self.weights)
    let b = try areaDifference(Self.second, Self.first, labels: Self.labels, weights: Self.weights)
    #expect(abs(a.value + b.value) < 1e-15)
    #expect(abs(a.error - b.error) < 1e-15)
  }

  /// Two signal and two background events by hand: V₁ = (1, ½ | ½, 1), V₂ = (½, 1 | 1, ½), so
  /// D = (½, −½ | −½, ½), d = 0, Var = 2 · (¼ + ¼) / 4 twice = ½.
  @Test func smallestSampleAgreesWithThePaper() throws {
    let found = try areaDifference(
      [4, 2, 3, 1], [2, 4, 1, 3], labels: [1, 1, 0, 0], weights: [1, 1, 1, 1])
    #expect(found.value == 0)
    #expect(abs(found.error - 0.5.squareRoot()) < 1e-15)
  }

  @Test func lengthsThatDifferAreRefused() {
    #expect(throws: MetricError.self) {
      try areaDifference([1], [1, 2], labels: [1, 0], weights: [1, 1])
    }
  }
}
