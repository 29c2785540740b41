import ApusEngine
import ApusEvents
import ApusNeural
import FoundationEssentials
import Synchronization
import Testing

/// Blocks in memory, which count how often each was read.
private final class Blocks: TrainingBlocks {
  let width: Int, hasClassTargets: Bool
  let blocks: [TrainingBlock]
  let fingerprint: UInt64
  let reads = Mutex<[Int]>([])

  /// The events of some data, cut behind these places.
  init(_ data: TrainingData, cuts: [Int]) throws {
    let table = try data.inputs[0].scalars(as: Float.self)
    let columns = data.inputs[0].shape[1]
    hasClassTargets = data.targets[0].dtype == .int32
    let targets = try data.targets[0].doubles().map { Float($0) }
    let mean = data.weights.reduce(0, +) / Double(data.count)
    let ends = cuts + [data.count]
    blocks = zip([0] + cuts, ends).map { start, end in
      TrainingBlock(
        inputs: Array(table[start * columns..<end * columns]), targets: Array(targets[start..<end]),
        weights: data.weights[start..<end].map { Float($0 / mean) })
    }
    width = columns
    fingerprint = UInt64(data.count)
  }

  var counts: [Int] { blocks.map(\.count) }

  func block(_ index: Int) throws -> TrainingBlock {
    reads.withLock { $0.append(index) }
    return blocks[index]
  }
}

@Suite struct StreamingTests {
  private func data(_ count: Int, seed: UInt64 = 1) throws -> TrainingData {
    var data = try rings(count, seed: seed)
    data.weights = (0..<count).map { 0.5 + Double($0 % 7) / 4 }
    return data
  }

  private func settings(_ epochs: Int = 6) -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = epochs
    settings.batch = 16
    return settings
  }

  private func model() -> Sequential {
    Sequential(key: RandomKey(seed: 1)) {
      Dense(2, 8, activation: .relu)
      BatchNorm(8)
      Dropout(0.2)
      Dense(8, 1)
    }
  }

  private func stream(_ settings: TrainingSettings, _ blocks: Blocks, _ watched: Blocks) throws
    -> Trained<Sequential>
  {
    try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(
      model(), streaming: blocks, validation: watched)
  }

  @Test(arguments: [96, 100]) func oneBlockGivesTheBitsOfEventsInMemory(count: Int) throws {
    let (training, watched) = (try data(count), try data(50, seed: 9))
    let resident = try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings()).fit(
      model(), on: training, validation: watched)
    let streamed = try stream(
      settings(), try Blocks(training, cuts: []), try Blocks(watched, cuts: []))
    #expect(try bits(streamed.model) == bits(resident.model))
    for (a, b) in zip(streamed.history, resident.history) {
      #expect(a.values[0].value == b.values[0].value)
      // The weights that are watched are float32 here and float64 there.
      #expect(abs(a.values[1].value - b.values[1].value) < 1e-6)
    }
  }

  @Test func everyEpochLearnsFromEveryEventOnceWhateverTheBlocks() throws {
    // A model with one number that adds up what it sees: each event moves it by its own amount.
    let count = 103
    let rows = (0..<count).map { Float($0) }
    var data = TrainingData(
      inputs: [Tensor(rows, shape: [count, 1])], targets: [Tensor(rows)])
    data.weights = [Double](repeating: 1, count: count)
    let blocks = try Blocks(data, cuts: [5, 9, 50, 93])
    let seen = Mutex<[Double]>([])
    var settings = settings(3)
    settings.optimizer = SGD()
    settings.learningRate = 0
    settings.report = { row in seen.withLock { $0.append(row.values[0].value) } }
    let trainer = Trainer<Sequential>(settings) { outputs, targets in
      targets[0] + outputs[0].reshaped(targets[0].shape) * 0
    }
    _ = try trainer.fit(
      Sequential(key: RandomKey(seed: 1)) { Dense(1, 1) }, streaming: blocks)
    // The loss is the mean of the numbers of all events: one missing or doubled would show.
    for loss in seen.withLock({ $0 }) { #expect(abs(loss - 51) < 1e-4) }
    let reads = blocks.reads.withLock { $0 }
    #expect(reads.count == 15)
    for epoch in 0..<3 { #expect(Set(reads[epoch * 5..<epoch * 5 + 5]) == Set(0..<5)) }
    #expect(Array(reads[0..<5]) != Array(reads[5..<10]), "each epoch has an order of its own")
  }

  @Test func aStoppedRunOnBlocksEndsWithTheBitsOfOneThatWasNot() throws {
    let path = FileManager.default.temporaryDirectory.path + "/apus-\(UUID().uuidString).ckpt"
    defer { try? FileManager.default.removeItem(atPath: path) }
    let blocks = try Blocks(try data(300), cuts: [90, 170, 260])
    let watched = try Blocks(try data(70, seed: 9), cuts: [30])
    let expected = try stream(settings(9), blocks, watched)
    var kept = settings(9)
    kept.checkpoint = path
    kept.checkpointSeconds = 0
    kept.resumes = true
    var part = kept
    let done = Mutex(0)
    part.report = { row in done.withLock { $0 = row.step } }
    part.shouldStop = { done.withLock { $0 } >= 4 }
    #expect(throws: FitError.self) { _ = try stream(part, blocks, watched) }
    let resumed = try stream(kept, blocks, watched)
    #expect(try bits(resumed.model) == bits(expected.model))
    #expect(resumed.history.count == 9)
    // The same events in other blocks are another run.
    let other = try Blocks(try data(300), cuts: [100, 170, 260])
    let error = #expect(throws: CheckpointError.self) { _ = try stream(kept, other, watched) }
    #expect(error?.message.contains("belongs to another training") == true)
  }

  @Test func aLossThatIsNotFiniteNamesTheLayerAlsoOnBlocks() throws {
    var settings = settings()
    settings.learningRate = 1e30
    settings.optimizer = SGD()
    let blocks = try Blocks(try data(300), cuts: [90, 170, 260])
    let error = #expect(throws: FitError.self) {
      _ = try Trainer<Sequential>(.squared, settings).fit(model(), streaming: blocks)
    }
    #expect(error?.message.contains("the loss is not finite in epoch") == true)
    #expect(error?.message.contains("batch") == true)
  }

  @Test func anEmptyBlockIsRefused() throws {
    let blocks = try Blocks(try data(10), cuts: [4, 4])
    let error = #expect(throws: FitError.self) { _ = try stream(settings(), blocks, blocks) }
    #expect(error?.message.contains("every block of the training sample must hold events") == true)
  }
}
