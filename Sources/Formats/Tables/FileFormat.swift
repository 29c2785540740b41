import ApusKernels

/// The formats that files are told apart by: their first bytes, then their names.
enum FileFormat: Equatable {
  case csv
  case npy
  case npz
  case hdf5
  case parquet
  case lhe
  case hepmc
  case root
  case idx
  case model
  /// Gzip around something else.
  case gzip
  /// A known format that isn't a table of ours: its name and what to do with it.
  case other(name: String, remedy: String)

  /// Tells the format of a file by its first bytes.
  /// - Throws: ``FormatError`` when the bytes are neither those of a known format nor text.
  static func of(
    _ path: String, head: [UInt8], isUnpacked: Bool = false
  ) throws(FormatError) -> FileFormat {
    if head.isEmpty {
      throw FormatError(
        path, "a file to read must hold something", found: "it is empty (0 bytes)",
        remedy: "Was the job that wrote it killed, or the disk full?")
    }
    // HDF5 may have a user block of 512, 1024, 2048 ... bytes in front.
    if [0, 512, 1024, 2048].contains(where: { head.dropFirst($0).starts(with: hdf5Magic) }) {
      return .hdf5
    }
    if head.starts(with: NpyArray.magic) { return .npy }
    if head.starts(with: ParquetTable.magic) { return .parquet }
    if head.starts(with: Array("root".utf8)) { return .root }
    if head.starts(with: [0x50, 0x4b, 3, 4]) || head.starts(with: [0x50, 0x4b, 5, 6]) {
      return .npz
    }
    if Deflate.isGzip(head) { return .gzip }
    if head.starts(with: [0, 0, 8]), head.count > 4, (1...4).contains(head[3]) { return .idx }
    if isModel(head) { return .model }
    for (magic, other) in others where head.starts(with: magic) { return other }
    if isLesHouches(head) { return .lhe }
    if HepMcTable.isHepMc(head) { return .hepmc }
    guard isText(head) else {
      throw FormatError(
        path, "a table must be ROOT, CSV, TSV, HDF5, Parquet, LHE, HepMC, NPY or NPZ",
        found: "this file starts with "
          + head.prefix(8).map { String($0, radix: 16) }.joined(separator: " ")
          + " (hexadecimal), which is none of them",
        remedy: "Check that the right file was named and copied whole.")
    }
    let endings = binaryEndings + (isUnpacked ? [] : [".gz"])
    if let ending = endings.first(where: { path.hasSuffix($0) }) {
      throw FormatError(
        path, "a file whose name ends in \(ending) must be of that format",
        found: "its content is plain text or cut off",
        remedy: "If it is a text table, name it .csv; else copy it again from its source.")
    }
    return .csv
  }

  /// Endings of names that promise something other than text.
  private static let binaryEndings = [
    ".npy", ".npz", ".h5", ".hdf5", ".root", ".apus", ".safetensors", ".parquet",
  ]

  static let hdf5Magic: [UInt8] = [0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]

  /// A safetensors file: a length of eight bytes, then a JSON object.
  private static func isModel(_ head: [UInt8]) -> Bool {
    head.count > 9 && head[8] == UInt8(ascii: "{") && head[6] == 0 && head[7] == 0
  }

  private static let others: [([UInt8], FileFormat)] = [
    (Array("ARROW1".utf8), .other(name: "an Arrow file", remedy: "Write it as CSV or HDF5.")),
    (Array("%PDF".utf8), .other(name: "a PDF document", remedy: "")),
    (
      [0x28, 0xb5, 0x2f, 0xfd], .other(name: "zstd-compressed", remedy: "Unpack it with 'unzstd'.")
    ),
    (
      [0xfd, 0x37, 0x7a, 0x58, 0x5a],
      .other(name: "xz-compressed", remedy: "Unpack it with 'unxz'.")
    ),
    (Array("BZh".utf8), .other(name: "bzip2-compressed", remedy: "Unpack it with 'bunzip2'.")),
    (Array("<!DOCTYPE".utf8), .other(name: "a web page", remedy: "Was a download refused?")),
    (Array("<html".utf8), .other(name: "a web page", remedy: "Was a download refused?")),
  ]

  /// A Les Houches file: its outermost tag comes first, perhaps behind a declaration or a comment.
  private static func isLesHouches(_ head: [UInt8]) -> Bool {
    guard head.first(where: { $0 > 0x20 }) == UInt8(ascii: "<") else { return false }
    return String(decoding: head, as: UTF8.self).contains("<LesHouchesEvents")
  }

  private static func isText(_ head: [UInt8]) -> Bool {
    head.allSatisfy { $0 >= 0x20 || $0 == 0x09 || $0 == 0x0a || $0 == 0x0d || $0 == 0x0c }
  }
}
