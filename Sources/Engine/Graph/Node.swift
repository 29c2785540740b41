internal import Synchronization

/// One operation of the graph: immutable but for its result, which is filled in once.
final class Node: Sendable {
  let op: Op
  let shape: [Int]
  let dtype: DType
  /// Only `deinit` ever writes this, when nobody else holds the node.
  @safe nonisolated(unsafe) private(set) var inputs: [Node]
  private let realised: Mutex<Buffer?>

  init(_ op: Op, _ shape: [Int], _ dtype: DType, inputs: [Node] = [], buffer: Buffer? = nil) {
    self.op = op
    self.shape = shape
    self.dtype = dtype
    self.inputs = inputs
    realised = Mutex(buffer)
  }

  /// The result, once it was computed.
  var buffer: Buffer? { realised.withLock { $0 } }

  /// Keeps a computed result; the first one stays.
  func fulfil(_ buffer: Buffer) {
    realised.withLock { if $0 == nil { $0 = buffer } }
  }

  /// Frees chains of any length without recursion: a node that only this one held gives up its inputs
  /// to the list before it goes.
  deinit {
    guard !inputs.isEmpty else { return }
    var pending = inputs
    inputs = []
    while var node = pending.popLast() {
      guard isKnownUniquelyReferenced(&node) else { continue }
      pending.append(contentsOf: node.inputs)
      node.inputs = []
    }
  }
}
