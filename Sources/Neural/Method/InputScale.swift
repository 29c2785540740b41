internal import ApusEngine

/// A guard for inputs that were not standardized: (x - shift)·scale; empty where they are near enough to it.
struct InputScale: Sendable {
  var shift: [Double] = [], scale: [Double] = []

  init(shift: [Double] = [], scale: [Double] = []) { (self.shift, self.scale) = (shift, scale) }

  /// Looks at the columns of a table; those that are far from mean 0 and deviation 1 are scaled.
  ///
  /// Means and deviations count each event with |w|, so that one of weight zero is absent.
  init(_ inputs: [Float], columns: Int, weights: [Double]) {
    let total = weights.reduce(0) { $0 + abs($1) }
    guard weights.count > 1, total > 0, inputs.count == weights.count * columns else { return }
    var means = [Double](repeating: 0, count: columns), squares = means
    for (row, weight) in weights.enumerated() {
      for column in 0..<columns {
        means[column] += Double(inputs[row * columns + column]) * abs(weight) / total
      }
    }
    for (row, weight) in weights.enumerated() {
      for column in 0..<columns {
        let distance = Double(inputs[row * columns + column]) - means[column]
        squares[column] += distance * distance * abs(weight) / total
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
