import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import Foundation
import TestSupport
import Testing

/// Random events of `width` inputs whose label follows a curved border; some values missing.
func treeSample(
  _ events: Int, width: Int = 4, seed: UInt64 = 3, task: Task = .binary, gaps: Double = 0
) -> Sample {
  var generator = SplitMix64(seed: seed)
  var (inputs, labels, targets, weights) = ([Float](), [Int32](), [Double](), [Double]())
  for _ in 0..<events {
    let row = (0..<width).map { _ in generator.normal() }
    let z = row[0] * row[1 % width] + row[2 % width] + 0.5 * generator.normal()
    inputs += row.map { generator.uniform() < gaps ? .nan : Float($0) }
    labels.append(z > 0 ? 1 : 0)
    targets.append(z)
    weights.append(0.2 + generator.uniform())
  }
  return Sample(
    inputs: inputs, features: (0..<width).map { "x\($0)" },
    labels: task == .regression ? [] : labels, targets: task == .regression ? targets : [],
    weights: weights, classes: task == .regression ? [] : ["b", "s"], task: task)
}

@Suite struct BoostedTreesPropertyTests {
  static let small: Given = [("trees", .integer(20)), ("min_events", .integer(1))]

  @Test(arguments: [1, 2, 3, 8]) func anyNumberOfThreadsGrowsTheSameTrees(threads: Int) throws {
    let sample = treeSample(20_000, gaps: 0.1)
    let options: Given = [
      ("trees", .integer(5)), ("subsample", .real(0.7)), ("columns_per_tree", .real(0.8)),
      ("columns_per_leaf", .real(0.5)),
    ]
    let one = try fitted(options, sample, threads: 1)
    #expect(try fitted(options, sample, threads: threads).ensemble == one.ensemble)
    let other = try made(BoostedTrees.self, options).fit(
      sample, validation: nil, context: FitContext(seed: 8, threads: threads))
    #expect((other as? TreesResponse)?.ensemble != one.ensemble, "another seed draws other events")
  }

  /// A weight of two is the event twice also where bins are quantiles.
  @Test(arguments: Task.allOfThem) func aWeightOfTwoIsTheEventTwice(task: Task) throws {
    var sample = treeSample(3000, task: task == .multiclass ? .binary : task, gaps: 0.1)
    sample.task = task
    sample.weights = sample.weights.indices.map { $0 % 3 == 0 ? 2 : 1 }
    let twice = (0..<3000).flatMap { $0 % 3 == 0 ? [$0, $0] : [$0] }
    var doubled = sample.selecting(twice)
    doubled.weights = doubled.weights.map { _ in 1 }
    let options = Self.small + [("bins", .integer(16)), ("min_weight", .real(2))]
    let (a, b) = (try fitted(options, sample), try fitted(options, doubled))
    expectClose(try scores(a, sample), try scores(b, sample), absolute: 1e-6, relative: 1e-6)
  }

  @Test func negativeWeightsCancelEvents() throws {
    // Each event of the first thousand comes with its opposite: nothing of them may be left.
    let sample = treeSample(3000)
    var both = sample.selecting(Array(0..<3000) + Array(0..<1000))
    for i in 3000..<4000 { both.weights[i] = -both.weights[i] }
    let rest = sample.selecting(Array(1000..<3000))
    let edges: Given = [
      ("bins", .integer(255)), ("trees", .integer(10)), ("min_events", .integer(1)),
    ]
    var coarse = both
    coarse.inputs = both.inputs.map { ($0 * 4).rounded() / 4 }
    var coarseRest = rest
    coarseRest.inputs = rest.inputs.map { ($0 * 4).rounded() / 4 }
    // A leaf of cancelled events alone has no positive curvature, so no cut makes one in either sample.
    let (a, b) = (try fitted(edges, coarse), try fitted(edges, coarseRest))
    expectClose(
      try scores(a, coarseRest), try scores(b, coarseRest), absolute: 1e-5, relative: 1e-5)
  }

  @Test func manyNegativeWeightsLeaveFiniteScores() throws {
    var sample = treeSample(2000)
    for i in stride(from: 0, to: 2000, by: 3) { sample.weights[i] *= -1 }
    for options in [Self.small, [("trees", .integer(100))]] as [Given] {
      #expect(try scores(try fitted(options, sample), sample).allSatisfy { $0.isFinite })
    }
    sample.weights = sample.weights.map { -abs($0) }
    #expect(throws: FitError.self) { try fitted(Self.small, sample) }
  }

  @Test(arguments: 0..<6) func monotoneInputsStayMonotone(seed: Int) throws {
    var generator = SplitMix64(seed: UInt64(seed))
    let task: Task = seed % 2 == 0 ? .regression : .binary
    let sample = treeSample(
      1500, seed: UInt64(seed + 40), task: task, gaps: seed % 3 == 0 ? 0.1 : 0)
    let model = try fitted(
      [
        ("trees", .integer(40)), ("min_events", .integer(3)), ("leaves", .integer(16)),
        (
          "monotone_constraints",
          .list([ConfigurationValue(.text("+x2")), ConfigurationValue(.text("-x0"))])
        ),
      ], sample)
    for _ in 0..<200 {
      var row = (0..<4).map { _ in Float(generator.normal()) }
      var last = (rising: -Double.infinity, falling: Double.infinity)
      for step in -20...20 {
        row[2] = Float(step) / 8
        let rising = try model.rawScores(for: row, count: 1, threads: 1)[0]
        #expect(rising >= last.rising - 1e-12)
        last.rising = rising
      }
      for step in -20...20 {
        row[0] = Float(step) / 8
        let falling = try model.rawScores(for: row, count: 1, threads: 1)[0]
        #expect(falling <= last.falling + 1e-12)
        last.falling = falling
      }
    }
  }

  @Test func categoriesNeedNoOrder() throws {
    // The target depends on the parity of a name: numbers need many cuts, categories one.
    var generator = SplitMix64(seed: 5)
    let names = (0..<2000).map { _ in Float(generator.below(12)) }
    let sample = Sample(
      inputs: names, features: ["name"], targets: names.map { Double(Int($0) % 2) },
      weights: names.map { _ in 1 }, task: .regression)
    let options: Given = [
      ("trees", .integer(1)), ("leaves", .integer(2)), ("learning_rate", .real(1)),
      ("min_events", .integer(1)),
    ]
    let model = try fitted(options + [("categorical", .text("name"))], sample)
    expectClose(try scores(model, sample), sample.targets, absolute: 1e-7)
    let plain = try scores(try fitted(options, sample), sample)
    #expect(zip(plain, sample.targets).contains { abs($0 - $1) > 0.3 })
    // A name that was never seen goes with the larger side, a missing one too.
    let unseen = try model.scores(for: [99, .nan], count: 2, threads: 1)
    #expect(unseen[0] == unseen[1] && unseen[0].isFinite)
    let back = try BoostedTrees.restore(try model.record())
    #expect(try scores(back, sample) == scores(model, sample))
  }

  @Test func missingValuesCarryWhatTheySay() throws {
    // Whether the value is there is all that tells the classes apart.
    var sample = treeSample(500, width: 2)
    for i in 0..<500 { sample.inputs[2 * i + 1] = sample.labels[i] == 1 ? .nan : 0.5 }
    let model = try fitted(Self.small, sample)
    let found = try scores(model, sample)
    #expect(zip(found, sample.labels).allSatisfy { ($0 > 0.5) == ($1 == 1) })
    // The same by another road: one event at a time and many.
    for i in 0..<20 {
      let row = Array(sample.inputs[2 * i..<2 * i + 2])
      #expect(try model.scores(for: row, count: 1, threads: 1)[0] == found[i])
    }
  }

  @Test func earlyStoppingKeepsTheBestTrees() throws {
    let (training, validation) = (treeSample(600), treeSample(600, seed: 91))
    let options: Given = [("trees", .integer(300)), ("early_stopping", .integer(10))]
    let model = try fitted(options, training, validation: validation)
    let losses = model.history.map { $0.values[1].value }
    let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    #expect(model.ensemble.count == best + 1 && model.history.count == best + 11)
    let loss = try logLoss(
      scores: try scores(model, validation), labels: validation.labels, weights: validation.weights)
    expectClose(loss, losses[best], absolute: 1e-9)
    let all = try fitted(
      [("trees", .integer(60)), ("early_stopping", .flag(false))], training, validation: validation)
    #expect(all.ensemble.count == 60)
  }

  /// A formula of a built-in loss grows the same trees.
  @Test func aLossCanBeAFormula() throws {
    func written(_ text: String) -> Given {
      let formula = ConfigurationValue.Content.mapping([
        .init("formula", ConfigurationValue(.text(text)))
      ])
      return [("loss", formula), ("trees", .integer(10)), ("max_step", .real(10))]
    }
    let plain: Given = [("trees", .integer(10)), ("max_step", .real(10))]
    let (events, numbers) = (treeSample(1000), treeSample(1000, task: .regression))
    let logistic = try fitted(written("log1p(exp(-(2 * target - 1) * score))"), events)
    let own = try fitted(plain, events)
    expectClose(
      try scores(logistic, events), try scores(own, events), absolute: 1e-6, relative: 1e-6)
    expectClose(
      logistic.history[9].values[0].value, own.history[9].values[0].value, absolute: 1e-6)
    expectClose(
      try scores(try fitted(written("0.5 * (score - target)^2"), numbers), numbers),
      try scores(try fitted(plain, numbers), numbers), absolute: 1e-6, relative: 1e-6)
    for text in ["target^2", "(score - z)^2", "(score -"] {
      #expect(throws: OptionProblems.self, "\(text)") { try fitted(written(text), events) }
    }
  }

  @Test(arguments: [0.1, 0.5, 0.9]) func quantilesHoldTheirShare(level: Double) throws {
    let sample = treeSample(4000, task: .regression)
    let loss = ConfigurationValue.Content.mapping([
      .init("name", ConfigurationValue(.text("quantile"))),
      .init("level", ConfigurationValue(.real(level))),
    ])
    let model = try fitted([("loss", loss), ("trees", .integer(60))], sample)
    let below = zip(try scores(model, sample), sample.targets).enumerated()
      .reduce(0.0) { $0 + ($1.element.1 <= $1.element.0 ? sample.weights[$1.offset] : 0) }
    #expect(abs(below / sample.weights.reduce(0, +) - level) < 0.03)
  }

  @Test(arguments: ["absolute", "huber"]) func outliersDoNotPullRobustLosses(name: String) throws {
    let clean = treeSample(3000, task: .regression)
    var wild = clean
    for i in stride(from: 0, to: 3000, by: 50) { wild.targets[i] = 500 }
    func error(_ loss: String) throws -> Double {
      let found = try scores(
        try fitted([("loss", .text(loss)), ("trees", .integer(60))], wild), clean)
      return zip(found, clean.targets).reduce(0) { $0 + abs($1.0 - $1.1) } / 3000
    }
    #expect(try error(name) < 0.3 * error("squared"))
  }
}

extension Task {
  static let allOfThem: [Task] = [.binary, .multiclass, .regression]
}
