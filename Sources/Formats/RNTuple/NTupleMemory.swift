import ApusEvents

/// The memory of a column while its pages are read: an array of the final type.
protocol NTupleMemory: AnyObject {
  /// The number of bytes.
  var byteCount: Int { get }
  /// Lends the memory.
  func withBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void)
}

/// An array whose elements the pages give.
final class NTupleArray<Element: BitwiseCopyable>: NTupleMemory {
  private(set) var array: [Element]

  /// Takes memory, which holds nothing until all pages were read into it.
  init(count: Int) {
    array = unsafe [Element](unsafeUninitializedCapacity: count) { $1 = count }
  }

  var byteCount: Int { array.count * MemoryLayout<Element>.stride }

  func withBytes(_ body: (UnsafeMutableRawBufferPointer) -> Void) {
    unsafe array.withUnsafeMutableBytes { unsafe body($0) }
  }

  /// Changes the elements in place.
  func edit<Result>(_ body: (UnsafeMutableBufferPointer<Element>) -> Result) -> Result {
    unsafe array.withUnsafeMutableBufferPointer { unsafe body($0) }
  }
}

/// Memory for numbers of a type that the file says.
struct NTupleNumbers {
  let memory: any NTupleMemory
  private let finish: () -> Column.Values

  init(_ element: NTupleElement, count: Int) {
    func make<T: BitwiseCopyable>(
      _ type: T.Type, _ values: @escaping ([T]) -> Column.Values
    ) -> (any NTupleMemory, () -> Column.Values) {
      let array = NTupleArray<T>(count: count)
      return (array, { values(array.array) })
    }
    (memory, finish) =
      switch element {
      case .bool: make(Bool.self) { .integers(.bool($0)) }
      case .int8: make(Int8.self) { .integers(.int8($0)) }
      case .int16: make(Int16.self) { .integers(.int16($0)) }
      case .int32: make(Int32.self) { .integers(.int32($0)) }
      case .int64, .switches: make(Int64.self) { .int64($0) }
      case .uint8: make(UInt8.self) { .integers(.uint8($0)) }
      case .uint16: make(UInt16.self) { .integers(.uint16($0)) }
      case .uint32: make(UInt32.self) { .integers(.uint32($0)) }
      case .uint64: make(UInt64.self) { .integers(.uint64($0)) }
      case .float32: make(Float.self) { .float32($0) }
      case .float64: make(Double.self) { .float64($0) }
      }
  }

  /// The numbers, once all pages were read.
  var values: Column.Values { finish() }
}

/// Lends the memories of several columns at once.
func withAllBytes(
  _ memories: ArraySlice<any NTupleMemory>, _ places: inout [UnsafeMutableRawBufferPointer],
  _ body: ([UnsafeMutableRawBufferPointer]) -> Void
) {
  guard let first = memories.first else { return unsafe body(places) }
  unsafe first.withBytes {
    unsafe places.append($0)
    unsafe withAllBytes(memories.dropFirst(), &places, body)
  }
}
