import ApusEvents
import ApusKernels

/// A number's type as a leaf of a tree names it.
struct RootLeafType: Equatable {
  /// The letter behind the slash of a branch's title: `F` in `x/F`.
  var letter: Character
  /// The size of a value in bytes.
  var size: Int

  /// The class of the leaf.
  var className: String { "TLeaf" + letter.uppercased() }
  var isUnsigned: Bool { letter.isLowercase }
}

extension Column.Values {
  /// The type of the leaf that holds these values; nil for lists.
  var leafType: RootLeafType? {
    switch self {
    case .float32: RootLeafType(letter: "F", size: 4)
    case .float64: RootLeafType(letter: "D", size: 8)
    case .int64: RootLeafType(letter: "L", size: 8)
    case .strings: RootLeafType(letter: "C", size: 1)
    case .jagged: nil
    case .integers(let v):
      switch v {
      case .int8: RootLeafType(letter: "B", size: 1)
      case .uint8: RootLeafType(letter: "b", size: 1)
      case .int16: RootLeafType(letter: "S", size: 2)
      case .uint16: RootLeafType(letter: "s", size: 2)
      case .int32: RootLeafType(letter: "I", size: 4)
      case .uint32: RootLeafType(letter: "i", size: 4)
      case .uint64: RootLeafType(letter: "l", size: 8)
      case .bool: RootLeafType(letter: "O", size: 1)
      }
    }
  }

  /// Numbers as baskets hold them, big-endian; nil for texts and lists.
  var bigEndian: [UInt8]? {
    func turned<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] {
      let width = MemoryLayout<T>.size
      return unsafe [UInt8](unsafeUninitializedCapacity: values.count * width) { buffer, filled in
        filled = values.count * width
        unsafe values.withUnsafeBytes { input in
          guard let from = input.baseAddress, let to = buffer.baseAddress else { return }
          unsafe ByteKernels.swapBytes(from, into: to, count: values.count, width: width)
        }
      }
    }
    return switch self {
    case .float32(let v): turned(v)
    case .float64(let v): turned(v)
    case .int64(let v): turned(v)
    case .strings, .jagged: nil
    case .integers(let v):
      switch v {
      case .int8(let v): turned(v)
      case .int16(let v): turned(v)
      case .int32(let v): turned(v)
      case .uint8(let v): turned(v)
      case .uint16(let v): turned(v)
      case .uint32(let v): turned(v)
      case .uint64(let v): turned(v)
      case .bool(let v): turned(v)
      }
    }
  }
}

/// The values of a branch for a run of events, as baskets hold them.
struct RootLeafValues {
  /// The bytes of all events.
  var bytes: [UInt8]
  /// Where each event starts, and the end; nil where all have the same number of bytes.
  var starts: [Int]?
  /// The number of events.
  var count: Int

  /// Texts: their length in a byte, or 255 and four bytes, then UTF-8.
  private static func encode(_ texts: [String]) -> (bytes: [UInt8], starts: [Int]) {
    var bytes: [UInt8] = []
    var starts = [0]
    starts.reserveCapacity(texts.count + 1)
    for text in texts {
      let length = text.utf8.count
      if length < 255 {
        bytes.append(UInt8(length))
      } else {
        bytes.append(255)
        for shift in [24, 16, 8, 0] { bytes.append(UInt8(truncatingIfNeeded: length >> shift)) }
      }
      bytes.append(contentsOf: text.utf8)
      starts.append(bytes.count)
    }
    return (bytes, starts)
  }

  /// Numbers, and lists and arrays of them; nil for what a branch can't hold.
  init?(_ values: Column.Values) {
    count = values.count
    switch values {
    case .strings(let texts):
      let (bytes, starts) = Self.encode(texts)
      self.bytes = bytes
      self.starts = starts
    case .jagged(let lists):
      var content = lists.content
      var width = 1
      if lists.fixedShape == nil, case .jagged(let inner) = content, let shape = inner.fixedShape {
        width = shape.reduce(1, *)
        content = inner.content
      }
      guard let bytes = content.bigEndian, let size = content.leafType?.size else { return nil }
      self.bytes = bytes
      starts = lists.fixedShape == nil ? lists.offsets.map { $0 * width * size } : nil
    default:
      guard let bytes = values.bigEndian else { return nil }
      self.bytes = bytes
    }
  }

  /// The size of an event where all have the same.
  var width: Int { count == 0 ? 0 : bytes.count / count }

  /// Runs of events whose bytes fill a basket.
  func runs(ofBytes limit: Int) -> [Range<Int>] {
    guard let starts else {
      let step = max(1, limit / max(1, width))
      return stride(from: 0, to: count, by: step).map { $0..<min(count, $0 + step) }
    }
    var runs: [Range<Int>] = []
    var first = 0
    for event in 0..<count where starts[event + 1] - starts[first] > limit && event > first {
      runs.append(first..<event)
      first = event
    }
    if first < count { runs.append(first..<count) }
    return runs
  }

  /// The data of a basket: the bytes, and behind them where each event starts in the record.
  func basket(_ events: Range<Int>, headerSize: Int) -> (data: [UInt8], last: Int) {
    guard let starts else {
      let data = Array(bytes[events.lowerBound * width..<events.upperBound * width])
      return (data, headerSize + data.count)
    }
    let base = starts[events.lowerBound]
    var buffer = RootBuffer()
    buffer.append(bytes: Array(bytes[base..<starts[events.upperBound]]))
    let last = headerSize + buffer.bytes.count
    buffer.append(UInt32(events.count + 1))
    for event in events { buffer.append(UInt32(headerSize + starts[event] - base)) }
    // ROOT leaves the last place empty; the end is the header's.
    buffer.append(UInt32(0))
    return (buffer.bytes, last)
  }
}
