internal import ApusEngine

/// What a compiled step gathers its events from: rows of tensors that stay in place.
struct EventTables {
  var inputs: [Tensor]
  var targets: [Tensor]
  /// Weights of mean 1; nil where all events count the same.
  var weights: Tensor?
}

/// Where a compiled step has its events: in constants of its own, or in arguments that blocks are copied into.
enum EventSource {
  case resident(TrainingData)
  case streamed(StreamShape)

  /// The arguments that blocks are copied into.
  var arguments: [CompiledFunction.Argument] {
    guard case .streamed(let shape) = self else { return [] }
    return [
      .init([shape.capacity, shape.width]),
      .init(
        shape.targetShape(shape.capacity), shape.hasClassTargets ? .int32 : .float32),
      .init([shape.capacity]),
    ]
  }

  /// The tables in the graph, given the arguments.
  func tables(_ arguments: [Tensor]) -> EventTables {
    switch self {
    case .resident(let data): data.tables
    case .streamed:
      EventTables(inputs: [arguments[0]], targets: [arguments[1]], weights: arguments[2])
    }
  }
}

extension TrainingData {
  /// The events as tables of a step.
  var tables: EventTables {
    EventTables(inputs: inputs, targets: targets, weights: isUniform ? nil : scaledWeights)
  }
}

extension CompiledFunction {
  /// Copies a block into the three arguments from `first` on; the block must fill them.
  func load(_ block: TrainingBlock, first: Int, hasClassTargets: Bool) {
    set(first, block.inputs)
    if hasClassTargets {
      set(first + 1, block.targets.map { Int32($0) })
    } else {
      set(first + 1, block.targets)
    }
    set(first + 2, block.weights)
  }
}
