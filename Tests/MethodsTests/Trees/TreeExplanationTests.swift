import ApusEngine
import ApusEvents
import ApusKernels
import ApusMethods
import Foundation
import TestSupport
import Testing

@Suite struct TreeExplanationTests {
  /// The mean score of an event of which only some inputs are known, straight from its definition.
  static func conditional(_ e: TreeEnsemble, _ row: [Float], known: Set<Int>, output: Int) -> Double
  {
    func value(_ place: Int) -> Double {
      let node = e.nodes[place]
      if node.isLeaf { return e.values[place] }
      let sides = [node.child, node.child + 1]
      if known.contains(node.column) {
        let x = row[node.column]
        let isRight = x.isNaN ? node.missingRight : x > node.threshold
        return value(sides[isRight ? 1 : 0])
      }
      let covers = sides.map { e.nodes[$0].cover }
      return zip(sides, covers).reduce(0) { $0 + value($1.0) * $1.1 } / (covers[0] + covers[1])
    }
    return e.roots.enumerated().filter { $0.offset % e.outputs == output }
      .reduce(e.base[output]) { $0 + value($1.element) }
  }

  /// Shapley's formula over all subsets.
  static func shapley(_ e: TreeEnsemble, _ row: [Float], _ j: Int, output: Int) -> Double {
    let others = (0..<e.columns).filter { $0 != j }
    func factorial(_ n: Int) -> Double { n < 2 ? 1 : Double(n) * factorial(n - 1) }
    return (0..<(1 << others.count)).reduce(0) { sum, mask in
      let set = Set(others.enumerated().filter { mask >> $0.offset & 1 == 1 }.map(\.element))
      let weight =
        factorial(set.count) * factorial(e.columns - set.count - 1) / factorial(e.columns)
      let gain =
        conditional(e, row, known: set.union([j]), output: output)
        - conditional(e, row, known: set, output: output)
      return sum + weight * gain
    }
  }

  @Test(arguments: Task.allOfThem) func shapleyValuesAreThoseOfAllSubsets(task: Task) throws {
    var sample = treeSample(800, width: 5, task: task == .multiclass ? .binary : task, gaps: 0.1)
    if task == .multiclass {
      sample.task = .multiclass
      sample.classes = ["a", "b", "c"]
      sample.labels = sample.labels.indices.map { $0 % 5 == 0 ? 2 : sample.labels[$0] }
    }
    let model = try fitted([("trees", .integer(4)), ("min_events", .integer(5))], sample)
    let e = model.ensemble
    for i in 0..<6 {
      let row = Array(sample.inputs[5 * i..<5 * i + 5])
      let found = e.shapleyValues(row)
      let raw = try model.rawScores(for: row, count: 1, threads: 1)
      for output in 0..<e.outputs {
        let own = Array(found[output * 6..<output * 6 + 6])
        for j in 0..<5 {
          expectClose(own[j], Self.shapley(e, row, j, output: output), absolute: 1e-10)
        }
        expectClose(own.reduce(0, +), raw[output], absolute: 1e-10, "they add up to the score")
      }
    }
  }

  /// The trees of an XGBoost model, explained: its own exact Shapley values.
  @Test func shapleyValuesAreTheContributionsOfXGBoost() throws {
    let golden = try TreeGolden()
    let sample = golden.sample(.regression)
    var ensemble = TreeEnsemble(columns: 4, base: [0])
    for tree in golden.golden.at("xgboost_trees").items ?? [] {
      var grown = GrownTree()
      for item in tree.items ?? [] {
        let numbers = item.flat
        var node = TreeEnsemble.Node()
        (node.column, node.child, node.cover) = (Int(numbers[0]), Int(numbers[2]), numbers[3])
        node.threshold = node.isLeaf ? .infinity : Float(numbers[1])
        grown.nodes.append(node)
        grown.values.append(numbers[4])
      }
      ensemble.append(grown)
    }
    #expect(ensemble.count == 8 && ensemble.nodes.count > 100)
    let found = (0..<40).flatMap {
      ensemble.shapleyValues(Array(sample.inputs[4 * $0..<4 * $0 + 4]))
    }
    expectClose(
      found, golden.golden.at("xgboost_contributions").flat, absolute: 5e-6, relative: 5e-6)
  }

  @Test func deepTreesAddUpToo() throws {
    let sample = treeSample(3000, width: 3)
    let model = try fitted(
      [("trees", .integer(30)), ("leaves", .integer(120)), ("min_events", .integer(1))], sample)
    for i in 0..<20 {
      let row = Array(sample.inputs[3 * i..<3 * i + 3])
      let raw = try model.rawScores(for: row, count: 1, threads: 1)[0]
      expectClose(
        model.ensemble.shapleyValues(row).reduce(0, +), raw, absolute: 1e-8, relative: 1e-8)
    }
  }

  @Test func importancesFindWhatMatters() throws {
    // x3 and beyond are noise.
    let (training, test) = (treeSample(4000, width: 6), treeSample(2000, width: 6, seed: 8))
    let model = try fitted([("trees", .integer(50))], training)
    for shares in [model.importances, model.ensemble.coverShares] {
      expectClose(shares.reduce(0, +), 1, absolute: 1e-12)
    }
    #expect(model.importances[0..<3].reduce(0, +) > 0.9)
    let permuted = try permutationImportances(of: model, on: test, repeats: 3, seed: 4, threads: 2)
    #expect(permuted.map(\.value)[0..<3].min() ?? 0 > 0.05)
    #expect(permuted.map { abs($0.value) }[3...].max() ?? 1 < 0.01)
    let again = try permutationImportances(of: model, on: test, repeats: 3, seed: 4, threads: 1)
    #expect(again.map(\.value) == permuted.map(\.value))
  }

  /// A background whose score follows its mass: flatness takes that away, and keeps most of the separation.
  @Test func flatnessBoostingDoesNotSculptTheMass() throws {
    func events(_ seed: UInt64) -> Sample {
      var generator = SplitMix64(seed: seed)
      var sample = Sample(
        inputs: [], features: ["pt", "shape"], labels: [], weights: [], classes: ["b", "s"],
        task: .binary)
      var masses: [Double] = []
      for i in 0..<4000 {
        let isSignal = i % 2 == 1
        let mass = isSignal ? 125 + 5 * generator.normal() : 50 + 150 * generator.uniform()
        // pt grows with the mass; the shape does not.
        sample.inputs += [
          Float(mass / 100 + 0.1 * generator.normal()),
          Float(generator.normal() + (isSignal ? 1 : 0)),
        ]
        sample.labels.append(isSignal ? 1 : 0)
        sample.weights.append(1)
        masses.append(mass)
      }
      sample.spectators = [("mass", masses)]
      return sample
    }
    let (training, test) = (events(1), events(2))
    // How much the share of background that is kept differs between ten slices of mass.
    func sculpting(_ model: any Response) throws -> Double {
      let all = try scores(model, test)
      let background = (0..<test.count).filter { test.labels[$0] == 0 }
      let cut = background.map { all[$0] }.sorted()[background.count * 7 / 10]
      let shares = (0..<10).map { slice -> Double in
        let own = background.filter { Int((test.spectators[0].values[$0] - 50) / 15) == slice }
        return Double(own.count { all[$0] > cut }) / Double(own.count)
      }
      let mean = shares.reduce(0, +) / 10
      return (shares.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 10).squareRoot()
    }
    let base: Given = [("trees", .integer(80)), ("leaves", .integer(8))]
    let plain = try fitted(base, training)
    let strong = ConfigurationValue.Content.mapping([
      .init("in", ConfigurationValue(.text("mass"))),
      .init("strength", ConfigurationValue(.real(10))),
    ])
    let flat = try fitted(base + [("flat", strong)], training)
    #expect(try sculpting(plain) > 0.3)
    #expect(try sculpting(flat) < 0.13)
    #expect(try area(flat, test) > 0.84)
    // Ever stronger demands must not overshoot.
    for strength in [30.0, 100] {
      let options = ConfigurationValue.Content.mapping([
        .init("in", ConfigurationValue(.text("mass"))),
        .init("strength", ConfigurationValue(.real(strength))),
      ])
      let stronger = try fitted(base + [("flat", options)], training)
      #expect(try sculpting(stronger) < 0.13, "strength \(strength)")
      #expect(try area(stronger, test) > 0.7, "strength \(strength)")
    }
    #expect(throws: OptionProblems.self) {
      try fitted(base + [("flat_in", .text("maas"))], training)
    }
  }
}
