/// The classes of a ROOT file as the file itself describes them (`TStreamerInfo`): names, versions, members.
struct RootStreamers: Sendable {
  /// The descriptions of each class by version.
  private(set) var classes: [String: [Int: RootClass]] = [:]

  /// Classes of which the file says nothing.
  init() {}

  /// Reads the list of a file; a file without one has no classes.
  init(of file: RootFile) throws(FormatError) {
    guard file.streamersSeek > 0 else { return }
    let head = try file.bytes(
      at: file.streamersSeek, count: min(1024, max(0, file.size - file.streamersSeek)),
      Self.name, for: "the class descriptions")
    var cursor = RootCursor(
      head, RootPlace(file: file.path, object: Self.name, offset: file.streamersSeek))
    var key = try RootKey(&cursor)
    key.seek = file.streamersSeek
    try read(file.object(key, path: Self.name))
  }

  private static let name = "StreamerInfo"

  /// The description of a class: of this version, or the newest.
  func description(_ name: String, version: Int? = nil) -> RootClass? {
    guard let versions = classes[name] else { return nil }
    if let version, let exact = versions[version] { return exact }
    return versions.max { $0.key < $1.key }?.value
  }

  /// The description of exactly this version, or the one with this checksum where the version is 0.
  func exact(_ name: String, version: Int, checksum: UInt32? = nil) -> RootClass? {
    if let checksum, let found = classes[name]?.values.first(where: { $0.checksum == checksum }) {
      return found
    }
    return classes[name]?[version]
  }

  private mutating func read(_ start: RootCursor) throws(FormatError) {
    var reader = RootListReader(start)
    try reader.readList { reader, className, end throws(FormatError) in
      guard className == "TStreamerInfo" else { return }
      let found = try RootClass(&reader)
      classes[found.name, default: [:]][found.version] = found
    }
  }
}

/// One version of a class: its members in the order in which they stand in the file.
struct RootClass: Sendable, Equatable {
  var name: String
  var version: Int
  var checksum: UInt32
  var members: [RootMember]
}

/// A member or a base class.
struct RootMember: Sendable, Equatable {
  /// What kind of description it is: `TStreamerBasicType`, `TStreamerSTL` and so on.
  var kind: String
  /// The member's name, or that of the base class.
  var name: String
  /// Its comment in the class, which holds the range of packed numbers.
  var title: String
  /// ROOT's number for how it is written (`TVirtualStreamerInfo::EReadWrite`).
  var type: Int
  /// The number of values of a fixed array; 0 for a single one.
  var arrayLength: Int
  /// The sizes of a fixed array's dimensions.
  var dimensions: [Int]
  /// The C++ type.
  var typeName: String
  /// The version of a base class.
  var baseVersion = 0
  /// The member that holds the number of values of a counted array.
  var countName = ""
}
