/// Whole numbers in the width that their file gives them; 64-bit signed ones have a case of their own in
/// ``Column/Values``.
public enum Integers: Sendable, Equatable {
  /// From -128 to 127.
  case int8([Int8])
  /// From -32,768 to 32,767.
  case int16([Int16])
  /// From -2³¹ to 2³¹ - 1.
  case int32([Int32])
  /// From 0 to 255.
  case uint8([UInt8])
  /// From 0 to 65,535.
  case uint16([UInt16])
  /// From 0 to 2³² - 1.
  case uint32([UInt32])
  /// From 0 to 2⁶⁴ - 1.
  case uint64([UInt64])
  /// Truth values; 1 and 0 in calculations.
  case bool([Bool])

  /// The number of entries.
  public var count: Int {
    switch self {
    case .int8(let v): v.count
    case .int16(let v): v.count
    case .int32(let v): v.count
    case .uint8(let v): v.count
    case .uint16(let v): v.count
    case .uint32(let v): v.count
    case .uint64(let v): v.count
    case .bool(let v): v.count
    }
  }

  /// The type of an entry, as NumPy names it.
  public var typeName: String {
    switch self {
    case .int8: "int8"
    case .int16: "int16"
    case .int32: "int32"
    case .uint8: "uint8"
    case .uint16: "uint16"
    case .uint32: "uint32"
    case .uint64: "uint64"
    case .bool: "bool"
    }
  }

  /// The entries in double precision; true is 1.
  ///
  /// Unsigned numbers beyond 2^53 are rounded. Cost: one pass.
  public var doubles: [Double] {
    switch self {
    case .int8(let v): v.map(Double.init)
    case .int16(let v): v.map(Double.init)
    case .int32(let v): v.map(Double.init)
    case .uint8(let v): v.map(Double.init)
    case .uint16(let v): v.map(Double.init)
    case .uint32(let v): v.map(Double.init)
    // Spelled out: `Double.init` of an unsigned word would be the one from a bit pattern.
    case .uint64(let v): v.map { Double($0) }
    case .bool(let v): v.map { $0 ? 1 : 0 }
    }
  }

  /// The entries as signed numbers of 64 bits.
  ///
  /// Nil where one is larger than they can hold.
  public var signed: [Int64]? {
    switch self {
    case .int8(let v): v.map(Int64.init)
    case .int16(let v): v.map(Int64.init)
    case .int32(let v): v.map(Int64.init)
    case .uint8(let v): v.map(Int64.init)
    case .uint16(let v): v.map(Int64.init)
    case .uint32(let v): v.map(Int64.init)
    case .uint64(let v): v.allSatisfy { $0 <= UInt64(Int64.max) } ? v.map(Int64.init) : nil
    case .bool(let v): v.map { $0 ? 1 : 0 }
    }
  }

  /// One entry as text: digits, or `true` and `false`.
  public func text(_ i: Int) -> String {
    switch self {
    case .int8(let v): "\(v[i])"
    case .int16(let v): "\(v[i])"
    case .int32(let v): "\(v[i])"
    case .uint8(let v): "\(v[i])"
    case .uint16(let v): "\(v[i])"
    case .uint32(let v): "\(v[i])"
    case .uint64(let v): "\(v[i])"
    case .bool(let v): "\(v[i])"
    }
  }

  /// The entries at these positions, in this order.
  public func selecting(_ rows: some Sequence<Int>) -> Integers {
    switch self {
    case .int8(let v): .int8(rows.map { v[$0] })
    case .int16(let v): .int16(rows.map { v[$0] })
    case .int32(let v): .int32(rows.map { v[$0] })
    case .uint8(let v): .uint8(rows.map { v[$0] })
    case .uint16(let v): .uint16(rows.map { v[$0] })
    case .uint32(let v): .uint32(rows.map { v[$0] })
    case .uint64(let v): .uint64(rows.map { v[$0] })
    case .bool(let v): .bool(rows.map { v[$0] })
    }
  }

  /// These entries and the others' behind them; nil where the types differ.
  func joined(with others: [Integers]) -> Integers? {
    func run<T>(_ first: [T], _ values: (Integers) -> [T]?) -> [T]? {
      let pieces = others.compactMap(values)
      return pieces.count == others.count ? Array(([first] + pieces).joined()) : nil
    }
    return switch self {
    case .int8(let v): run(v) { if case .int8(let o) = $0 { o } else { nil } }.map { .int8($0) }
    case .int16(let v): run(v) { if case .int16(let o) = $0 { o } else { nil } }.map { .int16($0) }
    case .int32(let v): run(v) { if case .int32(let o) = $0 { o } else { nil } }.map { .int32($0) }
    case .uint8(let v): run(v) { if case .uint8(let o) = $0 { o } else { nil } }.map { .uint8($0) }
    case .uint16(let v):
      run(v) { if case .uint16(let o) = $0 { o } else { nil } }.map { .uint16($0) }
    case .uint32(let v):
      run(v) { if case .uint32(let o) = $0 { o } else { nil } }.map { .uint32($0) }
    case .uint64(let v):
      run(v) { if case .uint64(let o) = $0 { o } else { nil } }.map { .uint64($0) }
    case .bool(let v): run(v) { if case .bool(let o) = $0 { o } else { nil } }.map { .bool($0) }
    }
  }
}
