public import ApusKernels

/// A tensor operation that cannot be done: which one, what must hold, and what was found.
public struct EngineError: ApusError, Hashable {
  /// The operation's name: "matmul".
  public var operation: String
  /// What must hold and what was found, with all shapes.
  public var detail: String

  init(_ operation: String, _ detail: String) {
    self.operation = operation
    self.detail = detail
  }

  /// A wrong graph is a failure of the program that built it.
  public var kind: ErrorKind { .failure }
  /// The operation and the reason.
  public var message: String { "[\(operation)] \(detail)" }
}
