internal import ApusEngine
internal import ApusEvents

/// The shape of a feed-forward network: enough to build it again.
struct Architecture: Sendable, Equatable {
  var inputs: Int
  var outputs: Int
  var hidden: [Int]
  var activation = "relu"
  var dropout = 0.0
  var batchNorm = false, layerNorm = false, residual = false
  var initialiser = "auto"

  init(inputs: Int, outputs: Int, hidden: [Int]) {
    (self.inputs, self.outputs, self.hidden) = (inputs, outputs, hidden)
  }

  init(inputs: Int, outputs: Int, dropout: Double, options: OptionValues) {
    self.init(inputs: inputs, outputs: outputs, hidden: options.integers("layers") ?? [])
    activation = options.text("activation") ?? "relu"
    self.dropout = dropout
    batchNorm = options.flag("batch_norm")
    layerNorm = options.flag("layer_norm")
    residual = options.flag("residual")
    initialiser = options.text("initializer") ?? "auto"
  }

  /// Builds the network with starting values from a key.
  func build(_ key: RandomKey) -> Sequential {
    let function = Activation.named.first { $0.name == activation }?.value ?? .relu
    let chosen = Initialiser.named.first { $0.name == initialiser }?.value
    var (layers, width) = ([any Layer](), inputs)
    for size in hidden {
      let block = block(width, size, function, chosen)
      if residual, size == width, !layers.isEmpty {
        layers.append(Residual { block })
      } else {
        layers += block
      }
      width = size
    }
    layers.append(Dense(width, outputs, initialiser: chosen))
    var model = Sequential(layers)
    model.initialise(key)
    return model
  }

  private func block(
    _ inputs: Int, _ outputs: Int, _ function: Activation, _ initialiser: Initialiser?
  ) -> [any Layer] {
    let start = initialiser ?? function.initialiser
    var layers: [any Layer] = []
    if batchNorm || layerNorm {
      layers.append(Dense(inputs, outputs, bias: !batchNorm, initialiser: start))
      if batchNorm { layers.append(BatchNorm(outputs)) }
      if layerNorm { layers.append(LayerNorm(outputs)) }
      layers.append(Activated(function))
    } else {
      layers.append(Dense(inputs, outputs, activation: function, initialiser: start))
    }
    if dropout > 0 { layers.append(Dropout(dropout)) }
    return layers
  }

  /// "28-128-128-1, relu".
  var words: String {
    ([inputs] + hidden + [outputs]).map(String.init).joined(separator: "-") + ", " + activation
  }

  var json: JSONValue {
    [
      "inputs": .int(inputs), "outputs": .int(outputs), "hidden": .array(hidden.map { .int($0) }),
      "activation": .string(activation), "dropout": .number(dropout),
      "batch_norm": .bool(batchNorm), "layer_norm": .bool(layerNorm), "residual": .bool(residual),
      "initializer": .string(initialiser),
    ]
  }

  init?(_ json: JSONValue) {
    let sizes = 1...10_000_000
    guard let inputs = json["inputs"]?.integer, let outputs = json["outputs"]?.integer,
      let hidden = json["hidden"]?.items?.compactMap(\.integer),
      let name = json["activation"]?.text,
      ([inputs, outputs] + hidden).allSatisfy(sizes.contains)
    else { return nil }
    self.init(inputs: inputs, outputs: outputs, hidden: hidden)
    activation = name
    dropout = json["dropout"]?.double ?? 0
    batchNorm = json["batch_norm"]?.flag ?? false
    layerNorm = json["layer_norm"]?.flag ?? false
    residual = json["residual"]?.flag ?? false
    initialiser = json["initializer"]?.text ?? "auto"
  }
}
