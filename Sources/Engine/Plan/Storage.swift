/// Memory that instructions name before it has an address.
struct Storage: Sendable {
  enum Kind: Sendable, Equatable {
    /// A captured tensor.
    case leaf(Int)
    /// An argument or state of a compiled function.
    case argument(Int)
    /// A result that outlives the run.
    case output(Int)
    /// Lives between two instructions, in the arena.
    case temporary
    /// A part of another storage, from a byte on.
    case part(of: Int, byteOffset: Int)
  }

  var kind: Kind
  var count: Int
  var dtype: DType

  var bytes: Int { count * dtype.size }
}
