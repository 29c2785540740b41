import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

/// Files that ROOT 6.40 has written (Tools/reference/root_written.py), against the values that ROOT itself reads.
@Suite struct RootWrittenTests {
  private func path(_ name: String) -> String { TestData.golden("written/" + name) }

  /// The numbers and texts of a column in order, and the lengths of all lists.
  private struct Notes {
    var numbers: [Double] = []
    var texts: [String] = []
    var lengths: [Int] = []

    init(_ values: Column.Values) {
      for entry in 0..<values.count { add(values, entry) }
    }

    private mutating func add(_ values: Column.Values, _ entry: Int) {
      switch values {
      case .strings(let texts): self.texts.append(texts[entry])
      case .jagged(let lists):
        let range = lists.offsets[entry]..<lists.offsets[entry + 1]
        lengths.append(range.count)
        for i in range { add(lists.content, i) }
      default:
        numbers.append(values.selecting([entry]).doubles?.first ?? .nan)
      }
    }
  }

  @Test func columnsAreThoseOfRoot() throws {
    let golden = try loadGolden("written.json")
    var compared = 0
    for (address, columns) in golden.at("tables").members.map({ ($0.key, $0.value) }) {
      let parts = address.split(separator: ":")
      let table = try openTable(path(String(parts[0])), tree: String(parts[1]))
      for (name, expected) in columns.members.map({ ($0.key, $0.value) }) {
        guard let column = try? table.read([name], rows: 0..<table.count).columns[0] else {
          Issue.record("\(address): \(name) can't be read")
          continue
        }
        let found = Notes(column.values)
        let numbers = (expected.at("numbers").items ?? []).map { $0.double ?? .nan }
        // ROOT divides packed numbers by the steps in one, here they are multiplied by the size of one.
        let error = address.hasPrefix("packed") ? 4e-15 : 0
        let same = zip(found.numbers, numbers).allSatisfy {
          abs($0 - $1) <= error || $0.isNaN && $1.isNaN
        }
        #expect(same && found.numbers.count == numbers.count, "\(address): \(name)")
        #expect(found.texts == (expected.at("texts").items ?? []).map { $0.text ?? "" }, "\(name)")
        // Where every entry has one value, ROOT notes none.
        let lengths = expected.at("lengths").flat.map { Int($0) }
        if !lengths.isEmpty { #expect(found.lengths == lengths, "\(address): \(name)") }
        compared += 1
      }
    }
    #expect(compared > 200)
  }

  @Test(arguments: ["zlib", "lzma", "old", "lz4", "zstd"])
  func everyCodecGivesTheSameValues(_ codec: String) throws {
    let plain = try openTable(path("leaves_plain.root"), tree: "tree")
    let packed = try openTable(path("leaves_\(codec).root"), tree: "tree")
    let names = plain.schema.map(\.name)
    let read = try packed.read(names, rows: 0..<packed.count)
    for (a, b) in zip(try plain.read(names, rows: 0..<plain.count).columns, read.columns) {
      #expect(a.values == b.values, "\(a.name)")
    }
  }

  @Test func nothingThatRootWroteIsUnreadable() throws {
    for (file, trees) in [
      ("split.root", ["tree"]), ("whole.root", ["tree"]), ("packed.root", ["tree"]),
      ("cycles.root", ["tree", "tree;7", "a/b/part"]), ("encodings.root", ["tuple"]),
      ("nested.root", ["deep/tuple"]), ("friends.root", ["events"]), ("killed.root", ["tree"]),
    ] {
      for name in trees {
        let table = try openTable(path(file), tree: name)
        #expect(table.schema.allSatisfy { $0.obstacle == nil }, "\(file): \(table.schema)")
        _ = try table.read(table.schema.map(\.name), rows: 0..<table.count)
      }
    }
  }

  @Test func histogramsAreThoseOfRoot() throws {
    let golden = try loadGolden("written.json").at("histograms").members
    #expect(golden.count == 12)
    for (name, expected) in golden.map({ ($0.key, $0.value) }) {
      let found = try readRootHistogram(path("histograms.root"), name)
      expectClose(found.contents, expected.at("contents").flat, name)
      expectClose(
        found.variances.map { $0.squareRoot() }, expected.at("errors").flat.map { abs($0) },
        relative: 1e-6, name)
      #expect(found.entries == expected.at("entries").double)
      for (axis, edges) in zip(found.axes, expected.at("edges").items ?? []) {
        expectClose(axis.edges, edges.flat, name)
      }
      let labels = (expected.at("labels").items ?? []).map { $0.items?.map { $0.text ?? "" } ?? [] }
      #expect(found.axes.map(\.labels) == labels, "\(name)")
    }
  }

  /// A tree of a job that was killed: what stood in the file when the tree was saved last.
  @Test func treesOfKilledJobsAreFound() throws {
    let table = try openTable(path("killed.root"), tree: "tree")
    #expect(table.count == 121)
    let y = try table.read(["y"], rows: 0..<121).columns[0].values.doubles
    #expect(y == (0..<121).map { Double($0) / 3 })
  }

  /// ROOT writes no byte for an empty text, and the last of a basket is one.
  @Test func emptyTextsAreEmpty() throws {
    let table = try openTable(path("leaves_zlib.root"), tree: "tree")
    let expected = (0..<90).map { $0 % 7 == 3 || $0 == 89 ? "" : "l\($0)" }
    #expect(try table.read(["label"], rows: 0..<90).texts("label") == expected)
  }

  /// Friends by entry and by index, as `TTree::AddFriend` noted them.
  @Test func friendsStandBesideTheirTree() throws {
    let table = try openTable(path("friends.root"), tree: "events")
    let read = try table.read(["w", "z"], rows: 0..<30)
    #expect(try read.numbers("w") == (0..<30).map { -Double($0) })
    for (i, z) in try read.numbers("z").enumerated() {
      let key = i % 3 * 10 + i / 3
      if key == 13 { #expect(z.isNaN) } else { #expect(z == Double(key) / 2) }
    }
  }

  @Test func variantsSayWhichTheyAre() throws {
    let table = try openTable(path("nested.root"), tree: "deep/tuple")
    let names = ["variant.tag", "variant._0", "variant._1", "variant._2"]
    let read = try table.read(names, rows: 0..<30)
    #expect(try read.numbers("variant.tag") == (0..<30).map { Double($0 % 3 + 1) })
    for i in 0..<30 {
      #expect(try i % 3 != 0 || read.numbers("variant._0")[i] == Double(i))
      #expect(try i % 3 != 1 || read.numbers("variant._1")[i] == Double(i) / 2)
      #expect(try i % 3 != 2 || read.texts("variant._2")[i] == "v\(i)")
    }
  }

  @Test(arguments: ["whole.root", "split.root", "nested.root", "encodings.root"])
  func anyBytesGiveValuesOrAnError(_ file: String) throws {
    try checkReader(path(file), flips: 60, seed: 5, stride: 1777, cutsMayRead: true) { path in
      for entry in try listRoot(path) where ["TTree", "ROOT::RNTuple"].contains(entry.className) {
        let table = try openTable(path, tree: entry.path)
        for column in table.schema where column.obstacle == nil {
          do {
            _ = try table.read([column.name], rows: 0..<table.count)
          } catch is any ApusError {}
        }
      }
    }
  }
}
