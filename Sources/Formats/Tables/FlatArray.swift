import ApusEvents

/// An array of numbers or texts: what formats without lists hold.
struct FlatArray {
  var name: String
  /// Numbers or texts.
  var values: Column.Values
  /// The sizes of its dimensions.
  var shape: [Int]

  /// The arrays that hold a column.
  ///
  /// A list `x` is its values `x`, one event's behind the other's, and `x.offsets`: int64, one more than events; event i
  /// has the values from `offsets[i]` up to `offsets[i + 1]`. A list of lists adds `x.offsets1`, whose entries are
  /// lists of the first level. Arrays of one size have more dimensions. `OffsetPairs` puts them together again.
  /// - Returns: Nil for arrays whose elements are lists.
  static func arrays(of column: Column) -> [FlatArray]? {
    var offsets: [FlatArray] = []
    var values = column.values
    while case .jagged(let lists) = values, lists.fixedShape == nil {
      offsets.append(
        FlatArray(
          name: OffsetPairs.name(column.name, depth: offsets.count),
          values: .int64(lists.offsets.map(Int64.init)),
          shape: [lists.offsets.count]))
      values = lists.content
    }
    var shape = [values.count]
    if case .jagged(let arrays) = values {
      shape += arrays.fixedShape ?? []
      values = arrays.content
    }
    if case .jagged = values { return nil }
    return [FlatArray(name: column.name, values: values, shape: shape)] + offsets
  }
}
