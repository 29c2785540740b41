import ApusEvents

/// Jagged columns in formats without lists: the array `x` holds all values, `x.offsets` where each list starts
/// and where the last ends (entries + 1); lists of lists add `x.offsets1` for the inner ones, and so on.
enum OffsetPairs {
  /// The name of the array that holds the offsets of lists of a depth.
  static func name(_ values: String, depth: Int) -> String {
    values + ".offsets" + (depth == 0 ? "" : "\(depth)")
  }

  /// For the name of each array of values that has offsets, the names of its offsets, outermost first.
  static func find(among names: [String]) -> [String: [String]] {
    let all = Set(names)
    var pairs: [String: [String]] = [:]
    for values in names where all.contains(name(values, depth: 0)) {
      var depth = 1
      while depth < 16, all.contains(name(values, depth: depth)) { depth += 1 }
      pairs[values] = (0..<depth).map { name(values, depth: $0) }
    }
    return pairs
  }

  /// Lists around values, innermost offsets last.
  /// - Throws: ``FormatError`` where offsets do not start at 0, fall, or do not end with the values.
  static func jagged(
    _ values: Column.Values, _ offsets: [Column.Values], column: String, file: String
  ) throws(FormatError) -> Column.Values {
    var values = values
    for (depth, starts) in offsets.enumerated().reversed() {
      let places = places(starts)
      guard let places, Jagged.areValid(places, count: values.count) else {
        throw FormatError(
          file, object: name(column, depth: depth),
          "offsets must be whole numbers from 0, never fall, and end with the \(values.count) values of "
            + "'\(column)'",
          found: places.map {
            $0.isEmpty ? "there are none" : "they run from \($0[0]) to \($0[$0.count - 1])"
          }
            ?? "they are \(starts.typeName)",
          remedy: "Is one of the arrays of another sample?")
      }
      values = .jagged(Jagged(offsets: places, content: values))
    }
    return values
  }

  /// Offsets as places; nil where they are no whole numbers.
  static func places(_ values: Column.Values) -> [Int]? {
    switch values {
    case .int64(let v): v.map { Int($0) }
    case .integers(let v): v.signed?.map { Int($0) }
    default: nil
    }
  }
}
