import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct RootTreeTests {
  /// Every column of every tree of every file, read by its path, is that of uproot, bit for bit.
  @Test(.data("root")) func columnsAreThoseOfUproot() throws {
    for (name, path, golden) in try rootFiles() {
      for tree in golden.at("trees").members {
        let table = try openTable(path, tree: tree.key)
        #expect(table.count == tree.value.at("entries").integer, "\(name)")
        let wanted = tree.value.at("columns").members.filter {
          $0.value.strings?.first != "unread"
        }
        let read = try table.read(wanted.map(\.key), rows: 0..<table.count)
        for (column, expected) in zip(read.columns, wanted) {
          #expect(
            column.values.fingerprint == expected.value.strings,
            "\(name):\(tree.key):\(column.name)")
        }
      }
    }
  }

  /// Whatever piece of a tree is read, it is that part of the whole.
  @Test(
    .data("root"),
    arguments: [
      "uproot-HZZ-zstd.root", "uproot-sample-5.30.00-lzma.root", "uproot-stl_containers.root",
    ])
  func piecesAreParts(_ name: String) throws {
    let path = try TestData.path("root/" + name)
    let table = try openTable(path)
    let names = table.schema.filter { $0.obstacle == nil }.map(\.name)
    let whole = try table.read(names, rows: 0..<table.count)
    #expect(table.pieces.first?.lowerBound == 0 && table.pieces.last?.upperBound == table.count)
    for (left, right) in zip(table.pieces, table.pieces.dropFirst()) {
      #expect(left.upperBound == right.lowerBound)
    }
    let middle = table.count / 2
    for rows in [0..<0, 0..<1, middle..<middle, 1..<middle + 1, middle..<table.count]
      + table.pieces.prefix(3)
    {
      let part = try table.read(names, rows: rows)
      let expected = whole.selecting(rows: Array(rows))
      #expect(part.columns.map(\.values) == expected.columns.map(\.values), "\(name) \(rows)")
    }
  }

  @Test(.data("root/uproot-mc10events.root")) func whatIsNotUnderstoodIsNamed() throws {
    let path = try TestData.path("root/uproot-mc10events.root")
    let table = try openTable(path)
    let unread = table.schema.filter { $0.obstacle != nil }
    #expect(unread.map(\.name).contains("triggerBits"))
    let text = message { _ = try table.read(["triggerBits"], rows: 0..<2) }
    #expect(text.contains("Info/triggerBits") && text.contains("hold no bytes"), "\(text)")
    #expect(try readTable(path).names.count == table.schema.count - unread.count)
  }
}
