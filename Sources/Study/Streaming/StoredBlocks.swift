internal import ApusEvents
internal import ApusFormats

/// What stands beside the inputs of an event in the scratch file; behind these the spectators, then further targets.
enum StoredNumber: Int, CaseIterable {
  case weight, answer, source, entry
}

/// One part of a streamed sample as methods see it: weights after policy and balance, inputs transformed.
struct StoredBlocks: SampleBlocks {
  let store: ShuffledStore
  let transforms: Preprocessing
  let classes: [String]
  let task: Task
  let policy: WeightPolicy
  /// What the weights of each class are multiplied with.
  let factors: [Double]
  let sums: [Double]
  /// Where padded lists stand among the inputs; nil where there are none.
  let constituents: ConstituentBlock?

  var features: [String] { transforms.outputs }
  var counts: [Int] { store.counts }
  var fingerprint: UInt64 { store.fingerprint }

  func block(_ index: Int) throws -> Sample {
    var sample = try rawSample(
      try store.bucket(index), store, features: transforms.features, classes: classes, task: task)
    sample.constituents = constituents
    sample.weights = try weights(sample)
    // In place: a block is large against what is left of the memory.
    var rows = sample.inputs
    sample.inputs = []
    transforms.apply(to: &rows)
    sample.inputs = rows
    sample.features = features
    return sample
  }

  /// Weights after policy and balance; an event that the policy leaves out keeps its place with weight 0.
  private func weights(_ sample: Sample) throws -> [Double] {
    var weights = sample.weights
    switch policy {
    case .keep: break
    case .ignore: weights = weights.map { max($0, 0) }
    case .absolute: weights = weights.map(abs)
    case .pair: weights = try policy.applied(to: sample).weights
    }
    if task == .regression { return weights }
    return zip(weights, sample.labels).map { $0 * factors[Int($1)] }
  }
}

/// Several stores as one, their blocks one behind the other.
struct JoinedBlocks: SampleBlocks {
  let parts: [StoredBlocks]

  var transforms: Preprocessing { parts[0].transforms }
  var features: [String] { parts[0].features }
  var classes: [String] { parts[0].classes }
  var task: Task { parts[0].task }
  var counts: [Int] { parts.flatMap(\.counts) }
  var fingerprint: UInt64 {
    parts.dropFirst().reduce(parts[0].fingerprint) { SplitMix64.mix($0) ^ $1.fingerprint }
  }
  var sums: [Double] {
    parts.dropFirst().reduce(parts[0].sums) { sums, part in zip(sums, part.sums).map { $0 + $1 } }
  }

  func block(_ index: Int) throws -> Sample {
    var index = index
    for part in parts {
      if index < part.counts.count { return try part.block(index) }
      index -= part.counts.count
    }
    preconditionFailure("block \(index) beyond the last; please report")
  }
}

/// Stored events as a sample with raw inputs and signed weights.
func rawSample(
  _ rows: ShuffledStore.Rows, _ store: ShuffledStore, features: [String], classes: [String],
  task: Task
) throws -> Sample {
  let weights = storedNumbers(.weight, rows, store)
  let answers = storedNumbers(.answer, rows, store)
  return Sample(
    inputs: rows.inputs, features: features,
    labels: task == .regression ? [] : answers.map { Int32($0) },
    targets: task == .regression
      ? storedTargets(rows, store, count: task.targetCount(classes)) : [], weights: weights,
    classes: classes, task: task)
}

/// The targets of all events of a block, a row an event.
func storedTargets(_ rows: ShuffledStore.Rows, _ store: ShuffledStore, count: Int) -> [Double] {
  let further = (1..<max(count, 1)).map { store.numbers - count + $0 }
  return joinedRows(
    ([StoredNumber.answer.rawValue] + further).map { storedNumbers($0, rows, store) })
}

/// One of the numbers beside the inputs, for all events of a block.
func storedNumbers(_ number: StoredNumber, _ rows: ShuffledStore.Rows, _ store: ShuffledStore)
  -> [Double]
{
  storedNumbers(number.rawValue, rows, store)
}

func storedNumbers(_ place: Int, _ rows: ShuffledStore.Rows, _ store: ShuffledStore) -> [Double] {
  stride(from: place, to: rows.numbers.count, by: store.numbers).map { rows.numbers[$0] }
}

extension FoldPlan {
  /// The fold that the model of a fold watches while it learns; nil where there are two folds.
  func watched(by model: Int) -> Int? { count > 2 ? (model + 1) % count : nil }
}
