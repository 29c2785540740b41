import ApusKernels
import FoundationEssentials

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Reads a whole file.
///
/// The file is read, not mapped: a mapped file that another program shortens ends the process.
/// - Throws: ``FormatError`` with a message of its own for a missing file, a folder, a file without
///   permission and an error of the disk.
public func readFile(_ path: String) throws(FormatError) -> [UInt8] {
  try readFile(path, atMost: Int.max)
}

/// Reads the first bytes of a file, enough to tell its format.
///
/// The file will be opened again, so that it must be a regular one: a pipe gives its bytes only once.
func readHead(_ path: String, count: Int = 4096) throws(FormatError) -> [UInt8] {
  _ = try fileSize(path)
  return try readFile(path, atMost: count)
}

func readFile(_ path: String, atMost limit: Int) throws(FormatError) -> [UInt8] {
  if isRemote(path) {
    let file = try RandomFile(path)
    return try file.bytes(0..<min(file.size, limit), for: "the file")
  }
  let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { throw unreadable(path, errno) }
  defer { close(descriptor) }
  var status = stat()
  guard unsafe fstat(descriptor, &status) == 0 else { throw unreadable(path, errno) }
  if status.st_mode & S_IFMT == S_IFDIR { throw unreadable(path, EISDIR) }
  // The size only sizes the first buffer: pipes have none, and a file may grow or shrink meanwhile.
  let isRegular = status.st_mode & S_IFMT == S_IFREG
  var bytes = try piece(descriptor, min(isRegular ? Int(status.st_size) : 0, limit), path)
  while bytes.count < limit {
    let more = try piece(descriptor, min(limit - bytes.count, 1 << 20), path)
    if more.isEmpty { break }
    bytes.append(contentsOf: more)
  }
  return bytes
}

/// Reads up to `count` bytes; fewer only at the end of the file.
private func piece(
  _ descriptor: Int32, _ count: Int, _ path: String
) throws(FormatError) -> [UInt8] {
  var failure: Int32 = 0
  let bytes = unsafe [UInt8](unsafeUninitializedCapacity: count + 64) { buffer, filled in
    unsafe buffer.adviseLargePages()
    while filled < count {
      // Linux reads at most 2 GiB at once.
      let start = unsafe buffer.baseAddress.map { unsafe $0 + filled }
      let received = unsafe read(descriptor, start, min(count - filled, 1 << 30))
      if received > 0 {
        filled += received
      } else if received == 0 {
        break
      } else if errno != EINTR {
        failure = errno
        break
      }
    }
  }
  if failure != 0 { throw unreadable(path, failure) }
  return bytes
}

/// The size of a regular file in bytes.
///
/// Opening a pipe may wait for ever, and reading some devices never ends; both are told before.
func fileSize(_ path: String) throws(FormatError) -> Int {
  if isRemote(path) { return try RemoteFile.open(path).size }
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { throw unreadable(path, errno) }
  let kind = status.st_mode & S_IFMT
  if kind == S_IFDIR { throw unreadable(path, EISDIR) }
  guard kind == S_IFREG else {
    throw FormatError(
      path, "events must be read from a regular file", found: "this is \(name(of: kind))",
      remedy: "Write its content into a file first.", kind: .usage)
  }
  return Int(status.st_size)
}

/// What tells a file, as it is, from all others and from itself after a change.
struct FileMark: Hashable {
  private var numbers: [Int] = []

  /// Looks at a file; nil where there is none.
  init?(_ path: String) {
    var status = stat()
    guard unsafe stat(path, &status) == 0 else { return nil }
    numbers = [
      Int(truncatingIfNeeded: status.st_dev), Int(truncatingIfNeeded: status.st_ino),
      Int(status.st_size),
    ]
    #if os(Linux)
      for time in [status.st_mtim, status.st_ctim] { numbers += [time.tv_sec, time.tv_nsec] }
    #else
      for time in [status.st_mtimespec, status.st_ctimespec] {
        numbers += [time.tv_sec, time.tv_nsec]
      }
    #endif
  }
}

private func name(of kind: mode_t) -> String {
  switch kind {
  case S_IFIFO: "a pipe"
  case S_IFCHR, S_IFBLK: "a device"
  case S_IFSOCK: "a socket"
  default: "something else"
  }
}

/// Whether something of this name exists, and whether it is a folder.
func fileExists(_ path: String) -> (exists: Bool, isFolder: Bool) {
  var status = stat()
  guard unsafe stat(path, &status) == 0 else { return (false, false) }
  return (true, status.st_mode & S_IFMT == S_IFDIR)
}

/// The folder part of a path ("." where it has none) and the name.
func splitPath(_ path: String) -> (folder: String, name: String) {
  guard let slash = path.lastIndex(of: "/") else { return (".", path) }
  let folder = String(path[..<slash])
  return (folder.isEmpty ? "/" : folder, String(path[path.index(after: slash)...]))
}

func unreadable(_ path: String, _ code: Int32) -> FormatError {
  switch code {
  case ENOENT, ENOTDIR:
    FormatError(
      path, "a file to read must exist", found: "there is none of that name",
      remedy: nearestFiles(path))
  case EISDIR:
    FormatError(
      path, "a file is needed here", found: "this is a folder",
      remedy: "Name the files in it, for example '\(path)/*.h5'.")
  case EACCES, EPERM:
    FormatError(
      path, "a file must be readable", found: "you have no permission to read it",
      remedy: "Try 'chmod u+r', or ask its owner.")
  default:
    FormatError(path, "a file must be readable", found: "the system says: \(systemMessage(code))")
  }
}

/// The sentence that offers files of the same folder with a similar name.
func nearestFiles(_ path: String) -> String {
  let (folder, name) = splitPath(path)
  guard let others = try? FileManager.default.contentsOfDirectory(atPath: folder) else {
    return "The folder '\(folder)' does not exist either."
  }
  let near = didYouMean(name, among: others.sorted())
  return near.isEmpty
    ? "The folder '\(folder)' has \(others.count) other entries."
    : String(near.dropFirst())
}

/// The system's words for an error number.
func systemMessage(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
