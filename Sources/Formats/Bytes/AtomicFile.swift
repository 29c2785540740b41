import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

private let temporaryCounter = Atomic<Int>(0)

/// Writes bytes to a file so that the name holds either the old content or the new, never a part.
///
/// The bytes go to a file without a name in the same folder, are forced to the disk, and then get theirs: nothing is
/// left of a program that is killed.
/// - Throws: ``FormatError`` when the folder is missing or not writable, or the disk is full; the
///   temporary file is removed, and what stood under the name before is untouched.
public func writeFile(_ bytes: [UInt8], to path: String) throws {
  try writeAtomically(to: path) { temporary in
    let sink = try FileSink(temporary, shownAs: path)
    try sink.write(bytes)
    try sink.close()
  }
}

/// Writes text to a file, as ``writeFile(_:to:)-([UInt8],_)`` does with bytes.
public func writeFile(_ text: String, to path: String) throws {
  try writeFile(Array(text.utf8), to: path)
}

/// Runs `body` with the place of an empty file, and gives what it wrote there the name `path`.
func writeAtomically(to path: String, _ body: (_ temporary: String) throws -> Void) throws {
  let folder = splitPath(path).folder
  let target = fileExists(path)
  if target.isFolder {
    throw FormatError(
      path, "a file is to be written", found: "a folder has this name", remedy: "Name another file."
    )
  }
  guard fileExists(folder).isFolder else {
    throw FormatError(
      path, "the folder of a file to write must exist", found: "'\(folder)' does not",
      remedy: "Create it with 'mkdir -p \(folder)'.")
  }
  let temporary = try TemporaryFile(in: folder, shownAs: path)
  try body(temporary.place)
  try temporary.become(path)
  // The rename itself survives a power cut only when the folder is on the disk too.
  let descriptor = unsafe open(folder, O_RDONLY | O_CLOEXEC)
  if descriptor >= 0 {
    fsync(descriptor)
    close(descriptor)
  }
}

/// `open`, under a name that no method hides.
private func openFile(_ path: String, _ flags: Int32, _ mode: mode_t) -> Int32 {
  unsafe open(path, flags, mode)
}

/// A new file that has no name until it is whole, so that nothing is left of a run that is killed.
///
/// File systems without nameless files (NFS) get a hidden name beside the final one, which is removed with the value.
private final class TemporaryFile {
  /// Where the file is written.
  let place: String
  private let name: String
  private let shown: String
  private let descriptor: Int32

  init(in folder: String, shownAs shown: String) throws(FormatError) {
    let number = temporaryCounter.add(1, ordering: .relaxed).newValue
    let name = "\(folder)/.apus.\(getpid()).\(number).tmp"
    (self.name, self.shown) = (name, shown)
    #if os(Linux)
      // O_TMPFILE, which Swift does not see.
      let open = openFile(folder, 0o20_000_000 | O_DIRECTORY | O_RDWR | O_CLOEXEC, 0o666)
      let link = "/proc/self/fd/\(open)"
      if open >= 0, unsafe access(link, W_OK) == 0 {
        (descriptor, place) = (open, link)
        return
      }
      if open >= 0 { close(open) }
    #endif
    descriptor = openFile(name, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    place = name
    if descriptor < 0 { throw unwritable(shown, errno) }
  }

  deinit {
    close(descriptor)
    unsafe unlink(name)
  }

  /// Forces the file to the disk and gives it its name.
  func become(_ path: String) throws(FormatError) {
    // Some file systems can't force a file to the disk (EINVAL); a full disk (ENOSPC, EIO) must be said.
    if fsync(descriptor) != 0, errno != EINVAL { throw unwritable(shown, errno) }
    // A link can't replace a file, a rename can.
    if place != name,
      unsafe linkat(AT_FDCWD, place, AT_FDCWD, name, AT_SYMLINK_FOLLOW) != 0
    {
      throw unwritable(shown, errno)
    }
    guard unsafe rename(name, path) == 0 else { throw unwritable(shown, errno) }
  }
}

/// The error of a file that can't be written, in words.
func unwritable(_ path: String, _ code: Int32) -> FormatError {
  let folder = splitPath(path).folder
  switch code {
  case ENOSPC, EDQUOT:
    return FormatError(
      path, "a file must fit on its disk",
      found: code == ENOSPC ? "the disk is full" : "your quota is used up",
      remedy: "Free space in '\(folder)' or write elsewhere; nothing was left behind.")
  case EFBIG:
    return FormatError(
      path, "a file must stay below the largest size that is allowed", found: "it would pass it",
      remedy: "'ulimit -f' shows the limit.")
  case EACCES, EPERM, EROFS:
    return FormatError(
      path, "the folder of a file to write must be writable",
      found: code == EROFS
        ? "'\(folder)' is on a read-only disk" : "you have no permission to write in '\(folder)'",
      remedy: "Choose another folder.")
  case ENAMETOOLONG:
    return FormatError(
      path, "a file's name must be short enough for the system", found: "this one is too long")
  default:
    return FormatError(
      path, "a file must be writable", found: "the system says: \(systemMessage(code))")
  }
}

/// Where bytes go: a file descriptor with the name that messages show.
final class FileSink {
  private var descriptor: Int32
  private let shown: String

  /// Opens an empty file, as `writeAtomically` makes it.
  init(_ path: String, shownAs shown: String) throws(FormatError) {
    descriptor = unsafe open(path, O_WRONLY | O_CLOEXEC)
    self.shown = shown
    if descriptor < 0 { throw unwritable(shown, errno) }
  }

  deinit { if descriptor >= 0 { _ = Self.closeFile(descriptor) } }

  /// Appends bytes.
  func write(_ bytes: [UInt8]) throws(FormatError) {
    var start = 0
    while start < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { [descriptor] buffer in
        unsafe Self.writeSome(descriptor, UnsafeRawBufferPointer(rebasing: buffer[start...]))
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw unwritable(shown, errno)
      }
      start += written
    }
  }

  /// Writes bytes over those that stand at a place already.
  func overwrite(_ bytes: [UInt8], at offset: Int) throws(FormatError) {
    var done = 0
    while done < bytes.count {
      let written = unsafe bytes.withUnsafeBytes { [descriptor] buffer in
        unsafe pwrite(
          descriptor, buffer.baseAddress.map { unsafe $0 + done }, bytes.count - done,
          off_t(offset + done)
        )
      }
      if written < 0 {
        if errno == EINTR { continue }
        throw unwritable(shown, errno)
      }
      done += written
    }
  }

  /// Closes the file; some disks say only here that they are full.
  func close() throws(FormatError) {
    let open = descriptor
    descriptor = -1
    if open >= 0, Self.closeFile(open) != 0 { throw unwritable(shown, errno) }
  }

  private static func writeSome(_ descriptor: Int32, _ bytes: UnsafeRawBufferPointer) -> Int {
    #if canImport(Glibc)
      unsafe Glibc.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 24))
    #elseif canImport(Musl)
      Musl.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 24))
    #else
      Darwin.write(descriptor, bytes.baseAddress, min(bytes.count, 1 << 24))
    #endif
  }

  private static func closeFile(_ descriptor: Int32) -> Int32 {
    #if canImport(Glibc)
      Glibc.close(descriptor)
    #elseif canImport(Musl)
      Musl.close(descriptor)
    #else
      Darwin.close(descriptor)
    #endif
  }
}
