extension EventTable {
  /// The events at these positions, in this order.
  public func selecting(rows: [Int]) -> EventTable {
    replacing(columns.map { Column($0.name, $0.values.selecting(rows)) })
  }

  /// The events that a mask keeps; it has one entry an event.
  public func filtered(_ keep: [Bool]) -> EventTable {
    precondition(keep.count == count, "a mask of \(keep.count) for \(count) events")
    return keep.contains(false) ? selecting(rows: keep.indices.filter { keep[$0] }) : self
  }

  /// The table with one more column, or with the column of that name replaced.
  /// - Throws: ``TableError`` where the column has another length.
  public func adding(_ column: Column) throws(TableError) -> EventTable {
    var all = columns
    if let place = all.firstIndex(where: { $0.name == column.name }) {
      all[place] = column
    } else {
      all.append(column)
    }
    return try EventTable(all, source: source)
  }

  /// Columns that are known to fit together.
  private func replacing(_ columns: [Column]) -> EventTable {
    (try? EventTable(columns, source: source)) ?? self
  }
}
