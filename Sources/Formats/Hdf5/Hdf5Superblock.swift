/// What the first bytes of an HDF5 file say of its length, for the words about a file that the library does not open.
///
/// Source: HDF5 File Format Specification 3.0, section II.A "Disk Format: Level 0A - Superblock".
enum Hdf5Superblock {
  private static let signature: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]

  /// The length that a file claims; nil where it starts with no superblock that is understood.
  static func claimedLength(_ start: [UInt8]) -> UInt64? {
    guard start.count >= 48, Array(start[..<8]) == signature else { return nil }
    // Addresses have 8 bytes in every file that is written today; the end of the file is the third (version 2, 3) or fourth of them.
    switch start[8] {
    case 0 where start[13] == 8: return number(start, at: 24 + 16)
    case 1 where start[13] == 8: return start.count >= 52 ? number(start, at: 28 + 16) : nil
    case 2, 3: return start[9] == 8 ? number(start, at: 12 + 16) : nil
    default: return nil
    }
  }

  private static func number(_ bytes: [UInt8], at place: Int) -> UInt64 {
    (0..<8).reduce(0) { $0 | UInt64(bytes[place + $1]) << (8 * UInt64($1)) }
  }

  /// What is wrong with a file, as far as its first bytes tell it; else the library's words.
  static func fault(_ path: String, size: Int) -> String {
    guard let start = try? readHead(path, count: 64), start.starts(with: signature) else {
      return Hdf5.lastError
    }
    if let claimed = claimedLength(start), claimed > UInt64(size) {
      return "its header promises \(claimed) bytes and it has \(size): the rest is missing"
    }
    return Hdf5.lastError
  }
}
