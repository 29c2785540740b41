internal import ApusEngine

/// A guard for inputs that were not standardized: (x - shift)·scale; empty where they are near enough to it.
struct InputScale: Sendable {
  var shift: [Double] = [], scale: [Double] = []

  init(shift: [Double] = [], scale: [Double] = []) { (self.shift, self.scale) = (shift, scale) }

  /// Looks at the columns of a table; those that are far from mean 0 and deviation 1 are scaled.
  init(_ inputs: [Float], columns: Int) {
    let rows = columns == 0 ? 0 : inputs.count / columns
    guard rows > 1 else { return }
    var means = [Double](repeating: 0, count: columns), squares = means
    for row in 0..<rows {
      for column in 0..<columns {
        means[column] += Double(inputs[row * columns + column]) / Double(rows)
      }
    }
    for row in 0..<rows {
      for column in 0..<columns {
        let distance = Double(inputs[row * columns + column]) - means[column]
        squares[column] += distance * distance / Double(rows)
      }
    }
    let deviations = squares.map { $0.squareRoot() }
    let isFar = (0..<columns).map { column in
      deviations[column] > 0
        && (abs(means[column]) > 3 || deviations[column] > 5 || deviations[column] < 0.2)
    }
    guard isFar.contains(true) else { return }
    shift = (0..<columns).map { isFar[$0] ? means[$0] : 0 }
    scale = (0..<columns).map { isFar[$0] ? 1 / deviations[$0] : 1 }
  }

  /// In the graph of a model.
  func callAsFunction(_ rows: Tensor) -> Tensor {
    guard !shift.isEmpty else { return rows }
    return (rows - Tensor(shift.map { Float($0) })) * Tensor(scale.map { Float($0) })
  }

  /// The same on numbers.
  func apply(_ inputs: [Float]) -> [Float] {
    guard !shift.isEmpty else { return inputs }
    let (shifts, scales) = (shift.map { Float($0) }, scale.map { Float($0) })
    return inputs.enumerated().map { place, value in
      (value - shifts[place % shifts.count]) * scales[place % shifts.count]
    }
  }
}
