import ApusKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A ROOT file that is being written: records one behind the other, at the end the list of keys and the header.
final class RootFileWriter {
  /// Where the next record starts.
  private(set) var position = RootFileWriter.begin
  private let sink: FileSink
  private let path: String
  private let name: String
  private let codec: RootCompression
  /// The version of ROOT whose layout the objects follow.
  private let version: Int
  private let date: UInt32
  private var keys: [RootKey] = []
  private var directorySize = 0

  /// Where the first record starts, behind the header.
  static let begin = 100
  /// Files larger than this have positions of eight bytes in their header.
  static let greatestSmall = 2_000_000_000

  /// Starts a file.
  /// - Parameters:
  ///   - temporary: Where it is written.
  ///   - path: The name that messages show and that it will have.
  ///   - codec: How objects are compressed.
  ///   - version: The version of ROOT whose layout the objects follow, as 62004.
  init(
    _ temporary: String, shownAs path: String, _ codec: RootCompression, version: Int
  ) throws(FormatError) {
    sink = try FileSink(temporary, shownAs: path)
    self.path = path
    self.codec = codec
    self.version = version
    name = splitPath(path).name
    date = Self.dateNow()
    // The header and the directory are written at the end, once they are known.
    directorySize = directoryRecord(keysSeek: 0, keysSize: 0).count
    try sink.write([UInt8](repeating: 0, count: Self.begin + directorySize))
    position += directorySize
  }

  /// Writes a record.
  /// - Parameters:
  ///   - key: What its header says; place and sizes are set here.
  ///   - data: The data as they stand in the file.
  ///   - size: Their size once decompressed.
  ///   - extra: More bytes of the header, as baskets have.
  ///   - isListed: Whether the list of keys names it.
  /// - Returns: The header as it was written.
  @discardableResult
  func write(
    _ key: RootKey, data: [UInt8], size: Int, extra: [UInt8] = [], isListed: Bool = false
  ) throws(FormatError) -> RootKey {
    var key = key
    key.seek = position
    key.headerSize = headerSize(key) + extra.count
    key.byteCount = key.headerSize + data.count
    key.objectSize = size
    guard key.byteCount < 1 << 30, size < 1 << 30 else {
      throw FormatError(
        path, object: key.name, "a record of a ROOT file must have less than 1 GiB",
        found: "this one has \(max(size, key.byteCount)) bytes",
        remedy: "Write fewer events to a file, or choose another format.")
    }
    try sink.write(header(key) + extra)
    try sink.write(data)
    position += key.byteCount
    if isListed { keys.append(key) }
    return key
  }

  /// A key of an object in the file's directory.
  func key(_ className: String, _ name: String, _ title: String, cycle: Int = 1) -> RootKey {
    RootKey(className: className, name: name, title: title, cycle: cycle, parentSeek: Self.begin)
  }

  /// The size of a key's header.
  func headerSize(_ key: RootKey) -> Int {
    18 + (isWide(key) ? 16 : 8)
      + [key.className, key.name, key.title].reduce(0) {
        $0 + $1.utf8.count + ($1.utf8.count < 255 ? 1 : 5)
      }
  }

  /// Baskets always have places of eight bytes, as in files of ROOT; others where they need them.
  private func isWide(_ key: RootKey) -> Bool {
    key.className == "TBasket" || key.seek > Self.greatestSmall
      || (key.seek == 0 && position > Self.greatestSmall)
  }

  private func header(_ key: RootKey) -> [UInt8] {
    var buffer = RootBuffer()
    let wide = isWide(key)
    buffer.append(UInt32(key.byteCount))
    buffer.append(UInt16(wide ? 1004 : 4))
    buffer.append(UInt32(key.objectSize), date)
    buffer.append(UInt16(key.headerSize), UInt16(key.cycle))
    if wide {
      buffer.append(UInt64(key.seek), UInt64(key.parentSeek))
    } else {
      buffer.append(UInt32(key.seek), UInt32(key.parentSeek))
    }
    buffer.append(key.className)
    buffer.append(key.name)
    buffer.append(key.title)
    return buffer.bytes
  }

  /// Writes the descriptions of classes, the list of keys, the free space and the header, and closes the file.
  func finish(classes: RootClassTable?) throws(FormatError) {
    var streamers = key("TList", "StreamerInfo", "Doubly linked list")
    if let classes {
      let plain = classes.list(headerSize: headerSize(streamers))
      streamers = try write(streamers, data: codec.compress(plain), size: plain.count)
    }
    var list = RootBuffer()
    list.append(UInt32(keys.count))
    for key in keys { list.append(bytes: header(key)) }
    let keyList = try write(key("TFile", name, ""), data: list.bytes, size: list.bytes.count)
    let free = try writeFree()
    try sink.overwrite(
      directoryRecord(keysSeek: keyList.seek, keysSize: keyList.byteCount), at: Self.begin)
    try sink.overwrite(
      fileHeader(free, streamers: classes == nil ? nil : streamers), at: 0)
    try sink.close()
  }

  /// The record of what is free: everything behind the end.
  private func writeFree() throws(FormatError) -> RootKey {
    let key = key("TFile", name, "")
    let isWide = position > Self.greatestSmall
    let end = position + headerSize(key) + (isWide ? 18 : 10)
    var free = RootBuffer()
    free.append(UInt16(isWide ? 1001 : 1))
    // ROOT lets a file grow in steps of 10^9 bytes.
    let limit = max(Self.greatestSmall, (end / 1_000_000_000 + 1) * 1_000_000_000)
    if isWide {
      free.append(UInt64(end), UInt64(limit))
    } else {
      free.append(UInt32(end), UInt32(limit))
    }
    return try write(key, data: free.bytes, size: free.bytes.count)
  }

  private func fileHeader(_ free: RootKey, streamers: RootKey?) -> [UInt8] {
    var buffer = RootBuffer()
    let isWide = position > Self.greatestSmall
    buffer.append(bytes: Array("root".utf8))
    buffer.append(UInt32(version + (isWide ? 1_000_000 : 0)), UInt32(Self.begin))
    func place(_ value: Int) {
      if isWide { buffer.append(UInt64(value)) } else { buffer.append(UInt32(value)) }
    }
    place(position)
    place(free.seek)
    buffer.append(UInt32(free.byteCount), UInt32(1), UInt32(directoryOffset))
    buffer.append(UInt8(isWide ? 8 : 4))
    buffer.append(UInt32(codec.settings))
    place(streamers?.seek ?? 0)
    buffer.append(UInt32(streamers?.byteCount ?? 0))
    buffer.append(bytes: identity)
    return buffer.bytes + [UInt8](repeating: 0, count: Self.begin - buffer.bytes.count)
  }

  /// How far behind its record's start the directory stands.
  private var directoryOffset: Int {
    var name = RootBuffer()
    name.append(self.name)
    name.append("")
    return headerSize(fileKey) + name.bytes.count
  }

  /// The key of the file's own record, which always stands where the file begins: its places never take eight bytes.
  private var fileKey: RootKey {
    var key = RootKey(className: "TFile", name: name, title: "", cycle: 1, parentSeek: 0)
    key.seek = Self.begin
    return key
  }

  /// The record of the file itself: its name, then the directory at the top.
  private func directoryRecord(keysSeek: Int, keysSize: Int) -> [UInt8] {
    var data = RootBuffer()
    data.append(name)
    data.append("")
    let isWide = keysSeek > Self.greatestSmall
    data.append(UInt16(isWide ? 1005 : 5))
    data.append(date, date, UInt32(keysSize), UInt32(directoryOffset))
    for place in [Self.begin, 0, keysSeek] {
      if isWide { data.append(UInt64(place)) } else { data.append(UInt32(place)) }
    }
    data.append(bytes: identity)
    // Small files leave room to become large ones.
    if !isWide { data.append(UInt32(0), UInt32(0), UInt32(0)) }
    var key = fileKey
    key.headerSize = headerSize(key)
    key.objectSize = data.bytes.count
    key.byteCount = key.headerSize + data.bytes.count
    return header(key) + data.bytes
  }

  /// The file's identity, a `TUUID`: a version and sixteen random bytes.
  private let identity: [UInt8] = {
    var generator = SystemRandomNumberGenerator()
    var bytes: [UInt8] =
      [0, 1] + (0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }
    // Marked as random by the rules of RFC 4122.
    bytes[8] = bytes[8] & 0x0f | 0x40
    bytes[10] = bytes[10] & 0x3f | 0x80
    return bytes
  }()

  /// The time now, as `TDatime` packs it.
  private static func dateNow() -> UInt32 {
    var now = time(nil)
    var local = unsafe tm()
    unsafe localtime_r(&now, &local)
    let year = unsafe UInt32(max(0, local.tm_year - 95)) << 26
    let day = unsafe UInt32(local.tm_mon + 1) << 22 | UInt32(local.tm_mday) << 17
    return unsafe year | day | UInt32(local.tm_hour) << 12 | UInt32(local.tm_min) << 6
      | UInt32(local.tm_sec)
  }
}

extension RootKey {
  /// A key to be written; sizes and place are set then.
  init(className: String, name: String, title: String, cycle: Int, parentSeek: Int) {
    seek = 0
    byteCount = 0
    headerSize = 0
    objectSize = 0
    self.className = className
    self.name = name
    self.title = title
    self.cycle = cycle
    self.parentSeek = parentSeek
  }
}
