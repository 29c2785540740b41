import ApusEngine
import ApusEvents
import ApusNeural
import Foundation
import TestSupport
import Testing

/// C05, C12, F15, H08, V10, V11: the networks of the lectures on MNIST, and small samples of it.
@Suite struct MnistTests {
  @Test(.data("mnist"), .tags(.slow), .slow)
  func theLecturesNetworkReachesItsAccuracy() throws {
    let (training, test) = (try mnist("train"), try mnist("t10k"))
    let net = Sequential(key: RandomKey(seed: 1)) {
      Dense(784, 512, activation: .relu)
      Dropout(0.2)
      Dense(512, 512, activation: .relu)
      Dropout(0.2)
      Dense(512, 10)
    }
    #expect(net.parameterCount == 669_706)
    var settings = TrainingSettings()
    settings.optimizer = RMSProp()
    settings.batch = 128
    settings.epochs = 20
    settings.threads = 2
    settings.restoresBest = false
    settings.report = { row in print(row.step, row.values.map { "\($0.name) \($0.value)" }) }
    let result = try Trainer<Sequential>(.crossEntropyFromLogits, settings).fit(net, on: training)
    let found = result.model(test.inputs[0]).argMax()
    let right = try (found .== test.targets[0].cast(to: .int64)).cast(to: .float32).mean().scalar()
    print("MNIST MLP: \(right * 100) % of \(test.count) test images")
    #expect(right >= 0.983)
  }

  /// The share of test images that a model of ten logits gets right.
  private func accuracy(_ model: some Layer, _ test: TrainingData) throws -> Double {
    let found = model(test.inputs[0]).argMax()
    return try (found .== test.targets[0].cast(to: .int64)).cast(to: .float32).mean().scalar()
  }

  /// C05: softmax regression, a network without hidden layers, gets about 92 % of the test images.
  @Test(.data("mnist"), .tags(.slow), .slow)
  func softmaxRegressionGetsNinetyTwoPercent() throws {
    let (training, test) = (try mnist("train"), try mnist("t10k"))
    var settings = TrainingSettings()
    settings.batch = 128
    settings.epochs = 15
    settings.threads = 2
    settings.schedule = .cosine(floor: 0)
    let model = Dense(784, 10, initialiser: .constant(0))
    #expect(model.parameterCount == 7850)
    let trained = try Trainer<Dense>(.crossEntropyFromLogits, settings).fit(model, on: training)
    let right = try accuracy(trained.model, test)
    print("MNIST softmax regression: \(right * 100) % of \(test.count) test images")
    #expect(right > 0.92 && right < 0.932)
  }

  /// F15: a rate that falls in steps beats the constant one by at least 0.1 % of the test images.
  @Test(.data("mnist"), .tags(.slow), .slow)
  func aRateThatFallsInStepsBeatsAConstantOne() throws {
    let (training, test) = (try mnist("train"), try mnist("t10k"))
    func right(_ schedule: Schedule, seed: UInt64) throws -> Double {
      var settings = TrainingSettings()
      settings.optimizer = SGD(momentum: 0.9)
      settings.learningRate = 0.1
      settings.batch = 64
      settings.epochs = 9
      settings.threads = 2
      settings.schedule = schedule
      settings.seed = seed
      settings.restoresBest = false
      let net = Sequential(key: RandomKey(seed: seed)) {
        Dense(784, 128, activation: .relu)
        Dense(128, 10)
      }
      let trained = try Trainer<Sequential>(.crossEntropyFromLogits, settings).fit(
        net, on: training)
      return try accuracy(trained.model, test)
    }
    let constant = try [1, 2, 3].map { try right(.constant, seed: $0) }
    let steps = try [1, 2, 3].map { try right(.step(every: 3, factor: 0.2), seed: $0) }
    print("MNIST, three seeds: constant rate \(constant), in steps \(steps)")
    let gain = (steps.reduce(0, +) - constant.reduce(0, +)) / 3
    #expect(gain >= 0.001)
  }

  /// H08: a thousand images, each also moved by one pixel to all sides, teach more than they alone.
  @Test(.data("mnist"), .tags(.slow), .slow)
  func movedImagesLowerTheErrorOfASmallSample() throws {
    let (training, test) = (try mnist("train"), try mnist("t10k"))
    let few = training.inputs[0].sliced(axis: 0, 0..<1000).reshaped([1000, 28, 28])
    let labels = training.targets[0].sliced(axis: 0, 0..<1000)
    func moved(_ axis: Int, _ by: Int) -> Tensor {
      let kept = by > 0 ? few.sliced(axis: axis, 0..<27) : few.sliced(axis: axis, 1..<28)
      return kept.padded(axis: axis, before: by > 0 ? 1 : 0, after: by > 0 ? 0 : 1)
    }
    let five = Tensor.concatenate([few, moved(1, 1), moved(1, -1), moved(2, 1), moved(2, -1)])
    func error(_ images: Tensor, copies: Int, epochs: Int) throws -> Double {
      let data = TrainingData(
        inputs: [try images.reshaped([-1, 784]).detached()],
        targets: [
          try Tensor.concatenate([Tensor](repeating: labels, count: copies)).detached()
        ])
      let net = Sequential(key: RandomKey(seed: 2)) {
        Dense(784, 256, activation: .relu)
        Dense(256, 10)
      }
      var settings = TrainingSettings()
      settings.batch = 50
      settings.epochs = epochs
      settings.restoresBest = false
      let model = try Trainer<Sequential>(.crossEntropyFromLogits, settings).fit(net, on: data)
        .model
      let found = model(test.inputs[0]).argMax()
      let right = (found .== test.targets[0].cast(to: .int64)).cast(to: .float32)
      return 1 - (try right.mean().scalar())
    }
    // The same number of steps for both.
    let alone = try error(few, copies: 1, epochs: 100)
    let augmented = try error(five, copies: 5, epochs: 20)
    print("MNIST, 1000 images: error \(alone), with moved copies \(augmented)")
    #expect(augmented <= 0.8 * alone)
  }

  /// V10, V11: the mean of five networks errs less than one of them, by at least 0.1 % of the images.
  @Test(.data("mnist"), .tags(.slow), .slow)
  func fiveNetworksErrLessThanOne() throws {
    let (training, test) = (try mnist("train"), try mnist("t10k"))
    let truth = test.targets[0].cast(to: .int64)
    func error(_ scores: Tensor) throws -> Double {
      1 - (try (scores.argMax() .== truth).cast(to: .float32).mean().scalar())
    }
    var settings = TrainingSettings()
    settings.batch = 128
    settings.epochs = 4
    settings.restoresBest = false
    var sum: Tensor?
    var errors: [Double] = []
    for seed in 1...5 {
      let net = Sequential(key: RandomKey(seed: UInt64(seed))) {
        Dense(784, 128, activation: .relu)
        Dense(128, 10)
      }
      settings.seed = UInt64(seed)
      let model = try Trainer<Sequential>(.crossEntropyFromLogits, settings).fit(net, on: training)
        .model
      let scores = try model(test.inputs[0]).softmax().detached()
      errors.append(try error(scores))
      sum = try sum.map { try ($0 + scores).detached() } ?? scores
    }
    let single = errors.reduce(0, +) / 5
    let committee = try error(try #require(sum))
    print("MNIST: one network errs in \(errors), five together in \(committee)")
    #expect(committee <= single - 0.001)
  }

  private func mnist(_ part: String) throws -> TrainingData {
    let images = try TestData.path("mnist/\(part)-images-idx3-ubyte.gz")
    let labels = try TestData.path("mnist/\(part)-labels-idx1-ubyte.gz")
    let pixels = try gunzipped(images), classes = try gunzipped(labels)
    let count = classes.count - 8
    #expect(pixels.count == 16 + count * 784)
    let rows = pixels.dropFirst(16).map { Float($0) / 255 }
    return TrainingData(
      inputs: [Tensor(rows, shape: [count, 784])],
      targets: [Tensor(classes.dropFirst(8).map { Int32($0) })])
  }
}

/// The bytes of a gzip file, by the system's own program.
private func gunzipped(_ path: String) throws -> [UInt8] {
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = ["gzip", "-dc", path]
  let pipe = Pipe()
  process.standardOutput = pipe
  try process.run()
  let data = pipe.fileHandleForReading.readDataToEndOfFile()
  process.waitUntilExit()
  return [UInt8](data)
}
