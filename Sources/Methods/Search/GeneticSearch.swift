import ApusEvents

/// A genetic algorithm on real numbers: tournament selection, blended crossing, mutation, an elite that lives on.
///
/// Each child comes from two winners of tournaments of three. A number of it lies between its parents' or up to half their
/// distance outside (BLX-½, Eshelman and Schaffer 1993), or is one parent's; some numbers are then moved by a normal step whose
/// size falls from 0.2 to 0.002 of the range over the generations, or drawn anew. The best of each generation live on,
/// so the best value never rises. TMVA's genetic algorithm is of this kind.
public struct GeneticSearch: Search {
  /// Individuals of a generation.
  public var population: Int
  /// The share of the best that live on unchanged.
  public var elite: Double
  /// The chance that a number of a child is moved.
  public var mutation: Double

  /// Makes the search; the usual values suit up to some fifty dimensions.
  public init(population: Int = 60, elite: Double = 0.1, mutation: Double = 0.2) {
    precondition(population >= 4, "a population of \(population)")
    (self.population, self.elite, self.mutation) = (population, elite, mutation)
  }

  /// Looks for the least value; the starts belong to the first generation.
  public func minimise(
    in space: SearchSpace, from starts: [[Double]], seed: UInt64, evaluations: Int,
    _ value: (_ point: [Double]) throws -> Double
  ) rethrows -> SearchResult {
    var (book, generator) = (SearchBook(most: evaluations), SplitMix64(seed: seed))
    var people: [(point: [Double], value: Double)] = []
    for i in 0..<population where !book.isFull {
      let point = i < starts.count ? space.clamped(starts[i]) : space.draw(&generator)
      people.append((point, try book.ask(point, value)))
    }
    people.sort { $0.value < $1.value }
    let survivors = max(1, Int(elite * Double(population)))
    while !book.isFull {
      let age = Double(book.result.evaluations) / Double(max(evaluations, 1))
      var children = Array(people.prefix(survivors))
      while children.count < population, !book.isFull {
        let (a, b) = (winner(people, &generator), winner(people, &generator))
        let child = child(a, b, space, age, &generator)
        children.append((child, try book.ask(child, value)))
      }
      people = children.sorted { $0.value < $1.value }
    }
    return book.result
  }

  /// The best of three; the list is in order of value.
  private func winner(
    _ people: [(point: [Double], value: Double)], _ generator: inout SplitMix64
  ) -> [Double] {
    let places = (0..<3).map { _ in generator.below(people.count) }
    return people[places.min() ?? 0].point
  }

  private func child(
    _ a: [Double], _ b: [Double], _ space: SearchSpace, _ age: Double,
    _ generator: inout SplitMix64
  ) -> [Double] {
    let size = 0.2 * exponential(-4.6 * age)
    let point = a.indices.map { j -> Double in
      var x =
        generator.uniform() < 0.5 ? a[j] : a[j] + (2 * generator.uniform() - 0.5) * (b[j] - a[j])
      if generator.uniform() < mutation {
        let range = space.high[j] - space.low[j]
        x =
          generator.uniform() < 0.1
          ? space.low[j] + range * generator.uniform() : x + size * range * generator.normal()
      }
      return x
    }
    return space.clamped(point)
  }
}
