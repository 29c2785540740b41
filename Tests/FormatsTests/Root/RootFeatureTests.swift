import ApusEvents
import ApusFormats
import ApusKernels
import FoundationEssentials
import TestSupport
import Testing

/// Trees that Tools/reference/root_features.py has built byte by byte after ROOT's specification, and uproot has read.
@Suite struct RootFeatureTests {
  let path = TestData.golden("root/features.root")

  /// Packed numbers with and without range and bits, cycles, and baskets that never left the tree's object.
  @Test func columnsAreThoseOfUproot() throws {
    for tree in try loadGolden("root_features.json").at("trees").members {
      let table = try openTable(path, tree: tree.key)
      #expect(table.count == tree.value.at("entries").integer, "\(tree.key)")
      for (name, expected) in tree.value.at("columns").members.map({ ($0.key, $0.value) }) {
        // Of 32 bits uproot takes a step more than ROOT; RootWrittenTests hold ROOT's own values.
        if name == "d_whole" { continue }
        let column = try table.read([name], rows: 0..<table.count).columns[0]
        #expect(column.values.fingerprint == expected.strings, "\(tree.key):\(name)")
      }
    }
  }

  @Test func theNewestCycleIsMeantWhereNoneIsNamed() throws {
    #expect(try readTable(path, tree: "cycled").numbers("x") == [1, 2, 3, 4, 5])
    #expect(try readTable(path, tree: "cycled;1").numbers("x") == [1, 2, 3])
    #expect(try readTable(path + ":cycled;2").count == 5)
    let text = message { _ = try openTable(path, tree: "cycled;3") }
    #expect(text.contains("cycled;3"), "\(text)")
  }

  /// Packed numbers come back within half a step of what was packed.
  @Test func packedNumbersAreNearThoseThatWerePacked() throws {
    let table = try readTable(path, tree: "packed")
    let exact = (0..<40).map { -2.4 + 0.3 * Double($0) }
    for (name, step) in [
      ("d_range", 12.5 / 65536), ("d_whole", 12.5 / 4294967296), ("f_range", 12.5 / 4096),
    ] {
      let worst = zip(try table.numbers(name), exact).map { abs($0 - $1) }.max() ?? .nan
      #expect(worst <= 0.51 * step + 1e-6, "\(name) \(worst)")
    }
    // Mantissas of so many bits are relative.
    for (name, bits) in [("d_bits", 10), ("f", 12), ("f_bits", 8)] {
      let worst = zip(try table.numbers(name), exact).map { abs($0 - $1) / abs($1) }.max() ?? .nan
      #expect(worst <= 1 / Double(1 << bits), "\(name) \(worst)")
    }
  }

  @Test func friendsStandBesideTheirTree() throws {
    let table = try openTable(path, tree: "main")
    #expect(
      table.schema.filter { $0.obstacle == nil }.map(\.name)
        == ["x", "y", "near.w", "z", "far.w", "far.x"])
    let read = try table.read(["far.z", "x", "y", "near.y", "far.x", "far.w"], rows: 1..<3)
    #expect(try read.numbers("far.z") == [100, 200])
    #expect(try read.numbers("x") == [1, 2])
    #expect(try read.numbers("y") == [10, 20] && read.numbers("near.y") == [10, 20])
    #expect(try read.numbers("far.x") == [-1, -2] && read.numbers("far.w") == [8, 9])
    let text = message { _ = try table.read(["w"], rows: 0..<1) }
    #expect(text.contains("there is no column 'w'"), "\(text)")
    for (name, reason) in [
      ("short.y", "a friend must have as many entries as"), ("lost.a", "nothing.root"),
      ("remote.a", "far.away"),
    ] {
      let text = message { _ = try table.read([name], rows: 0..<1) }
      #expect(
        text.contains("a friend to read must fit its table") && text.contains(reason), "\(text)")
    }
    let seen = try inspect(path).text
    #expect(seen.contains("far.x"), "\(seen)")
  }

  @Test func anyBytesGiveValuesOrAnError() throws {
    try checkReader(path, flips: 400, seed: 5, stride: 997, cutsMayRead: true) { path in
      for name in ["main", "packed", "cycled", "rescued"] {
        let table = try openTable(path, tree: name)
        for column in table.schema {
          do { _ = try table.read([column.name], rows: 0..<table.count) } catch is any ApusError {}
        }
      }
    }
  }
}
