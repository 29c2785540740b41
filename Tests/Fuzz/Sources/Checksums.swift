// Mends the checksums of changed files, so that what stands behind them is read.
import Apus

/// The number of `size` bytes at a place; nil where there are none.
private func number(_ bytes: [UInt8], _ place: Int, _ size: Int, bigEndian: Bool = false) -> Int? {
  guard place >= 0, place <= bytes.count - size else { return nil }
  let part = bytes[place..<place + size]
  let value = (bigEndian ? Array(part) : part.reversed()).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
  return value < 1 << 48 ? Int(value) : nil
}

private func put(
  _ value: UInt64, _ size: Int, at place: Int, in bytes: inout [UInt8], bigEndian: Bool = false
) {
  guard place >= 0, place <= bytes.count - size else { return }
  for i in 0..<size {
    bytes[place + i] = UInt8(truncatingIfNeeded: value >> (8 * (bigEndian ? size - 1 - i : i)))
  }
}

// MARK: Zip

private let crcTable: [UInt32] = (0..<256).map { start in
  (0..<8).reduce(UInt32(start)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ value >> 1 : value >> 1
  }
}

private func crc32(_ bytes: ArraySlice<UInt8>) -> UInt32 {
  ~bytes.reduce(~UInt32(0)) { crcTable[Int(($0 ^ UInt32($1)) & 255)] ^ $0 >> 8 }
}

/// Gives the stored entries of a zip file the checksums of what they hold.
func repairZip(_ bytes: inout [UInt8]) {
  var place = 0
  while place + 46 <= bytes.count {
    guard bytes[place...].starts(with: [0x50, 0x4b, 1, 2]) else {
      place += 1
      continue
    }
    if number(bytes, place + 10, 2) == 0, let size = number(bytes, place + 20, 4),
      let local = number(bytes, place + 42, 4), let name = number(bytes, local + 26, 2),
      let extra = number(bytes, local + 28, 2), local + 30 + name + extra + size <= bytes.count
    {
      let start = local + 30 + name + extra
      let sum = UInt64(crc32(bytes[start..<start + size]))
      put(sum, 4, at: place + 16, in: &bytes)
      put(sum, 4, at: local + 14, in: &bytes)
    }
    place += 46
  }
}

// MARK: RNTuple

private func xxh3(_ bytes: ArraySlice<UInt8>) -> UInt64 {
  bytes.withUnsafeBytes { ByteKernels.xxh3($0) }
}

/// Gives anchor, envelopes and pages of the RNTuples of a ROOT file the checksums of what they hold.
func repairRNTuple(_ bytes: inout [UInt8]) {
  let name = Array("ROOT::RNTuple".utf8)
  var place = 26
  while place + name.count < bytes.count {
    // The class's name stands in a key behind 26 bytes and its length.
    if bytes[place] == name[0], bytes[place...].starts(with: name), bytes[place - 1] == 13 {
      for start in [place - 27, place - 35] {
        if let length = number(bytes, start + 14, 2, bigEndian: true) {
          repairAnchor(&bytes, start + length)
        }
      }
    }
    place += 1
  }
}

private func repairAnchor(_ bytes: inout [UInt8], _ start: Int) {
  guard let size = number(bytes, start + 2, 2, bigEndian: true), size > 50, size < 200,
    start + 4 + size + 8 <= bytes.count
  else { return }
  let links = [14, 38].map { place in
    (0..<3).map { number(bytes, start + place + 8 * $0, 8, bigEndian: true) ?? 0 }
  }
  let header = repairEnvelope(&bytes, links[0])
  let footer = links[1]
  if let header, footer[1] == footer[2] { repairFooter(&bytes, footer[0], header) }
  _ = repairEnvelope(&bytes, footer)
  let sum = xxh3(bytes[start + 6..<start + 4 + size])
  put(sum, 8, at: start + 4 + size, in: &bytes, bigEndian: true)
}

/// Mends an uncompressed envelope at `[offset, stored size, size]`; gives its checksum.
private func repairEnvelope(_ bytes: inout [UInt8], _ link: [Int]) -> UInt64? {
  let (start, size) = (link[0], link[1])
  guard size == link[2], size >= 16, start > 0, size < bytes.count, start <= bytes.count - size
  else { return nil }
  let sum = xxh3(bytes[start..<start + size - 8])
  put(sum, 8, at: start + size - 8, in: &bytes)
  return sum
}

/// Behind the envelope's own eight bytes and the flags stand the header's checksum, a record and the groups.
private func repairFooter(_ bytes: inout [UInt8], _ start: Int, _ header: UInt64) {
  put(header, 8, at: start + 16, in: &bytes)
  guard let extended = number(bytes, start + 24, 8),
    let groups = number(bytes, start + 24 + extended + 8, 4)
  else { return }
  var place = start + 24 + extended + 12
  for _ in 0..<min(groups, 64) {
    // A group: its size, its events and clusters, then a link: size, stored size, offset.
    guard let length = number(bytes, place, 8), let size = number(bytes, place + 28, 8),
      let stored = number(bytes, place + 36, 4), let offset = number(bytes, place + 40, 8)
    else { return }
    if stored == size, offset <= bytes.count - size, size >= 32 {
      put(header, 8, at: offset + 8, in: &bytes)
      repairPages(&bytes, offset + 16, offset + size)
      _ = repairEnvelope(&bytes, [offset, size, size])
    }
    place += length
  }
}

/// Pages: the lists of clusters, of columns, of pages; negative numbers of elements have a checksum.
private func repairPages(_ bytes: inout [UInt8], _ start: Int, _ end: Int) {
  func listed(_ place: Int) -> (length: Int, count: Int)? {
    guard place + 12 <= end, let count = number(bytes, place + 8, 4) else { return nil }
    let bits = (0..<8).reduce(UInt64(0)) { $0 | UInt64(bytes[place + $1]) << (8 * $1) }
    let length = Int64(bitPattern: bits)
    return length < 0 && length > -(1 << 40) ? (Int(-length), count) : nil
  }
  guard let summaries = listed(start), let clusters = listed(start + summaries.length) else {
    return
  }
  var cluster = start + summaries.length + 12
  for _ in 0..<min(clusters.count, 64) {
    guard let columns = listed(cluster) else { return }
    var column = cluster + 12
    for _ in 0..<min(columns.count, 256) {
      guard let pages = listed(column) else { return }
      for page in 0..<min(pages.count, 64) {
        let place = column + 12 + 16 * page
        guard place + 16 <= end, bytes[place + 3] & 0x80 != 0,
          let size = number(bytes, place + 4, 4), let offset = number(bytes, place + 8, 8),
          size < bytes.count, offset <= bytes.count - size - 8
        else { continue }
        put(xxh3(bytes[offset..<offset + size]), 8, at: offset + size, in: &bytes)
      }
      column += pages.length
    }
    cluster += columns.length
  }
}
