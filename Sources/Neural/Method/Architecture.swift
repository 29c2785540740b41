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
  /// The name of the initialiser.
  var initialiser = "auto"
  /// The initialiser itself; nil for what suits the activation.
  ///
  /// It is not stored: learned weights replace the drawn ones.
  var start: Initialiser?

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
    let drawn = options.group("initializer")
    initialiser = drawn?.text("name") ?? "auto"
    start = Architecture.start(initialiser, drawn)
  }

  private static func start(_ name: String, _ group: OptionValues?) -> Initialiser? {
    switch name {
    case "constant": .constant(group?.real("value") ?? 0.1)
    case "normal": .normal(group?.real("deviation") ?? 0.05)
    case "orthogonal": .orthogonal(gain: group?.real("gain") ?? 1)
    default: Initialiser.named.first { $0.name == name }?.value
    }
  }

  /// Builds the network with starting values from a key.
  func build(_ key: RandomKey) -> Sequential {
    let function = Activation.named.first { $0.name == activation }?.value ?? .relu
    var (layers, width) = ([any Layer](), inputs)
    for size in hidden {
      let block = block(width, size, function)
      if residual, size == width, !layers.isEmpty {
        layers.append(Residual { block })
      } else {
        layers += block
      }
      width = size
    }
    layers.append(Dense(width, outputs, initialiser: start))
    var model = Sequential(layers)
    model.initialise(key)
    return model
  }

  private func block(_ inputs: Int, _ outputs: Int, _ function: Activation) -> [any Layer] {
    let start = start ?? function.initialiser
    let isLearned = activation == Architecture.learnedActivation
    var layers: [any Layer] = []
    if batchNorm || layerNorm || isLearned {
      layers.append(Dense(inputs, outputs, bias: !batchNorm, initialiser: start))
      if batchNorm { layers.append(BatchNorm(outputs)) }
      if layerNorm { layers.append(LayerNorm(outputs)) }
      layers.append(isLearned ? PReLU(features: outputs) : Activated(function))
    } else {
      layers.append(Dense(inputs, outputs, activation: function, initialiser: start))
    }
    if dropout > 0 { layers.append(Dropout(dropout)) }
    return layers
  }

  /// The activation that has parameters of its own: a layer, no function.
  static let learnedActivation = "prelu"

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
