import ApusEvents
import ApusMethods
import TestSupport
import Testing

@Suite struct CutTests {
  @Test(arguments: ["annealing", "simplex", "random", "grid"])
  func theBatteryHoldsForEverySearch(search: String) throws {
    try checkMethod(
      RectangularCuts.self, options: [("search", .text(search)), ("evaluations", .integer(600))],
      digits: 0.5)
  }

  static func model(
    _ options: [(String, ConfigurationValue.Content)], _ sample: Sample
  ) throws -> CutsResponse {
    try #require(
      try made(RectangularCuts.self, options).fit(sample, validation: nil, context: silent())
        as? CutsResponse)
  }

  /// I05: with signal events as cut points in one input the best s/√(s+b) is that of all cuts there are.
  @Test func theRandomGridFindsTheBestCut() throws {
    var sample = DiscriminantTests.gaussians(600, seed: 2)
    sample.inputs = sample.column(0)
    sample.features = ["x"]
    sample.weights = sample.weights.indices.map { 0.5 + Double($0 % 4) }
    let model = try CutTests.model(
      [
        ("search", .text("grid")), ("sides", .text("lower")), ("points", .integer(10_000)),
      ], sample)
    var (bestOfAll, sums) = (0.0, [0.0, 0.0])
    for i in 0..<600 { sums[Int(sample.labels[i])] += sample.weights[i] }
    for cut in sample.inputs {
      var inside = [0.0, 0.0]
      for i in 0..<600 where sample.inputs[i] >= cut {
        inside[Int(sample.labels[i])] += sample.weights[i]
      }
      bestOfAll = max(bestOfAll, inside[1] / (inside[0] + inside[1]).squareRoot())
    }
    let best = try #require(model.best(signal: sums[1], background: sums[0]))
    expectClose(best.significance, bestOfAll, relative: 1e-5)
  }

  /// Signal fills a box, background everything around it as well: the cuts find the box.
  @Test(arguments: ["genetic", "annealing", "simplex"]) func aBoxOfSignalIsFound(search: String)
    throws
  {
    var generator = SplitMix64(seed: 5)
    var (inputs, labels) = ([Float](), [Int32]())
    for i in 0..<6000 {
      let label = i % 2
      let x = (0..<4).map { _ in Float(generator.uniform()) }
      let inBox = [0.3 + 0.2 * x[0], 0.6 + 0.3 * x[1], x[2], x[3]]
      inputs += label == 1 ? inBox : x
      labels.append(Int32(label))
    }
    let sample = Sample(
      inputs: inputs, features: ["a", "b", "c", "d"], labels: labels,
      weights: labels.map { _ in 1 },
      classes: ["b", "s"], task: .binary)
    let model = try CutTests.model([("search", .text(search))], sample)
    // The box itself holds 0.2 × 0.3 of the background; the simplex only falls into the next valley.
    let box = try #require(model.boxes.first { $0.signalEfficiency >= 0.9 })
    #expect(box.backgroundEfficiency < (search == "simplex" ? 0.3 : 0.075), "\(search): \(box)")
    let efficiencies = model.boxes.map(\.signalEfficiency)
    let backgrounds = model.boxes.map(\.backgroundEfficiency)
    #expect(efficiencies == efficiencies.sorted() && backgrounds == backgrounds.sorted())
    #expect(model.boxes.last?.signalEfficiency == 1)
  }

  @Test func aScoreIsOneMinusTheEfficiencyOfTheFirstBoxAround() throws {
    let sample = toySample(.binary, events: 400)
    let model = try CutTests.model([("evaluations", .integer(2000))], sample)
    let scores = try model.scores(for: sample.inputs, count: 400, threads: 2)
    for box in model.boxes {
      // Whatever a box holds is scored at its efficiency or better.
      for i in 0..<400 {
        let x = (sample.inputs[2 * i], sample.inputs[2 * i + 1])
        if x.0 > box.low[0], x.0 <= box.high[0], x.1 > box.low[1], x.1 <= box.high[1] {
          #expect(scores[i] >= 1 - box.signalEfficiency - 1e-12)
        }
      }
    }
  }
}
