/// How the elements of a column stand in its pages, as the format's table of column types numbers them.
enum NTupleEncoding: UInt16, Sendable {
  case bit = 0x00
  case byte, char, int8, uint8, int16, uint16, int32, uint32, int64, uint64
  case real16, real32, real64
  case index32, index64, switches
  case splitInt16, splitUInt16, splitInt32, splitUInt32, splitInt64, splitUInt64
  case splitReal16, splitReal32, splitReal64
  case splitIndex32, splitIndex64
  case real32Trunc, real32Quant

  /// The type that its elements have in memory without any conversion.
  var natural: NTupleElement {
    switch self {
    case .bit: .bool
    case .byte, .uint8: .uint8
    case .char, .int8: .int8
    case .int16, .splitInt16: .int16
    case .uint16, .splitUInt16: .uint16
    case .int32, .splitInt32: .int32
    case .uint32, .splitUInt32, .index32, .splitIndex32: .uint32
    case .int64, .splitInt64, .index64, .splitIndex64: .int64
    case .uint64, .splitUInt64: .uint64
    case .real16, .splitReal16, .real32, .splitReal32, .real32Trunc: .float32
    case .real64, .splitReal64, .real32Quant: .float64
    case .switches: .switches
    }
  }

  /// Which numbers of bits an element may have on storage.
  var bits: ClosedRange<Int> {
    switch self {
    case .bit: 1...1
    case .real16, .splitReal16: 16...16
    case .real32Trunc: 10...31
    case .real32Quant: 1...32
    case .switches: 96...96
    default: 8 * natural.size...8 * natural.size
    }
  }

  /// Whether the first bytes of all elements come first, then the second ones.
  var isSplit: Bool { (Self.splitInt16.rawValue...Self.splitIndex64.rawValue).contains(rawValue) }

  /// Whether signed numbers x stand as 2x and -2x - 1.
  var isZigzag: Bool { [.splitInt16, .splitInt32, .splitInt64].contains(self) }

  /// Whether all elements of a page but the first stand as differences to the one before.
  var isDelta: Bool { self == .splitIndex32 || self == .splitIndex64 }

  /// Whether the elements are the ends of lists.
  var isIndex: Bool { [.index32, .index64, .splitIndex32, .splitIndex64].contains(self) }
}

/// The types of elements in memory.
enum NTupleElement: Sendable, Equatable {
  case bool, int8, int16, int32, int64, uint8, uint16, uint32, uint64, float32, float64
  /// The elements of a variant's column: an index of 64 bits and a tag of 32.
  case switches

  /// The size in bytes.
  var size: Int {
    switch self {
    case .bool, .int8, .uint8: 1
    case .int16, .uint16: 2
    case .int32, .uint32, .float32: 4
    case .int64, .uint64, .float64: 8
    case .switches: 12
    }
  }

  /// Whether it is a floating-point number.
  var isReal: Bool { self == .float32 || self == .float64 }

  /// The element of a C++ type as RNTuple spells it; nil where it is none of the fundamental ones.
  init?(cppType: String) {
    let types: [String: NTupleElement] = [
      "bool": .bool, "char": .int8, "std::byte": .uint8, "std::int8_t": .int8,
      "std::uint8_t": .uint8, "std::int16_t": .int16, "std::uint16_t": .uint16,
      "std::int32_t": .int32, "std::uint32_t": .uint32, "std::int64_t": .int64,
      "std::uint64_t": .uint64, "float": .float32, "double": .float64,
    ]
    guard let found = types[cppType] else { return nil }
    self = found
  }

  /// The name of the type as NumPy has it.
  var name: String {
    switch self {
    case .bool: "bool"
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .float32: "float32"
    case .float64: "float64"
    case .switches: "variant"
    }
  }
}
