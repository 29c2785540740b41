/// The header that stands before every record of a ROOT file: what it holds, how large it is, where it belongs.
struct RootKey: Sendable, Equatable {
  /// Where the record starts in the file.
  var seek: Int
  /// The size of header and data as they stand in the file.
  var byteCount: Int
  /// The size of the header.
  var headerSize: Int
  /// The size of the data once they are decompressed.
  var objectSize: Int
  /// Which of several objects of one name it is; the highest is the newest.
  var cycle: Int
  /// Where the directory starts that it belongs to.
  var parentSeek: Int
  var className: String
  var name: String
  var title: String

  /// Whether the data are compressed.
  var isCompressed: Bool { byteCount - headerSize != objectSize }

  /// Reads a header at the cursor, which may stand in a list of keys (then the record is elsewhere).
  init(_ cursor: inout RootCursor) throws(FormatError) {
    let start = cursor.position
    byteCount = try cursor.count(for: "the size of a record")
    let version = try cursor.integer(UInt16.self, for: "the version of a key")
    objectSize = try cursor.count(for: "the size of an object")
    try cursor.skip(4, for: "the date of a key")
    headerSize = Int(try cursor.integer(UInt16.self, for: "the size of a key"))
    cycle = Int(try cursor.integer(UInt16.self, for: "the cycle of a key"))
    if version > 1000 {
      seek = try cursor.offset(true, for: "the place of a record")
      parentSeek = Int(
        truncatingIfNeeded: try cursor.integer(UInt64.self, for: "the place of a directory"))
    } else {
      seek = Int(try cursor.integer(UInt32.self, for: "the place of a record"))
      parentSeek = Int(try cursor.integer(UInt32.self, for: "the place of a directory"))
    }
    // The upper sixteen bits hold an index of a process in newer versions of files.
    parentSeek &= 0xffff_ffff_ffff
    className = try cursor.string(for: "the class of an object")
    name = try cursor.string(for: "the name of an object")
    title = try cursor.string(for: "the title of an object")
    guard headerSize >= 0, headerSize <= byteCount, cursor.position - start <= headerSize else {
      throw cursor.wrong(
        "a record must hold its own header",
        "the record has \(byteCount) bytes, its header \(headerSize)")
    }
  }
}
