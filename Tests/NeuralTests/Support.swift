import ApusNeural
import ApusEngine
import ApusEvents
import FoundationEssentials
import TestSupport
import Testing

/// The numbers of a golden array as a float64 tensor of its own shape.
func tensor(_ json: JSONValue) -> Tensor {
  var shape: [Int] = []
  var level = json
  while let items = level.items {
    shape.append(items.count)
    level = items.first ?? .null
  }
  return Tensor(json.flat, shape: shape)
}

/// The tensors that a value stores, found by reflection.
func storedTensors(_ value: Any) -> [Tensor] {
  if let tensor = value as? Tensor { return [tensor] }
  return Mirror(reflecting: value).children.flatMap { storedTensors($0.value) }
}

/// Checks a layer: the walks visit every stored tensor once, and values can be differentiated with respect to the input and
/// every parameter, as central differences in double precision say.
func checkLayer(
  _ layer: any Layer, input: [Int], training: Bool = false, tolerance: Double = 1e-6,
  location: SourceLocation = #_sourceLocation
) throws {
  let model = layer.cast(to: .float64)
  let stored = storedTensors(model).count
  #expect(
    model.parameters.count + model.buffers.count == stored,
    "the walks of \(layer.kind) must visit all \(stored) tensors", sourceLocation: location)
  let paths = (model.parameters + model.buffers).map(\.path)
  #expect(Set(paths).count == paths.count, sourceLocation: location)
  let key = RandomKey(seed: 3)
  let x = try Tensor.normal(input, key: key.fold("x"), dtype: .float64).detached()
  let parameters = try model.parameters.map { parameter in
    let noise = Tensor.normal(
      parameter.tensor.shape, key: key.fold(parameter.path), dtype: .float64)
    return try (parameter.tensor + noise * 0.1).detached()
  }
  try checkGradient(
    of: layer.kind, at: [x] + parameters, tolerance: tolerance, location: location
  ) { inputs in
    var net = model
    net.setParameters(Array(inputs.dropFirst()))
    return net(inputs[0], Context(training: training, key: key))
  }
}

/// The rows of an exercise: points in two dimensions with a label.
func exercise(_ name: String) throws -> TrainingData {
  let path = try TestData.path("exercises/" + name)
  let text = String(decoding: try Data(contentsOf: URL(fileURLWithPath: path)), as: UTF8.self)
  let rows = text.split(whereSeparator: \.isNewline).dropFirst().map { line in
    line.split(separator: ",").compactMap { Float($0) }
  }
  return TrainingData(
    inputs: [Tensor(rows.flatMap { $0.prefix(2) }, shape: [rows.count, 2])],
    targets: [Tensor(rows.map { $0[2] })])
}

/// The share of events whose logit has the sign of its label.
func accuracy(_ model: some Layer, _ data: TrainingData) throws -> Double {
  let logits = try model(data.inputs[0]).doubles()
  let labels = try data.targets[0].doubles()
  return Double(zip(logits, labels).count { ($0 > 0) == ($1 > 0.5) }) / Double(labels.count)
}

/// Two classes in the plane that no line parts: a disk inside a ring.
func rings(_ count: Int, seed: UInt64 = 5) throws -> TrainingData {
  let key = RandomKey(seed: seed)
  let noise = try Tensor.normal([count, 2], key: key.fold("noise")).scalars(as: Float.self)
  var (points, labels) = ([Float](), [Float]())
  for i in 0..<count {
    let label = Float(i % 2)
    let angle = Float(i) * 2.399963
    let radius: Float = label == 1 ? 0.5 : 1.5
    points += [
      radius * Float(cosine(angle)) + 0.1 * noise[2 * i],
      radius * Float(sine(angle)) + 0.1 * noise[2 * i + 1],
    ]
    labels.append(label)
  }
  return TrainingData(inputs: [Tensor(points, shape: [count, 2])], targets: [Tensor(labels)])
}

private func cosine(_ x: Float) -> Double {
  (try? Tensor(Double(x), dtype: .float64).cos().scalar()) ?? 0
}
private func sine(_ x: Float) -> Double {
  (try? Tensor(Double(x), dtype: .float64).sin().scalar()) ?? 0
}

/// All bits of a model.
func bits(_ model: some Module) throws -> [[UInt64]] {
  try (model.parameters + model.buffers).map { try $0.tensor.doubles().map(\.bitPattern) }
}
