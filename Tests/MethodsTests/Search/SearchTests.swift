import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct SearchTests {
  static func rastrigin(_ x: [Double]) -> Double {
    x.reduce(10 * Double(x.count)) { $0 + $1 * $1 - 10 * cos(2 * .pi * $1) }
  }

  static func rosenbrock(_ x: [Double]) -> Double {
    var sum = 0.0
    for i in 0..<x.count - 1 {
      let (valley, slope) = (x[i + 1] - x[i] * x[i], 1 - x[i])
      sum += 100 * valley * valley + slope * slope
    }
    return sum
  }

  /// I04: the genetic algorithm on Rastrigin's function in five dimensions, five seeds.
  @Test(arguments: 1...5) func theGeneticAlgorithmFindsTheLowestOfManyHoles(seed: UInt64) throws {
    let space = SearchSpace(
      low: [Double](repeating: -5.12, count: 5), high: [Double](repeating: 5.12, count: 5))
    let found = GeneticSearch().minimise(
      in: space, from: [], seed: seed, evaluations: 20_000, SearchTests.rastrigin)
    #expect(found.value < 1, "\(found.value) at \(found.point)")
    #expect(found.evaluations == 20_000)
  }

  @Test func theSimplexFollowsACurvedValley() throws {
    let space = SearchSpace(low: [-3, -3, -3], high: [3, 3, 3])
    let found = SimplexSearch().minimise(
      in: space, from: [[-1.2, 1, 0.5]], seed: 1, evaluations: 8000, SearchTests.rosenbrock)
    expectClose(found.point, [1, 1, 1], absolute: 1e-4)
  }

  @Test(arguments: SearchName.allCases) func everySearchIsReproducibleAndStaysInside(
    name: SearchName
  ) throws {
    let space = SearchSpace(low: [-1, 2, 0], high: [1, 4, 0])
    func run(_ seed: UInt64) -> SearchResult {
      name.search.minimise(in: space, from: [[0.5, 3, 0]], seed: seed, evaluations: 600) { x in
        #expect(zip(x, zip(space.low, space.high)).allSatisfy { $0 >= $1.0 && $0 <= $1.1 })
        return pow(x[0] - 0.25, 2) + pow(x[1] - 3.5, 2)
      }
    }
    let (a, b) = (run(4), run(4))
    #expect(a.point == b.point && a.value == b.value && a.evaluations <= 600)
    #expect(a.value < 0.02, "\(name): \(a.value)")
  }

  @Test(arguments: SearchName.allCases) func valuesThatAreNoNumbersAreNeverBest(name: SearchName) {
    let found = name.search.minimise(in: .unit(2), from: [], seed: 3, evaluations: 300) { x in
      x[0] < 0.5 ? .nan : x[0]
    }
    #expect(found.point[0] >= 0.5 && found.value < 0.6)
  }
}
