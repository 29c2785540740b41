import ApusEvents
import Testing

/// The error of the mean area of several classes: against DeLong's for two classes and against a bootstrap.
@Suite struct MulticlassErrorTests {
  private func scores(_ classes: Int, events: Int, seed: UInt64) throws -> MulticlassScores {
    var random = SplitMix64(seed: seed)
    var (probabilities, labels, weights) = ([Double](), [Int32](), [Double]())
    for _ in 0..<events {
      let label = Int(random.uniform() * Double(classes))
      // Larger for its own class, and the same cause moves all: the areas are correlated.
      let shift = random.uniform()
      let raw = (0..<classes).map { 0.4 * random.uniform() + 0.2 * shift + ($0 == label ? 0.2 : 0) }
      let sum = raw.reduce(0, +)
      probabilities += raw.map { $0 / sum }
      labels.append(Int32(label))
      weights.append(random.uniform() < 0.1 ? -0.3 : 0.5 + random.uniform())
    }
    return try MulticlassScores(
      probabilities: probabilities, labels: labels, weights: weights,
      classes: (0..<classes).map { "c\($0)" })
  }

  @Test func forTwoClassesItIsDeLongs() throws {
    let two = try scores(2, events: 400, seed: 1)
    let curve = try two.oneAgainstRest(1)
    let mean = try two.macroAreaWithError()
    #expect(abs(mean.value - curve.area) < 1e-12)
    #expect(abs(mean.error - curve.areaError) < 1e-12)
  }

  /// Poisson replicas of 2000 events; their spread is known to 1/√(2·400) = 3.5 %, so 12 % is over three deviations.
  @Test func forFourClassesItIsTheSpreadOfABootstrap() throws {
    let four = try scores(4, events: 2000, seed: 2)
    let mean = try four.macroAreaWithError()
    #expect(abs(mean.value - (try four.macroArea())) < 1e-12)
    var random = SplitMix64(seed: 3)
    var areas: [Double] = []
    for _ in 0..<400 {
      let weights = four.weights.map { $0 * Double(poissonOfOne(&random)) }
      areas.append(
        try MulticlassScores(
          probabilities: four.probabilities, labels: four.labels, weights: weights,
          classes: four.classes
        ).macroArea())
    }
    let middle = areas.reduce(0, +) / 400
    let spread = (areas.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / 399).squareRoot()
    #expect(abs(mean.error / spread - 1) < 0.12, "\(mean.error) and \(spread)")
  }

  @Test func theErrorOfAnRmsIsTheSpreadOfABootstrap() throws {
    var random = SplitMix64(seed: 4)
    let n = 2000
    let targets = (0..<n).map { _ in random.uniform() }
    let estimates = targets.map { $0 + (random.uniform() - 0.5) * (random.uniform() + 0.2) }
    let weights = (0..<n).map { _ in 0.2 + random.uniform() }
    func rms(_ weights: [Double]) throws -> RegressionScores {
      try RegressionScores(estimates: estimates, targets: targets, weights: weights)
    }
    let values = try (0..<400).map { _ in
      try rms(weights.map { $0 * Double(poissonOfOne(&random)) }).rootMeanSquaredError
    }
    let middle = values.reduce(0, +) / 400
    let spread = (values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) } / 399).squareRoot()
    let error = try rms(weights).rootMeanSquareUncertainty
    #expect(abs(error / spread - 1) < 0.12, "\(error) and \(spread)")
  }
}

/// How often an event enters a replica: Knuth's product of uniform numbers until it falls below 1/e.
private func poissonOfOne(_ random: inout SplitMix64) -> Int {
  var (k, product) = (0, random.uniform())
  while product > 0.36787944117144233 {
    k += 1
    product *= random.uniform()
  }
  return k
}
