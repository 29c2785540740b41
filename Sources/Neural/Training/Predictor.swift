public import ApusEngine
internal import Synchronization

/// A compiled function of rows of numbers, for scoring many events.
public final class Predictor {
  private let function: CompiledFunction
  private let batch: Int, width: Int

  /// Compiles a function of rows.
  /// - Parameters:
  ///   - width: The numbers in a row.
  ///   - batch: Rows at a time; fewer are filled up.
  ///   - threads: The most threads to use.
  ///   - body: From a float32 tensor [batch, width] to one with a row for each.
  public init(
    width: Int, batch: Int, threads: Int, _ body: @escaping (_ rows: Tensor) -> Tensor
  ) throws {
    self.batch = batch
    self.width = width
    function = try CompiledFunction(
      state: [], arguments: [.init([batch, width])], threads: threads
    ) { _, arguments in
      ([], [body(arguments[0]).cast(to: .float32)])
    }
  }

  /// The result for each row, row-major.
  public func callAsFunction(_ inputs: [Float], count: Int) throws -> [Double] {
    var result: [Double] = []
    var rows = [Float](repeating: 0, count: batch * width)
    var start = 0
    while start < count {
      let size = min(batch, count - start)
      rows.replaceSubrange(
        0..<(size * width), with: inputs[(start * width)..<((start + size) * width)])
      function.set(0, rows)
      try function.run()
      let scores = try function.outputs(0, as: Float.self)
      let columns = scores.count / batch
      if result.isEmpty { result.reserveCapacity(count * columns) }
      for value in scores.prefix(size * columns) { result.append(Double(value)) }
      start += size
    }
    return result
  }
}

/// Compiled predictors of one model, kept from call to call: compiling one takes a thousand times as long as an event.
final class PredictorPool: Sendable {
  /// A call takes a predictor out of the pool under its lock and owns it until it puts it back, so no two
  /// threads ever use one at once.
  private struct Spare: @unchecked Sendable {
    let batch: Int, threads: Int
    let predictor: Predictor
  }

  private let spares = Mutex<[Spare]>([])

  /// Lends a predictor of this batch size: a spare one, or a new one.
  func borrow<Result>(
    batch: Int, threads: Int, make: () throws -> Predictor, body: (Predictor) throws -> Result
  ) throws -> Result {
    let spare = spares.withLock { spares in
      spares.firstIndex { $0.batch == batch && $0.threads == threads }.map {
        spares.remove(at: $0)
      }
    }
    let lent = try spare ?? Spare(batch: batch, threads: threads, predictor: make())
    defer { spares.withLock { $0.append(lent) } }
    return try body(lent.predictor)
  }
}
