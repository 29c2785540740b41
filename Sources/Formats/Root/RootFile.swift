import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A ROOT file that is open for reading: records at byte offsets, of which only those asked for are read.
///
/// The layout is that of ROOT's `TFile`: a header, then records, each with a ``RootKey`` before its data. The
/// file's own list of keys, its directories and the descriptions of classes are such records, too.
final class RootFile: Sendable {
  /// The path as the user gave it.
  let path: String
  /// The size of the file in bytes.
  let size: Int
  /// The version of ROOT that wrote it, as 62004 for 6.20/04.
  let version: Int
  /// Where the first record starts.
  let begin: Int
  /// Where the last record ends.
  let end: Int
  /// Where the description of its classes stands; 0 where there is none.
  let streamersSeek: Int
  /// The place of the root directory's own entry, behind the file's name.
  let directorySeek: Int
  private let descriptor: Int32
  /// The file where it is on another machine.
  private let remote: RemoteFile?
  private let classes = Mutex<RootStreamers?>(nil)

  /// Opens a file and reads its header.
  /// - Throws: ``FormatError`` where it can't be read, is no ROOT file or is shorter than it says.
  init(_ path: String) throws(FormatError) {
    let size = try fileSize(path)
    let remote = isRemote(path) ? try RemoteFile.open(path) : nil
    let descriptor = remote == nil ? unsafe open(path, O_RDONLY | O_CLOEXEC) : -1
    guard descriptor >= 0 || remote != nil else {
      throw FormatError(
        path, "a file must be readable", found: "the system says: \(systemMessage(errno))")
    }
    self.path = path
    self.size = size
    self.descriptor = descriptor
    self.remote = remote
    let place = RootPlace(file: path, offset: 0)
    let head: [UInt8]
    if let remote {
      head = try remote.bytes(0..<min(size, 128))
    } else {
      head = try Self.pieceOrClose(descriptor, min(size, 128), place)
    }
    let header = try Self.header(head, place, descriptor)
    version = header.version
    begin = header.begin
    end = header.end
    streamersSeek = header.streamersSeek
    directorySeek = header.begin + header.nameSize
    guard end <= size else {
      throw FormatError(
        path, offset: size, "a ROOT file must be as long as its header says (\(end) bytes)",
        found: "it has \(size) bytes",
        remedy: "It was cut off; copy it again from its source, or write it again.")
    }
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Says which ranges will be read, so that those of a file on another machine can be fetched together.
  func plan(_ ranges: @autoclosure () -> [Range<Int>]) { remote?.plan(ranges()) }

  /// The class descriptions of the file, read once.
  func streamers() throws(FormatError) -> RootStreamers {
    if let known = classes.withLock({ $0 }) { return known }
    let found = try RootStreamers(of: self)
    classes.withLock { $0 = found }
    return found
  }

  /// Reads bytes of the file.
  /// - Throws: ``FormatError`` where they do not lie within it.
  func bytes(at offset: Int, count: Int, _ object: String?, for what: String) throws(FormatError)
    -> [UInt8]
  {
    try check(offset, count, object, what)
    if let remote { return try remote.bytes(offset..<offset + count) }
    var done = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      done = unsafe Self.fill(UnsafeMutableRawBufferPointer(buffer), descriptor, offset)
      filled = done
    }
    guard done == count else { throw changed(object, offset + done) }
    return bytes
  }

  /// Reads bytes of the file into memory of the caller.
  /// - Throws: ``FormatError`` where they do not lie within the file.
  func read(
    into buffer: UnsafeMutableRawBufferPointer, at offset: Int, _ object: String?, for what: String
  ) throws(FormatError) {
    try check(offset, buffer.count, object, what)
    if let remote { return try unsafe remote.read(into: buffer, at: offset) }
    let done = unsafe Self.fill(buffer, descriptor, offset)
    guard done == buffer.count else { throw changed(object, offset + done) }
  }

  private func check(_ offset: Int, _ count: Int, _ object: String?, _ what: String)
    throws(FormatError)
  {
    guard offset >= 0, count >= 0, offset <= size, count <= size - offset else {
      throw FormatError(
        path, object: object, offset: offset, "\(what) must lie within the file",
        found: "it needs \(count) bytes there, and the file has \(size) in all",
        remedy: "The file was cut off or is damaged; copy it again from its source.")
    }
  }

  private func changed(_ object: String?, _ offset: Int) -> FormatError {
    FormatError(
      path, object: object, offset: offset, "a file must not shrink while it is read",
      found: "bytes are missing that were there when it was opened",
      remedy: "Is another program still writing it?")
  }

  /// Reads as much as there is; returns how many bytes came.
  private static func fill(
    _ buffer: UnsafeMutableRawBufferPointer, _ descriptor: Int32, _ offset: Int
  ) -> Int {
    var done = 0
    while done < buffer.count {
      let wanted = min(buffer.count - done, 1 << 30)
      let received = unsafe pread(
        descriptor, buffer.baseAddress.map { unsafe $0 + done }, wanted, off_t(offset + done))
      if received > 0 {
        done += received
      } else if received == 0 || errno != EINTR {
        break
      }
    }
    return done
  }
}

extension RootFile {
  /// What stands in the first bytes.
  private struct Header {
    var version = 0
    var begin = 0
    var end = 0
    var nameSize = 0
    var streamersSeek = 0
  }

  private static func pieceOrClose(_ descriptor: Int32, _ count: Int, _ place: RootPlace)
    throws(FormatError) -> [UInt8]
  {
    var done = 0
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      done = unsafe fill(UnsafeMutableRawBufferPointer(buffer), descriptor, 0)
      filled = done
    }
    guard done == count else {
      if descriptor >= 0 { close(descriptor) }
      throw place.error("a file must be readable", "only \(done) of its bytes can be read")
    }
    return bytes
  }

  /// Parses the header; closes the file where it is none, as the object is not complete then.
  private static func header(_ bytes: [UInt8], _ place: RootPlace, _ descriptor: Int32)
    throws(FormatError) -> Header
  {
    do {
      return try header(RootCursor(bytes, place))
    } catch {
      if descriptor >= 0 { close(descriptor) }
      throw error
    }
  }

  private static func header(_ start: RootCursor) throws(FormatError) -> Header {
    var cursor = start
    let magic = try cursor.take(4, for: "the header of a ROOT file")
    guard cursor.bytes[magic].elementsEqual("root".utf8) else {
      throw cursor.wrong("a ROOT file must start with 'root'", "this one does not")
    }
    var header = Header()
    let version = try cursor.count(for: "the version of the file")
    let isBig = version >= 1_000_000
    header.version = isBig ? version - 1_000_000 : version
    header.begin = try cursor.count(for: "the place of the first record")
    header.end = try cursor.offset(isBig, for: "the end of the file")
    _ = try cursor.offset(isBig, for: "the list of free segments")
    try cursor.skip(8, for: "the sizes of the free segments")
    header.nameSize = try cursor.count(for: "the size of the file's name")
    try cursor.skip(5, for: "the compression of the file")
    header.streamersSeek = try cursor.offset(isBig, for: "the place of the class descriptions")
    return header
  }
}

extension RootCursor {
  /// Reads a position in the file: four bytes, or eight in large files.
  mutating func offset(_ isBig: Bool, for what: String) throws(FormatError) -> Int {
    if !isBig { return Int(try integer(UInt32.self, for: what)) }
    let value = try integer(UInt64.self, for: what)
    // Far from where sums of positions and sizes would overflow.
    guard value < 1 << 60 else {
      throw wrong("\(what) must be a position in the file", "it is \(value)")
    }
    return Int(value)
  }
}
