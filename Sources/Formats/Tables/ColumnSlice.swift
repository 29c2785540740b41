import ApusEvents

extension Column.Values {
  /// The entries of a run of rows; costs nothing where it is all of them.
  func sliced(_ rows: Range<Int>) -> Column.Values {
    if rows == 0..<count { return self }
    return switch self {
    case .float32(let v): .float32(Array(v[rows]))
    case .float64(let v): .float64(Array(v[rows]))
    case .int64(let v): .int64(Array(v[rows]))
    case .strings(let v): .strings(Array(v[rows]))
    case .integers(let v): .integers(v.sliced(rows))
    case .jagged(let v): .jagged(v.sliced(rows))
    }
  }
}

extension Integers {
  fileprivate func sliced(_ rows: Range<Int>) -> Integers {
    switch self {
    case .int8(let v): .int8(Array(v[rows]))
    case .int16(let v): .int16(Array(v[rows]))
    case .int32(let v): .int32(Array(v[rows]))
    case .uint8(let v): .uint8(Array(v[rows]))
    case .uint16(let v): .uint16(Array(v[rows]))
    case .uint32(let v): .uint32(Array(v[rows]))
    case .uint64(let v): .uint64(Array(v[rows]))
    case .bool(let v): .bool(Array(v[rows]))
    }
  }
}

extension Jagged {
  fileprivate func sliced(_ rows: Range<Int>) -> Jagged {
    let first = offsets[rows.lowerBound]
    let last = offsets[rows.upperBound]
    return Jagged(
      offsets: offsets[rows.lowerBound...rows.upperBound].map { $0 - first },
      content: content.sliced(first..<last), fixedShape: fixedShape)
  }
}
