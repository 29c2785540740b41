import CRemote

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of an XRootD server, through the C functions of its own client.
final class RemoteXrootd: RemoteSource {
  let url: String
  let size: Int
  private let file: Int32
  private let counter: @Sendable (_ bytes: Int, _ requests: Int) -> Void

  init(
    _ url: String, counter: @escaping @Sendable (_ bytes: Int, _ requests: Int) -> Void
  ) throws(FormatError) {
    // The client tries for minutes where nobody listens; tools of the field do not want that either.
    for (name, value) in [("XRD_CONNECTIONWINDOW", "20"), ("XRD_CONNECTIONRETRY", "2")] {
      unsafe setenv(name, value, 0)
    }
    var (size, modified): (Int64, Int64) = (0, 0)
    file = unsafe cr_xrd_open(url, &size, &modified)
    self.url = url
    self.size = Int(size)
    self.counter = counter
    if file == -100_000 {
      throw FormatError(
        url, "XRootD's client must be there to read root:// addresses",
        found: "libXrdPosix is not installed",
        remedy:
          "Install it: 'apt-get install libxrdposix3' on Debian and Ubuntu, 'xrootd-client-libs' "
          + "on Fedora and its kin, 'brew install xrootd' on macOS.")
    }
    if file < 0 { throw Self.failure(url, -file, 0) }
  }

  deinit { if file >= 0 { cr_xrd_close(file) } }

  func fetch(_ parts: [RemotePart]) throws(FormatError) {
    if unsafe parts.count == 1, let part = unsafe parts.first {
      let got = unsafe cr_xrd_read(
        file, Int64(part.first), Int64(part.memory.count), part.memory.baseAddress)
      if got < 0 { throw Self.failure(url, Int32(-got), unsafe part.first) }
      counter(Int(got), 1)
      guard unsafe Int(got) == part.memory.count else {
        throw FormatError(
          url, offset: unsafe part.first + Int(got),
          "a file must stay as it is while it is read", found: "it became shorter")
      }
      return
    }
    var wanted = unsafe parts.map { unsafe $0.request }
    let code = unsafe cr_xrd_read_parts(file, &wanted, Int32(wanted.count))
    unsafe counter(parts.reduce(0) { unsafe $0 + $1.memory.count }, (parts.count + 999) / 1000)
    if code < 0 { throw Self.failure(url, Int32(-code), unsafe parts.first?.first ?? 0) }
  }

  private static func failure(_ url: String, _ code: Int32, _ offset: Int) -> FormatError {
    switch code {
    case ENOENT, ENOTDIR:
      FormatError(
        url, "a file to read must exist", found: "the server has none of that name",
        remedy: "After the host two slashes begin a full path: root://host//store/file.root.")
    case EACCES, EPERM:
      FormatError(
        url, "the server must let this file be read", found: "it refuses",
        remedy: "A certificate is taken from X509_USER_PROXY, a token from BEARER_TOKEN.")
    case EISDIR:
      FormatError(url, "a file is needed here", found: "this is a folder")
    default:
      FormatError(
        url, offset: offset > 0 ? offset : nil, "the server must send the file",
        found: "XRootD's client says: \(systemMessage(code))",
        remedy: "Try 'xrdfs' or 'xrdcp' on it; XRD_LOGLEVEL=Debug tells what the client does.")
    }
  }
}
