import ApusEvents

/// How one element of an array lies in a file's bytes.
enum ElementType: Equatable, Sendable {
  case integer(bytes: Int, isSigned: Bool)
  case real(bytes: Int)
  /// One byte, true where it is not zero.
  case flag
  /// Text of a fixed number of bytes, filled up with zeros or blanks.
  case text(bytes: Int)
  /// Text of a fixed number of UTF-32 code points, as NumPy writes it.
  case wideText(characters: Int)

  /// The size of an element in bytes.
  var size: Int {
    switch self {
    case .integer(let bytes, _), .real(let bytes), .text(let bytes): bytes
    case .flag: 1
    case .wideText(let characters): 4 * characters
    }
  }

  /// The name of the type, as `inspect` shows it.
  var name: String {
    switch self {
    case .integer(let bytes, let isSigned): "\(isSigned ? "int" : "uint")\(8 * bytes)"
    case .real(let bytes): "float\(8 * bytes)"
    case .flag: "bool"
    case .text(let bytes): "string[\(bytes)]"
    case .wideText(let characters): "string[\(characters)]"
    }
  }
}

extension ElementType {
  /// The name of the type as a column has it: texts of any length are alike.
  var columnName: String {
    switch self {
    case .text, .wideText: "string"
    case .real(2): "float32"
    default: name
    }
  }
}

/// Elements of one type at equal distances in a file's bytes.
struct StridedElements {
  var type: ElementType
  var isBigEndian: Bool
  /// The position of the first element.
  var start: Int
  /// The distance from one element to the next, in bytes.
  var stride: Int
  var count: Int

  /// The elements as a column's values: whole numbers in their width, float16 as float32.
  ///
  /// The caller has checked that all elements lie within the bytes.
  func values(_ bytes: UnsafeRawBufferPointer) -> Column.Values {
    precondition(
      count == 0 || start >= 0 && start + (count - 1) * stride + type.size <= bytes.count,
      "elements at \(start) + \(count) * \(stride) within \(bytes.count) bytes")
    switch type {
    case .real(2): return unsafe .float32(loads(bytes, as: UInt16.self) { Self.half($0) })
    case .real(4): return unsafe .float32(loads(bytes, as: UInt32.self) { Float(bitPattern: $0) })
    case .real: return unsafe .float64(loads(bytes, as: UInt64.self) { Double(bitPattern: $0) })
    case .integer(1, true): return unsafe .integers(.int8(loads(bytes, as: Int8.self) { $0 }))
    case .integer(2, true): return unsafe .integers(.int16(loads(bytes, as: Int16.self) { $0 }))
    case .integer(4, true): return unsafe .integers(.int32(loads(bytes, as: Int32.self) { $0 }))
    case .integer(8, true): return unsafe .int64(loads(bytes, as: Int64.self) { $0 })
    case .integer(1, false): return unsafe .integers(.uint8(loads(bytes, as: UInt8.self) { $0 }))
    case .integer(2, false): return unsafe .integers(.uint16(loads(bytes, as: UInt16.self) { $0 }))
    case .integer(4, false): return unsafe .integers(.uint32(loads(bytes, as: UInt32.self) { $0 }))
    case .integer: return unsafe .integers(.uint64(loads(bytes, as: UInt64.self) { $0 }))
    case .flag: return unsafe .integers(.bool(loads(bytes, as: UInt8.self) { $0 != 0 }))
    case .text, .wideText: return .strings((0..<count).map { unsafe text(bytes, $0) })
    }
  }

  private func loads<Raw: FixedWidthInteger & BitwiseCopyable, Value>(
    _ bytes: UnsafeRawBufferPointer, as: Raw.Type, _ convert: (Raw) -> Value
  ) -> [Value] {
    unsafe [Value](unsafeUninitializedCapacity: count) { buffer, filled in
      unsafe buffer.adviseLargePages()
      filled = count
      guard count > 0, let base = bytes.baseAddress, let out = buffer.baseAddress else { return }
      var p = unsafe base + start
      for i in 0..<count {
        let raw = unsafe p.loadUnaligned(as: Raw.self)
        unsafe (out + i).initialize(
          to: convert(isBigEndian ? Raw(bigEndian: raw) : Raw(littleEndian: raw)))
        unsafe p += stride
      }
    }
  }

  private func text(_ bytes: UnsafeRawBufferPointer, _ i: Int) -> String {
    let place = start + i * stride
    let field = unsafe UnsafeRawBufferPointer(rebasing: bytes[place..<place + type.size])
    guard case .wideText(let characters) = type else {
      let end = unsafe field.firstIndex(of: 0) ?? field.count
      return unsafe String(decoding: field[..<end], as: UTF8.self)
    }
    var text = String.UnicodeScalarView()
    for k in 0..<characters {
      let raw = unsafe field.loadUnaligned(fromByteOffset: 4 * k, as: UInt32.self)
      let code = isBigEndian ? UInt32(bigEndian: raw) : UInt32(littleEndian: raw)
      if code == 0 { break }
      text.append(Unicode.Scalar(code) ?? "\u{fffd}")
    }
    return String(text)
  }

  /// IEEE 754 half precision; written out because `Float16` is not on every machine that Swift is on.
  static func half(_ bits: UInt16) -> Float {
    let sign = UInt32(bits & 0x8000) << 16
    let exponent = UInt32(bits >> 10 & 0x1f)
    let fraction = UInt32(bits & 0x3ff)
    switch exponent {
    case 0: return (sign == 0 ? 1 : -1) * Float(fraction) * 0x1p-24
    case 31: return Float(bitPattern: sign | 0x7f80_0000 | fraction << 13)
    default: return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension Column {
  /// The type of the column, as `inspect` shows it.
  var typeName: String { values.typeName }
}
