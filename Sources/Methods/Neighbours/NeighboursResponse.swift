import ApusEngine
import ApusEvents
import ApusKernels

/// The training events, kept to look neighbours up.
struct NeighboursResponse: Response {
  enum Weighting: String, Sendable, CaseIterable {
    case uniform, distance, tricube
  }

  let task: Task
  /// Classes, or targets.
  let classes: Int
  let neighbours: Int
  let weighting: Weighting
  let brute: Bool
  let scaler: Standardizer
  let points: [Float]
  /// The label of each point, or its row of targets.
  let values: [Double]
  let weights: [Double]
  private let tree: PointTree
  /// What holds where no neighbour has a say: priors, or the mean target.
  private let fallback: [Double]
  var history: [FitContext.Progress] { [] }
  var parameterCount: Int { points.count + values.count + weights.count }

  init(
    task: Task, classes: Int, neighbours: Int, weighting: Weighting, brute: Bool,
    scaler: Standardizer, points: [Float], values: [Double], weights: [Double]
  ) {
    (self.task, self.classes, self.neighbours) = (task, classes, neighbours)
    (self.weighting, self.brute, self.scaler) = (weighting, brute, scaler)
    (self.points, self.values, self.weights) = (points, values, weights)
    tree = PointTree(points, width: scaler.means.count)
    let total = weights.reduce(0, +)
    var sums = [Double](repeating: 0, count: classes)
    for i in weights.indices {
      if task == .regression {
        for k in 0..<classes { sums[k] += weights[i] * values[i * classes + k] }
      } else {
        sums[Int(values[i])] += weights[i]
      }
    }
    fallback = sums.map { $0 / total }
  }

  func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = scaler.means.count
    try checkInputs(inputs, count: count, width: width, method: NearestNeighbours.name)
    let k = min(neighbours, weights.count)
    let found = tree.nearest(
      k, to: scaler.scaled(inputs), bruteForce: brute, threads: threads)
    return inEventPieces(count, threads: threads) { range in
      var scores: [Double] = []
      for i in range {
        let row = i * k..<(i + 1) * k
        append(found.squaredDistances[row], found.indices[row], to: &scores)
      }
      return scores
    }
  }

  private func append(
    _ squares: ArraySlice<Float>, _ indices: ArraySlice<Int32>, to scores: inout [Double]
  ) {
    let farthest = Double(squares.last ?? 0)
    let touches = squares.first == 0
    var (sums, total) = ([Double](repeating: 0, count: classes), 0.0)
    for (square, index) in zip(squares, indices) {
      let i = Int(index)
      let w = weights[i] * influence(Double(square), farthest, touches)
      if task == .regression {
        for k in 0..<classes { sums[k] += w * values[i * classes + k] }
      } else {
        sums[Int(values[i])] += w
      }
      total += w
    }
    if task == .regression {
      scores += total > 0 ? sums.map { $0 / total } : fallback
      return
    }
    var shares = sums.map { max($0, 0) }
    let positive = shares.reduce(0, +)
    shares = positive > 0 ? shares.map { $0 / positive } : fallback
    if task == .binary { scores.append(shares[1]) } else { scores += shares }
  }

  private func influence(_ square: Double, _ farthest: Double, _ touches: Bool) -> Double {
    switch weighting {
    case .uniform: return 1
    case .distance: return touches ? (square == 0 ? 1 : 0) : 1 / square.squareRoot()
    case .tricube:
      let ratio = farthest > 0 ? (square / farthest).squareRoot() : 0
      let rest = 1 - ratio * ratio * ratio
      // The farthest keeps a little, so that one neighbour alone has a say.
      return max(rest * rest * rest, 1e-6)
    }
  }

  func record() throws -> ModelRecord {
    let (n, width) = (weights.count, scaler.means.count)
    let description: JSONValue = [
      "method": .string(NearestNeighbours.name), "task": .string(task.rawValue),
      "inputs": .int(width), "classes": .int(classes), "events": .int(n),
      "neighbours": .int(neighbours), "weighting": .string(weighting.rawValue),
      "brute": .bool(brute),
    ]
    return ModelRecord(
      description: description.text(),
      tensors: [
        ("shift", Tensor(scaler.means, shape: [width])),
        ("scale", Tensor(scaler.spreads, shape: [width])),
        ("points", Tensor(points, shape: [n, width])), ("values", Tensor(values)),
        ("weights", Tensor(weights, shape: [n])),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: NearestNeighbours.name)
    let task = try reader.task()
    let (width, classes) = (try reader.count("inputs"), try reader.outputs(task))
    guard let n = reader.json["events"]?.integer, n > 0, n < 1 << 31, width > 0 else {
      throw reader.fail("it needs events.")
    }
    let word = try reader.word("weighting", of: Weighting.allCases.map(\.rawValue))
    var scaler = Standardizer(width: width)
    scaler.means = try reader.numbers("shift", count: width)
    scaler.spreads = try reader.numbers("scale", count: width)
    let values = try reader.numbers("values", count: task == .regression ? n * classes : n)
    guard task == .regression || values.allSatisfy({ $0 >= 0 && $0 < Double(classes) }) else {
      throw reader.fail("a label is no class.")
    }
    self.init(
      task: task, classes: classes, neighbours: max(try reader.count("neighbours"), 1),
      weighting: .init(rawValue: word) ?? .uniform, brute: reader.json["brute"]?.flag ?? false,
      scaler: scaler, points: try reader.numbers("points", count: n * width).map { Float($0) },
      values: values, weights: try reader.numbers("weights", count: n))
  }
}
