#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of which parts are read, by several threads at once.
final class RandomFile: Sendable {
  /// The path as the user gave it.
  let path: String
  /// The size when it was opened, in bytes.
  let size: Int
  private let descriptor: Int32
  /// The file where it is on another machine.
  private let remote: RemoteFile?

  /// Opens a file.
  init(_ path: String) throws(FormatError) {
    if isRemote(path) {
      let remote = try RemoteFile.open(path)
      (self.path, self.remote, size, descriptor) = (path, remote, remote.size, -1)
      return
    }
    remote = nil
    size = try fileSize(path)
    descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw unreadable(path, errno) }
    self.path = path
  }

  deinit { if descriptor >= 0 { close(descriptor) } }

  /// Reads `bytes.count` bytes from a position.
  /// - Throws: ``FormatError`` where the file does not hold them, also where it was shortened meanwhile.
  func read(
    into bytes: UnsafeMutableRawBufferPointer, at offset: Int, for what: String,
    object: String? = nil
  ) throws(FormatError) {
    guard offset >= 0, offset <= size, bytes.count <= size - offset else {
      throw outside(offset, bytes.count, what, object)
    }
    if let remote { return try unsafe remote.read(into: bytes, at: offset) }
    var done = 0
    while done < bytes.count {
      let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
      let received = unsafe pread(
        descriptor, start, min(bytes.count - done, 1 << 30), off_t(offset + done))
      if received > 0 {
        done += received
      } else if received == 0 {
        throw FormatError(
          path, object: object, offset: offset + done, "a file must stay as it is while it is read",
          found: "it became shorter", remedy: "Wait until the job that writes it has ended.")
      } else if errno != EINTR {
        throw unreadable(path, errno)
      }
    }
  }

  /// The bytes of a part of the file.
  func bytes(_ range: Range<Int>, for what: String) throws(FormatError) -> [UInt8] {
    guard range.lowerBound >= 0, range.upperBound <= size else {
      throw outside(range.lowerBound, range.count, what, nil)
    }
    var failure: FormatError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      unsafe buffer.adviseLargePages()
      do throws(FormatError) {
        try unsafe read(
          into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound, for: what)
        filled = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }

  private func outside(
    _ offset: Int, _ count: Int, _ what: String, _ object: String?
  ) -> FormatError {
    FormatError(
      path, object: object, offset: max(offset, 0), "\(what) must lie within the file",
      found: "\(count) bytes from byte \(offset) were needed, and the file has \(size)",
      remedy: "The file was cut off or is damaged; copy it again from its source.")
  }
}
