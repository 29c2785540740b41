// A first network: two classes that no straight line separates.
import Apus

/// Signal lies inside a ring of background; some background events have negative weights.
func ring(events: Int, seed: UInt64) throws -> TrainingData {
  let keys = RandomKey(seed: seed).split(3)
  let isSignal = Tensor.uniform([events, 1], key: keys[0]) .< 0.5
  let radius = isSignal.select(Tensor.zeros([events, 1]), 1.5)
  let angle = Tensor.uniform([events, 1], key: keys[1]) * (2 * Double.pi)
  let center = Tensor.concatenate([radius * angle.cos(), radius * angle.sin()], axis: 1)
  let x = center + Tensor.normal([events, 2], key: keys[2]) * 0.4
  let y = isSignal.cast(to: .float32)
  let weights = try y.doubles().enumerated().map { $0 % 20 == 0 && $1 == 0 ? -1.0 : 1.0 }
  return TrainingData(inputs: [try x.detached()], targets: [try y.detached()], weights: weights)
}

func train() throws {
  let model = Sequential(key: RandomKey(seed: 1)) {
    Dense(2, 16, activation: .tanh)
    Dense(16, 1)
  }
  print(try model.summary(input: [2]))

  var settings = TrainingSettings()
  settings.learningRate = 0.01
  settings.batch = 100
  settings.epochs = 20
  let trainer = Trainer<Sequential>(.binaryCrossEntropyFromLogits, settings)
  let trained = try trainer.fit(
    model, on: try ring(events: 2000, seed: 1), validation: try ring(events: 1000, seed: 2))

  let test = try ring(events: 1000, seed: 3)
  let isRight = (trained.model(test.inputs[0]) .> 0).cast(to: .float32) .== test.targets[0]
  let accuracy = try isRight.cast(to: .float64).mean().scalar()
  print(
    "epoch \(trained.bestEpoch) of \(settings.epochs) was best; accuracy on new events \(accuracy)")
  precondition(accuracy > 0.9)
}

func deepNetwork() throws {
  let model = Sequential(key: RandomKey(seed: 1)) {
    Dense(28, 300, activation: .tanh)
    Dropout(0.2)
    Dense(300, 1)
  }
  precondition(model.parameterCount == 28 * 300 + 300 + 300 + 1)
}

func severalInputsAndOutputs() throws {
  var net = Graph()
  let image = net.input(), features = net.input()
  let seen = net.add(Dense(784, 64, activation: .relu), to: image)
  let all = net.add(.concatenate(axis: -1), of: [seen, features])
  net.outputs = [net.add(Dense(70, 2), to: all), net.add(Dense(70, 1), to: all)]
  let outputs = net([.zeros([5, 784]), .zeros([5, 6])], .inference)
  precondition(outputs.map(\.shape) == [[5, 2], [5, 1]])
}

try train()
try deepNetwork()
try severalInputsAndOutputs()
