import ApusEngine
import ApusEvents
import TestSupport
import Testing

@Suite struct TransformTests {
  /// Four inputs: a momentum-like tail, a shifted normal correlated with it, whole numbers, a constant.
  static func sample(_ count: Int = 3000, seed: UInt64 = 2) -> Sample {
    var generator = SplitMix64(seed: seed)
    var (inputs, weights) = ([Float](), [Double]())
    for _ in 0..<count {
      let z = generator.normal()
      inputs += [
        Float(z * z * 30), Float(-3 + 2 * generator.normal() + z * z), Float(generator.below(4)), 5,
      ]
      weights.append(generator.uniform() < 0.2 ? -0.5 : 1.5 * generator.uniform())
    }
    return Sample(
      inputs: inputs, features: ["pt", "x", "n", "c"],
      labels: weights.indices.map { Int32($0 % 2) },
      weights: weights, classes: ["b", "s"], task: .binary)
  }

  static func moments(_ sample: Sample, _ j: Int) -> (mean: Double, deviation: Double) {
    let w = sample.weights.map { abs($0) }
    let total = w.reduce(0, +)
    let x = sample.column(j).map { Double($0) }
    let mean = zip(w, x).reduce(0) { $0 + $1.0 * $1.1 } / total
    let square = zip(w, x).reduce(0) { $0 + $1.0 * ($1.1 - mean) * ($1.1 - mean) } / total
    return (mean, square.squareRoot())
  }

  @Test(arguments: allTransforms.map { $0.name })
  func graphInverseAndRecordAgreeWithRows(name: String) throws {
    let sample = TransformTests.sample()
    let chain = try Preprocessing(fitting: sample, with: [name])
    let rows = chain.apply(sample.inputs)
    #expect(rows.allSatisfy { $0.isFinite })
    #expect(rows != sample.inputs)
    let graph = try chain(Tensor(sample.inputs, shape: [sample.count, 4])).scalars(as: Float.self)
    expectClose(
      graph.map { Double($0) }, rows.map { Double($0) }, absolute: 1e-4, relative: 1e-4, "graph")
    let text = chain.record.text()
    let back = try Preprocessing(try JSONValue(parsing: text), features: sample.features)
    #expect(back.apply(sample.inputs) == rows, "recorded and brought back")
    #expect(back.names == [name])
    let undone = chain.invert(rows)
    for j in 0..<4 {
      let (x, y) = (sample.column(j), stride(from: j, to: undone.count, by: 4).map { undone[$0] })
      // Clipping and the outermost quantiles can't be undone.
      let same = zip(x, y).count { abs($0 - $1) <= 2e-3 * (1 + abs($0)) }
      #expect(Double(same) > 0.98 * Double(sample.count), "column \(j)")
    }
  }

  @Test func standardizedColumnsHaveMeanZeroAndDeviationOne() throws {
    let sample = TransformTests.sample()
    let done = try Preprocessing(fitting: sample, with: ["standardize"]).apply(sample)
    for j in 0..<3 {
      let (mean, deviation) = TransformTests.moments(done, j)
      #expect(abs(mean) < 1e-5 && abs(deviation - 1) < 1e-5)
    }
    #expect(done.column(3).allSatisfy { $0 == 0 }, "a constant input becomes 0")
    #expect(done.features == sample.features && done.weights == sample.weights)
  }

  @Test func weightZeroIsAbsenceAndTwoIsTwice() throws {
    var sample = TransformTests.sample(200)
    sample.weights = sample.weights.map { _ in 1 }
    for name in allTransforms.map({ $0.name }) {
      var weighted = sample
      for i in 0..<50 { weighted.weights[i] = 2 }
      for i in 150..<200 { weighted.weights[i] = 0 }
      let twice = sample.selecting(Array(0..<150) + Array(0..<50))
      let a = try Preprocessing(fitting: weighted, with: [name]).apply(sample.inputs)
      let b = try Preprocessing(fitting: twice, with: [name]).apply(sample.inputs)
      expectClose(a.map { Double($0) }, b.map { Double($0) }, absolute: 1e-4, relative: 1e-4, name)
    }
  }

  @Test func rangesLogarithmsAndClipsByHand() throws {
    let sample = Sample(
      inputs: [0, -1, 1, 3, 3, 1], features: ["a", "b"], targets: [0, 0, 0], weights: [1, 1, 1],
      task: .regression)
    let scaled = try Preprocessing(fitting: sample, with: ["minmax"])
    expectClose(scaled.apply([0, -1, 6, 5]).map { Double($0) }, [0, 0, 2, 1.5], absolute: 1e-6)
    let logs = try Preprocessing(fitting: sample, with: ["log"])
    expectClose(
      logs.apply([1, -1, -5, 2]).map { Double($0) }, [0.6931472, -1, 0, 2], absolute: 1e-6)
    let clipped = try Preprocessing(fitting: sample, with: ["clip"])
    expectClose(clipped.apply([-9, -9, 9, 9]).map { Double($0) }, [0, -1, 3, 3], absolute: 1e-6)
  }

  @Test func axesAndDecorrelationLeaveNoCorrelation() throws {
    let sample = TransformTests.sample()
    for (names, unit) in [(["standardize", "pca"], false), (["decorrelate"], true)] {
      let done = try Preprocessing(fitting: sample, with: names).apply(sample)
      let w = sample.weights.map { abs($0) }
      var deviations: [Double] = []
      for a in 0..<4 {
        deviations.append(TransformTests.moments(done, a).deviation)
        for b in 0..<a {
          let product = (0..<done.count).reduce(0.0) {
            $0 + w[$1] * Double(done.inputs[$1 * 4 + a] * done.inputs[$1 * 4 + b])
          }
          #expect(abs(product / w.reduce(0, +)) < 1e-4)
        }
      }
      if unit {
        expectClose(deviations, [1, 1, 1, 0], absolute: 1e-4)
        #expect(done.features == sample.features)
      } else {
        #expect(deviations == deviations.sorted(by: >))
        #expect(done.features == ["axis1", "axis2", "axis3", "axis4"])
      }
    }
  }

  @Test func quantilesMakeANormalDistribution() throws {
    var sample = TransformTests.sample(20_000)
    sample.weights = sample.weights.map { _ in 1 }
    let done = try Preprocessing(fitting: sample, with: ["gaussianize"]).apply(sample)
    var h = Histogram(edges: [-1.959964, -1, 0, 1, 1.959964])
    h.fill(done.column(0).map { Double($0) }, weights: sample.weights)
    expectClose(
      ([h.underflow] + h.sums + [h.overflow]).map { $0 / 20_000 },
      [0.025, 0.1336553, 0.3413447, 0.3413447, 0.1336553, 0.025], absolute: 0.006)
    // Four equally likely whole numbers stand at the middles of their quarters: Φ⁻¹(1/8), Φ⁻¹(3/8), ...
    let places = Set(done.column(2)).sorted().map { Double($0) }
    expectClose(places, [-1.15035, -0.31864, 0.31864, 1.15035], absolute: 0.02)
  }

  @Test func wrongChainsAreExplained() throws {
    let given = ["standardise", "pcaa", "zzzzzzzzzzzz"].map {
      ConfigurationValue(.text($0), line: 4)
    }
    let (types, problems) = Preprocessing.types(given, path: "preprocess")
    #expect(types.count == 1)
    #expect(
      OptionProblems(problems).message == """
        line 4: preprocess[1]: there is no transform 'pcaa'. Did you mean 'pca'?
        line 4: preprocess[2]: there is no transform 'zzzzzzzzzzzz'. The transforms are 'standardize', \
        'minmax', 'log', 'clip', 'pca', 'decorrelate', 'gaussianize'.
        """)
    let record: JSONValue = [
      ["transform": "standardize", "fitted": ["means": [0.0], "deviations": [0.0]]]
    ]
    let error = #expect(throws: RecordError.self) { try Preprocessing(record, features: ["x"]) }
    #expect(error?.reason == "the numbers of 'standardize' do not fit 1 inputs.")
  }
}
