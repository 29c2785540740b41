import CRemote
import FoundationEssentials
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file of a web server that sends ranges.
final class RemoteHttp: RemoteSource {
  let url: String
  /// What the server said of the file when it was opened: its size, and the words that tell its version.
  let size: Int
  let tag: String
  private let pool: HttpPool

  /// The largest part of one request; larger ones are asked for in several at a time.
  private static let greatestPart = 4 << 20
  private static let mostInFlight = 8

  /// What opening a name leads to.
  enum Opened {
    case ranges(RemoteHttp, head: [UInt8])
    /// The server sends files only whole.
    case whole(tag: String)
  }

  private init(_ url: String, size: Int, tag: String, _ pool: HttpPool) {
    (self.url, self.size, self.tag, self.pool) = (url, size, tag, pool)
  }

  /// Asks for the first bytes of a file.
  static func open(_ url: String, head: Int, _ pool: HttpPool) throws(FormatError) -> Opened {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: head, alignment: 64)
    defer { unsafe memory.deallocate() }
    var found = HttpAnswer()
    try unsafe pool.fetch(url, [RemotePart(first: 0, memory: memory)], most: 1) { found = $0[0] }
    if found.status == 200 { return .whole(tag: found.tag) }
    guard found.total >= 0, found.status != 416 || found.total == 0 else {
      throw FormatError(
        url, "a server must say how large a file is", found: "this one does not",
        remedy: "Download the file first.")
    }
    let file = RemoteHttp(url, size: found.total, tag: found.tag, pool)
    let bytes = unsafe UnsafeRawBufferPointer(rebasing: memory[..<min(head, found.total)])
    return unsafe .ranges(file, head: Array(bytes))
  }

  func fetch(_ parts: [RemotePart]) throws(FormatError) {
    var pieces: [RemotePart] = unsafe []
    for i in unsafe parts.indices {
      let part = unsafe parts[i]
      var start = 0
      while unsafe start < part.memory.count {
        let end = unsafe min(start + Self.greatestPart, part.memory.count)
        unsafe pieces.append(
          RemotePart(
            first: part.first + start,
            memory: UnsafeMutableRawBufferPointer(rebasing: part.memory[start..<end])))
        start = end
      }
    }
    var changed: FormatError?
    try unsafe pool.fetch(url, pieces, most: Self.mostInFlight) { answers in
      for answer in answers where changed == nil { changed = difference(answer) }
    }
    if let changed { throw changed }
  }

  private func difference(_ answer: HttpAnswer) -> FormatError? {
    guard [200, 206, 416].contains(answer.status) else { return nil }
    guard answer.total != size || (answer.tag != tag && !tag.isEmpty) else { return nil }
    return FormatError(
      url, "a file must stay as it is while it is read",
      found: answer.total != size
        ? "it had \(size) bytes and has \(answer.total) now"
        : "the server has another version of it now",
      remedy: "Run the program again once the file is whole.")
  }
}

/// What a server said to a request.
struct HttpAnswer {
  var received = 0
  var status = 0
  /// libcurl's number of what went wrong; 0 for nothing.
  var code = 0
  /// The size of the whole file; -1 where the server did not say.
  var total = -1
  var overrun = false
  /// The words that tell the file's version.
  var tag = ""
  var reason = ""

  init() {}

  init(_ part: cr_part) {
    var part = unsafe part
    (received, status) = unsafe (Int(part.received), part.status)
    (code, total) = unsafe (Int(part.code), Int(part.total))
    overrun = unsafe part.overrun != 0
    tag = unsafe text(&part.tag)
    reason = unsafe text(&part.reason)
  }
}

/// The text of an array of C.
private func text<T>(_ field: inout T) -> String {
  unsafe withUnsafeBytes(of: &field) { bytes in
    unsafe String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
  }
}

/// Connections to web servers that are kept for the next request.
///
/// A session is in the list or with one thread, never both; that makes it safe to hand over.
@safe final class HttpPool: Sendable {
  @unsafe private struct Session: @unchecked Sendable {
    let pointer: OpaquePointer
  }

  private let free = unsafe Mutex<[Session]>([])
  let counter: @Sendable (_ bytes: Int, _ requests: Int) -> Void

  init(counter: @escaping @Sendable (_ bytes: Int, _ requests: Int) -> Void) {
    self.counter = counter
  }

  /// Tries of a request that a busy server or a broken connection has failed.
  private static let mostTries = 4

  /// Seconds without a byte after which a connection counts as dead.
  static var stall: Int {
    environment("APUS_REMOTE_TIMEOUT").flatMap { Int($0) }.map { max(1, $0) } ?? 60
  }

  private func use<Result>(
    _ url: String, _ body: (OpaquePointer) throws(FormatError) -> Result
  ) throws(FormatError) -> Result {
    var session = unsafe free.withLock { unsafe $0.popLast() }
    if unsafe session == nil {
      var reason: UnsafePointer<CChar>?
      guard let made = unsafe cr_session_new(&reason) else {
        throw FormatError(
          url, "libcurl must be there to read files of web servers",
          found: unsafe reason.map { unsafe String(cString: $0) } ?? "it is not",
          remedy:
            "Install it: 'apt-get install libcurl4' on Debian and Ubuntu, 'libcurl' elsewhere.")
      }
      unsafe session = unsafe Session(pointer: made)
    }
    guard let session = unsafe session else {
      preconditionFailure("Formats: no session of libcurl; please report")
    }
    defer { unsafe free.withLock { unsafe $0.append(session) } }
    return try unsafe body(session.pointer)
  }

  /// Fetches parts, again where that may help, and what is missing of those that broke off.
  func fetch(
    _ url: String, _ parts: [RemotePart], most: Int, _ look: ([HttpAnswer]) -> Void
  ) throws(FormatError) {
    var left = unsafe parts
    for attempt in 1... {
      let answers = try unsafe ask(url, left, most)
      counter(answers.reduce(0) { $0 + $1.received }, answers.count)
      look(answers)
      var next: [RemotePart] = unsafe []
      for (i, answer) in answers.enumerated() {
        let part = unsafe left[i]
        if unsafe isDone(answer, part) { continue }
        guard attempt < Self.mostTries, Self.mayHelp(answer) else {
          throw failure(url, answer, offset: unsafe part.first + answer.received)
        }
        unsafe next.append(
          RemotePart(
            first: part.first + answer.received,
            memory: UnsafeMutableRawBufferPointer(rebasing: part.memory[answer.received...])))
      }
      if unsafe next.isEmpty { return }
      unsafe left = unsafe next
      Self.wait(attempt)
    }
  }

  private func ask(_ url: String, _ parts: [RemotePart], _ most: Int) throws(FormatError)
    -> [HttpAnswer]
  {
    var wanted = unsafe parts.map { unsafe $0.request }
    try unsafe use(url) { session throws(FormatError) in
      unsafe HttpTarget(url).with { target in
        unsafe cr_fetch(session, target, &wanted, Int32(wanted.count), Int32(most))
      }
    }
    return unsafe wanted.map { unsafe HttpAnswer($0) }
  }

  private func isDone(_ answer: HttpAnswer, _ part: RemotePart) -> Bool {
    // Whoever asks looks at these: a server without ranges, a file that ends before.
    if answer.status == 200 || answer.status == 416 { return true }
    guard answer.code == 0, answer.status == 206 else { return false }
    // The first part of a small file is shorter than what was asked for.
    return unsafe answer.received == part.memory.count
      || part.first + answer.received == answer.total
  }

  /// Each wait is twice the last, and not of one length for all programs that a server has failed.
  private static func wait(_ attempt: Int) {
    usleep(UInt32(200_000 << (attempt - 1)) + UInt32.random(in: 0..<100_000))
  }

  /// Whether another try may go well: connections break and servers are busy.
  private static func mayHelp(_ answer: HttpAnswer) -> Bool {
    let isBusy = [408, 429, 500, 502, 503, 504].contains(answer.status)
    let isCutOff = answer.code == 0 && answer.status == 206
    return isBusy || isCutOff || [5, 6, 16, 18, 52, 55, 56, 92].contains(answer.code)
      || (answer.code == 28 && answer.received > 0)
  }

  /// Copies a whole file into a descriptor.
  func download(_ url: String, to descriptor: Int32, limit: Int) throws(FormatError) -> Int {
    for attempt in 1... {
      var part = unsafe cr_part()
      try unsafe use(url) { session throws(FormatError) in
        unsafe HttpTarget(url).with { target in
          unsafe cr_download(session, target, descriptor, Int64(limit), &part)
        }
      }
      let answer = unsafe HttpAnswer(part)
      counter(answer.received, 1)
      let isWhole = answer.total < 0 || answer.total == answer.received
      if answer.code == 0, answer.status == 200, isWhole { return answer.received }
      if answer.overrun {
        throw FormatError(
          url, "a file that is copied must have room on the disk of the temporary files",
          found: "it has more than the \(limit) bytes that are free",
          remedy: "Set TMPDIR to a folder on a larger disk.")
      }
      guard attempt < Self.mostTries, Self.mayHelp(answer), ftruncate(descriptor, 0) == 0,
        lseek(descriptor, 0, SEEK_SET) == 0
      else { throw failure(url, answer, offset: answer.received) }
      Self.wait(attempt)
    }
    return 0
  }

  private func failure(_ url: String, _ answer: HttpAnswer, offset: Int) -> FormatError {
    let status = answer.status
    switch status {
    case 401, 403:
      return FormatError(
        url, "the server must let this file be read", found: "it refuses (HTTP \(status))",
        remedy: "A token is taken from BEARER_TOKEN, BEARER_TOKEN_FILE or bt_u<number of the user> "
          + "(https only), a certificate from X509_USER_PROXY.")
    case 404, 410:
      return FormatError(
        url, "a file to read must exist",
        found: "the server has none of that name (HTTP \(status))",
        remedy: "Check the spelling, also of the folders.")
    case 300...:
      return FormatError(
        url, "the server must send the file", found: "it answers HTTP \(status)",
        remedy: "It was asked up to \(Self.mostTries) times.")
    default: break
    }
    let reason = answer.reason
    switch answer.code {
    case 28:
      return FormatError(
        url, offset: offset, "the server must send bytes",
        found: "none came for \(Self.stall) seconds",
        remedy: "APUS_REMOTE_TIMEOUT sets another number of seconds.")
    case 51, 58, 60, 77, 83, 91:
      return FormatError(
        url, "the server's certificate must be trusted", found: reason,
        remedy:
          "X509_CERT_DIR names a folder of certificates, SSL_CERT_FILE or CURL_CA_BUNDLE a file of them."
      )
    case 0, 18:
      return FormatError(
        url, offset: offset, "the server must send all bytes that it announces",
        found: "it stopped before, \(Self.mostTries) times")
    default:
      return FormatError(
        url, "the server must be reachable", found: reason.isEmpty ? "it is not" : reason,
        remedy: "Try 'curl -I \(url)'.")
    }
  }
}

/// A variable of the environment; nil where it is empty.
func environment(_ name: String) -> String? {
  guard let value = unsafe getenv(name) else { return nil }
  let text = unsafe String(cString: value)
  return text.isEmpty ? nil : text
}

/// What requests to a server carry, as the tools of the field find it.
private struct HttpTarget {
  let url: String
  let token: String?
  let certificate: String?
  let authorities: String?
  let authorityFolder: String?

  init(_ url: String) {
    self.url = url
    token = Self.findToken()
    let proxy = "/tmp/x509up_u\(getuid())"
    certificate =
      url.hasPrefix("https:")
      ? environment("X509_USER_PROXY") ?? (fileExists(proxy).exists ? proxy : nil) : nil
    authorities = environment("CURL_CA_BUNDLE") ?? environment("SSL_CERT_FILE")
    let common = "/etc/grid-security/certificates"
    authorityFolder =
      environment("X509_CERT_DIR") ?? (fileExists(common).isFolder ? common : nil)
  }

  /// The token as WLCG's rules of discovery find it (doi:10.5281/zenodo.3937438).
  private static func findToken() -> String? {
    if let token = environment("BEARER_TOKEN") { return token }
    let name = "bt_u\(geteuid())"
    let files =
      environment("BEARER_TOKEN_FILE").map { [$0] }
      ?? [environment("XDG_RUNTIME_DIR").map { "\($0)/\(name)" }, "/tmp/\(name)"].compactMap { $0 }
    for file in files where fileExists(file).exists {
      guard let bytes = try? readFile(file, atMost: 1 << 16) else { continue }
      let token = String(decoding: bytes.filter { $0 > 0x20 }, as: UTF8.self)
      if !token.isEmpty { return token }
    }
    return nil
  }

  /// Runs `body` with the form that C takes, which lives as long as it runs.
  func with(_ body: (UnsafePointer<cr_target>) -> Void) {
    unsafe withText(url) { url in
      unsafe withText(token) { token in
        unsafe withText(certificate) { certificate in
          unsafe withText(authorities) { authorities in
            unsafe withText(authorityFolder) { folder in
              var target = unsafe cr_target(
                url: url, token: token, certificate: certificate, authorities: authorities,
                authority_folder: folder, stall: HttpPool.stall, connect: 30)
              unsafe body(&target)
            }
          }
        }
      }
    }
  }

  private func withText(_ text: String?, _ body: (UnsafePointer<CChar>?) -> Void) {
    guard let text else { return body(nil) }
    unsafe text.withCString { unsafe body($0) }
  }
}
