import ApusEvents
import ApusFormats
import ApusKernels
import TestSupport

/// The RNTuples that Tools/reference/rntuple.py has read with uproot.
/// - Parameter areOurs: Those in `Tests/Golden`; else those that are no part of the project.
func goldenRNTuples(
  areOurs: Bool
) throws -> [(name: String, path: String, tree: String, golden: JSONValue)] {
  try loadGolden("rntuple.json").members.compactMap { item in
    let parts = item.key.split(separator: ":").map(String.init)
    guard (parts[0] == "uproot_rntuple.root") == areOurs, parts.count == 2 else { return nil }
    let path =
      areOurs ? TestData.golden("formats/" + parts[0]) : try TestData.path("root/" + parts[0])
    return (item.key, path, parts[1], item.value)
  }
}

extension Column.Values {
  /// The digest of Tools/reference/rntuple.py, with numbers in the type that the reference has.
  func rntupleDigest(_ type: String) -> String {
    var bytes: [UInt8] = []
    append(to: &bytes, type)
    let value = bytes.withUnsafeBytes { ByteKernels.xxh3($0) }
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }

  private func append(to bytes: inout [UInt8], _ type: String) {
    switch self {
    case .jagged(let lists):
      if let shape = lists.fixedShape {
        // "float32|3" is an array of three; one of two dimensions has two such endings.
        let inner = shape.reduce(type) { type, _ in
          type.lastIndex(of: "|").map { String(type[..<$0]) } ?? type
        }
        return lists.content.append(to: &bytes, inner)
      }
      for offset in lists.offsets { bytes.append(littleEndian: Int64(offset)) }
      lists.content.append(
        to: &bytes, type.hasPrefix("list<") ? String(type.dropFirst(5).dropLast()) : type)
    case .strings(let texts):
      var end = Int64(0)
      bytes.append(littleEndian: end)
      for text in texts {
        end += Int64(text.utf8.count)
        bytes.append(littleEndian: end)
      }
      for text in texts { bytes += Array(text.utf8) }
    default: appendNumbers(to: &bytes, type)
    }
  }

  private func appendNumbers(to bytes: inout [UInt8], _ type: String) {
    switch (self, type) {
    case (.float32(let v), "float32"): for x in v { bytes.append(littleEndian: x.bitPattern) }
    case (.float32(let v), _): for x in v { bytes.append(littleEndian: Double(x).bitPattern) }
    case (.float64(let v), "float32"):
      for x in v { bytes.append(littleEndian: Float(x).bitPattern) }
    case (.float64(let v), _): for x in v { bytes.append(littleEndian: x.bitPattern) }
    case (.int64(let v), _): for x in v { bytes.append(littleEndian: x) }
    case (.integers(.uint64(let v)), _): for x in v { bytes.append(littleEndian: x) }
    case (.integers(let v), _):
      for x in v.signed ?? [] {
        switch type {
        case "bool", "int8", "uint8": bytes.append(UInt8(truncatingIfNeeded: x))
        case "int16", "uint16": bytes.append(littleEndian: UInt16(truncatingIfNeeded: x))
        case "int32", "uint32": bytes.append(littleEndian: UInt32(truncatingIfNeeded: x))
        default: bytes.append(littleEndian: x)
        }
      }
    default: break
    }
  }
}

extension [UInt8] {
  fileprivate mutating func append<T: FixedWidthInteger>(littleEndian value: T) {
    Swift.withUnsafeBytes(of: value.littleEndian) { append(contentsOf: $0) }
  }
}

/// Where the envelopes of a file stand: runs of bytes that say their kind and length and end with their checksum.
func findEnvelopes(_ bytes: [UInt8]) -> [Range<Int>] {
  var found: [Range<Int>] = []
  var start = 0
  while start + 16 <= bytes.count {
    let (kind, length) = bytes.withUnsafeBytes {
      let word = UInt64(littleEndian: $0.loadUnaligned(fromByteOffset: start, as: UInt64.self))
      return (word & 0xffff, Int(truncatingIfNeeded: word >> 16))
    }
    if (1...3).contains(kind), length >= 24, length <= bytes.count - start,
      checksum(bytes, start..<start + length) == stored(bytes, start..<start + length)
    {
      found.append(start..<start + length)
      start += length
    } else {
      start += 1
    }
  }
  return found
}

/// Puts the right checksum behind an envelope again.
func repair(_ bytes: inout [UInt8], _ envelope: Range<Int>) {
  let right = checksum(bytes, envelope)
  withUnsafeBytes(of: right.littleEndian) {
    bytes.replaceSubrange(envelope.upperBound - 8..<envelope.upperBound, with: $0)
  }
}

private func checksum(_ bytes: [UInt8], _ envelope: Range<Int>) -> UInt64 {
  bytes[envelope.dropLast(8)].withUnsafeBytes { ByteKernels.xxh3($0) }
}

private func stored(_ bytes: [UInt8], _ envelope: Range<Int>) -> UInt64 {
  bytes.withUnsafeBytes {
    UInt64(
      littleEndian: $0.loadUnaligned(fromByteOffset: envelope.upperBound - 8, as: UInt64.self))
  }
}
