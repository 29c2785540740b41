internal import CKernels

/// Counts signal and background inside boxes of cuts, many boxes on the same events.
public struct BoxCounter: Sendable {
  /// The number of columns.
  public let width: Int
  private let columns: [Float]
  private let signal: [Float]
  private let background: [Float]
  private let stride: Int

  /// Lays the events out by columns.
  /// - Parameters:
  ///   - width: The number of inputs of an event.
  ///   - inputs: Row-major, rows of `width` numbers.
  ///   - signal: The weight of each event as signal, 0 for background.
  ///   - background: The weight of each event as background, 0 for signal.
  public init(inputs: [Float], width: Int, signal: [Double], background: [Double]) {
    precondition(
      inputs.count == width * signal.count && signal.count == background.count, "a weight an event")
    let lanes = Int(CK_LANES)
    let padded = (signal.count + lanes - 1) / lanes * lanes
    var columns = [Float](repeating: .nan, count: width * padded)
    for i in signal.indices {
      for j in 0..<width { columns[j * padded + i] = inputs[i * width + j] }
    }
    let rest = [Float](repeating: 0, count: padded - signal.count)
    self.columns = columns
    self.signal = signal.map { Float($0) } + rest
    self.background = background.map { Float($0) } + rest
    (self.width, stride) = (width, padded)
  }

  /// Σw of signal and background with low < x ≤ high in the named columns.
  ///
  /// Cost: at most n times their number.
  public func sums(columns which: [Int32], low: [Float], high: [Float]) -> (
    signal: Double, background: Double
  ) {
    precondition(which.count == low.count && low.count == high.count, "two bounds a column")
    var out = [0.0, 0.0]
    unsafe ck_box_sums(
      columns, Int64(stride), signal, background, which, Int64(which.count), low, high, &out)
    return (out[0], out[1])
  }
}
