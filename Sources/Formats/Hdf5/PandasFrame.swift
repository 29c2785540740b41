import ApusEvents

extension Hdf5File {
  /// The column names that go with the datasets of a group that pandas wrote (`format="fixed"`), or nil
  /// for every other group.
  ///
  /// Such a group holds `axis0` (the names), `axis1` (the index), and for each type of column a matrix
  /// `block0_values` whose columns `block0_items` names.
  func pandasBlocks(_ datasets: [Dataset]) throws -> [(dataset: Dataset, names: [String])]? {
    guard datasets.contains(where: { $0.name == "axis0" }) else { return nil }
    var blocks: [(dataset: Dataset, names: [String])] = []
    for values in datasets
    where values.name.hasPrefix("block") && values.name.hasSuffix("_values") {
      let itemsName = values.name.dropLast("values".count) + "items"
      guard values.shape.count == 2, values.layout.leaves.count == 1, values.width < 1 << 20,
        let items = datasets.first(where: { $0.name == itemsName }), items.shape == [values.width]
      else { return nil }
      blocks.append((values, try names(items)))
    }
    return blocks.isEmpty ? nil : blocks
  }

  /// Names of columns; pandas has whole numbers where the user gave none.
  private func names(_ items: Dataset) throws -> [String] {
    let column = try columns(of: items, names: [items.name], wanted: nil).first
    switch column?.values {
    case .strings(let names)?: return names
    case .int64(let numbers)?: return numbers.map { "col\($0)" }
    case .integers(let numbers)?: return (0..<numbers.count).map { "col\(numbers.text($0))" }
    default:
      throw wrong(items.path, "the names of columns must be texts or whole numbers", "they are not")
    }
  }
}
