import ApusEngine
import ApusEvents
import ApusMethods
import TestSupport
import Testing

/// A sample in blocks of unequal size.
private struct CutSample: SampleBlocks {
  let sample: Sample
  let counts: [Int]

  init(_ sample: Sample, size: Int) {
    self.sample = sample
    counts = stride(from: 0, to: sample.count, by: size).map { min(size, sample.count - $0) }
  }

  var features: [String] { sample.features }
  var classes: [String] { sample.classes }
  var task: Task { sample.task }
  var sums: [Double] { [] }
  var fingerprint: UInt64 { 0 }

  func block(_ index: Int) -> Sample {
    let start = counts[..<index].reduce(0, +)
    return sample.selecting(Array(start..<start + counts[index]))
  }
}

@Suite struct TreeBlockTests {
  @Test(arguments: Task.allOfThem, [700, 5000]) func blocksGrowTheTreesOfTheWholeSample(
    task: Task, size: Int
  ) throws {
    func events(_ count: Int, _ seed: UInt64) -> Sample {
      var sample = treeSample(
        count, seed: seed, task: task == .multiclass ? .binary : task, gaps: 0.1)
      sample.task = task
      for i in stride(from: 0, to: count, by: 5) { sample.weights[i] = i % 10 == 0 ? 0 : -0.1 }
      for i in 0..<count { sample.inputs[4 * i + 3] = (sample.inputs[4 * i + 3] * 2).rounded() }
      return sample
    }
    let (training, validation) = (events(3000, 3), events(1000, 4))
    let options: Given = [
      ("trees", .integer(30)), ("min_events", .integer(5)), ("categorical", .text("x3")),
      ("early_stopping", .integer(5)), ("subsample", .real(0.8)),
    ]
    let whole = try fitted(options, training, validation: validation)
    let method = try made(BoostedTrees.self, options)
    #expect(method.learnsAlikeFromBlocks && !method.needsAllEvents)
    let cut = try #require(
      try method.fit(
        CutSample(training, size: size), validation: CutSample(validation, size: size),
        context: FitContext(seed: 7, threads: 2)) as? TreesResponse)
    #expect(cut.ensemble == whole.ensemble)
    #expect(
      cut.history.map { $0.values.map(\.value) } == whole.history.map { $0.values.map(\.value) })
    // What early stopping watched is the loss of the saved model.
    if task == .binary {
      let loss = try logLoss(
        scores: try scores(cut, validation), labels: validation.labels, weights: validation.weights)
      let best = cut.history.map { $0.values[1].value }.min() ?? .nan
      expectClose(loss, best, absolute: 1e-9)
    }
  }

  @Test func wrongBlocksAreTold() throws {
    var sample = treeSample(300)
    sample.inputs[4 * 250] = .infinity
    let method = try made(BoostedTrees.self)
    let context = FitContext(seed: 1, threads: 1)
    #expect {
      try method.fit(CutSample(sample, size: 100), validation: nil, context: context)
    } throws: {
      "\($0)".contains("input 'x0' of training event 250 is inf")
    }
    sample.inputs[4 * 250] = 0
    sample.labels = sample.labels.map { _ in 1 }
    #expect {
      try method.fit(CutSample(sample, size: 100), validation: nil, context: context)
    } throws: {
      "\($0)".contains("there are no training events of class 'b'")
    }
  }
}
