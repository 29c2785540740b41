/// One named column of an event table.
public struct Column: Sendable {
  /// The storage of a column: one entry an event.
  public indirect enum Values: Sendable, Equatable {
    /// Numbers in single precision.
    case float32([Float])
    /// Numbers in double precision.
    case float64([Double])
    /// Whole numbers of 64 bits.
    case int64([Int64])
    /// Whole numbers of another width, and truth values.
    case integers(Integers)
    /// Texts.
    case strings([String])
    /// A list an event.
    case jagged(Jagged)
  }

  /// The column's name, as formulas write it.
  public var name: String
  /// Its entries.
  public var values: Values

  /// Makes a column.
  public init(_ name: String, _ values: Values) {
    self.name = name
    self.values = values
  }

  /// The number of entries.
  public var count: Int { values.count }

  /// The entries as double precision numbers, or nil for strings and jagged columns.
  public var doubles: [Double]? { values.doubles }
}

extension Column.Values {
  /// The number of entries.
  public var count: Int {
    switch self {
    case .float32(let v): v.count
    case .float64(let v): v.count
    case .int64(let v): v.count
    case .integers(let v): v.count
    case .strings(let v): v.count
    case .jagged(let v): v.count
    }
  }

  /// The entries as double precision numbers, or nil for strings and lists.
  ///
  /// 64-bit integers beyond 2^53 are rounded. Cost: one pass.
  public var doubles: [Double]? {
    switch self {
    case .float32(let v): v.map(Double.init)
    case .float64(let v): v
    case .int64(let v): v.map(Double.init)
    case .integers(let v): v.doubles
    case .strings, .jagged: nil
    }
  }

  /// The type as `inspect` shows it: NumPy's name of a number, "string", `list<float32>`, `float32[3]`.
  public var typeName: String {
    switch self {
    case .float32: "float32"
    case .float64: "float64"
    case .int64: "int64"
    case .integers(let v): v.typeName
    case .strings: "string"
    case .jagged(let v):
      if let shape = v.fixedShape {
        v.content.typeName + shape.map { "[\($0)]" }.joined()
      } else {
        "list<\(v.content.typeName)>"
      }
    }
  }

  /// The entries at these positions, in this order.
  public func selecting(_ rows: some Sequence<Int>) -> Column.Values {
    switch self {
    case .float32(let v): .float32(rows.map { v[$0] })
    case .float64(let v): .float64(rows.map { v[$0] })
    case .int64(let v): .int64(rows.map { v[$0] })
    case .integers(let v): .integers(v.selecting(rows))
    case .strings(let v): .strings(rows.map { v[$0] })
    case .jagged(let v): .jagged(v.selecting(rows))
    }
  }

  /// One entry as text, for messages and `inspect`: numbers with the fewest digits that tell them apart,
  /// text in quotes, lists in brackets with at most eight values.
  public func text(_ entry: Int) -> String {
    switch self {
    case .float32(let v): return "\(v[entry])"
    case .float64(let v): return "\(v[entry])"
    case .int64(let v): return "\(v[entry])"
    case .integers(let v): return v.text(entry)
    case .strings(let v): return "'\(v[entry])'"
    case .jagged(let v):
      let range = v.range(entry)
      let shown = range.prefix(8).map { v.content.text($0) }
      return "[" + (shown + (range.count > 8 ? ["..."] : [])).joined(separator: ", ") + "]"
    }
  }
}
