import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport

/// The files that Tools/reference/root.py has read with uproot: name, path and what it found; those that are
/// not on this machine are left out.
func rootFiles() throws -> [(name: String, path: String, golden: JSONValue)] {
  let files = try loadGolden("root.json").at("files")
  return files.members.compactMap { file in
    TestData.path("root/" + file.key).map { (file.key, $0, file.value) }
  }
}

/// The digest of Tools/reference/root.py: FNV-1a over words of eight bytes, with a shift.
func digest(_ bytes: UnsafeRawBufferPointer) -> String {
  var value: UInt64 = 0xcbf2_9ce4_8422_2325
  func take(_ word: UInt64) {
    value = (value ^ word) &* 0x100_0000_01b3
    value ^= value >> 32
  }
  var place = 0
  while place + 8 <= bytes.count {
    take(UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)))
    place += 8
  }
  if place < bytes.count {
    take(bytes[place...].reversed().reduce(0) { $0 << 8 | UInt64($1) })
  }
  take(UInt64(bytes.count))
  let text = String(value, radix: 16)
  return String(repeating: "0", count: 16 - text.count) + text
}

/// A changed copy of a file.
func changed(
  _ path: String, in folder: TemporaryFolder, _ change: (inout [UInt8]) -> Void
) throws -> String {
  var bytes = try [UInt8](Data(contentsOf: URL(fileURLWithPath: path)))
  change(&bytes)
  let copy = folder.path("changed.root")
  try Data(bytes).write(to: URL(fileURLWithPath: copy))
  return copy
}
