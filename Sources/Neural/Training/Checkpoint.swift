package import ApusEngine
package import ApusEvents
internal import FoundationEssentials
public import ApusKernels

#if canImport(Glibc)
  internal import Glibc
#elseif canImport(Musl)
  internal import Musl
#else
  internal import Darwin
#endif

/// The state of a training run between two epochs: enough to end with the same bits as if it had never stopped.
///
/// The file: the bytes `APUSCKP1`, the length of a JSON text (8 bytes, little endian), the text, the arrays as raw
/// numbers in the text's order. It is written beside its name and then renamed, so it is whole or absent.
package struct Checkpoint: Sendable {
  /// What the run depends on; another fingerprint is another run.
  package var fingerprint = ""
  /// Epochs done, and steps done.
  package var epoch = 0, step = 0
  /// Whether training has come to its end.
  package var finished = false, stoppedEarly = false
  package var plateau = Schedule.Plateau()
  package var stopping = EarlyStopping.State()
  /// The epoch with the lowest watched loss, and that loss.
  package var bestEpoch = 0, bestLoss = Double.infinity
  package var history: [FitContext.Progress] = []
  /// The state of the training step, and the parameters and buffers of the best epoch.
  package var state: [Tensor] = [], best: [Tensor] = []

  package init() {}
}

/// A checkpoint that can't be used.
public struct CheckpointError: ApusError, Equatable {
  /// The whole message.
  public var message: String
  /// A bad file is a failure of the work.
  public var kind: ErrorKind { .failure }
  /// Makes an error.
  public init(_ message: String) { self.message = message }
}

extension Checkpoint {
  private static let magic = Array("APUSCKP1".utf8)

  /// Writes the file, atomically.
  package func write(to path: String) throws {
    var bytes = Checkpoint.magic
    let text = Array(json().text().utf8)
    withUnsafeBytes(of: UInt64(text.count).littleEndian) { bytes.append(contentsOf: $0) }
    bytes.append(contentsOf: text)
    for tensor in state + best { bytes.append(contentsOf: try tensor.rawBytes()) }
    do {
      try Data(bytes).write(to: URL(fileURLWithPath: path), options: .atomic)
    } catch {
      let cause = (error as? CocoaError)?.underlying as? POSIXError
      throw CheckpointError(
        "\(path): a checkpoint must be written after an epoch, but the system says: "
          + "\(cause.map { String(cString: strerror($0.code.rawValue)) } ?? "\(error)"). Make room on the "
          + "disk, or the folder writable, and go on with --resume.")
    }
  }

  /// Reads a file; any bytes give a checkpoint or an error.
  package static func read(_ path: String) throws -> Checkpoint {
    guard let data = try? Data(contentsOf: URL(fileURLWithPath: path)) else {
      throw CheckpointError("\(path): the checkpoint can't be read.")
    }
    let bytes = [UInt8](data)
    let damaged = CheckpointError(
      "\(path): this is no checkpoint of Apus, or it is damaged. Remove it, or train without --resume."
    )
    guard bytes.count >= 16, Array(bytes.prefix(8)) == magic else { throw damaged }
    let length = bytes[8..<16].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    guard length <= UInt64(bytes.count - 16) else { throw damaged }
    let end = 16 + Int(length)
    guard let text = try? JSONValue(parsing: Array(bytes[16..<end])),
      let checkpoint = Checkpoint(text, arrays: bytes[end...])
    else { throw damaged }
    return checkpoint
  }

  private func json() -> JSONValue {
    func arrays(_ tensors: [Tensor]) -> JSONValue {
      .array(
        tensors.map {
          ["dtype": .string("\($0.dtype)"), "shape": .array($0.shape.map { .int($0) })]
        })
    }
    return [
      "fingerprint": .string(fingerprint), "epoch": .int(epoch), "step": .int(step),
      "finished": .bool(finished), "stopped_early": .bool(stoppedEarly),
      "plateau": [.number(plateau.factor), .number(plateau.best), .int(plateau.waited)],
      "stopping": [.number(stopping.best), .int(stopping.waited)],
      "best_epoch": .int(bestEpoch), "best_loss": .number(bestLoss),
      "history": historyJSON(history), "state": arrays(state), "best": arrays(best),
    ]
  }

  private init?(_ text: JSONValue, arrays: ArraySlice<UInt8>) {
    guard let fingerprint = text["fingerprint"]?.text, let epoch = text["epoch"]?.integer,
      let step = text["step"]?.integer, let finished = text["finished"]?.flag,
      let stoppedEarly = text["stopped_early"]?.flag, let plateau = text["plateau"]?.items,
      plateau.count == 3, let stopping = text["stopping"]?.items, stopping.count == 2,
      let bestEpoch = text["best_epoch"]?.integer, let history = text["history"],
      let states = text["state"]?.items, let bests = text["best"]?.items
    else { return nil }
    self.init()
    self.fingerprint = fingerprint
    (self.epoch, self.step) = (epoch, step)
    (self.finished, self.stoppedEarly) = (finished, stoppedEarly)
    self.plateau.factor = plateau[0].double ?? 1
    self.plateau.best = plateau[1].double ?? .infinity
    self.plateau.waited = plateau[2].integer ?? 0
    self.stopping.best = stopping[0].double ?? .infinity
    self.stopping.waited = stopping[1].integer ?? 0
    self.bestEpoch = bestEpoch
    bestLoss = text["best_loss"]?.double ?? .infinity
    self.history = readHistory(history)
    var rest = arrays
    guard let state = Checkpoint.take(states, &rest), let best = Checkpoint.take(bests, &rest),
      rest.isEmpty
    else { return nil }
    (self.state, self.best) = (state, best)
  }

  private static func take(_ heads: [JSONValue], _ bytes: inout ArraySlice<UInt8>) -> [Tensor]? {
    var tensors: [Tensor] = []
    for head in heads {
      guard let sizes = head["shape"]?.items?.compactMap(\.integer),
        sizes.allSatisfy({ $0 >= 0 && $0 <= bytes.count })
      else { return nil }
      let isDouble = head["dtype"]?.text == "float64"
      var count = isDouble ? 8 : 4
      for size in sizes {
        let (product, overflow) = count.multipliedReportingOverflow(by: size)
        guard !overflow, product <= bytes.count else { return nil }
        count = product
      }
      guard count <= bytes.count else { return nil }
      let raw = Array(bytes.prefix(count))
      bytes = bytes.dropFirst(count)
      tensors.append(
        isDouble
          ? Tensor(numbers(raw, Double.self), shape: sizes)
          : Tensor(numbers(raw, Float.self), shape: sizes))
    }
    return tensors
  }
}

private func numbers<T: BitwiseCopyable>(_ raw: [UInt8], _ type: T.Type) -> [T] {
  raw.withUnsafeBytes { bytes in
    (0..<(bytes.count / MemoryLayout<T>.size)).map {
      bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self)
    }
  }
}

extension Tensor {
  fileprivate func rawBytes() throws -> [UInt8] {
    if dtype == .float64 { return try scalars(as: Double.self).withUnsafeBytes { Array($0) } }
    return try cast(to: .float32).scalars(as: Float.self).withUnsafeBytes { Array($0) }
  }
}

/// The history of a fit as plain data.
func historyJSON(_ history: [FitContext.Progress]) -> JSONValue {
  .array(
    history.map { row in
      [
        "step": .int(row.step), "steps": .int(row.steps), "unit": .string(row.unit),
        "events": .int(row.events),
        "values": .object(row.values.map { JSONValue.Member($0.name, .number($0.value)) }),
      ]
    })
}

/// The history from plain data; rows that can't be read are left out.
func readHistory(_ json: JSONValue) -> [FitContext.Progress] {
  (json.items ?? []).compactMap { row in
    guard let step = row["step"]?.integer, let steps = row["steps"]?.integer,
      let events = row["events"]?.integer
    else { return nil }
    return FitContext.Progress(
      step: step, steps: steps, unit: row["unit"]?.text ?? "epoch", events: events,
      values: (row["values"]?.members ?? []).map { ($0.key, $0.value.double ?? .nan) })
  }
}
