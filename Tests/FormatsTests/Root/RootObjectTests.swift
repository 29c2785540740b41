import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

/// Branches of whole objects that Tools/reference/root_objects.py has built byte by byte, and uproot has read.
@Suite struct RootObjectTests {
  let path = TestData.golden("root/objects.root")

  /// TLorentzVector, a TClonesArray of them, TDatime and TMatrixTSym.
  @Test func membersAreThoseOfUproot() throws {
    let table = try openTable(path, tree: "objects")
    let columns = try loadGolden("root_objects.json").at("columns").members
    #expect(columns.count == 9)
    for (name, expected) in columns.map({ ($0.key, $0.value) }) {
      let values = try table.read([name], rows: 0..<table.count).columns[0].values
      if case .jagged(let lists) = values {
        #expect(lists.content.doubles == expected.flat, "\(name)")
        let lengths = zip(lists.offsets, lists.offsets.dropFirst()).map { $1 - $0 }
        #expect(lengths == (expected.items ?? []).map { $0.items?.count ?? -1 }, "\(name)")
      } else {
        #expect(values.doubles == expected.flat, "\(name)")
      }
    }
    #expect(table.schema.allSatisfy { $0.obstacle == nil }, "\(table.schema)")
  }

  @Test func anyBytesGiveValuesOrAnError() throws {
    for (file, trees) in [
      ("root/objects.root", ["objects"]), ("root/friends.root", ["first", "events"]),
    ] {
      try checkReader(
        TestData.golden(file), flips: 500, seed: 11, stride: 211, cutsMayRead: true
      ) { path in
        for name in trees {
          let table = try openTable(path, tree: name)
          for column in table.schema where column.obstacle == nil {
            do {
              _ = try table.read([column.name], rows: 0..<table.count)
            } catch is any ApusError {}
          }
        }
      }
    }
  }
}
