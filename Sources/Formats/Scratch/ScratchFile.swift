import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let scratchCounter = Atomic<Int>(0)

/// A file without a name, for what does not fit into memory.
///
/// It never has one, or loses it as soon as it is open, so the system gives the space back when the program ends in whatever
/// way: done, failed, or killed.
final class ScratchFile: Sendable {
  /// The folder, for messages.
  let folder: String
  private let descriptor: Int32

  private let shown: String

  /// Opens a new file in a folder.
  /// - Parameter shown: The name that messages show; nil for the folder's.
  init(in folder: String, shownAs shown: String? = nil) throws(FormatError) {
    self.folder = folder
    self.shown = shown ?? folder + "/(scratch)"
    guard fileExists(folder).isFolder else {
      throw FormatError(
        folder, "the folder for scratch files must exist", found: "it does not",
        remedy: "Make it, or name another in TMPDIR.")
    }
    let nameless = Self.openNameless(in: folder)
    if nameless >= 0 {
      descriptor = nameless
      return
    }
    let number = scratchCounter.add(1, ordering: .relaxed).newValue
    let path = "\(folder)/.apus.\(getpid()).\(number).scratch"
    descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    if descriptor < 0 { throw unwritable(shown ?? path, errno) }
    unsafe unlink(path)
  }

  /// Opens a file that never has a name, which not every file system has; below zero there.
  ///
  /// A program that is killed between the making of a name and its removal would leave the file.
  private static func openNameless(in folder: String) -> Int32 {
    #if os(Linux)
      let temporary = 0o20_000_000 | O_DIRECTORY  // O_TMPFILE, a macro that Swift does not see
      return unsafe open(folder, O_RDWR | O_CLOEXEC | temporary, 0o600)
    #else
      return -1
    #endif
  }

  deinit { close(descriptor) }

  /// Writes bytes at a place.
  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int) throws(FormatError) {
    var done = 0
    while done < bytes.count {
      let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
      let written = unsafe pwrite(
        descriptor, start, min(bytes.count - done, 1 << 24), off_t(offset + done))
      if written >= 0 {
        done += written
      } else if errno != EINTR {
        throw unwritable(shown, errno)
      }
    }
  }

  /// Reads bytes from a place that was written.
  func read(into bytes: UnsafeMutableRawBufferPointer, at offset: Int) throws(FormatError) {
    var done = 0
    while done < bytes.count {
      let start = unsafe bytes.baseAddress.map { unsafe $0 + done }
      let received = unsafe pread(
        descriptor, start, min(bytes.count - done, 1 << 30), off_t(offset + done))
      if received > 0 {
        done += received
      } else if received == 0 || errno != EINTR {
        throw FormatError(
          shown, offset: offset + done, "a scratch file must stay readable",
          found: received == 0 ? "it has become shorter" : "the system says so: error \(errno)",
          remedy: "Is the disk of '\(folder)' in order? TMPDIR names another.")
      }
    }
  }

  /// Writes bytes at a place.
  func write(_ bytes: [UInt8], at offset: Int) throws(FormatError) {
    var failure: FormatError?
    unsafe bytes.withUnsafeBytes { all in
      do throws(FormatError) { try unsafe write(all, at: offset) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// The bytes of a part that was written.
  func bytes(_ range: Range<Int>) throws(FormatError) -> [UInt8] {
    var failure: FormatError?
    let bytes = unsafe [UInt8](unsafeUninitializedCapacity: range.count) { buffer, filled in
      do throws(FormatError) {
        try unsafe read(into: UnsafeMutableRawBufferPointer(buffer), at: range.lowerBound)
        filled = range.count
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
    return bytes
  }
}
