import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct RNTupleTests {
  /// Every column of every sample file holds what uproot reads, bit for bit.
  @Test(.data("root")) func columnsAreThoseOfUproot() throws { try compareColumns(areOurs: false) }

  @Test func columnsOfOurFileAreThoseOfUproot() throws { try compareColumns(areOurs: true) }

  private func compareColumns(areOurs: Bool) throws {
    for (name, path, tree, golden) in try goldenRNTuples(areOurs: areOurs) {
      let table = try openRNTuple(path, tree)
      #expect(table.count == golden.at("entries").integer, "\(name)")
      let expected = golden.at("columns").members
      #expect(
        Set(table.schema.filter { $0.obstacle == nil }.map(\.name)).isSuperset(
          of: expected.map(\.key)),
        "\(name)")
      let read = try table.read(expected.map(\.key), rows: 0..<table.count)
      for (column, item) in zip(read.columns, expected) {
        let type = item.value.items?[0].text ?? ""
        #expect(
          column.values.rntupleDigest(type) == item.value.items?[1].text,
          "\(name).\(column.name) is \(column.values.typeName), not \(type)")
      }
    }
  }

  /// Read cluster by cluster, event by event or in odd runs, columns join to the same.
  @Test(.data("root")) func piecesJoinToTheWhole() throws { try joinPieces(areOurs: false) }

  @Test func piecesOfOurFileJoinToTheWhole() throws { try joinPieces(areOurs: true) }

  private func joinPieces(areOurs: Bool) throws {
    for (name, path, tree, _) in try goldenRNTuples(areOurs: areOurs) {
      let table = try openRNTuple(path, tree)
      let names = Array(table.schema.filter { $0.obstacle == nil }.map(\.name).prefix(60))
      let whole = try table.read(names, rows: 0..<table.count)
      #expect(table.pieces.first?.lowerBound == 0 && table.pieces.last?.upperBound == table.count)
      for cut in [table.pieces, runs(of: 7, table.count), runs(of: 1, min(table.count, 40))] {
        let parts = try cut.map { try table.read(names, rows: $0) }
        let end = cut.last?.upperBound ?? 0
        for column in whole.columns {
          let joined = Column.Values.joined(try parts.map { try $0.column(column.name).values })
          #expect(
            joined?.isSame(as: column.values.selecting(0..<end)) ?? false,
            "\(name).\(column.name), runs of \(cut.first?.count ?? 0)")
        }
      }
    }
  }

  private func runs(of length: Int, _ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: length).map { $0..<min(count, $0 + length) }
  }
}

extension Column.Values {
  /// Whether the values are the same, NaN included.
  func isSame(as other: Column.Values) -> Bool {
    typeName == other.typeName && rntupleDigest("") == other.rntupleDigest("")
  }
}
