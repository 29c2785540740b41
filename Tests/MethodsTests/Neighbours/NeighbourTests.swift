import ApusEvents
import ApusKernels
import ApusMethods
import TestSupport
import Testing

@Suite struct NeighbourTests {
  @Test func theBatteryHoldsWithOtherOptions() throws {
    try checkMethod(NearestNeighbours.self, options: [("weighting", .text("tricube"))])
    // By distance an event of the sample is scored by itself alone, whatever the weights.
    #expect(
      try fitted(
        NearestNeighbours.self, [("weighting", .text("distance"))], toySample(.binary, events: 9))
        == [0, 1, 0, 1, 0, 1, 0, 1, 0])
  }

  @Test(arguments: ["uniform", "distance"])
  func agreesWithTheReference(weighting: String) throws {
    let canon = try Canon(weighted: false)
    let options: [(String, ConfigurationValue.Content)] = [
      ("k", .integer(7)), ("weighting", .text(weighting)), ("scale", .flag(false)),
    ]
    let answer = canon.golden.at("neighbours", weighting)
    expectClose(
      try canon.scores(NearestNeighbours.self, options, canon.sample),
      answer.at("probabilities").flat, absolute: 1e-6)
    expectClose(
      try canon.scores(NearestNeighbours.self, options, canon.regression),
      answer.at("regression").flat, absolute: 1e-6)
  }

  /// The tree and the look at every point must give the same bits, also where many distances are equal.
  @Test(arguments: [1, 2, 3, 7, 20]) func treeAndBruteForceAgree(width: Int) throws {
    for (count, levels) in [(1, 1000.0), (31, 3), (33, 1000), (2000, 2), (5000, 1000)] {
      var generator = SplitMix64(seed: UInt64(width * count))
      let points = (0..<count * width).map { _ in
        Float((generator.normal() * levels).rounded() / levels)
      }
      let queries =
        points.prefix(200 * width) + (0..<50 * width).map { _ in Float(generator.normal()) }
      let tree = PointTree(points, width: width)
      for k in [1, min(5, count), min(64, count)] {
        let a = tree.nearest(k, to: Array(queries), bruteForce: false, threads: 2)
        let b = tree.nearest(k, to: Array(queries), bruteForce: true, threads: 1)
        #expect(a.indices == b.indices && a.squaredDistances == b.squaredDistances)
      }
    }
  }

  /// Distances by hand, equals in the order of their index.
  @Test func neighboursAreTheNearest() {
    let tree = PointTree([0, 0, 3, 4, 0, 1, 0, -1], width: 2)
    let found = tree.nearest(3, to: [0, 0], bruteForce: false, threads: 1)
    #expect(found.indices == [0, 2, 3] && found.squaredDistances == [0, 1, 1])
  }

  @Test func moreNeighboursThanEventsAreAllEvents() throws {
    let sample = toySample(.binary, events: 10)
    let scores = try fitted(NearestNeighbours.self, [("k", .integer(500))], sample)
    let share =
      (0..<10).reduce(0.0) { $0 + (sample.labels[$1] == 1 ? sample.weights[$1] : 0) }
      / sample.weights.reduce(0, +)
    expectClose(scores, [Double](repeating: share, count: 10), absolute: 1e-12)
  }
}
