import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport
import Testing

/// Small trees that Tools/reference/root.py has written with uproot, cut and changed byte by byte.
@Suite struct RootHostileTests {
  static let files = ["plain.root", "zlib.root", "lzma.root", "lz4.root", "zstd.root"]

  private func readAll(_ path: String) throws {
    let table = try openTable(path, tree: "tree")
    // Each column by itself: one that is damaged must not hide the others.
    var first: (any Error)?
    for column in table.schema {
      do { _ = try table.read([column.name], rows: 0..<table.count) } catch {
        first = first ?? error
      }
    }
    if let first { throw first }
    _ = try readRootHistogram(path, "histogram")
    _ = try inspect(path)
  }

  @Test(arguments: files)
  func anyBytesGiveValuesOrAnError(_ name: String) throws {
    try checkReader(TestData.golden("root/" + name), flips: 500, seed: 3, stride: 499, readAll)
  }

  /// A file whose header admits that it is short is read as far as it goes, or refused; nothing else happens.
  @Test(arguments: files)
  func shortFilesThatAdmitItGiveValuesOrAnError(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = TestData.golden("root/" + name)
    let size = try listRoot(path).count > 0 ? 52000 : 0
    for length in stride(from: 100, to: size, by: 379) {
      let copy = try changed(path, in: folder) { bytes in
        bytes.removeLast(bytes.count - length)
        for i in 0..<4 { bytes[12 + i] = UInt8(truncatingIfNeeded: length >> (24 - 8 * i)) }
      }
      do { try readAll(copy) } catch let error as any ApusError {
        #expect(error.message.contains("changed.root"))
      }
    }
  }

  @Test func smallTreesHaveTheirValues() throws {
    for name in Self.files {
      let table = try readTable(TestData.golden("root/" + name), tree: "tree")
      #expect(table.count == 12)
      #expect(try table.numbers("x") == (0..<12).map { Double($0) * 0.5 })
      #expect(try table.column("flag").values == .integers(.bool((0..<12).map { $0 % 3 == 0 })))
      guard case .jagged(let lists) = try table.column("list").values else {
        Issue.record("list is no list")
        continue
      }
      #expect(lists.count == 12 && lists.range(3).count == 3)
      #expect(
        lists.content == .float32((0..<12).flatMap { n in (0..<n % 4).map { Float(10 * n + $0) } }))
      #expect(try table.column("cube").values.typeName == "float64[2][2]")
      #expect(try table.column("n").values == .integers(.int32((0..<12).map { $0 % 4 })))
    }
  }

  @Test func labelsOfBinsAreRead() throws {
    let histogram = try readRootHistogram(TestData.golden("root/zlib.root"), "histogram")
    #expect(histogram.values == [1, 2, 3.5] && histogram.axes[0].edges == [0, 1, 2, 4])
    #expect(histogram.errors.map { $0 * $0 }.map { ($0 * 4).rounded() } == [4, 8, 14])
  }
}
