import ApusEngine
public import ApusEvents

/// A box of cuts with its efficiencies on the training events.
public struct CutBox: Sendable, Equatable {
  /// An event must lie above this in each input; −∞ for no cut.
  public var low: [Float]
  /// An event must lie at or below this in each input; +∞ for no cut.
  public var high: [Float]
  /// The share of Σw of the signal inside.
  public var signalEfficiency: Double
  /// The share of Σw of the background inside.
  public var backgroundEfficiency: Double

  static func open(width: Int) -> CutBox {
    CutBox(
      low: [Float](repeating: -.infinity, count: width),
      high: [Float](repeating: .infinity, count: width), signalEfficiency: 1,
      backgroundEfficiency: 1)
  }

  /// Whether a row of inputs, beginning at a place, lies inside.
  func holds(_ inputs: [Float], from start: Int) -> Bool {
    for j in low.indices where !(inputs[start + j] > low[j] && inputs[start + j] <= high[j]) {
      return false
    }
    return true
  }
}

/// The boxes of the signal efficiencies, ascending.
public struct CutsResponse: Response {
  /// The names of the inputs.
  public let features: [String]
  /// The boxes, by ascending signal efficiency; the last holds everything.
  public let boxes: [CutBox]
  /// None.
  public var history: [FitContext.Progress] { [] }
  /// Two cuts an input and box.
  public var parameterCount: Int { boxes.count * features.count * 2 }

  init(features: [String], boxes: [CutBox]) { (self.features, self.boxes) = (features, boxes) }

  /// The box with the largest s/√(s + b) for expected yields.
  /// - Parameters:
  ///   - signal: Expected signal events before cuts.
  ///   - background: Expected background events before cuts.
  /// - Returns: The box and its significance; nil where no box keeps anything.
  public func best(signal: Double, background: Double) -> (box: CutBox, significance: Double)? {
    let values = boxes.compactMap { box -> (box: CutBox, significance: Double)? in
      let (s, b) = (signal * box.signalEfficiency, background * box.backgroundEfficiency)
      return s > 0 ? (box, s / (s + b).squareRoot()) : nil
    }
    return values.max { $0.significance < $1.significance }
  }

  /// One minus the least signal efficiency of a box that holds the event.
  public func scores(for inputs: [Float], count: Int, threads: Int) throws -> [Double] {
    let width = features.count
    try checkInputs(inputs, count: count, width: width, method: RectangularCuts.name)
    return inEventPieces(count, threads: threads) { range in
      range.map { i in
        let first = boxes.first { $0.holds(inputs, from: i * width) }
        return 1 - (first?.signalEfficiency ?? 1)
      }
    }
  }

  /// The best cuts at signal efficiencies from 10 % to 90 %.
  public func tables(features: [String]) -> [ResponseTable] {
    let goals = (1...9).map { Double($0) / 10 }
    var rows: [[ResponseTable.Cell]] = []
    for goal in goals {
      guard let box = boxes.first(where: { $0.signalEfficiency >= goal - 1e-9 }) else { continue }
      let ratio = box.backgroundEfficiency > 0 ? 1 / box.backgroundEfficiency : .infinity
      rows.append(
        [.number(box.signalEfficiency), .number(box.backgroundEfficiency), .number(ratio)]
          + features.indices.map {
            .interval(.init(column: $0, low: box.low[$0], high: box.high[$0]))
          })
    }
    return [
      ResponseTable(
        title: "Best cuts at each signal efficiency",
        columns: ["ε_{S}", "ε_{B}", "1/ε_{B}"] + features, rows: rows,
        note:
          "Of \(boxes.count) boxes those with at least 10 %, 20 %, ... of the signal; efficiencies "
          + "are those of the training events. An event passes where each input lies within its range."
      )
    ]
  }

  /// The model in plain data; open sides are the largest number of single precision.
  public func record() throws -> ModelRecord {
    let width = features.count
    let most = Float.greatestFiniteMagnitude
    let description: JSONValue = [
      "method": .string(RectangularCuts.name), "task": .string(Task.binary.rawValue),
      "inputs": .int(width), "features": JSONValue(features), "boxes": .int(boxes.count),
    ]
    return ModelRecord(
      description: description.text(),
      tensors: [
        (
          "low",
          Tensor(boxes.flatMap { $0.low.map { max($0, -most) } }, shape: [boxes.count, width])
        ),
        (
          "high",
          Tensor(boxes.flatMap { $0.high.map { min($0, most) } }, shape: [boxes.count, width])
        ),
        (
          "efficiencies",
          Tensor(
            boxes.flatMap { [$0.signalEfficiency, $0.backgroundEfficiency] },
            shape: [boxes.count, 2])
        ),
      ])
  }

  init(_ record: ModelRecord) throws {
    let reader = try RecordReader(record, method: RectangularCuts.name)
    let (width, count) = (try reader.count("inputs"), try reader.count("boxes"))
    features = reader.json["features"]?.strings ?? []
    guard features.count == width, width > 0, count > 0 else {
      throw reader.fail("'features' must name \(width) inputs.")
    }
    func floats(_ name: String) throws -> [Float] {
      try reader.numbers(name, count: count * width).map {
        let x = Float($0)
        return abs(x) == .greatestFiniteMagnitude ? (x < 0 ? -.infinity : .infinity) : x
      }
    }
    let (low, high) = (try floats("low"), try floats("high"))
    let efficiencies = try reader.numbers("efficiencies", count: 2 * count)
    boxes = (0..<count).map {
      CutBox(
        low: Array(low[$0 * width..<($0 + 1) * width]),
        high: Array(high[$0 * width..<($0 + 1) * width]),
        signalEfficiency: efficiencies[2 * $0], backgroundEfficiency: efficiencies[2 * $0 + 1])
    }
  }
}
