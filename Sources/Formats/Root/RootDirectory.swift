import ApusKernels

/// A directory of a ROOT file: the keys of what it holds.
struct RootDirectory: Sendable {
  /// Its path in the file, without slashes at the ends; empty for the root directory.
  var path: String
  /// Where it starts, as its keys name it.
  var seek: Int
  /// Its keys in the order of the file; all cycles.
  var keys: [RootKey]
  /// Whether the list of keys was missing and made from the file's records.
  var isRecovered = false

  /// The keys of the newest cycle of each name.
  var newest: [RootKey] {
    var best: [String: Int] = [:]
    for key in keys { best[key.name] = max(best[key.name] ?? Int.min, key.cycle) }
    return keys.filter { best[$0.name] == $0.cycle }
  }

  /// The path of an object in it.
  func path(of key: RootKey) -> String { path.isEmpty ? key.name : path + "/" + key.name }
}

extension RootFile {
  /// The directory at the top.
  func rootDirectory() throws(FormatError) -> RootDirectory {
    try directory(path: "", at: directorySeek)
  }

  /// The directory that a key names.
  func directory(_ key: RootKey, path: String) throws(FormatError) -> RootDirectory {
    try directory(path: path, at: key.seek + key.headerSize)
  }

  /// Whether keys of this class are directories.
  static func isDirectory(_ className: String) -> Bool {
    className == "TDirectory" || className == "TDirectoryFile"
  }

  private func directory(path: String, at offset: Int) throws(FormatError) -> RootDirectory {
    let entry = try directoryEntry(path: path, at: offset)
    // A job that was killed leaves a file whose directories do not know their keys.
    guard entry.keysSeek > 0, entry.keysSize > 0 else {
      return RootDirectory(
        path: path, seek: entry.seek, keys: try recoveredKeys(of: entry.seek), isRecovered: true)
    }
    let list = try keys(at: entry.keysSeek, count: entry.keysSize, path.isEmpty ? nil : path)
    return RootDirectory(path: path, seek: entry.seek, keys: list)
  }

  /// What a directory says of itself: where it and its list of keys stand.
  private func directoryEntry(path: String, at offset: Int) throws(FormatError)
    -> (seek: Int, keysSeek: Int, keysSize: Int)
  {
    let object = path.isEmpty ? nil : path
    let head = try bytes(
      at: offset, count: min(64, max(0, size - offset)), object, for: "a directory")
    var cursor = RootCursor(head, RootPlace(file: self.path, object: object, offset: offset))
    let version = try cursor.integer(Int16.self, for: "the version of a directory")
    try cursor.skip(8, for: "the dates of a directory")
    let keysSize = Int(try cursor.integer(Int32.self, for: "the size of the keys"))
    try cursor.skip(4, for: "the size of the directory's name")
    let isBig = version > 1000
    let seek = try cursor.offset(isBig, for: "the place of a directory")
    _ = try cursor.offset(isBig, for: "the place of the directory above")
    let keysSeek = try cursor.offset(isBig, for: "the place of the keys")
    return (seek, keysSeek, keysSize)
  }

  private func keys(at offset: Int, count: Int, _ object: String?) throws(FormatError) -> [RootKey]
  {
    let record = try bytes(at: offset, count: count, object, for: "the list of keys")
    var cursor = RootCursor(record, RootPlace(file: path, object: object, offset: offset))
    let own = try RootKey(&cursor)
    try cursor.seek(own.headerSize, for: "the list of keys")
    // A key has at least 26 bytes.
    let number = try cursor.count(ofAtLeast: 26, for: "the number of keys")
    var keys: [RootKey] = []
    keys.reserveCapacity(number)
    for _ in 0..<number { keys.append(try RootKey(&cursor)) }
    return keys
  }

  /// The keys that belong to a directory, found by walking over all records of the file.
  ///
  /// Free segments say so by a negative size. What is no whole record ends the walk.
  private func recoveredKeys(of directory: Int) throws(FormatError) -> [RootKey] {
    var keys: [RootKey] = []
    var offset = begin
    var records = 0
    while offset < size - 26, records < 10_000_000 {
      records += 1
      let head = try bytes(
        at: offset, count: min(1024, size - offset), nil, for: "a record")
      var cursor = RootCursor(head, RootPlace(file: path, offset: offset))
      let length = Int(try cursor.integer(Int32.self, for: "the size of a record"))
      if length == 0 { break }
      if length > 0 {
        try cursor.seek(0, for: "a record")
        guard length <= size - offset, let key = try? RootKey(&cursor) else { break }
        if key.seek == offset, key.parentSeek == directory, isContent(key) { keys.append(key) }
      }
      offset += abs(length)
    }
    return keys
  }

  /// Whether a record is an object of a user, not one of the file's own.
  private func isContent(_ key: RootKey) -> Bool {
    if key.seek == begin || key.seek == streamersSeek { return false }
    if ["TBasket", "TFile", "RBlob", ""].contains(key.className) { return false }
    // A directory's list of keys has the directory's own class and stands at another place than its entry.
    return !(key.className.hasPrefix("TDirectory") && !isDirectoryEntry(key))
  }

  /// Whether a record of a directory's class is the entry itself: that names its own place.
  private func isDirectoryEntry(_ key: RootKey) -> Bool {
    (try? directoryEntry(path: "", at: key.seek + key.headerSize))?.seek == key.seek
  }
}

extension RootFile {
  /// The key of an object: `name`, `name;cycle`, `directory/name`; the newest cycle where none is named.
  /// - Throws: ``FormatError`` that lists near names where there is none.
  func key(_ address: String) throws(FormatError) -> (key: RootKey, path: String) {
    var directory = try rootDirectory()
    var parts = address.split(separator: "/").map(String.init)
    while let part = parts.first {
      // A name may hold slashes itself.
      if let key = Self.find(parts.joined(separator: "/"), in: directory.keys) {
        return (key, directory.path(of: key))
      }
      guard let key = Self.find(part, in: directory.keys), Self.isDirectory(key.className) else {
        break
      }
      directory = try self.directory(key, path: directory.path(of: key))
      parts.removeFirst()
    }
    let known = directory.newest.map { directory.path(of: $0) }
    let where_ = directory.path.isEmpty ? "the file" : "directory '\(directory.path)'"
    throw FormatError(
      path, object: address, "an object to read must be in the file",
      found:
        "\(where_) has \(known.count == 1 ? "one object, and it is another" : "\(known.count) objects, and it is none of them")",
      remedy: known.count <= 12 && !known.isEmpty
        ? "There are: \(known.joined(separator: ", "))." + didYouMean(address, among: known)
        : String(didYouMean(address, among: known).dropFirst()), kind: .usage)
  }

  private static func find(_ name: String, in keys: [RootKey]) -> RootKey? {
    if let semicolon = name.lastIndex(of: ";"),
      let cycle = Int(name[name.index(after: semicolon)...])
    {
      let plain = String(name[..<semicolon])
      return keys.first { $0.name == plain && $0.cycle == cycle }
    }
    return keys.filter { $0.name == name }.max { $0.cycle < $1.cycle }
  }

  /// The data of a record, decompressed, with a cursor at their start.
  func object(_ key: RootKey, path: String) throws(FormatError) -> RootCursor {
    let dataSeek = key.seek + key.headerSize
    var place = RootPlace(file: self.path, object: path, offset: dataSeek)
    let stored = try bytes(
      at: dataSeek, count: key.byteCount - key.headerSize, path, for: "the data of an object")
    if !key.isCompressed { return RootCursor(stored, place, origin: -key.headerSize) }
    place.isDecompressed = true
    let plain = try RootDecompressor.decompress(stored, size: key.objectSize, place)
    return RootCursor(plain, place, origin: -key.headerSize)
  }
}
