import ApusEvents
import ApusKernels

/// How one number is written in a ROOT file, and what it becomes.
enum RootElement: Sendable, Equatable {
  case bool, int8, uint8, int16, uint16, int32, uint32, int64, uint64, float32, float64
  /// Single precision in the file, double in memory: a `Double32_t` without a range.
  case float32AsDouble
  /// A whole number of 32 bits that counts steps from `low`: a packed number with a range.
  case ranged(low: Double, step: Double, isDouble: Bool)
  /// An exponent of eight bits, then sign and mantissa of so many bits in two bytes.
  case truncated(bits: Int, isDouble: Bool)

  /// The element of one of ROOT's type numbers (`TVirtualStreamerInfo::EReadWrite`); nil for others.
  init?(type: Int) {
    let known: [Int: RootElement] = [
      1: .int8, 2: .int16, 3: .int32, 4: .int64, 5: .float32, 6: .uint32, 8: .float64,
      9: .float32AsDouble, 10: .int8, 11: .uint8, 12: .uint16, 13: .uint32, 14: .uint64,
      15: .uint32, 16: .int64, 17: .uint64, 18: .bool, 19: .truncated(bits: 12, isDouble: false),
    ]
    guard let element = known[type] else { return nil }
    self = element
  }

  /// The size in the file, in bytes.
  var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32, .float32AsDouble, .ranged: 4
    case .int64, .uint64, .float64: 8
    case .truncated: 3
    }
  }

  /// The size in memory, in bytes.
  var memorySize: Int {
    switch self {
    case .float32AsDouble: 8
    case .ranged(_, _, let isDouble), .truncated(_, let isDouble): isDouble ? 8 : 4
    default: size
    }
  }

  /// Whether the bytes only have to be turned.
  var isPlain: Bool {
    switch self {
    case .float32AsDouble, .ranged, .truncated: false
    default: true
    }
  }

  /// The width that ``ListKernels`` wants.
  var width: Int { self == .bool ? 0 : size }

  /// The name of the type in memory, as NumPy has it.
  var typeName: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .uint8: "uint8"
    case .int16: "int16"
    case .uint16: "uint16"
    case .int32: "int32"
    case .uint32: "uint32"
    case .int64: "int64"
    case .uint64: "uint64"
    case .float32: "float32"
    case .float64, .float32AsDouble: "float64"
    case .ranged(_, _, let isDouble), .truncated(_, let isDouble):
      isDouble ? "float64" : "float32"
    }
  }

  /// Makes a column of so many values, which `fill` writes.
  ///
  /// The memory is not touched before.
  func column<E: Error>(count: Int, _ fill: (UnsafeMutableRawPointer) throws(E) -> Void)
    throws(E) -> Column.Values
  {
    switch self {
    case .bool: unsafe .integers(.bool(try made(count, fill)))
    case .int8: unsafe .integers(.int8(try made(count, fill)))
    case .uint8: unsafe .integers(.uint8(try made(count, fill)))
    case .int16: unsafe .integers(.int16(try made(count, fill)))
    case .uint16: unsafe .integers(.uint16(try made(count, fill)))
    case .int32: unsafe .integers(.int32(try made(count, fill)))
    case .uint32: unsafe .integers(.uint32(try made(count, fill)))
    case .int64: unsafe .int64(try made(count, fill))
    case .uint64: unsafe .integers(.uint64(try made(count, fill)))
    case .float32: unsafe .float32(try made(count, fill))
    case .float64, .float32AsDouble: unsafe .float64(try made(count, fill))
    case .ranged(_, _, let isDouble), .truncated(_, let isDouble):
      unsafe isDouble ? .float64(try made(count, fill)) : .float32(try made(count, fill))
    }
  }

  /// The values of bytes that hold nothing else.
  func values(_ bytes: UnsafeRawBufferPointer) -> Column.Values {
    let count = bytes.count / size
    return unsafe column(count: count) { target throws(Never) in
      if let source = bytes.baseAddress { unsafe convert(source, to: target, count: count) }
    }
  }

  /// Converts values that stand one behind the other.
  func convert(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
    switch self {
    case .float32AsDouble:
      for i in 0..<count {
        let bits = unsafe UInt32(
          bigEndian: source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
        unsafe target.storeBytes(
          of: Double(Float(bitPattern: bits)), toByteOffset: 8 * i, as: Double.self)
      }
    case .ranged(let low, let step, let isDouble):
      for i in 0..<count {
        let raw = unsafe UInt32(
          bigEndian: source.loadUnaligned(fromByteOffset: 4 * i, as: UInt32.self))
        if isDouble {
          unsafe target.storeBytes(
            of: Double(raw) * step + low, toByteOffset: 8 * i, as: Double.self)
        } else {
          let value = Float(raw) * Float(step) + Float(low)
          unsafe target.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
        }
      }
    case .truncated(let bits, let isDouble):
      for i in 0..<count {
        let value = unsafe Self.truncated(source + 3 * i, bits)
        if isDouble {
          unsafe target.storeBytes(of: Double(value), toByteOffset: 8 * i, as: Double.self)
        } else {
          unsafe target.storeBytes(of: value, toByteOffset: 4 * i, as: Float.self)
        }
      }
    default: unsafe ListKernels.numbers(source, to: target, count: count, width: width)
    }
  }

  /// One byte of exponent, two of sign and mantissa (`TBufferFile::ReadWithNbits`).
  private static func truncated(_ source: UnsafeRawPointer, _ bits: Int) -> Float {
    let exponent = unsafe UInt32(source.load(as: UInt8.self))
    let mantissa = unsafe UInt32(
      UInt16(bigEndian: source.loadUnaligned(fromByteOffset: 1, as: UInt16.self)))
    let pattern = exponent << 23 | (mantissa & (1 << UInt32(bits + 1) - 1)) << UInt32(23 - bits)
    let value = Float(bitPattern: pattern)
    return mantissa & 1 << UInt32(bits + 1) != 0 ? -value : value
  }
}

/// An array whose memory `fill` writes; large ones in huge pages.
func made<T: BitwiseCopyable, E: Error>(
  _ count: Int, _ fill: (UnsafeMutableRawPointer) throws(E) -> Void
) throws(E) -> [T] {
  var failure: E?
  let values = unsafe [T](unsafeUninitializedCapacity: count) { buffer, filled in
    let memory = unsafe buffer.baseAddress.map { UnsafeMutableRawPointer($0) } ?? nowhere
    unsafe ListKernels.adviseHugePages(memory, bytes: count * MemoryLayout<T>.stride)
    do throws(E) { try unsafe fill(memory) } catch { failure = error }
    filled = failure == nil ? count : 0
  }
  if let failure { throw failure }
  return values
}

/// Where nothing is written: the place of an empty array.
private nonisolated(unsafe) let nowhere = UnsafeMutableRawPointer.allocate(
  byteCount: 64, alignment: 64)
