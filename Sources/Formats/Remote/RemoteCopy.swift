import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A copy of a remote file in the folder of temporary files, which is gone when nobody holds it or the program ends.
///
/// It has no name, unless one is needed: then it stays behind where the program is killed.
final class RemoteCopy: Sendable {
  /// Under which it can be opened as long as this lives.
  let name: String
  private let path: String
  private let descriptor: Int32

  private let isNamed: Bool

  /// The names of copies, which go with the program.
  private static let names = Mutex<Set<String>>([])
  private static let removal: Void = {
    atexit { RemoteCopy.names.withLock { for name in $0 { unsafe unlink(name) } } }
  }()

  /// Makes an empty one.
  /// - Parameters:
  ///   - path: The address of the file, for messages.
  ///   - isNamed: Whether it keeps a name, as HDF5's library wants.
  init(_ path: String, isNamed: Bool = false) throws(FormatError) {
    self.isNamed = isNamed
    self.path = path
    let folder = environment("TMPDIR") ?? "/tmp"
    var template = Array("\(folder)/apus.remote.XXXXXX".utf8CString)
    descriptor = unsafe template.withUnsafeMutableBufferPointer { buffer in
      guard let text = buffer.baseAddress else { return -1 }
      let made = unsafe mkstemp(text)
      #if os(Linux)
        if made >= 0, !isNamed { unsafe unlink(text) }
      #endif
      return made
    }
    guard descriptor >= 0 else {
      throw FormatError(
        path, "a file that is copied needs a folder for temporary files",
        found: "'\(folder)' can't be written: \(systemMessage(errno))",
        remedy: "Set TMPDIR to a folder with room for it.")
    }
    let own = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    #if os(Linux)
      name = isNamed ? own : "/proc/self/fd/\(descriptor)"
    #else
      name = own
    #endif
    if isNamed {
      _ = Self.removal
      Self.names.withLock { _ = $0.insert(own) }
    }
  }

  deinit {
    close(descriptor)
    if name.hasPrefix("/proc/") { return }
    unsafe unlink(name)
    Self.names.withLock { _ = $0.remove(name) }
  }

  /// Copies a whole file that a web server sends only so.
  static func download(_ path: String, _ pool: HttpPool) throws(FormatError) -> RemoteCopy {
    let made = try RemoteCopy(path)
    _ = try pool.download(path, to: made.descriptor, limit: made.room)
    return made
  }

  /// The bytes that are free on its disk, but for a tenth.
  private var room: Int {
    var status = statvfs()
    guard unsafe fstatvfs(descriptor, &status) == 0 else { return 1 << 30 }
    return Int(status.f_bavail) / 10 * 9 * Int(status.f_frsize)
  }

  /// Its size in bytes.
  var size: Int {
    var status = stat()
    return unsafe fstat(descriptor, &status) == 0 ? Int(status.st_size) : 0
  }

  /// Appends bytes.
  func append(_ bytes: [UInt8]) throws(FormatError) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes {
        unsafe write(descriptor, $0.baseAddress.map { unsafe $0 + done }, bytes.count - done)
      }
      if written < 0, errno == EINTR { continue }
      guard written > 0 else {
        throw FormatError(
          path, "a file that is copied must have room on the disk of the temporary files",
          found: "the system says: \(systemMessage(errno))",
          remedy: "Set TMPDIR to a folder on a larger disk.")
      }
      done += written
    }
  }

  /// Reads bytes from a place.
  func read(into memory: UnsafeMutableRawBufferPointer, at offset: Int) throws(FormatError) {
    var done = 0
    while done < memory.count {
      let received = unsafe pread(
        descriptor, memory.baseAddress.map { unsafe $0 + done }, min(memory.count - done, 1 << 30),
        off_t(offset + done))
      if received > 0 {
        done += received
      } else if received == 0 || errno != EINTR {
        throw FormatError(
          path, offset: offset + done, "the copy of a file must stay as it is",
          found: received == 0 ? "it became shorter" : systemMessage(errno))
      }
    }
  }
}
