import ApusEvents
import ApusFormats
import Foundation
import TestSupport
import Testing

/// `inspect` of what is damaged, and of what is no file.
@Suite struct InspectTests {
  private func table() throws -> EventTable {
    try EventTable([
      Column("good", .float64((0..<1000).map { Double($0) })),
      Column("bad", .float64((0..<1000).map { Double($0 * 77 % 1000) + 0.5 })),
      Column("last", .int64((0..<1000).map { $0 })),
    ])
  }

  /// A file of which the middle column's stored bytes are changed.
  @Test(arguments: ["d.root", "d.parquet", "d.npz", "d.h5"])
  func aDamagedColumnIsNamedBesideTheOthers(_ name: String) throws {
    let folder = try TemporaryFolder()
    let path = folder.path(name)
    try writeTable(try table(), to: path)
    var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
    func rowsAreRead(_ column: String) -> Bool {
      (try? readTable(path, columns: [column]))?.count == 1000
    }
    // The place where only this column breaks.
    var place = 64
    while place < bytes.count {
      var changed = bytes
      for i in place..<min(place + 48, bytes.count) { changed[i] = ~changed[i] }
      try Data(changed).write(to: URL(fileURLWithPath: path))
      if !rowsAreRead("bad"), rowsAreRead("good"), rowsAreRead("last") { break }
      place += 31
    }
    try #require(place < bytes.count, "no place found in \(name)")
    bytes = []
    let text = try inspect(path).text
    #expect(text.contains("0.0, 1.0, 2.0, 3.0 ..."), "\(text)")
    #expect(text.contains("0, 1, 2, 3 ..."), "\(text)")
    #expect(text.contains("unreadable: ") || text.contains("damaged data"), "\(text)")
  }

  @Test func pipesAndDevicesAreNotWaitedFor() throws {
    let folder = try TemporaryFolder()
    let pipe = folder.path("pipe.root")
    try #require(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, "/dev/zero", "/dev/null"] {
      let text = message { _ = try inspect(path) }
      let what = path == pipe ? "a pipe" : "a device"
      #expect(text.contains("a regular file, but this is \(what)"), "\(text)")
      #expect(message { _ = try openTable(path) } == text)
      #expect(message { _ = try readTable(path) } == text)
    }
  }
}
