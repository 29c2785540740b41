import ApusNeural
import ApusEngine
import ApusEvents
import FoundationEssentials
import Synchronization
import Testing

@Suite struct CheckpointTests {
  private let path = FileManager.default.temporaryDirectory.path + "/apus-\(UUID().uuidString).ckpt"

  private func settings() -> TrainingSettings {
    var settings = TrainingSettings()
    settings.epochs = 9
    settings.batch = 16
    settings.checkpoint = path
    settings.checkpointSeconds = 0
    settings.schedule = .plateau(factor: 0.5, patience: 0, threshold: 0.2, floor: 0)
    settings.earlyStopping = EarlyStopping(patience: 20, delta: 0)
    return settings
  }

  private func fit(_ settings: TrainingSettings, seed: UInt64 = 1) throws -> Trained<Sequential> {
    let model = Sequential(key: RandomKey(seed: seed)) {
      Dense(2, 8, activation: .relu)
      BatchNorm(8)
      Dropout(0.2)
      Dense(8, 1)
    }
    return try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(
      model, on: try rings(100), validation: try rings(50, seed: 9))
  }

  @Test func aStoppedRunEndsWithTheBitsOfOneThatWasNot() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var whole = settings()
    whole.checkpoint = nil
    let expected = try fit(whole)
    var stopped = settings()
    let done = Mutex(0)
    stopped.report = { row in done.withLock { $0 = row.step } }
    let epochs = [3, 6]
    for limit in epochs {
      var part = settings()
      part.resumes = true
      let seen = Mutex(0)
      part.report = { row in seen.withLock { $0 = row.step } }
      part.shouldStop = { seen.withLock { $0 } >= limit }
      let error = #expect(throws: FitError.self) { _ = try fit(part) }
      #expect(error?.message.contains("after step \(limit)") == true)
    }
    stopped.resumes = true
    let resumed = try fit(stopped)
    #expect(try bits(resumed.model) == bits(expected.model))
    #expect(resumed.bestEpoch == expected.bestEpoch)
    #expect(resumed.history.count == 9)
    for (a, b) in zip(resumed.history, expected.history) {
      #expect(a.values.map(\.value) == b.values.map(\.value))
    }
    #expect(
      try zip(resumed.memory, expected.memory).allSatisfy { try $0.doubles() == $1.doubles() })
    let again = try fit(stopped)
    #expect(try bits(again.model) == bits(expected.model), "a finished run is not trained again")
  }

  @Test(arguments: [LBFGS(memory: 3), Newton()] as [any Minimiser])
  func aStoppedDescentEndsWithTheBitsOfOneThatWasNot(rule: any Minimiser) throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    func fit(_ settings: TrainingSettings) throws -> Trained<Sequential> {
      let model = Sequential(key: RandomKey(seed: 1)) {
        Dense(2, 4, activation: .tanh)
        Dense(4, 1)
      }
      return try Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings).fit(
        model, with: rule, on: try rings(100), validation: try rings(50, seed: 9))
    }
    var whole = settings()
    whole.checkpoint = nil
    let expected = try fit(whole)
    #expect(expected.history.count == 9)
    var part = settings()
    part.resumes = true
    for limit in [2, 6] {
      let seen = Mutex(0)
      part.report = { row in seen.withLock { $0 = row.step } }
      part.shouldStop = { seen.withLock { $0 } >= limit }
      let error = #expect(throws: FitError.self) { _ = try fit(part) }
      #expect(error?.message.contains("after step \(limit)") == true)
    }
    part.shouldStop = { false }
    let resumed = try fit(part)
    #expect(try bits(resumed.model) == bits(expected.model))
    #expect(resumed.history.map(\.values[0].value) == expected.history.map(\.values[0].value))
  }

  @Test func aCheckpointOfAnotherRunIsRefused() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    _ = try fit(settings())
    var other = settings()
    other.resumes = true
    other.learningRate = 0.5
    let error = #expect(throws: CheckpointError.self) { _ = try fit(other) }
    #expect(error?.message.contains("belongs to another training") == true)
  }

  @Test func anyBytesGiveACheckpointOrAnError() throws {
    defer { try? FileManager.default.removeItem(atPath: path) }
    var good = Checkpoint()
    good.state = [Tensor([1, 2, 3] as [Float]), Tensor(0.5, dtype: .float64)]
    good.bestLoss = 0.25
    try good.write(to: path)
    let read = try Checkpoint.read(path)
    #expect(read.bestLoss == 0.25 && read.stopping.best == .infinity)
    #expect(try read.state.map { try $0.doubles() } == [[1, 2, 3], [0.5]])
    let bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
    for length in 0..<bytes.count {
      try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: path))
      #expect(throws: CheckpointError.self) { _ = try Checkpoint.read(path) }
    }
    var random = SplitMix(seed: 1)
    for _ in 0..<500 {
      var damaged = bytes
      damaged[random.below(bytes.count)] = UInt8(random.below(256))
      try Data(damaged).write(to: URL(fileURLWithPath: path))
      _ = try? Checkpoint.read(path)
    }
  }

  @Test func aFolderThatIsNotThereIsNamed() {
    let error = #expect(throws: CheckpointError.self) {
      try Checkpoint().write(to: "/nowhere/at/all.ckpt")
    }
    #expect(error?.message.contains("/nowhere/at/all.ckpt") == true)
  }
}
