import ApusEvents
import ApusFormats
import FoundationEssentials
import TestSupport

/// The files that Tools/reference/root.py has read with uproot: name, path and what it found.
func rootFiles() throws -> [(name: String, path: String, golden: JSONValue)] {
  let files = try loadGolden("root.json").at("files")
  return try files.members.map { ($0.key, try TestData.path("root/" + $0.key), $0.value) }
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

extension Column.Values {
  /// The bytes that Tools/reference/root.py digests: numbers little-endian, of lists the starts before the values,
  /// of texts the length before each.
  var canonicalBytes: [UInt8] {
    func raw<T: BitwiseCopyable>(_ values: [T]) -> [UInt8] { values.withUnsafeBytes { Array($0) } }
    switch self {
    case .float32(let v): return raw(v)
    case .float64(let v): return raw(v)
    case .int64(let v): return raw(v)
    case .integers(let v):
      return switch v {
      case .int8(let v): raw(v)
      case .int16(let v): raw(v)
      case .int32(let v): raw(v)
      case .uint8(let v): raw(v)
      case .uint16(let v): raw(v)
      case .uint32(let v): raw(v)
      case .uint64(let v): raw(v)
      case .bool(let v): v.map { $0 ? 1 : 0 }
      }
    case .strings(let v): return v.flatMap { raw([Int64($0.utf8.count)]) + Array($0.utf8) }
    case .jagged(let v):
      return (v.fixedShape == nil ? raw(v.offsets.map { Int64($0) }) : [])
        + v.content.canonicalBytes
    }
  }

  /// Type and digest, as the golden file has them.
  var fingerprint: [String] {
    [typeName, canonicalBytes.withUnsafeBytes { digest($0) }]
  }
}
