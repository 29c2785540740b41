/// One object of a ROOT file, as the file lists it.
public struct RootEntry: Sendable, Equatable {
  /// Its path in the file: `directory/name`.
  public var path: String
  /// Its C++ class: `TTree`, `TH1F`, `TDirectory`.
  public var className: String
  /// Its title.
  public var title: String
  /// Which of several objects of this name it is; the highest is the newest.
  public var cycle: Int
  /// Its size in the file, in bytes, with the header before it.
  public var storedBytes: Int
  /// The size of its data once they are decompressed, in bytes.
  public var bytes: Int
}

/// Lists the objects of a ROOT file, directories before what they hold, all cycles.
///
/// A file whose list of keys is missing, because the program that wrote it was killed, is walked record by
/// record instead.
/// - Throws: ``FormatError`` where the file is none of ROOT, or damaged.
public func listRoot(_ path: String) throws(FormatError) -> [RootEntry] {
  let file = try RootFile(path)
  return try file.tree().map {
    RootEntry(
      path: $0.path, className: $0.key.className, title: $0.key.title, cycle: $0.key.cycle,
      storedBytes: $0.key.byteCount, bytes: $0.key.objectSize)
  }
}

/// Reads the data of an object of a ROOT file as they are, decompressed.
///
/// - Parameters:
///   - path: The file.
///   - address: The object: `name`, `name;cycle` or `directory/name`.
/// - Throws: ``FormatError`` where there is no such object or its data are damaged.
public func readRootObject(_ path: String, _ address: String) throws(FormatError) -> [UInt8] {
  let file = try RootFile(path)
  let (key, name) = try file.key(address)
  return try file.object(key, path: name).bytes
}

extension RootFile {
  /// All keys of the file with their paths, each directory's content behind it.
  func tree() throws(FormatError) -> [(key: RootKey, path: String)] {
    var found: [(key: RootKey, path: String)] = []
    var visited: Set<Int> = []
    try list(try rootDirectory(), into: &found, &visited)
    return found
  }

  private func list(
    _ directory: RootDirectory, into found: inout [(key: RootKey, path: String)],
    _ visited: inout Set<Int>
  ) throws(FormatError) {
    for key in directory.keys {
      let path = directory.path(of: key)
      found.append((key, path))
      // A damaged file may name a directory twice, or one that holds itself.
      guard Self.isDirectory(key.className), visited.insert(key.seek).inserted,
        visited.count < 100_000, path.utf8.count < 4096
      else { continue }
      try list(try self.directory(key, path: path), into: &found, &visited)
    }
  }
}
