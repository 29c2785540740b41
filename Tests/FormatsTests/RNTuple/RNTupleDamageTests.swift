import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport
import Testing

/// Damaged files give a value or a `FormatError` that names the file; never a trap, a hang or a huge allocation.
@Suite struct RNTupleDamageTests {
  private var isSlow: Bool { ProcessInfo.processInfo.environment["SLOW"] == "1" }

  /// Reads everything that a file holds; returns how many events, or the error's message.
  private func readAll(_ path: String) -> Result<Int, any Error> {
    Result {
      let table = try openRNTuple(path, threads: 1)
      let names = table.schema.filter { $0.obstacle == nil }.map(\.name)
      return try table.read(names, rows: 0..<table.count).count
    }
  }

  private func check(_ path: String, _ note: String) {
    if case .failure(let error) = readAll(path) {
      #expect(error is FormatError || error is TableError, "\(note): \(error)")
    }
  }

  @Test(
    .data("root"),
    arguments: [
      "test_int_float_rntuple_v1-0-0-0.root", "test_1jag_int_float_rntuple_v1-0-0-0.root",
      "test_nested_structs_rntuple_v1-0-0-0.root",
    ])
  func filesCutAnywhereAreRefused(_ name: String) throws {
    let path = try TestData.path("root/" + name)
    let bytes = try readFile(path)
    let folder = try TemporaryFolder()
    for length in stride(from: 0, to: bytes.count, by: isSlow ? 1 : 3) {
      let copy = folder.path("cut.root")
      try Data(bytes.prefix(length)).write(to: URL(fileURLWithPath: copy))
      guard case .failure(let error) = readAll(copy) else {
        Issue.record("\(name) of \(length) bytes is read")
        continue
      }
      #expect(error is FormatError, "\(error)")
    }
  }

  /// Every byte of three files is changed in four ways: 29,000 files.
  @Test(
    .data("root"),
    .slow,
    arguments: [
      "test_int_float_rntuple_v1-0-0-0.root", "test_extension_columns_rntuple_v1-0-0-0.root",
      "test_stl_containers_rntuple_v1-0-0-0.root",
    ])
  func changedBytesNeverTrap(_ name: String) throws {
    let path = try TestData.path("root/" + name)
    try change(path, in: [try readFile(path).indices], by: [0x01, 0x80, 0xff, 0x10])
  }

  @Test(.data("root/test_1jag_int_float_rntuple_v1-0-0-0.root")) func everyChangedByteIsMet() throws
  {
    let path = try TestData.path("root/test_1jag_int_float_rntuple_v1-0-0-0.root")
    try change(path, in: [try readFile(path).indices], by: [0x81])
  }

  /// Changes each byte of some parts of a file, with what puts things right again afterwards.
  private func change(
    _ path: String, in parts: [Range<Int>], by changes: [UInt8], step: Int = 1,
    then repair: (inout [UInt8], Range<Int>) -> Void = { _, _ in }
  ) throws {
    let bytes = try readFile(path)
    let folder = try TemporaryFolder()
    let copy = folder.path("changed.root")
    for part in parts {
      for place in stride(from: part.lowerBound, to: part.upperBound, by: step) {
        for change in changes {
          var other = bytes
          other[place] ^= change
          repair(&other, part)
          try Data(other).write(to: URL(fileURLWithPath: copy))
          check(copy, "\(path), byte \(place) ^ \(change)")
        }
      }
    }
  }

  /// What checksums would hide: files whose metadata were changed and their checksums made right again.
  @Test func changedMetadataWithRightChecksumsNeverTrap() throws {
    let path = TestData.golden("formats/uproot_rntuple.root")
    let envelopes = findEnvelopes(try readFile(path))
    #expect(envelopes.count >= 4, "a header, a footer and two page lists")
    try change(path, in: envelopes, by: [0x81], step: isSlow ? 1 : 9) { repair(&$0, $1) }
  }

  @Test(.data("root/test_int_float_rntuple_v1-0-0-0.root"))
  func aDamagedPageIsNamedWithColumnAndPlace() throws {
    let path = try TestData.path("root/test_int_float_rntuple_v1-0-0-0.root")
    var bytes = try readFile(path)
    // The first record behind the header envelope holds the pages of the first column.
    let table = try openRNTuple(path)
    let folder = try TemporaryFolder()
    var messages: Set<String> = []
    for place in stride(from: 200, to: bytes.count, by: 5) {
      bytes[place] ^= 0x55
      let copy = folder.path("page.root")
      try Data(bytes).write(to: URL(fileURLWithPath: copy))
      bytes[place] ^= 0x55
      if let damaged = try? openRNTuple(copy) {
        messages.insert(message { _ = try damaged.read(table.columnNames, rows: 0..<table.count) })
      }
    }
    let expected = "a page must have the checksum that stands behind it, but it has another."
    #expect(
      messages.contains { $0.contains("ntuple.one_integers, byte ") && $0.contains(expected) },
      "\(messages)")
  }
}
