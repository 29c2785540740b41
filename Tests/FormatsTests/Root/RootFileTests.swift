import ApusEvents
import ApusFormats
import TestSupport
import Testing

@Suite struct RootFileTests {
  /// Every object of every file lies where uproot finds it and decompresses to the same bytes: all codecs.
  @Test(.data("root")) func objectsAreThoseOfUproot() throws {
    for (name, path, golden) in try rootFiles() {
      let found = try listRoot(path)
      let objects = golden.at("objects").members
      #expect(found.count == objects.count, "\(name)")
      for object in objects {
        let (address, expected) = (object.key, object.value)
        let bytes = try readRootObject(path, address)
        let entry = found.first { "\($0.path);\($0.cycle)" == address }
        #expect(entry?.className == expected.items?[0].text, "\(name):\(address)")
        #expect(
          bytes.withUnsafeBytes { digest($0) } == expected.items?[1].text, "\(name):\(address)")
        #expect(entry?.bytes == bytes.count)
      }
    }
  }

  @Test(.data("root/uproot-nesteddirs.root")) func aMissingObjectOffersNearNames() throws {
    let path = try TestData.path("root/uproot-nesteddirs.root")
    let text = message { _ = try readRootObject(path, "one/twoo/tree") }
    #expect(text.contains("one/twoo/tree: an object to read must be in the file"), "\(text)")
    #expect(text.contains("one/two") && text.contains("directory 'one'"), "\(text)")
    #expect(throws: Never.self) { _ = try readRootObject(path, "one/two/tree") }
    #expect(throws: Never.self) { _ = try readRootObject(path, "/one/tree;1") }
    #expect(message { _ = try readRootObject(path, "one/tree;2") }.contains("one/tree;2"))
  }

  /// Without its lists of keys, as a killed job leaves it, a file still gives all its objects.
  @Test(
    .data("root"),
    arguments: ["uproot-nesteddirs.root", "uproot-hepdata-example.root", "uproot-Zmumu.root"])
  func lostKeysAreFoundAgain(_ name: String) throws {
    let path = try TestData.path("root/" + name)
    let folder = try TemporaryFolder()
    let copy = try changed(path, in: folder) { bytes in
      let begin = Int(bytes[11])
      let nameSize = bytes[28..<32].reduce(0) { $0 << 8 | Int($1) }
      // Dates and sizes stand before the places of the directory, of the one above and of the keys.
      let keysSeek = begin + nameSize + 2 + 8 + 8 + 8
      for i in 0..<4 { bytes[keysSeek + i] = 0 }
    }
    let found = try listRoot(copy)
    let whole = try listRoot(path)
    #expect(Set(found.map(\.path)) == Set(whole.map(\.path)))
    for entry in whole where entry.className != "TDirectory" {
      #expect(try readRootObject(copy, entry.path) == readRootObject(path, entry.path))
    }
  }

  @Test func aDamagedLZ4BlockIsFoundByItsChecksum() throws {
    let path = TestData.golden("root/lz4.root")
    let folder = try TemporaryFolder()
    var places: [Int] = []
    _ = try changed(path, in: folder) { bytes in
      places = bytes.indices.dropLast(60).filter {
        bytes[$0] == 0x4c && bytes[$0 + 1] == 0x34 && bytes[$0 + 2] == 1
      }
    }
    #expect(places.count > 3)
    for place in places {
      // Behind the nine bytes of the header and the eight of the checksum.
      let copy = try changed(path, in: folder) { bytes in bytes[place + 20] ^= 1 }
      let text = message {
        _ = try readTable(copy, tree: "tree")
        _ = try readRootHistogram(copy, "histogram")
      }
      #expect(text.contains("LZ4 says: the checksum is wrong"), "\(text)")
    }
  }

  @Test(.data("root/uproot-vectorVectorDouble.root")) func aCutFileSaysSo() throws {
    let path = try TestData.path("root/uproot-vectorVectorDouble.root")
    try checkReader(path, flips: 200, stride: 13) { copy in
      for entry in try listRoot(copy) { _ = try readRootObject(copy, entry.path) }
    }
  }
}
