import ApusEvents
import ApusKernels

/// The elements of one column of an RNTuple for a run of events.
enum NTupleElements: Sendable {
  case numbers(Column.Values)
  /// The ends of lists, counted from the start of the run.
  case ends([Int])
  case characters([UInt8])

  /// The elements of all columns that a table's column becomes, in their order.
  static func of(_ values: Column.Values) -> [NTupleElements] {
    switch values {
    case .jagged(let lists):
      (lists.fixedShape == nil ? [.ends(Array(lists.offsets.dropFirst()))] : []) + of(lists.content)
    case .strings(let texts): Self.texts(texts)
    default: [.numbers(values)]
    }
  }

  private static func texts(_ texts: [String]) -> [NTupleElements] {
    var ends: [Int] = []
    var bytes: [UInt8] = []
    ends.reserveCapacity(texts.count)
    for text in texts {
      bytes.append(contentsOf: text.utf8)
      ends.append(bytes.count)
    }
    return [.ends(ends), .characters(bytes)]
  }

  var count: Int {
    switch self {
    case .numbers(let values): values.count
    case .ends(let ends): ends.count
    case .characters(let bytes): bytes.count
    }
  }

  /// Lends the elements as they are in memory.
  private func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    switch self {
    case .ends(let ends): unsafe ends.withUnsafeBytes(body)
    case .characters(let bytes): unsafe bytes.withUnsafeBytes(body)
    case .numbers(let values):
      switch values {
      case .float32(let v): unsafe v.withUnsafeBytes(body)
      case .float64(let v): unsafe v.withUnsafeBytes(body)
      case .int64(let v): unsafe v.withUnsafeBytes(body)
      case .integers(let v): unsafe v.withBytes(body)
      case .strings, .jagged: unsafe body(UnsafeRawBufferPointer(start: nil, count: 0))
      }
    }
  }

  /// A page of these elements: encoded, and not compressed yet.
  func page(_ range: Range<Int>, _ encoding: NTupleEncoding) -> [UInt8] {
    unsafe withBytes { bytes in
      let width = encoding.natural.size
      let part = unsafe UnsafeRawBufferPointer(
        rebasing: bytes[range.lowerBound * width..<range.upperBound * width])
      if encoding == .bit { return unsafe Self.packed(part) }
      guard encoding.isSplit else { return unsafe Array(part) }
      var plain = unsafe Array(part)
      if encoding.isZigzag { Self.zigzag(&plain, width) }
      if encoding.isDelta { Self.delta(&plain) }
      return unsafe [UInt8](unsafeUninitializedCapacity: plain.count) { buffer, filled in
        filled = plain.count
        unsafe plain.withUnsafeBytes {
          guard let from = $0.baseAddress, let to = buffer.baseAddress else { return }
          unsafe ByteKernels.split(from, into: to, count: range.count, width: width)
        }
      }
    }
  }

  private static func packed(_ flags: UnsafeRawBufferPointer) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: (flags.count + 7) / 8)
    for i in flags.indices where unsafe flags[i] != 0 {
      bytes[i >> 3] |= 1 << UInt8(i & 7)
    }
    return bytes
  }

  private static func zigzag(_ plain: inout [UInt8], _ width: Int) {
    func code<T: FixedWidthInteger & SignedInteger>(_ type: T.Type) {
      unsafe plain.withUnsafeMutableBytes {
        let values = unsafe $0.bindMemory(to: T.self)
        for i in values.indices {
          unsafe values[i] = unsafe values[i] << 1 ^ values[i] >> T(T.bitWidth - 1)
        }
      }
    }
    switch width {
    case 2: code(Int16.self)
    case 4: code(Int32.self)
    default: code(Int64.self)
    }
  }

  private static func delta(_ plain: inout [UInt8]) {
    unsafe plain.withUnsafeMutableBytes {
      let values = unsafe $0.bindMemory(to: Int64.self)
      for i in values.indices.dropFirst().reversed() { unsafe values[i] -= values[i - 1] }
    }
  }
}

extension Integers {
  /// Lends the entries as they are in memory.
  fileprivate func withBytes<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
    switch self {
    case .int8(let v): unsafe v.withUnsafeBytes(body)
    case .int16(let v): unsafe v.withUnsafeBytes(body)
    case .int32(let v): unsafe v.withUnsafeBytes(body)
    case .uint8(let v): unsafe v.withUnsafeBytes(body)
    case .uint16(let v): unsafe v.withUnsafeBytes(body)
    case .uint32(let v): unsafe v.withUnsafeBytes(body)
    case .uint64(let v): unsafe v.withUnsafeBytes(body)
    case .bool(let v): unsafe v.withUnsafeBytes(body)
    }
  }
}
